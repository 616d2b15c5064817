"""The fuzzer finds no failure in seconds, and notices one that is planted."""

from uuid import UUID

import pytest

from designer.live import protocol
from tests.fuzz.__main__ import fuzz
from tests.fuzz.targets import TARGETS

pytestmark = pytest.mark.quick


def test_every_door_is_tried_and_none_fails(tmp_path):
    reports = fuzz(TARGETS, 1.0, folder=str(tmp_path), inputs=4)
    assert {name: report.failure for name, report in reports.items() if report.failure} == {}
    assert all(report.tried >= 4 for report in reports.values())


def test_a_planted_fault_is_found_told_and_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(protocol, "_run_id", lambda value: str(UUID(value)))
    report = fuzz({"frames": TARGETS["frames"]}, 60.0, folder=str(tmp_path))["frames"]
    assert "UUID" in report.failure
    assert any(tmp_path.rglob("*"))

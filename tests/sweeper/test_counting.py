"""A full disk gives one line a minute in the log with the number of affected runs, not one line for each run."""

import logging

import pytest
from django.db import OperationalError

from sagaflow import conf, counting, engine
from sagaflow.processes import actors


@pytest.fixture
def minute(monkeypatch):
    """``minute()``: a minute passes immediately."""
    now = [0.0]
    monkeypatch.setattr(counting.time, "monotonic", lambda: now[0])
    return lambda: now.__setitem__(0, now[0] + counting.PERIOD)


def test_a_thousand_runs_on_a_full_disk_are_one_line_and_then_their_number(monkeypatch, caplog, minute):
    def full(*_, **__):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(engine, "wake", full)
    worker = actors.HintWorker(actors.Transport(conf.EMBEDDED), name="w", services=())
    for _ in range(1000):
        worker.wake("run")
    assert len(caplog.records) == 1
    assert "database or disk is full" in caplog.text
    minute()
    worker.wake("run")
    assert "999 more like it" in caplog.records[-1].getMessage()
    minute()
    worker.wake("run")
    assert "more like it" not in caplog.records[-1].getMessage()


def test_other_kinds_and_what_is_no_warning_are_written_meanwhile(caplog):
    log = counting.counted("sagaflow.some")
    with caplog.at_level(logging.INFO):
        for number in range(3):
            log.warning("One kind: %d.", number)
            log.warning("Another kind: %d.", number)
            log.info("News: %d.", number)
            counting.counted("sagaflow.other").warning("One kind: %d.", number)
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["One kind: 0.", "Another kind: 0.", "News: 0.", "One kind: 0.", "News: 1.", "News: 2."]

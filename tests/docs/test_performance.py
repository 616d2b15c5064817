"""The page on performance repeats the exact counts of the tests."""

import re

import pytest

from tests.docs.markdown import ROOT
from tests.engine import test_counts as counts

pytestmark = pytest.mark.quick
ROWS = {"start": "start", "start and five steps": "five", "start, five steps, undone": "failing"}


def test_the_page_has_the_counts_of_the_tests():
    page = (ROOT / "docs" / "performance.md").read_text()
    rows = re.findall(r"^\| ([a-z ,]+) \| (\d+) \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    assert {title: (int(one), int(other)) for title, one, other, _ in rows} == {
        title: (counts.POSTGRESQL[name], counts.SQLITE[name]) for title, name in ROWS.items()
    }
    commits = {name: number for name, _, number in [("start", None, 1), *counts.SAGAS]}
    assert {title: int(number) for title, *_, number in rows} == {title: commits[name] for title, name in ROWS.items()}

"""Each guarantee names the tests that prove it, and these tests exist."""

import re

import pytest

from tests.docs.markdown import ROOT

pytestmark = pytest.mark.quick

PAGE = (ROOT / "docs" / "guarantees.md").read_text()
SECTIONS = {part.split()[0]: part for part in PAGE.split("\n## ") if re.match(r"L\d+ ", part)}
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)


def test_every_law_has_a_section_that_names_what_holds_it():
    assert list(SECTIONS) == [f"L{number}" for number in range(1, 14)]
    assert [law for law, text in SECTIONS.items() if not re.search(r"Held by\s+`tests/", text)] == []


@pytest.mark.parametrize(("path", "test"), NAMED, ids=lambda name: name)
def test_a_test_that_is_named_exists(path, test):
    assert f"def {test}(" in (ROOT / path).read_text() if test else (ROOT / path).exists()

"""On a phone a table becomes one card for each row: the heading of a column stands before each of its cells."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
TABLE = re.compile(r'<table class="[^"]*\bstacks\b.*?</table>', re.DOTALL)
HEADING = re.compile(r'<th scope="col".*?</th>', re.DOTALL)
MARKUP = re.compile(r"<[^>]+>|\{%.*?%\}", re.DOTALL)
LABEL = re.compile(r'data-label="([^"]*)"')
TABLES = [
    pytest.param(table, id=f"{path.relative_to(TEMPLATES)} {number}")
    for path in sorted(TEMPLATES.rglob("*.html"))
    for number, table in enumerate(TABLE.findall(path.read_text()))
    if "journal" not in path.name  # its labels are in run.css, since it may have thousands of rows
]


@pytest.mark.parametrize("table", TABLES)
def test_a_cell_is_labelled_on_a_phone_as_its_column_is_on_a_desk(table):
    assert LABEL.findall(table) == [MARKUP.sub("", heading).strip() for heading in HEADING.findall(table)]


def test_the_tables_are_found():
    assert len(TABLES) >= 10

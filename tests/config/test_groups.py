"""A stage passes by the files that cannot have a test of its group, and no others."""

from types import SimpleNamespace

import pytest

from tests.groups import ROOT, STAGES, asks_for_database, may_have, wanted


def test_only_test_files_give_marks():
    """So the text of a file says whether it can have a test of a group."""
    helpers = [path for path in (ROOT / "tests").rglob("*.py") if not path.name.startswith("test_")]
    assert ROOT / "tests/groups.py" in helpers
    given = {(path, mark) for path in helpers for mark in STAGES if f"mark.{mark}" in path.read_text()}
    assert given == set()


@pytest.mark.parametrize(
    ("path", "marks"),
    [
        ("tests/core/test_kinds.py", {"quick"}),
        ("tests/faults/test_up.py", {"servers", "faults"}),
        ("tests/relay/test_redis_stream.py", {"db", "servers"}),
    ],
)
def test_a_file_has_the_marks_of_its_folder_and_of_its_text(path, marks):
    assert {mark for mark in STAGES if may_have(ROOT / path, mark)} == marks


@pytest.mark.parametrize(
    ("expression", "mark"),
    [("quick", "quick"), ("servers and not faults", "servers"), ("db or quick", None), ("not db", None), ("", None)],
)
def test_an_expression_that_other_groups_fulfil_too_passes_nothing_by(expression, mark):
    assert wanted(expression) == mark


@pytest.mark.parametrize(
    ("marks", "fixtures", "asks"),
    [
        ({"db"}, ["tmp_path"], False),
        ({"db", "django_db"}, ["tmp_path"], True),
        ({"db"}, ["world", "db"], True),
        ({"db"}, ["transactional_db"], True),
    ],
)
def test_only_what_asks_for_the_database_runs_over_both_in_ci(marks, fixtures, asks):
    item = SimpleNamespace(get_closest_marker=lambda name: name if name in marks else None, fixturenames=fixtures)
    assert asks_for_database(item) is asks

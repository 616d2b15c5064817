"""A stage passes by the files that cannot have a test of its group, and no others."""

import re
from types import SimpleNamespace

import pytest
from _pytest.mark.expression import Expression

from tests.groups import ONE_DATABASE, ROOT, STAGES, asks_for_database, is_about_one_database, may_have, wanted

PROPERTIES = re.compile(r"^from (hypothesis|tests\.core\.thoroughness) import", re.MULTILINE)


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


@pytest.mark.parametrize(
    ("marks", "databases"),
    [
        ({"db"}, ["test-db", "test-postgres"]),
        ({"db", "one_database"}, ["test-db"]),
        ({"db", "no_database"}, ["test-postgres"]),
    ],
)
def test_ci_runs_over_one_database_what_is_not_about_it_and_leaves_out_nothing(marks, databases):
    found = re.findall(r'^(test-[a-z]+):.*\n.*-m "(db\$[^"]*)"', (ROOT / "Makefile").read_text(), re.MULTILINE)
    stages = {stage: re.sub(r"\$\(if \$\(CI\),(.*?)\)", r"\1", expression) for stage, expression in found}
    assert [
        stage for stage, mark in stages.items() if Expression.compile(mark).evaluate(marks.__contains__)
    ] == databases


def test_no_property_test_is_left_to_the_stage_that_tries_a_tenth_of_the_examples():
    tests = {path: path.read_text() for folder in ("tests", "examples") for path in (ROOT / folder).rglob("test_*.py")}
    once = {path for path, text in tests.items() if "mark.one_database" in text or is_about_one_database(path)}
    assert len(once) > 50
    assert {path for path in once if PROPERTIES.search(tests[path])} == set()


def test_every_file_that_runs_over_both_databases_is_there():
    files = [ROOT / folder / f"test_{name}.py" for folder, names in ONE_DATABASE.items() for name in names]
    assert [path for path in files if not path.exists()] == []

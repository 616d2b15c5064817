"""`sagaflow runs` lists runs."""

import pytest

from sagaflow import engine
from tests.cli.conftest import INPUT, sf, started


@pytest.fixture
def runs():
    return {
        "done": started(),
        "back": started(ship_do="business"),
        "parked": started(given={**INPUT, "order": "B-2", "total": "12"}, pay_do="technical"),
        "dance": engine.start("cli-dance", None),
    }


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), ["dance", "parked", "back", "done"]),
        (("--saga", "cli-dance"), ["dance"]),
        (("--status", "rolled_back"), ["back"]),
        (("--attention",), ["parked"]),
        (("--attention", "parked"), ["parked"]),
        (("--attention", "stuck"), []),
        (("--search", "order=A-1"), ["back", "done"]),
        (("--search", "total=12"), ["parked", "back", "done"]),
        (("--search", "total=12", "--search", "order=B-2"), ["parked"]),
        (("--search", "order=A-1", "--status", "completed"), ["done"]),
        (("--search", "order__startswith=A"), []),
        (("--search", "nothing=null"), []),
        (("--search", "order="), []),
        (("--saga", "nope"), []),
        (("--limit", "2"), ["dance", "parked"]),
    ],
)
def test_runs_are_filtered(runs, arguments, names):
    answer = sf("runs", *arguments, "--json").json
    assert [run["id"] for run in answer["runs"]] == [runs[name] for name in names]


def test_people_get_a_table(runs):
    lines = sf("runs").out.splitlines()
    assert lines[0].split() == ["RUN", "SAGA", "STATUS", "ATTENTION", "AGE", "SEARCH"]
    assert f"{runs['parked']}  cli-order  parked" in lines[2]


def test_a_cut_list_says_so(runs):
    assert "1 of 4 runs; --limit shows more." in sf("runs", "--limit", "1").out
    assert sf("runs", "--limit", "1", "--json").json["total"] == 4


def test_an_empty_list_says_so():
    assert sf("runs").out == "No runs.\n"
    assert sf("runs", "--json").json == {"runs": [], "total": 0}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--search", "order"), "is not NAME=VALUE"),
        (("--search", "=x"), "is not NAME=VALUE"),
        (("--search", "order=\x00"), "NUL"),
        (("--saga", "half \ud800"), "surrogate"),
        (("--status", "sleeping"), "invalid choice"),
        (("--attention", "bored"), "invalid choice"),
        (("--limit", "0"), "is not a whole number"),
        (("--limit", "-1"), "is not a whole number"),
        (("--limit", "9" * 5000), "is not a whole number"),
        (("--limit", "²"), "is not a whole number"),
        (("surplus",), "unrecognized"),
    ],
)
def test_bad_filters_are_bad_usage(arguments, words):
    result = sf("runs", *arguments)
    assert result.code == 2
    assert words in result.err


def test_a_name_for_a_column_is_no_way_into_another_table(runs):
    for name in ("id", "saga", "search", "definition__document", "a' OR 1=1 --", 'a"b', "a.b", "$", "0"):
        assert sf("runs", "--search", f"{name}=x", "--json").json["runs"] == []

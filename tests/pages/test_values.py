"""Values of a run in pieces: each piece is small, masked as the page is, and the pieces together are the value."""

import json

import pytest

from designer.pages.values import MOST_CHARACTERS, MOST_ITEMS, piece
from sagaflow import Saga, Step, engine, orchestrated, registry
from sagaflow.registry import Action

BIG = {
    "blob": "x" * 200_000,
    "rows": [{"id": number, "pin": "1234"} for number in range(1_000)],
    "pin": "1234",
    "a/b": {"~": 1},
}


@pytest.fixture
def run(db):
    """A run whose input and output are large."""
    action = Action(name="bulk.load", does=lambda _: BIG)
    saga = Saga("bulky", orchestrated("main", Step("load", "bulk.load")), sensitive=("pin",))
    with registry.standing_in(action, saga):
        run_id = engine.start("bulky", {"text": "y" * 200_000})
        while engine.wake(run_id):
            pass
    return run_id


@pytest.fixture
def ask(person, run):
    """``ask("step/load/output", at="/rows")``: the piece."""
    client = person("view_run")

    def ask(of, **query):
        return client.get(f"/runs/{run}/values/", {"of": of, **query})

    return ask


def test_a_piece_of_a_large_value_is_small_and_says_where_the_rest_begins(ask):
    answer = ask("step/load/output")
    assert len(answer.content) < 2_000
    items = dict(answer.json()["items"])
    assert items["blob"] == {"kind": "text", "size": 200_000, "text": "x" * 500}
    assert items["rows"] == {"kind": "array", "size": 1_000}
    rows = ask("step/load/output", at="/rows").json()
    assert (len(rows["items"]), rows["next"], rows["size"]) == (MOST_ITEMS, MOST_ITEMS, 1_000)
    last = ask("step/load/output", at="/rows", **{"from": 950}).json()
    assert (len(last["items"]), "next" in last) == (50, False)


def test_the_pieces_of_a_text_together_are_the_text(ask):
    text, start = "", 0
    while start is not None:
        found = ask("input", at="/text", **{"from": start}).json()
        assert len(found["text"]) <= MOST_CHARACTERS
        text, start = text + found["text"], found.get("next")
    assert text == "y" * 200_000


@pytest.mark.parametrize("query", [{}, {"at": "/rows"}, {"at": "/rows/7"}, {"whole": 1}])
def test_every_piece_is_masked_unless_one_may_see_it(ask, person, run, query):
    assert "1234" not in ask("step/load/output", **query).content.decode()
    seer = person("view_run", "view_sensitive", name="seer")
    assert "1234" in seer.get(f"/runs/{run}/values/", {"of": "step/load/output", **query}).content.decode() or not query


def test_the_whole_value_is_a_file(ask):
    answer = ask("entry/1", whole=1)
    assert answer["Content-Disposition"].startswith('attachment; filename="')
    assert json.loads(answer.content)["input"] == {"text": "y" * 200_000}


def test_a_pointer_may_hold_any_key(ask):
    assert ask("step/load/output", at="/a~1b/~0").json() == {"kind": "plain", "size": 1, "whole": 1}


@pytest.mark.parametrize(
    "query",
    [
        {"of": "nothing"},
        {"of": "step/load/status"},
        {"of": "step/none/output"},
        {"of": "entry/0"},
        {"of": "entry/99999"},
        {"of": "entry/²"},
        {"of": "entry/" + "9" * 30},
        {"of": "input", "at": "/none"},
        {"of": "input", "at": "/text/0"},
        {"of": "step/load/output", "at": "/rows/-1"},
        {"of": "step/load/output", "at": "/rows/1000"},
    ],
)
def test_what_is_not_there_is_not_found(ask, query):
    assert ask(query.pop("of"), **query).status_code == 404


@pytest.mark.parametrize("start", ["x", "-5", "²", "9" * 40])
def test_a_start_that_cannot_be_is_the_beginning(ask, start):
    assert ask("input", at="/text", **{"from": start}).json()["text"].startswith("yyy")


def test_values_are_for_those_who_may_see_runs(person, client, run):
    assert client.get(f"/runs/{run}/values/?of=input").status_code == 302
    assert person("operate_run").get(f"/runs/{run}/values/?of=input").status_code == 403
    assert person("view_run").post(f"/runs/{run}/values/?of=input").status_code == 405


def test_a_small_item_comes_whole_within_its_parent():
    assert piece({"a": [1, 2]}) == {"kind": "object", "size": 1, "items": [["a", {"whole": [1, 2]}]]}
    assert piece([]) == {"kind": "array", "size": 0, "items": []}
    assert piece(None) == {"kind": "plain", "size": 1, "whole": None}

"""The consequence line of an edit is asked after it: the edit itself plays no failure."""

import json

import pytest

from designer.drafts import outcomes

FLIGHT = "segments/book/steps/flight"


@pytest.fixture
def played():
    """``played()``: the matrices that were computed since the last call."""
    outcomes._matrix.cache_clear()
    before = 0

    def played():
        nonlocal before
        now = outcomes._matrix.cache_info().misses
        made, before = now - before, now
        return made

    return played


def asked(at, of="edit", revision=None):
    number = at.state["revision"] if revision is None else revision
    answer = at.get(f"consequence/?revision={number}&of={of}")
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_an_edit_plays_no_failure_and_its_consequence_is_told_when_it_is_asked(vera, opened, played):
    at = opened(vera)
    at.edit("set-field", element=FLIGHT, field="undo")
    assert played() == 0
    assert "worse" in asked(at)
    assert played() == 2
    at.undo()
    assert played() == 0
    assert "better" in asked(at, "undo")
    assert played() == 0, "both documents have their matrix already"
    at.redo()
    assert "worse" in asked(at, "redo")
    at.edit("set-field", element="saga", field="title", value="Away")
    assert asked(at) == ""


def test_a_text_is_an_edit(vera, opened):
    at = opened(vera)
    document = at.state["document"]
    del document["segments"][0]["steps"][0]["undo"]
    at.type(json.dumps(document))
    assert "worse" in asked(at, "code")


def test_only_the_newest_change_is_compared(vera, opened, played):
    at = opened(vera)
    assert asked(at) == "", "nothing was changed yet"
    at.edit("set-field", element=FLIGHT, field="undo")
    assert asked(at, revision=at.state["revision"] - 1) == ""
    assert asked(at, revision=at.state["revision"] + 1) == ""
    assert asked(at, "undo") == "", "nothing was undone"
    assert played() == 0


def test_a_draft_with_faults_has_no_consequence(vera, opened, played):
    at = opened(vera)
    at.edit("delete-segment", segment="tell")
    at.edit("set-field", element=FLIGHT, field="timeout", value=-1)
    assert any(problem["severity"] == "fault" for problem in at.state["problems"])
    assert asked(at) == ""
    assert played() == 0


def test_what_takes_too_long_is_left_out(vera, opened, monkeypatch):
    monkeypatch.setattr(outcomes.matrix, "__defaults__", (0.0,))
    monkeypatch.setattr(outcomes.turns, "__defaults__", (0.0,))
    outcomes._matrix.cache_clear()
    at = opened(vera)
    at.edit("set-field", element=FLIGHT, field="undo")
    assert asked(at) == ""


QUERIES = ("", "revision=1", "of=edit", "revision=-1&of=edit", "revision=1&of=look", "revision=²&of=edit")


@pytest.mark.parametrize("query", [*QUERIES, f"of=edit&revision={'9' * 5000}"])
def test_a_question_that_cannot_be_read_is_refused(vera, opened, query):
    assert opened(vera).get(f"consequence/?{query}").status_code == 400

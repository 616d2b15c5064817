"""Places light up only where a drop is possible and changes something."""

import time
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.canvas import operations
from designer.canvas.draft import Draft, Refused
from designer.canvas.operations import Together, apply
from designer.canvas.places import SAMPLE, filled, spots
from sagaflow.core.definition import document as documents
from sagaflow.core.definition.document import dump
from tests.canvas.test_operations import DRAFT_RULES
from tests.core.strategies import sagas

pytestmark = pytest.mark.quick


def drop(document, spot, **values):
    sample = SAMPLE | {f"${key}": value for key, value in values.items()}
    return apply(document, operations.read(filled(spot.operation, sample)))


def by_key(document, moving=()):
    return {key: spot for spot in spots(document, moving) for key in (spot.key, *spot.also)}


def chain(*names, **more):
    steps = [{"name": name, "action": "a.b"} for name in names]
    return {"name": "one", "segments": [{"name": "main", "style": "orchestrated", "steps": steps, **more}]}


@given(st.data(), sagas())
def test_every_place_for_a_new_step_is_possible_and_changes_the_document(data, saga):
    document = dump(saga)
    before = deepcopy(document)
    found = spots(document)
    assert len({spot.key for spot in found}) == len(found)
    for spot in data.draw(st.lists(st.sampled_from(found), min_size=1, max_size=6)):
        edit = drop(document, spot)
        assert edit.document != document
        faults = {fault.rule for fault in documents.problems(edit.document)}
        assert faults <= DRAFT_RULES, (spot, documents.problems(edit.document))
    assert document == before


@given(st.data(), sagas())
def test_every_place_for_moved_steps_is_possible_and_changes_the_order(data, saga):
    document = dump(saga)
    names = sorted(Draft(document).names())
    moving = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    for spot in spots(document, moving):
        edit = drop(document, spot)
        now, then = Draft(edit.document), Draft(document)
        homes = [{step["name"]: segment["name"] for segment, step in one.steps()} for one in (now, then)]
        assert now.inner_links() != then.inner_links() or homes[0] != homes[1], spot
        assert {fault.rule for fault in documents.problems(edit.document)} <= DRAFT_RULES


@given(sagas())
def test_no_possible_place_stays_dark(saga):
    document = dump(saga)
    draft = Draft(document)
    found = by_key(document)
    for _, step in draft.steps():
        assert f"beside/{step['name']}" in found or any("on" in one for _, one in draft.steps())


def test_the_places_of_a_chain_are_between_around_and_beside_its_steps():
    assert [spot.key for spot in spots(chain("a", "b")) if spot.takes == "step"] == [
        "before/a", "beside/a", "edge/a>b", "beside/b", "after/b", "inside/main", "gap/", "gap/main",
    ]  # fmt: skip


def test_what_is_after_one_step_is_before_the_next_one_too():
    found = by_key(chain("take_payment", "ship"))
    assert found["after/take_payment"] is found["before/ship"]
    assert found["after/take_payment"].sentence == "between Take payment and Ship"
    assert found["after/take_payment"].anchor == "edge/command/step/take_payment>step/ship"


def test_a_step_is_not_moved_to_where_it_is():
    keys = {spot.key for spot in spots(chain("a", "b", "c"), ["b"])}
    assert "edge/a>c" not in keys
    assert {"before/a", "after/c", "beside/a", "beside/c", "gap/main"} <= keys


def test_a_place_where_an_event_keeps_every_link_as_it_is_stays_dark():
    document = chain("paid", "pack", "ship", "thank", style="choreographed")
    paid, _, _, thank = document["segments"][0]["steps"]
    paid["event"] = "Paid"
    del paid["action"]
    thank["on"] = ["ShipCompleted", "Paid"]
    assert Draft(document).inner_links()["thank"] == {"ship", "paid"}
    assert by_key(document, ["pack", "ship"]).keys() >= {"beside/paid", "after/thank"}
    assert "edge/paid>thank" not in by_key(document, ["pack", "ship"])


def test_a_step_that_is_alone_gets_no_new_segment():
    assert spots(chain("a"), ["a"]) == ()


def test_a_new_segment_is_made_around_what_is_dropped_between_two():
    edit = drop(chain("a"), by_key(chain("a"))["gap/main"])
    assert [[segment["name"], len(segment["steps"])] for segment in edit.document["segments"]] == [
        ["main", 1],
        ["segment", 1],
    ]
    assert edit.focus == "segments/segment/steps/new_step"
    assert edit.sentence == "Added a step in a new segment after Main."
    assert apply(edit.document, edit.undo).document == chain("a")


def test_branches_can_be_joined_and_an_empty_segment_filled():
    document = chain("a", "b")
    document["segments"][0]["steps"][1]["after"] = []
    edit = drop(document, by_key(document)["join/main"])
    assert edit.document["segments"][0]["steps"][-1]["after"] == ["a", "b"]
    assert by_key(chain())["inside/main"].sentence == "into Main"


def test_an_action_is_dropped_on_a_step_as_its_undo_or_in_its_place():
    document = chain("a")
    found = by_key(document)
    edit = drop(document, found["undo/a"], action="a.c")
    assert edit.document["segments"][0]["steps"][0]["undo"] == "a.c"
    edit = drop(document, found["body/a"], work={"timer": 5})
    assert edit.document["segments"][0]["steps"][0] == {"name": "a", "timer": 5}


def test_an_action_is_dropped_on_an_event_as_its_observer():
    document = chain("a", "b", style="choreographed")
    edit = drop(document, by_key(document)["event/ACompleted"], name="look", action="look.on")
    assert edit.document["observers"] == [{"name": "look", "action": "look.on", "on": ["ACompleted"]}]


def test_steps_that_are_gone_have_no_places():
    with pytest.raises(Refused, match="no step 'gone'"):
        spots(chain("a"), ["gone"])


def test_the_places_of_two_hundred_steps_are_found_at_once():
    document = {
        "name": "big",
        "segments": [
            {
                "name": f"g{number}",
                "style": "orchestrated",
                "steps": [{"name": f"s{number}_{at}", "action": "a.b", "undo": "a.c"} for at in range(20)],
            }
            for number in range(10)
        ],
    }
    began = time.process_time()
    assert len(spots(document)) > 800
    assert len(spots(document, ["s3_4"])) > 400
    assert time.process_time() - began < 1.5


def test_operations_that_belong_together_hold_no_others_that_do():
    inner = Together((), "Nothing.").document()
    with pytest.raises(Refused, match="cannot contain others"):
        apply(chain("a"), Together((inner,), "Twice."))
    with pytest.raises(Refused, match="between 1 and 50"):
        apply(chain("a"), Together((), "Nothing."))

"""Each operation can be undone, keeps the document loadable, and changes nothing that it is not about."""

import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.canvas import operations
from designer.canvas.draft import Draft
from designer.canvas.elements import Rename, SetField, SetWork
from designer.canvas.operations import Place, Refused, apply
from designer.canvas.segments import AddSegment, JoinSegments, MoveSegment, SplitSegment, SwitchStyle
from designer.canvas.steps import (
    AddSteps,
    Connect,
    DeleteSteps,
    Disconnect,
    DuplicateStep,
    MoveSteps,
    after_all,
    beside_step,
)
from sagaflow.core.definition import document as documents
from sagaflow.core.definition.document import dump
from tests.canvas.gestures import gestures, places
from tests.core.strategies import sagas

pytestmark = pytest.mark.quick

DRAFT_RULES = {"empty", "condition", "unknown", "savepoint", "event-twice", "twice", "undo", "pivot"}
"""The faults that a draft may have until it is published. Any other one would mean that an operation wrote rubbish."""


def is_there(path, document):
    """True if the document has the element; other elements than steps and segments never go."""
    found = [home["name"] for home in Draft(document).segments]
    found += [f"{home['name']}/steps/{step['name']}" for home, step in Draft(document).steps()]
    return not path.startswith("segments/") or path.removeprefix("segments/") in found


def links(document):
    return Draft(document).inner_links()


def heard_before(document, name):
    """The steps that wait for an event from outside that the step reacts to, too: dropping never takes an event."""
    steps = [step for _, step in Draft(document).steps()]
    heard = next(step.get("on") or () for step in steps if step["name"] == name)
    return {step["name"] for step in steps if step.get("event") in heard}


def reachable(before):
    closed = {name: set(earlier) for name, earlier in before.items()}
    for _ in before:
        closed = {name: earlier.union(*(closed[other] for other in earlier)) for name, earlier in closed.items()}
    return closed


@given(st.data(), sagas(with_ornaments=True, with_mappings=True))
def test_every_sequence_of_operations_can_be_undone_and_leaves_a_document_that_can_be_read(data, saga):
    document = dump(saga)
    for _ in range(data.draw(st.integers(1, 5))):
        before = deepcopy(document)
        operation = data.draw(gestures(document))
        sent = operations.read(json.loads(json.dumps(operation.document())))
        assert sent == operation or operation.kind == "undo"
        try:
            edit = apply(document, operation)
        except Refused:
            assert document == before
            continue
        assert document == before
        assert edit.sentence
        assert is_there(edit.focus, edit.document)
        assert is_there(edit.back, before)
        assert apply(edit.document, operations.read(json.loads(json.dumps(edit.undo.document())))).document == before
        faults = {fault.rule for fault in documents.problems(edit.document)}
        assert faults <= DRAFT_RULES, documents.problems(edit.document)
        document = edit.document


@given(st.data(), sagas())
def test_a_step_comes_to_the_place_where_it_was_dropped_and_no_other_link_changes(data, saga):
    document = dump(saga)
    place = data.draw(places(document))
    before = links(document)
    try:
        after = links(apply(document, AddSteps(({"name": "new", "action": "a.b"},), place)).document)
    except Refused:
        return
    assert after["new"] == set(place.after)
    for name, earlier in before.items():
        expected = (earlier - set(place.after)) | {"new"} if name in place.before else earlier
        kept = heard_before(document, name) & set(place.after) if name in place.before else set()
        assert expected <= after[name] <= expected | kept


@given(st.data(), sagas())
def test_steps_that_are_not_moved_keep_their_order_and_what_they_wait_for(data, saga):
    document = dump(saga)
    names = sorted(Draft(document).names())
    moved = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    place = data.draw(places(document))
    try:
        edit = apply(document, MoveSteps(tuple(moved), place))
    except Refused:
        return
    old, new = reachable(links(document)), reachable(links(edit.document))
    still = set(names) - set(moved)
    order = [step["name"] for _, step in Draft(document).steps() if step["name"] in still]
    assert [step["name"] for _, step in Draft(edit.document).steps() if step["name"] in still] == order
    for name in still:
        assert old[name] & still <= new[name], "a step that waits for another one still does"
    home = {step["name"]: segment["name"] for segment, step in Draft(edit.document).steps()}
    assert {home[name] for name in moved} == {place.segment}


@given(st.data(), sagas())
def test_what_is_left_after_a_deletion_waits_for_the_same_steps(data, saga):
    document = dump(saga)
    gone = data.draw(st.lists(st.sampled_from(sorted(Draft(document).names())), min_size=1, max_size=3, unique=True))
    edit = apply(document, DeleteSteps(tuple(gone)))
    old, new = reachable(links(document)), reachable(links(edit.document))
    assert new.keys() == old.keys() - set(gone)
    for name, earlier in new.items():
        assert old[name] - set(gone) <= earlier


@given(st.data(), sagas(with_ornaments=True, with_mappings=True))
def test_a_name_changes_everywhere_and_nothing_else_does(data, saga):
    document = dump(saga)
    name = data.draw(st.sampled_from(sorted(Draft(document).names())))
    segment, _ = Draft(document).home(name)
    there = apply(document, Rename(f"segments/{segment['name']}/steps/{name}", "fresh")).document
    text = json.dumps(there)
    assert f'"{name}"' not in text
    assert f"/steps/{name}/" not in text
    back = apply(there, Rename(f"segments/{segment['name']}/steps/fresh", name)).document
    assert back == document
    assert not documents.problems(there)


ORDER = {
    "name": "order",
    "segments": [
        {
            "name": "money",
            "style": "orchestrated",
            "team": "sales",
            "steps": [
                {"name": "authorise", "action": "pay.authorise", "undo": "pay.cancel"},
                {"name": "take", "action": "pay.take"},
                {"name": "mail", "action": "mail.send", "condition": {"exists": "/steps/take/receipt"}},
            ],
        },
        {
            "name": "goods",
            "style": "choreographed",
            "steps": [
                {"name": "pack", "action": "stock.pack"},
                {"name": "ship", "action": "stock.ship", "on": ["TakeCompleted", "PackCompleted"]},
            ],
        },
    ],
}


def steps(document, segment):
    return Draft(document).segment(segment)["steps"]


def test_an_insertion_between_two_steps_of_a_chain_writes_the_new_step_only():
    edit = apply(
        ORDER, AddSteps(({"name": "check", "action": "pay.check"},), Place("money", ("authorise",), ("take",)))
    )
    assert steps(edit.document, "money") == [
        ORDER["segments"][0]["steps"][0],
        {"name": "check", "action": "pay.check"},
        *ORDER["segments"][0]["steps"][1:],
    ]
    assert edit.sentence == "Added 'check' after 'authorise' and before 'take'."
    assert edit.focus == "segments/money/steps/check"


def test_a_step_beside_another_one_names_what_it_comes_after():
    edit = apply(ORDER, AddSteps(({"name": "log", "action": "log.it"},), beside_step(Draft(ORDER), "take")))
    assert links(edit.document)["log"] == {"authorise"}
    assert links(edit.document)["mail"] == {"take", "log"}


def test_a_step_between_a_wait_and_what_reacts_to_the_same_event_takes_the_event_from_neither():
    wait, ship = {"name": "wait", "event": "Paid"}, {"name": "ship", "action": "shop.ship", "on": ["Paid"]}
    document = {"name": "order", "segments": [{"name": "main", "style": "orchestrated", "steps": [wait, ship]}]}
    edit = apply(document, AddSteps(({"name": "pack", "action": "shop.pack"},), Place("main", ("wait",), ("ship",))))
    assert steps(edit.document, "main")[2]["on"] == ["Paid", "PackCompleted"]
    assert links(edit.document) == {"wait": set(), "pack": {"wait"}, "ship": {"wait", "pack"}}


def test_a_step_that_reacts_to_what_another_one_waits_for_cannot_come_before_it():
    steps = [{"name": "wait", "event": "Paid"}, {"name": "ship", "action": "shop.ship", "on": ["Paid"]}]
    document = {"name": "order", "segments": [{"name": "main", "style": "orchestrated", "steps": steps}]}
    with pytest.raises(Refused, match="'ship' cannot get this place, because of the events that it reacts to"):
        apply(document, Disconnect("wait", "ship"))


def test_a_step_after_all_branches_joins_them():
    apart = apply(ORDER, Disconnect("take", "mail")).document
    edit = apply(apart, AddSteps(({"name": "end", "action": "a.b"},), after_all(Draft(apart), "money")))
    assert links(edit.document)["end"] == {"take", "mail"}


def test_a_pasted_step_with_a_name_that_is_taken_gets_another_one():
    edit = apply(ORDER, AddSteps(({"name": "take", "action": "a.b"},), Place("goods")))
    assert steps(edit.document, "goods")[-1]["name"] == "take_2"


def test_a_circle_is_refused_with_the_names_of_its_steps():
    with pytest.raises(Refused, match="'authorise', 'mail' and 'take'"):
        apply(ORDER, Connect("mail", "authorise"))


def test_a_link_across_segments_is_refused_with_the_reason():
    with pytest.raises(Refused, match="the order of the segments decides there"):
        apply(ORDER, Connect("mail", "ship"))


def test_a_deleted_step_is_no_longer_waited_for():
    edit = apply(ORDER, DeleteSteps(("pack",)))
    assert steps(edit.document, "goods") == [{"name": "ship", "action": "stock.ship", "on": ["TakeCompleted"]}]


def test_a_renamed_step_is_found_in_conditions_and_events():
    edit = apply(ORDER, Rename("segments/money/steps/take", "charge"))
    assert steps(edit.document, "money")[2]["condition"] == {"exists": "/steps/charge/receipt"}
    assert steps(edit.document, "goods")[1]["on"] == ["ChargeCompleted", "PackCompleted"]


def test_a_renamed_step_is_found_in_the_input_of_an_undo():
    undo = {"compensate": "mail.sorry", "input": {"receipt": {"from": "/steps/take/receipt"}}}
    document = apply(ORDER, SetField("segments/money/steps/mail", "undo", undo)).document
    edit = apply(document, Rename("segments/money/steps/take", "charge"))
    assert steps(edit.document, "money")[2]["undo"]["input"] == {"receipt": {"from": "/steps/charge/receipt"}}


def test_a_name_that_a_condition_asks_for_in_vain_is_not_given_away():
    dangling = apply(ORDER, SetField("segments/money/steps/mail", "condition", {"exists": "/steps/gone"})).document
    with pytest.raises(Refused, match="'mail' names a step 'gone', which does not exist yet"):
        apply(dangling, Rename("segments/money/steps/take", "gone"))


def test_a_segment_that_is_split_and_joined_again_is_as_it_was():
    split = apply(ORDER, SplitSegment("take", "charge"))
    assert [segment["name"] for segment in split.document["segments"]] == ["money", "charge", "goods"]
    assert split.document["segments"][1]["team"] == "sales"
    assert apply(split.document, JoinSegments("money", "charge")).document == ORDER


def test_joining_says_what_is_lost():
    edit = apply(ORDER, JoinSegments("money", "goods"))
    assert edit.sentence == "Joined the segment 'goods' to 'money'. Dropped: 'style' of 'goods'."
    assert links(edit.document)["pack"] == {"mail"}


def test_a_new_segment_stands_between_its_neighbours():
    edit = apply(ORDER, AddSegment("check", "choreographed", "money"))
    assert edit.document["segments"][1] == {"name": "check", "style": "choreographed", "steps": []}
    first = apply(ORDER, AddSegment("check", "choreographed"))
    assert first.document["segments"][0]["name"] == "check"
    assert "after" not in first.document["segments"][1]


def test_a_segment_moves_to_the_start_unless_it_reacts_to_what_would_come_later():
    with pytest.raises(Refused, match="'authorise', 'ship' and 'take'"):
        apply(ORDER, MoveSegment("goods"))
    free = apply(ORDER, SetField("segments/goods/steps/ship", "on")).document
    edit = apply(free, MoveSegment("goods"))
    assert [segment["name"] for segment in edit.document["segments"]] == ["goods", "money"]


def test_switching_the_style_says_which_events_appear():
    edit = apply(ORDER, SwitchStyle("money", "choreographed"))
    assert edit.sentence == (
        "Switched 'money' to choreographed: its steps react to AuthoriseCompleted, TakeCompleted, MailCompleted."
    )
    assert [change.path for change in edit.changes] == [("segments", "money", "style")]


def test_changing_the_kind_of_work_says_what_is_dropped():
    waits = apply(ORDER, SetWork("take", {"event": "Paid", "service": "shop"})).document
    edit = apply(waits, SetWork("take", {"timer": 60}))
    assert edit.sentence == "Changed what 'take' does. Dropped: 'event', 'service'."
    assert steps(edit.document, "money")[1] == {"name": "take", "timer": 60}


def test_a_copy_of_a_step_follows_it():
    edit = apply(ORDER, DuplicateStep("take"))
    assert [step["name"] for step in steps(edit.document, "money")] == ["authorise", "take", "take_2", "mail"]


def test_an_undo_fits_after_others_have_worked_elsewhere():
    mine = apply(
        ORDER, AddSteps(({"name": "check", "action": "pay.check"},), Place("money", ("authorise",), ("take",)))
    )
    theirs = apply(mine.document, Rename("segments/goods/steps/pack", "wrap")).document
    undone = apply(theirs, mine.undo).document
    assert undone == apply(ORDER, Rename("segments/goods/steps/pack", "wrap")).document


def test_the_undo_of_a_new_name_fits_after_others_have_changed_the_step():
    mine = apply(ORDER, Rename("segments/money/steps/take", "charge"))
    theirs = apply(mine.document, SetField("segments/money/steps/charge", "timeout", 60)).document
    undone = apply(theirs, mine.undo).document
    assert undone == apply(ORDER, SetField("segments/money/steps/take", "timeout", 60)).document


def test_an_undo_of_what_others_changed_since_is_refused_with_the_place():
    mine = apply(ORDER, SetField("segments/money/steps/take", "timeout", 30))
    theirs = apply(mine.document, SetField("segments/money/steps/take", "timeout", 60)).document
    with pytest.raises(Refused, match="segments/money/steps/take/timeout: it has changed in the meantime") as refused:
        apply(theirs, mine.undo)
    assert refused.value.element == "segments/money/steps/take/timeout"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "whose 'kind' is one of"),
        ({"kind": "fly"}, "whose 'kind' is one of"),
        ({"kind": "connect", "earlier": "a"}, "needs the field 'later'"),
        ({"kind": "connect", "earlier": "a", "later": "b", "x": 1}, "has no field 'x'"),
        ({"kind": "connect", "earlier": 1, "later": "b"}, "'earlier' is not text"),
        ({"kind": "delete-steps", "steps": "a"}, "'steps' is not a list of names"),
        ({"kind": "move-steps", "steps": ["a"], "place": {"after": []}}, "A place has a 'segment'"),
        ({"kind": "add-steps", "steps": "a", "place": {"segment": "money"}}, "'steps' is not a list"),
    ],
)
def test_json_that_is_not_an_operation_is_refused_by_field(data, message):
    with pytest.raises(Refused, match=message):
        operations.read(data)


@pytest.mark.parametrize(
    "document", [{}, {"segments": None}, {"segments": [1, {"name": "a"}, {"name": "b", "steps": [None]}]}]
)
def test_an_unfinished_document_is_no_reason_to_fail(document):
    operation = SetField("saga", "title", "A title")
    edit = apply(document, operation)
    assert apply(edit.document, edit.undo).document == document


def test_segments_that_are_not_a_list_are_named():
    with pytest.raises(Refused, match="segments of the document are not a list"):
        apply({"segments": None}, AddSegment("new", "orchestrated"))


TWO_PEOPLE = {
    "name": "claim",
    "segments": [
        {
            "name": "main",
            "style": "orchestrated",
            "steps": [
                {"name": "limit", "approval": "team"},
                {"name": "pay", "approval": "bosses", "not_by": ["starter", "limit"]},
            ],
        }
    ],
}


def test_a_renamed_approval_is_still_the_one_that_another_person_has_to_follow():
    edit = apply(TWO_PEOPLE, Rename("segments/main/steps/limit", "small"))
    assert steps(edit.document, "main")[1]["not_by"] == ["starter", "small"]
    dangling = apply(edit.document, SetField("segments/main/steps/pay", "not_by", ["gone"])).document
    with pytest.raises(Refused, match="'pay' names a step 'gone', which does not exist yet"):
        apply(dangling, Rename("segments/main/steps/small", "gone"))


def test_a_deletion_leaves_the_step_before_selected_and_its_undo_the_step_that_is_back():
    step = [{"name": name, "action": "a.b"} for name in ("first", "middle", "last")]
    document = {"name": "line", "segments": [{"name": "main", "style": "orchestrated", "steps": step}]}
    for deleted, left in (("first", "middle"), ("middle", "first"), ("last", "middle")):
        edit = apply(document, DeleteSteps((deleted,)))
        assert (edit.focus, edit.back) == (f"segments/main/steps/{left}", f"segments/main/steps/{deleted}")
        undone = apply(edit.document, edit.undo)
        assert (undone.focus, undone.back) == (edit.back, edit.focus)
    edit = apply(document, DeleteSteps(("first", "middle", "last")))
    assert (edit.focus, edit.back) == ("segments/main", "segments/main/steps/first")


def test_the_undo_of_an_addition_leaves_the_step_before_it_selected():
    step = [{"name": name, "action": "a.b"} for name in ("first", "last")]
    document = {"name": "line", "segments": [{"name": "main", "style": "orchestrated", "steps": step}]}
    edit = apply(document, AddSteps(({"name": "new", "action": "a.b"},), Place("main", after=("first",))))
    assert (edit.focus, edit.back) == ("segments/main/steps/new", "segments/main/steps/first")

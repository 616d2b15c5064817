"""The kinds of work: what each one is, says and writes."""

import pytest

from sagaflow.core.definition.work import (
    NO_WORK,
    Approval,
    Call,
    OneValue,
    RollBackChild,
    SubSaga,
    Timer,
    WaitForEvent,
    kinds,
)

pytestmark = pytest.mark.quick

KINDS = (
    Call("order.place"),
    WaitForEvent("Paid", "bank"),
    Timer(60),
    Approval("bosses", ("starter",)),
    SubSaga("shipping"),
    RollBackChild(),
    NO_WORK,
)
CALL, WAIT, TIMER, APPROVAL, SUB_SAGA, ROLL_BACK, NOTHING = KINDS
PROPERTIES = {
    "by_worker": {CALL, SUB_SAGA, ROLL_BACK},
    "has_effect": {CALL, SUB_SAGA, ROLL_BACK},
    "leaves_nothing": {TIMER, APPROVAL},
    "does": {CALL, WAIT, TIMER, APPROVAL, SUB_SAGA},
    "undoes": {CALL, WAIT, ROLL_BACK},
    "rolls_child_back": {ROLL_BACK},
    "calls": {CALL},
    "runs": {SUB_SAGA},
    "awaits": {WAIT},
    "asks": {APPROVAL},
    "bars": {APPROVAL},
    "lasts": {TIMER},
    "verb": {CALL},
    "service": {CALL, WAIT},
    "partner": {CALL, WAIT, APPROVAL, SUB_SAGA},
    "expects": {WAIT, APPROVAL},
    "words": {CALL, WAIT, TIMER, APPROVAL, SUB_SAGA, ROLL_BACK},
    "waiting": {CALL, WAIT, TIMER, APPROVAL, SUB_SAGA, ROLL_BACK},
}


@pytest.mark.parametrize(("name", "of"), PROPERTIES.items(), ids=PROPERTIES)
def test_each_property_is_that_of_some_kinds(name, of):
    assert {kind for kind in KINDS if getattr(kind, name)} == of


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (CALL, ("order", "order", "order.place", "", "waits for the answer")),
        (WAIT, ("bank", "bank", "waits for Paid", "event 'Paid'", "waits for the event Paid")),
        (TIMER, ("", "", "waits 1 min", "", "waits for its time")),
        (
            APPROVAL,
            ("", "bosses", "approval by bosses", "a decision by 'bosses'", "waits for a decision by bosses"),
        ),
        (SUB_SAGA, ("", "shipping", "runs saga shipping", "", "waits for a run of shipping")),
        (ROLL_BACK, ("", "", "rolls the sub-saga back", "", "waits for the answer")),
        (NOTHING, ("", "", "", "", "")),
    ],
)
def test_each_kind_is_told_in_words_of_its_own(kind, told):
    assert (kind.service, kind.partner, kind.words, kind.expects, kind.waiting) == told


def test_each_kind_tells_what_it_does():
    assert (CALL.calls, CALL.verb) == ("order.place", "place")
    assert WAIT.awaits == "Paid"
    assert TIMER.lasts == 60
    assert (APPROVAL.asks, APPROVAL.bars, APPROVAL.reminds) == ("bosses", ("starter",), None)
    assert (Approval("bosses", remind_after=60.0).reminds, TIMER.reminds) == (60.0, None)
    assert SUB_SAGA.runs == "shipping"


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        (CALL, {"action": "order.place"}),
        (WAIT, {"event": "Paid", "service": "bank"}),
        (WaitForEvent("Paid", "shop"), {"event": "Paid", "service": "shop"}),
        (WaitForEvent("Paid"), {"event": "Paid", "service": ""}),
        (TIMER, {"timer": 60}),
        (APPROVAL, {"approval": "bosses", "not_by": ["starter"], "remind_after": None}),
        (Approval("bosses", remind_after=60.0), {"approval": "bosses", "not_by": [], "remind_after": 60.0}),
        (SUB_SAGA, {"saga": "shipping"}),
        (ROLL_BACK, {"rollback": True}),
    ],
)
def test_each_kind_is_written_and_read(kind, document):
    assert kind.document() == document
    assert type(kind).read({key: value for key, value in document.items() if value}) == kind


def test_a_kind_of_one_value_has_to_have_a_rule():
    with pytest.raises(NotImplementedError, match=r"OneValue has no rule\(\)"):
        OneValue.rule()


def test_a_step_does_five_kinds_of_work_and_a_compensation_three():
    assert kinds() == (Call, WaitForEvent, Timer, Approval, SubSaga)
    assert kinds(undo=True) == (Call, WaitForEvent, RollBackChild)

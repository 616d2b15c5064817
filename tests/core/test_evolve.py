"""One fact changes what it is about, and nothing else."""

import pytest

from sagaflow.core.definition.saga import Call, Compensation, Saga, Step, WaitForEvent, orchestrated
from sagaflow.core.run import facts
from sagaflow.core.run.evolve import fold
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import REMEMBERED, Delegation
from tests.core.world import DO, UNDO

pytestmark = pytest.mark.quick
RETURNED = Compensation(does=WaitForEvent("Returned"))
SAGA = Saga(
    "shop",
    orchestrated(
        "main",
        Step("paid", WaitForEvent("Paid"), undo=RETURNED, fails_as={"declined": "Declined", "stolen": "Stolen"}),
        Step("ship", "s.ship", fails_as={"lost": "Lost"}),
    ),
)


def after(*journal):
    return fold(SAGA, [Entry(seq, 1.0, 0, fact) for seq, fact in enumerate(journal, 1)])


@pytest.mark.parametrize(
    ("step", "direction", "kept"),
    [
        ("paid", DO, {"Paid", "Lost"}),
        ("paid", UNDO, {"Paid", "Lost", "Declined", "Stolen"}),
        ("ship", DO, {"Paid", "Lost", "Declined", "Stolen"}),
    ],
)
def test_another_attempt_of_a_wait_forgets_its_refusals_and_no_other_event(step, direction, kept):
    events = [facts.EventReceived(event=event) for event in ("Paid", "Lost", "Declined", "Stolen")]
    state = after(*events, facts.StepRetried(step=step, direction=direction, attempt=2, due_at=1.0))
    assert set(state.received) == kept


def test_only_the_latest_event_ids_are_remembered_and_an_event_without_one_takes_no_place():
    events = [facts.EventReceived(event="Paid", event_id=str(number)) for number in range(REMEMBERED + 2)]
    state = after(*events, facts.EventReceived(event="Paid"))
    assert state.seen == tuple(str(number) for number in range(2, REMEMBERED + 2))


@pytest.mark.parametrize(("deadline", "late_at"), [(0.5, 1.0), (1.0, 1.0), (1.5, None), (None, None)])
def test_a_run_that_is_resumed_at_its_deadline_or_after_it_is_late_from_then_on(deadline, late_at):
    started = facts.RunStarted(saga="shop", digest=SAGA.digest, input=None, deadline=deadline)
    assert after(started, facts.ResumeRequested(step="paid", by="ada", reason="because")).late_at == late_at


def test_an_event_that_has_to_come_again_for_one_wait_counts_for_the_others_that_hear_it():
    lawyer, clerk = Step("lawyer", WaitForEvent("Declined")), Step("clerk", WaitForEvent("Sued"))
    saga = Saga("shop", orchestrated("main", SAGA.steps["paid"], Step("ship", "s.ship"), lawyer, clerk))
    journal = [
        facts.EventReceived(event="Declined"),
        facts.StepRetried(step="paid", direction=DO, attempt=2, due_at=1.0),
    ]
    state = fold(saga, [Entry(seq, 1.0, 0, fact) for seq, fact in enumerate(journal, 1)])
    assert set(state.received) == {"Declined"}
    assert state.outdated == {"Declined": ("paid",)}


@pytest.mark.parametrize(
    ("step", "direction", "of_undo", "field"),
    [
        ("own", UNDO, True, "undo_input"),
        ("own", UNDO, False, "undo_input"),
        ("own", DO, False, "input"),
        ("shared", UNDO, True, "undo_input"),
        ("shared", UNDO, False, "input"),
    ],
)
def test_an_edited_input_is_for_its_direction_but_in_old_journals_only_if_the_undo_has_a_mapping(
    step, direction, of_undo, field
):
    own = Compensation(does=Call("s.back"), input={"payment": "/steps/own/output/payment"})
    saga = Saga("shop", orchestrated("main", Step("own", "s.pay", undo=own), Step("shared", "s.pay", undo="s.back")))
    retried = facts.StepRetried(
        step=step,
        direction=direction,
        attempt=2,
        due_at=1.0,
        by="ada",
        reason="wrong",
        edited=True,
        of_undo=of_undo,
        input={"payment": "p2"},
    )
    state = fold(saga, [Entry(1, 1.0, 0, retried)]).steps[step]
    assert {name: getattr(state, name) for name in ("input", "undo_input")} == {
        "input": None,
        "undo_input": None,
        field: {"payment": "p2"},
    }


@pytest.mark.parametrize("to", ["bob", ""])
def test_a_decision_that_is_handed_to_nobody_is_back_with_the_group(to):
    state = after(facts.ApprovalDelegated(step="paid", to=to, by="ada", reason="away"))
    assert state.steps["paid"].delegation == (Delegation(by="ada", to=to, reason="away") if to else None)


@pytest.mark.parametrize(("published", "by", "missed"), [(True, "ada", None), (True, "", 1.0), (False, "ada", 1.0)])
def test_a_person_who_asks_again_ends_what_was_missing_if_it_was_told(published, by, missed):
    silent = facts.ReactionMissed(step="ship", direction=DO, deadline=1.0, expected="Shipped", published=published)
    retried = facts.StepRetried(step="ship", direction=DO, attempt=2, due_at=1.0, by=by)
    ship = after(silent, retried).steps["ship"]
    assert (ship.missed_at, ship.missed_published) == (missed, missed is not None and published)

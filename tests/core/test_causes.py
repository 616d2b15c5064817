"""The record of a rollback keeps what had failed, next to the user and the reason, however the rollback began."""

from dataclasses import replace

import pytest

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    Call,
    Compensation,
    OnExhausted,
    Recovery,
    Saga,
    Step,
    irreversible,
    orchestrated,
    semantic,
)
from sagaflow.core.run import facts, reports
from sagaflow.core.run.commands import RecordRollback
from sagaflow.core.run.evolve import evolve, fold
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import Direction, ErrorKind, RollbackCode, RunStatus, StepError, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from sagaflow.core.words.sentences import sentence
from tests.core.world import DO, World

pytestmark = pytest.mark.quick

ONCE = RetryPolicy(attempts=1)
WHO = {"by": "ada", "reason": "the customer called"}
FAILS = {("charge", DO): (InjectedFault.TECHNICAL_ERROR,) * 9}
LATE_AND_REFUSED = {
    ("charge", DO): (InjectedFault.FAILED_LATE,) * 9,
    ("ship", DO): (InjectedFault.BUSINESS_ERROR,) * 9,
}
REFUSED = {("charge", DO): (InjectedFault.BUSINESS_ERROR,) * 9}


def call(name, **more):
    undo = Compensation(does=Call(f"shop.undo_{name}"))
    return Step(name, Call(f"shop.{name}"), undo=undo, retry=ONCE, undo_retry=ONCE, **more)


def shop(*, deadline=None, **more):
    steps = (call("reserve"), replace(call("charge"), **more), call("ship"))
    return Saga("shop", orchestrated("main", *steps), deadline=deadline)


def rolled_back(world, *reports):
    world.settle()
    for report in reports:
        world.report(report)
        world.settle()
    return world


def requested():
    return rolled_back(World(shop(), FAILS), reports.RollbackRequested(**WHO))


def cancelled():
    return rolled_back(World(shop(), FAILS), facts.CancelRequested(**WHO))


def by_the_parent():
    return rolled_back(World(shop(), FAILS), reports.RollbackRequested(**WHO, parent=True))


def business_error():
    return rolled_back(World(shop(), REFUSED))


def exhausted():
    return rolled_back(World(shop(on_exhausted=OnExhausted.ROLL_BACK), FAILS))


def deadline():
    world = World(shop(deadline=1000.0), FAILS)
    world.settle()
    return world


def resumed_and_requested():
    """A first rollback is over, the run goes forward again, fails again, and rolls back again."""
    world = rolled_back(World(shop(), FAILS), reports.RollbackRequested(**WHO))
    return rolled_back(world, facts.ResumeRequested(step="reserve", **WHO), reports.RollbackRequested(**WHO))


def of_a_parked_pivot():
    return rolled_back(World(shop(pivot=True), FAILS), reports.RollbackRequested(**WHO))


def savepoint_widened():
    """The attempts of the save-point are used up: the last failure rolls the whole run back."""
    later = orchestrated(
        "later", call("charge"), call("ship"), savepoint=True, recovery=Recovery.FORWARD, forward_attempts=2
    )
    saga = Saga("shop", (orchestrated("first", call("reserve")), later))
    return rolled_back(World(saga, REFUSED))


WAYS = {
    "a business error": (business_error, "business-error", "business", ""),
    "attempts are used up": (exhausted, "technical-error", "technical", ""),
    "an operator asks for it": (requested, "requested", "technical", "ada"),
    "an operator cancels": (cancelled, "cancelled", "technical", "ada"),
    "the parent goes back": (by_the_parent, "parent", "technical", "ada"),
    "the deadline": (deadline, "deadline", "technical", ""),
    "after a resume": (resumed_and_requested, "requested", "technical", "ada"),
    "a parked pivot": (of_a_parked_pivot, "requested", "technical", "ada"),
    "a save-point is used up": (savepoint_widened, "business-error", "business", ""),
}


@pytest.mark.parametrize(("way", "code", "kind", "by"), WAYS.values(), ids=WAYS)
def test_the_record_keeps_the_cause_beside_who_asked_and_why(way, code, kind, by):
    world = way()
    assert world.state.status.ended
    for record in (each.record for each in world.commands if isinstance(each, RecordRollback)):
        rows = {row["step"]: row for row in record["steps"]}
        assert (record["code"], record["failed_step"], record["kind"], record["by"]) == (code, "charge", kind, by)
        assert record["message"] == "the customer called" or not by
        assert record["error"]["kind"] == kind
        assert rows["charge"]["error"] == record["error"], (
            "the row of the failed step keeps its error when it is undone"
        )
        assert [name for name, row in rows.items() if row["error"]] == ["charge"]
        assert not any(row["undo_error"] for row in rows.values())


def test_a_run_in_which_nothing_failed_goes_back_without_a_failed_step():
    world = World(shop())
    world.report(facts.CancelRequested(**WHO))
    world.settle()
    (record,) = (each.record for each in world.commands if isinstance(each, RecordRollback))
    assert (record["failed_step"], record["error"], record["kind"]) == ("", None, "")


def test_who_asked_did_not_make_the_step_fail_and_the_journal_says_which_was_first():
    (began,) = (entry.fact for entry in requested().entries if isinstance(entry.fact, facts.RollbackBegan))
    assert sentence(began) == (
        "the rollback began: requested, the customer called; charge had failed: technical error boom"
    )


def test_an_operator_who_decides_about_the_pivot_does_not_hide_what_began_the_rollback():
    """A step is refused while the outcome of the pivot is unknown: the rollback waits until an operator decides."""
    steps = (call("reserve"), call("charge", after=()), call("pivot", after=(), pivot=True))
    saga = Saga("shop", orchestrated("main", *steps))
    unknown = {("pivot", DO): (InjectedFault.TIME_OUT,) * 9}
    world = World(saga, REFUSED | unknown)
    world.settle()
    assert world.state.rollback.step == "charge"
    rolled_back(world, reports.RollbackRequested(**WHO))
    last = [each.record for each in world.commands if isinstance(each, RecordRollback)][-1]
    rows = {row["step"]: row for row in last["steps"]}
    assert (last["code"], last["failed_step"], last["error"]["code"], last["by"]) == (
        "requested",
        "charge",
        "no",
        "ada",
    )
    assert rows["pivot"]["error"]["code"] == "timed-out", "what the pivot failed with is not written over either"


def test_what_never_took_effect_is_nothing_to_undo_and_is_not_counted_as_compensated():
    world = requested()
    (record,) = (each.record for each in world.commands if isinstance(each, RecordRollback))
    rows = {row["step"]: row for row in record["steps"]}
    assert (rows["charge"]["outcome"], rows["charge"]["reason"]) == ("nothing to undo", "it took no effect")
    assert rows["reserve"]["outcome"] == "compensated"
    assert record["summary"] == "1 compensated"
    told = [sentence(each.fact) for each in world.entries if isinstance(each.fact, facts.StepSucceeded)]
    assert "charge had nothing to undo: it took no effect" in told
    assert "reserve was undone" in told


def test_an_effect_whose_answer_was_lost_is_compensated():
    lost = {("charge", DO): (InjectedFault.FAILED_LATE,) * 9}
    world = rolled_back(World(shop(), lost), reports.RollbackRequested(**WHO))
    assert world.state.steps["charge"].status is StepStatus.COMPENSATED
    assert world.state.steps["charge"].do_error.code == "boom"


@pytest.mark.parametrize("undo", [None, irreversible("it was seen")])
def test_an_effect_that_cannot_be_undone_is_irreversible_although_its_last_attempt_was_refused(undo):
    once_more = replace(call("charge"), undo=undo, retry=RetryPolicy(attempts=2))
    script = {("charge", DO): (InjectedFault.FAILED_LATE, InjectedFault.BUSINESS_ERROR)}
    world = World(Saga("shop", orchestrated("main", once_more)), script)
    world.settle()
    (record,) = (each.record for each in world.commands if isinstance(each, RecordRollback))
    assert record["summary"] == "1 irreversible"
    assert world.state.steps["charge"].status is StepStatus.IRREVERSIBLE


@pytest.mark.parametrize(("undo", "reason"), [(None, ""), (semantic("shop.credit", "it was seen"), "it was seen")])
def test_the_reason_of_a_skip_is_not_that_of_a_later_undo(undo, reason):
    tried = replace(call("charge"), **({"undo": undo} if undo else {}))
    world = World(Saga("shop", orchestrated("main", call("reserve"), tried, call("ship"))), LATE_AND_REFUSED)
    rolled_back(world, reports.SkipRequested(step="charge", **WHO))
    (record,) = (each.record for each in world.commands if isinstance(each, RecordRollback))
    row = next(row for row in record["steps"] if row["step"] == "charge")
    assert (row["reason"], row["by"], row["undo_attempts"]) == (reason, "", 1)


def test_a_stuck_step_has_its_reason_in_the_record():
    script = REFUSED | {("reserve", Direction.UNDO): (InjectedFault.TECHNICAL_ERROR,) * 9}
    saga = shop()
    world = World(saga, script)
    world.settle()
    assert world.state.status is RunStatus.STUCK
    (record,) = (each.record for each in world.commands if isinstance(each, RecordRollback))
    row = next(row for row in record["steps"] if row["step"] == "reserve")
    assert (row["outcome"], row["reason"], row["error"]) == ("stuck", "its compensation failed: boom", None)
    assert row["undo_error"]["code"] == "boom"


def test_a_journal_of_an_earlier_version_keeps_its_meaning():
    """The fact has no ``failure``: the error of a step in doubt stays where it was, and the snapshot is its fold."""
    saga = shop()
    error = StepError(ErrorKind.TECHNICAL, "timed-out")
    earlier = (
        facts.RollbackBegan(code=RollbackCode.REQUESTED, message="because", by="ada"),
        facts.StepLeftInDoubt(step="charge", error=error),
        facts.StepCommanded(step="charge", direction=Direction.UNDO, attempt=1, due_at=1.0),
    )
    state = fold(saga, [Entry(seq, 1.0, 0, fact) for seq, fact in enumerate(earlier, 1)])
    assert (state.steps["charge"].error, state.steps["charge"].failure) == (error, None)
    done = facts.StepSucceeded(step="charge", direction=Direction.UNDO, attempt=1, token=0)
    state = evolve(saga, state, Entry(4, 1.0, 0, done))
    assert (state.steps["charge"].status, state.steps["charge"].error) == (StepStatus.COMPENSATED, None)
    assert (state.rollback.step, state.rollback.error) == ("", None)

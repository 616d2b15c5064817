"""A rollback of steps that older journals can contain, and no run of today; and of sub-sagas that have no undo."""

import pytest

from sagaflow import irreversible, nothing, semantic
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Saga, Step, SubSaga, orchestrated
from sagaflow.core.run import facts, preview, reports, rollback
from sagaflow.core.run.commands import RecordRollback
from sagaflow.core.run.decide import decide
from sagaflow.core.run.evolve import fold
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.reports import RollbackRequested
from sagaflow.core.run.rollback import pivot_is_open
from sagaflow.core.run.state import ErrorKind, RunState, StepError, StepStatus
from tests.core.world import DO, World

pytestmark = pytest.mark.quick
NO, BOOM = StepError(ErrorKind.BUSINESS, "no"), StepError(ErrorKind.TECHNICAL, "boom")


def parked(*errors, last, pivot=False):
    """A run whose only step failed with these errors, and is parked with the last one."""
    saga = Saga("shop", orchestrated("main", Step("pay", "s.pay", undo="s.unpay", pivot=pivot)))
    journal = [facts.RunStarted(saga="shop", digest=saga.digest, input=None), facts.SegmentStarted(segment="main")]
    journal += [facts.StepFailed(step="pay", attempt=1, token=0, error=error) for error in errors]
    journal.append(facts.StepParked(step="pay", error=last))
    return saga, fold(saga, [Entry(seq, 1.0, 0, fact) for seq, fact in enumerate(journal, 1)])


@pytest.mark.parametrize(
    ("errors", "last", "becomes"),
    [
        ((), NO, facts.StepReset(step="pay", reason="it was refused: no")),
        ((BOOM,), NO, facts.StepLeftInDoubt(step="pay", error=NO)),
        ((BOOM, BOOM), NO, facts.StepLeftInDoubt(step="pay", error=NO)),
        ((BOOM,), BOOM, facts.StepLeftInDoubt(step="pay", error=BOOM)),
    ],
)
def test_a_refused_step_had_no_effect_unless_an_earlier_attempt_may_have_had_one(errors, last, becomes):
    saga, state = parked(*errors, last=last)
    decision = decide(saga, state, RollbackRequested(by="ada", reason="because"), 2.0)
    assert becomes in [entry.fact for entry in decision.entries]


@pytest.mark.parametrize(("error", "is_open"), [(NO, False), (BOOM, True)])
def test_a_pivot_that_was_refused_decides_nothing_more(error, is_open):
    assert pivot_is_open(*parked(last=error, pivot=True)) is is_open


NOTHING_LEFT = facts.CompensationSettled(step="sub", status=StepStatus.NOTHING_TO_UNDO, reason="it only looks")
LEFT = facts.CompensationSettled(step="sub", status=StepStatus.IRREVERSIBLE, reason="sealed")
WENT_BACK = StepError(ErrorKind.BUSINESS, "sub-saga-rolled_back", "sealed")


@pytest.mark.parametrize(
    ("journal", "settled"),
    [
        ([{"error": BOOM}, {"error": NO}], NOTHING_LEFT),
        ([{"error": WENT_BACK, "left": True, "stayed": StepStatus.IRREVERSIBLE}], LEFT),
        ([{"error": WENT_BACK, "left": True, "stayed": StepStatus.IRREVERSIBLE}, {"output": 1}], NOTHING_LEFT),
    ],
    ids=["no run went back", "the run went back", "a later run completed"],
)
def test_a_step_without_an_undo_leaves_what_the_run_left_whose_end_is_its_error(journal, settled):
    saga = Saga("mum", orchestrated("main", Step("sub", SubSaga("kid"), undo=nothing("it only looks"))))
    made = [facts.RunStarted(saga="mum", digest=saga.digest, input=None), facts.SegmentStarted(segment="main")]
    for each in journal:
        kind = facts.StepFailed if "error" in each else facts.StepSucceeded
        made.append(kind(step="sub", attempt=1, token=0, **each))
    state = fold(saga, [Entry(seq, 1.0, 0, fact) for seq, fact in enumerate(made, 1)])
    decision = decide(saga, state, RollbackRequested(by="ada", reason="because"), 2.0)
    assert settled in [entry.fact for entry in decision.entries]


@pytest.mark.parametrize(
    ("undo", "becomes"),
    [(nothing("a look"), StepStatus.NOTHING_TO_UNDO), (irreversible("it is sent"), StepStatus.IRREVERSIBLE)],
)
@pytest.mark.parametrize("late", [5, 55])
def test_the_record_says_that_a_child_may_go_on_whose_step_has_no_undo(undo, becomes, late):
    step = Step("sub", SubSaga("kid"), undo=undo, timeout=50, retry=RetryPolicy(attempts=2, delay=100.0))
    world = World(Saga("family", orchestrated("main", step)))
    flight = world.claim("sub", DO)
    world.report(reports.StepAccepted(step="sub", direction=DO, attempt=flight.attempt, token=flight.token))
    world.at += late
    world.report(reports.TimePassed())
    [planned] = preview.plan(world.saga, world.state, world.at)
    world.report(reports.RollbackRequested(by="ann", reason="wrong"))
    goes_on = f"{undo.reason}; {rollback.GOES_ON}"
    if late < 50:
        assert world.state.steps["sub"].status is StepStatus.WAITING, "the rollback waits for the end of the child"
        assert planned.reason == undo.reason
        world.report(reports.ChildEnded(step="sub", child="7", status="completed"))
    assert world.state.steps["sub"].status is becomes
    [record] = [command.record for command in world.commands if isinstance(command, RecordRollback)]
    [row] = record["steps"]
    assert row["reason"] == (undo.reason if late < 50 else goes_on)
    assert late < 50 or planned.reason == goes_on


def test_an_undo_by_an_action_says_nothing_of_a_child_because_it_waits_for_it():
    saga = Saga("family", orchestrated("main", Step("sub", SubSaga("kid"), undo=semantic("s.undo", "it is sent"))))
    for unknown in (0, 1):
        state = RunState.of(saga).with_step("sub", status=StepStatus.IN_DOUBT, unknown=unknown)
        assert rollback.reason_of(saga, state, "sub") == "it is sent"

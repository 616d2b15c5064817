"""A rollback of steps that older journals can contain, and no run of today: parked although they were refused."""

import pytest

from sagaflow import nothing
from sagaflow.core.definition.saga import Saga, Step, SubSaga, orchestrated
from sagaflow.core.run import facts
from sagaflow.core.run.decide import decide
from sagaflow.core.run.evolve import fold
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.reports import RollbackRequested
from sagaflow.core.run.rollback import pivot_is_open
from sagaflow.core.run.state import ErrorKind, StepError, StepStatus

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

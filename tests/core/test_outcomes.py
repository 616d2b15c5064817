"""An outcome counts for the attempt under way, and for no other: not for one before it, nor for one that never was."""

import pytest

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import OnExhausted, Saga, Step, orchestrated
from sagaflow.core.errors import Refused
from sagaflow.core.run import facts, reports
from sagaflow.core.run.state import ErrorKind, StepError, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.world import DO, UNDO, World

pytestmark = pytest.mark.quick
OFTEN = RetryPolicy(attempts=3, delay=0.0)


def running():
    """A run in the second attempt of its only step."""
    step = Step("pay", "s.pay", undo="s.unpay", retry=OFTEN)
    world = World(Saga("shop", orchestrated("main", step)), {("pay", DO): (InjectedFault.TECHNICAL_ERROR,)})
    world.finish(world.claim("pay", DO))
    return world, world.claim("pay", DO)


@pytest.mark.parametrize("kind", [facts.StepSucceeded, facts.StepAccepted])
@pytest.mark.parametrize(
    ("attempt", "token", "why"),
    [(0, 1, "stale"), (0, -1, "stale"), (1, 0, "late"), (-1, 0, "late"), (-1, -1, "stale"), (1, 1, "stale")],
)
def test_an_outcome_with_another_attempt_or_token_is_ignored(kind, attempt, token, why):
    world, flight = running()
    before = world.state.steps
    world.report(kind(step="pay", attempt=flight.attempt + attempt, token=flight.token + token))
    assert world.state.steps == before
    ignored = world.entries[-1].fact
    assert (ignored.signal, ignored.why, ignored.step) == (kind.__name__, why, "pay")
    assert ignored.message.startswith(f"attempt {flight.attempt + attempt} with token {flight.token + token} is not")


def test_an_outcome_in_the_other_direction_is_ignored():
    world, flight = running()
    world.report(facts.StepSucceeded(step="pay", direction=UNDO, attempt=flight.attempt, token=flight.token))
    assert world.state.steps["pay"].status is StepStatus.RUNNING
    assert world.entries[-1].fact.why == "late"


def test_an_outcome_of_a_step_that_the_saga_does_not_have_is_refused():
    world, flight = running()
    with pytest.raises(Refused, match="has no step 'ship'; its steps are pay"):
        world.report(facts.StepSucceeded(step="ship", attempt=1, token=flight.token))


def test_the_same_outcome_again_is_a_duplicate_also_of_a_step_that_answers_later():
    world, flight = running()
    accepted = facts.StepAccepted(step="pay", attempt=flight.attempt, token=flight.token)
    done = facts.StepSucceeded(step="pay", attempt=flight.attempt, token=flight.token)
    for report, status in ((accepted, StepStatus.WAITING), (accepted, StepStatus.WAITING), (done, StepStatus.DONE)):
        world.report(report)
        assert world.state.steps["pay"].status is status
    world.report(done)
    ignored = [entry.fact.why for entry in world.entries if isinstance(entry.fact, facts.SignalIgnored)]
    assert ignored == ["duplicate", "duplicate"]


def test_a_step_is_given_up_at_the_third_death_of_its_process_and_not_before():
    world = World(Saga("shop", orchestrated("main", Step("pay", "s.pay", retry=RetryPolicy(attempts=9)))))
    for status in (StepStatus.DUE, StepStatus.DUE, StepStatus.PARKED):
        flight = world.claim("pay", DO)
        died = facts.WorkerDied(step="pay", attempt=flight.attempt, token=flight.token, worker="w", how="was killed")
        world.report(died)
        assert world.state.steps["pay"].status is status
    error = world.state.steps["pay"].error
    assert (error.code, error.message) == ("worker-died", "the process was killed while performing s.pay")


@pytest.mark.parametrize(("total", "status"), [(3.0, StepStatus.DUE), (2.5, StepStatus.PARKED)])
def test_an_attempt_that_would_begin_at_the_very_end_of_the_total_time_is_made(total, status):
    retry = RetryPolicy(attempts=9, delay=3.0, jitter=0.0, total=total)
    world = World(
        Saga("shop", orchestrated("main", Step("pay", "s.pay", retry=retry))),
        {("pay", DO): (InjectedFault.TECHNICAL_ERROR,)},
    )
    world.finish(world.claim("pay", DO))
    assert world.state.steps["pay"].status is status


def test_a_late_answer_of_a_step_in_doubt_is_late_and_no_duplicate():
    once = RetryPolicy(attempts=1)
    pivot = Step("pivot", "s.pivot", pivot=True, after=())
    step = Step("pay", "s.pay", undo="s.unpay", retry=once, on_exhausted=OnExhausted.ROLL_BACK, after=())
    saga = Saga("shop", orchestrated("main", pivot, step))
    world = World(saga, {("pay", DO): (InjectedFault.TECHNICAL_ERROR,)})
    world.claim("pivot", DO)
    flight = world.claim("pay", DO)
    world.finish(flight)
    assert world.state.steps["pay"].status is StepStatus.IN_DOUBT, "the rollback waits for the pivot"
    world.report(facts.StepSucceeded(step="pay", attempt=flight.attempt, token=flight.token))
    assert world.state.steps["pay"].status is StepStatus.IN_DOUBT
    assert world.entries[-1].fact.why == "late"


def test_an_answer_that_comes_when_the_step_is_parked_already_is_late():
    retry = RetryPolicy(attempts=1)
    step = Step("pay", "s.pay", retry=retry)
    world = World(Saga("shop", orchestrated("main", step)), {("pay", DO): (InjectedFault.TECHNICAL_ERROR,)})
    flight = world.claim("pay", DO)
    world.finish(flight)
    world.report(facts.StepSucceeded(step="pay", attempt=flight.attempt, token=flight.token))
    assert world.state.steps["pay"].status is StepStatus.PARKED
    assert world.entries[-1].fact.why == "late"


def test_an_acceptance_that_comes_during_a_rollback_causes_the_undo_of_its_step():
    world = World(Saga("shop", orchestrated("main", Step("pay", "s.pay", undo="s.unpay"))))
    flight = world.claim("pay", DO)
    world.report(reports.RollbackRequested(by="ann", reason="because"))
    world.report(facts.StepAccepted(step="pay", attempt=flight.attempt, token=flight.token))
    *_, accepted, doubt, undo = world.entries
    assert [type(entry.fact) for entry in (accepted, doubt, undo)] == [
        facts.StepAccepted,
        facts.StepLeftInDoubt,
        facts.StepCommanded,
    ]
    assert (accepted.cause, doubt.cause, undo.cause) == (0, accepted.seq, accepted.seq)


HOPELESS = StepError(ErrorKind.PROGRAMMING, "unknown-action", "no such action")


@pytest.mark.parametrize(
    ("tries", "unbegun", "status"),
    [
        (0, True, StepStatus.PENDING),
        (0, False, StepStatus.IN_DOUBT),
        (1, True, StepStatus.IN_DOUBT),
        (1, False, StepStatus.IN_DOUBT),
        (2, True, StepStatus.IN_DOUBT),
    ],
)
def test_a_rollback_finds_nothing_to_undo_only_where_no_attempt_could_even_begin(tries, unbegun, status):
    steps = Step("pay", "s.pay", undo="s.unpay", retry=OFTEN), Step("book", "s.book", after=())
    faults = {("pay", DO): (InjectedFault.TECHNICAL_ERROR,) * tries, ("book", DO): (InjectedFault.BUSINESS_ERROR,)}
    world = World(Saga("shop", orchestrated("main", *steps)), faults)
    for _ in range(tries):
        world.finish(world.claim("pay", DO))
    flight = world.claim("pay", DO)
    world.finish(world.claim("book", DO))
    failed = facts.StepFailed(step="pay", attempt=flight.attempt, token=flight.token, error=HOPELESS, unbegun=unbegun)
    world.report(failed)
    kinds = [entry.kind for entry in world.entries]
    assert ("StepReset" in kinds) is (status is StepStatus.PENDING)
    assert ("StepLeftInDoubt" in kinds) is (status is StepStatus.IN_DOUBT)


def test_a_compensation_that_could_not_begin_is_stuck():
    world = World(
        Saga("shop", orchestrated("main", Step("pay", "s.pay", undo="s.unpay"), Step("book", "s.book"))),
        {("book", DO): (InjectedFault.BUSINESS_ERROR,)},
    )
    world.finish(world.claim("pay", DO))
    world.finish(world.claim("book", DO))
    flight = world.claim("pay", UNDO)
    place = {"step": "pay", "direction": UNDO, "attempt": flight.attempt, "token": flight.token}
    world.report(facts.StepFailed(**place, error=HOPELESS, unbegun=True))
    assert world.state.steps["pay"].status is StepStatus.STUCK

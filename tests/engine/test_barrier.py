"""The barrier in a separate database, and the transaction that no late transactional action passes (L10)."""

from dataclasses import replace

import pytest

from sagaflow import BusinessError, RetryPolicy, Saga, Step, TechnicalError, conf, engine, orchestrated, registry
from sagaflow.core.run.skills import ALL
from sagaflow.engine.worker import Shift
from sagaflow.models import Barrier
from sagaflow.participants import perform
from sagaflow.registry import Action
from sagaflow.testing import given
from sagaflow.testing.clock import active, moving_clock
from tests.engine.conftest import BOTH, finish, kinds, status, sweep
from tests.engine.sagas import effects

pytestmark = pytest.mark.django_db(databases=BOTH, transaction=True)


@pytest.fixture
def _leases_end():
    """Advance the clock as the sweeper reads it, so that every lease has ended."""
    with moving_clock():
        yield


def claimed(saga, step, *, into=0):
    """A run whose worker claimed ``step`` and did not go on."""
    run = engine.start(saga, {})
    shift = Shift(run, ALL, "slow", lambda: True)
    work = shift.claim()
    for _ in range(into):
        work = shift.carry_out(work)
    assert work.context.step == step
    return run, shift, work


def swept(run):
    while status(run) == "running" or not kinds(run)[-1].startswith("EventPublished"):
        sweep_later()
    return status(run)


def sweep_later():
    active().advance(conf.current().lease_seconds)
    sweep()


@pytest.mark.usefixtures("_leases_end")
def test_an_undo_without_its_action_is_a_no_op_and_bars_it_for_ever():
    run, shift, work = claimed("going-back", "second", into=1)
    assert swept(run) == "rolled_back"
    assert effects(run, "participant") == ["first:do", "first:undo"]
    late = perform(work)
    assert (late.error.code, late.error.kind) == ("barred", "technical")
    assert shift.carry_out(work) is None
    assert effects(run, "participant") == ["first:do", "first:undo"]
    assert engine.journal(run)[-1].fact.signal == "StepFailed"
    assert Barrier.objects.using("participant").get(key=f"{run}:second", direction="do").barred


@pytest.mark.usefixtures("_leases_end")
def test_an_effect_whose_outcome_was_lost_is_undone():
    run, _, work = claimed("going-back", "second", into=1)
    perform(work)
    assert swept(run) == "rolled_back"
    assert effects(run, "participant") == ["first:do", "second:do", "second:undo", "first:undo"]


def test_what_ran_once_returns_what_it_returned_then():
    run, _, work = claimed("five-apart", "first")
    once, twice = perform(work), perform(work)
    assert once == twice
    assert once.output == {"step": "first", "attempt": 1}
    assert effects(run, "participant") == ["first:do"]


def test_a_compensation_that_ran_once_does_not_run_again():
    run = engine.start("five-apart", {"plan": {"third:do": ["business"]}})
    shift = Shift(run, ALL, "slow", lambda: True)
    work = shift.claim()
    while work.context.direction == "do":
        work = shift.carry_out(work)
    assert perform(work).output == perform(work).output == {"step": "second", "attempt": 1}
    assert finish(run) == "rolling_back"
    while work is not None:
        work = shift.carry_out(work)
    assert status(run) == "rolled_back"
    assert effects(run, "participant") == ["first:do", "second:do", "second:undo", "first:undo"]


@pytest.mark.usefixtures("_leases_end")
def test_a_transactional_action_that_comes_late_takes_no_effect_and_is_journalled():
    run, shift, work = claimed("doubtful", "second", into=1)
    assert swept(run) == "rolled_back"
    assert effects(run) == ["first:do", "first:undo"]
    assert shift.carry_out(work) is None
    assert effects(run) == ["first:do", "first:undo"]
    ignored = engine.journal(run)[-1].fact
    assert (type(ignored).__name__, ignored.signal, ignored.step) == ("SignalIgnored", "StepSucceeded", "second")


@pytest.mark.usefixtures("_leases_end")
def test_a_transactional_step_taken_over_by_another_worker_takes_effect_once():
    run, shift, work = claimed("five-exact", "third", into=2)
    while kinds(run).count("RunCompleted") == 0:
        sweep_later()
    shift.carry_out(work)
    assert effects(run) == [f"{name}:do" for name in ("first", "second", "third", "fourth", "fifth")]


@pytest.mark.usefixtures("_leases_end")
def test_a_worker_that_does_not_know_the_action_bars_it_all_the_same(monkeypatch):
    run, _, work = claimed("going-back", "second", into=1)
    with monkeypatch.context() as elsewhere:
        elsewhere.delitem(registry._actions, "depot.do")
        assert swept(run) == "rolled_back"
    assert effects(run, "participant") == ["first:do", "first:undo"]
    assert perform(work).error.code == "barred"


@pytest.mark.usefixtures("_leases_end")
def test_a_worker_that_does_not_know_a_transactional_action_knows_that_it_left_nothing(monkeypatch):
    run, _, _ = claimed("doubtful", "second", into=1)
    monkeypatch.delitem(registry._actions, "exact.do")
    assert swept(run) == "rolled_back"
    assert effects(run) == ["first:do", "first:undo"]


def undoing(saga, step):
    """A run that rolls back because its third step was refused, up to the claim of the undo of ``step``."""
    run = engine.start(saga, {"plan": {"third:do": ["business"]}})
    shift = Shift(run, ALL, "worker", lambda: True)
    work = shift.claim()
    while (work.context.direction, work.context.step) != ("undo", step):
        work = shift.carry_out(work)
    return run, work


def test_an_effect_from_before_the_action_had_a_barrier_is_undone():
    run, work = undoing("five", "second")
    with registry.standing_in(Action(name="plain.do", does=None, database="participant")):
        assert perform(work).output == {"step": "second", "attempt": 1}
    assert effects(run)[-1] == "second:undo"


def test_a_claim_that_names_no_guard_leaves_it_to_what_this_process_knows():
    run, work = undoing("five", "second")
    with registry.standing_in(Action(name="plain.do", does=None, database="participant")):
        assert perform(replace(work, guards=("",))).output is None
    assert "second:undo" not in effects(run)


def test_attempts_with_and_without_a_barrier_are_undone_and_barred():
    run, work = undoing("five", "second")
    assert perform(replace(work, guards=("database:participant", "none"))).output is not None
    assert effects(run)[-1] == "second:undo"
    assert Barrier.objects.using("participant").get(key=f"{run}:second", direction="do").barred


def test_a_barrier_out_of_reach_stops_an_undo_whose_action_may_not_have_happened():
    run, work = undoing("five", "second")
    afar = replace(work, guards=("database:elsewhere",))
    assert afar.certain
    failed = perform(replace(afar, certain=False))
    assert (failed.error.code, "'elsewhere'" in failed.error.message) == ("unguarded", True)
    assert "second:undo" not in effects(run)
    assert perform(afar).output == {"step": "second", "attempt": 1}


def test_a_claim_says_what_guards_the_effect():
    run = engine.start("mixed", {})
    finish(run)
    claims = [entry.fact for entry in engine.journal(run) if entry.kind == "StepClaimed"]
    assert {claim.step: claim.guard for claim in claims} == {
        "first": "none",
        "second": "none",
        "third": "transaction",
        "fourth": "database:participant",
    }


@pytest.mark.parametrize("transactional", [True, False])
def test_a_step_that_failed_and_was_then_refused_without_an_effect_is_not_undone(transactional):
    errors = [TechnicalError("deadlock"), BusinessError("out-of-stock")]
    undone = []

    def reserve(_):
        raise errors.pop(0)

    barrier = {"transactional": True} if transactional else {"database": "default"}
    actions = (
        Action(name="stock.reserve", does=reserve, **barrier),
        Action(name="stock.release", does=undone.append, **barrier),
    )
    retry = RetryPolicy(attempts=5, delay=0.1)
    saga = Saga("counted", orchestrated("main", Step("take", "stock.reserve", undo="stock.release", retry=retry)))
    with moving_clock(), registry.standing_in(*actions, saga):
        ended = given("counted", {}).run()
        ended.is_("rolled_back").has(take="nothing_to_undo")
    assert not undone
    assert not errors

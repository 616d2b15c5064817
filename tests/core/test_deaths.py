"""Processes die, and workers lack code: neither costs a run an attempt, and both are reported."""

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    Compensation,
    OnExhausted,
    Recovery,
    RollBackChild,
    Saga,
    Step,
    SubSaga,
    orchestrated,
)
from sagaflow.core.run import facts, reports
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.decide import decide
from sagaflow.core.run.outcomes import MOST_DEATHS
from sagaflow.core.run.queries import attention, claimable, unserved
from sagaflow.core.run.skills import Skills, child_of, need
from sagaflow.core.run.state import Direction, StepStatus
from tests.core.strategies import saga_and_script
from tests.core.thoroughness import examples
from tests.core.world import LEASE, World

SEEDS = st.integers(0, 2**32)
KINDS = ("call", "event", "timer", "approval", "saga")


class Mortal(World):
    """A world in which a worker sometimes dies, before or after the effect of an attempt."""

    def turn(self):
        under_way = [flight for flight in self.flights if not flight.accepted]
        if under_way and self.random.random() < 0.3:
            self.die(self.random.choice(under_way))
        else:
            super().turn()

    def die(self, flight, how="was killed by SIGSEGV"):
        if flight.fault.takes_effect and self.random.random() < 0.5:
            self.take_effect(flight)
        before = self.state.steps[flight.step]
        self.flights.remove(flight)
        place = {"step": flight.step, "direction": flight.direction, "attempt": flight.attempt, "token": flight.token}
        self.report(facts.WorkerDied(**place, worker="w", how=how))
        if isinstance(self.entries[-1].fact, facts.SignalIgnored):
            return
        at = max(number for number, entry in enumerate(self.entries) if isinstance(entry.fact, facts.WorkerDied))
        died, after = self.entries[at].fact, [entry.fact for entry in self.entries[at:]]
        assert (died.step, died.token) == (flight.step, flight.token)
        now = self.state.steps[flight.step]
        again = any(isinstance(fact, facts.SavepointRestored) for fact in after)  # a round of forward recovery is new
        if now.status.working and now.status.direction is flight.direction and not again:
            assert now.deaths == max(1, before.deaths + before.alone)
            tried = (now.attempts, now.undo_attempts)[flight.direction is Direction.UNDO] - now.forgiven
            assert tried < (before.attempts, before.undo_attempts)[flight.direction is Direction.UNDO] - before.forgiven


@given(saga_and_script(kinds=KINDS, with_timeouts=True, doomed=True), SEEDS)
@examples(120)
def test_the_laws_hold_whatever_process_dies_whenever(pair, seed):
    saga, script = pair
    note(f"seed {seed}, script {script}")
    world = Mortal(saga, script, seed, {"flag": True})
    world.shake(60)
    world.settle()


def test_a_step_that_kills_its_process_is_tried_afresh_in_each_round_of_forward_recovery():
    step = Step("pay", "payment.charge", on_exhausted=OnExhausted.ROLL_BACK, retry=RetryPolicy(attempts=1))
    world = Mortal(Saga("shop", orchestrated("main", step, savepoint=True, recovery=Recovery.FORWARD)))
    for number in range(3 * MOST_DEATHS):
        assert world.state.steps["pay"].deaths == number % MOST_DEATHS
        world.die(world.claim("pay", Direction.DO))
    assert world.state.status == "rolled_back"


def one(attempts=1):
    pay = Step("pay", "payment.charge", undo="payment.refund", retry=RetryPolicy(attempts=attempts))
    return Saga("shop", orchestrated("main", pay, Step("ship", "post.send")))


def test_a_death_beside_others_costs_nothing_even_where_the_policy_allows_one_attempt():
    world = Mortal(one())
    world.die(world.claim("pay", Direction.DO))
    assert claimable(world.saga, world.state, world.at) == (("pay", Direction.DO),)
    world.settle()
    assert world.state.status == "completed"
    assert world.state.steps["pay"].deaths == 0


def test_a_step_that_kills_its_process_alone_is_parked_with_the_signal_and_may_have_happened():
    world = Mortal(one(attempts=9))
    for _ in range(MOST_DEATHS):
        assert world.state.status == "running"
        world.die(world.claim("pay", Direction.DO))
    step = world.state.steps["pay"]
    assert (world.state.status, step.status) == ("parked", StepStatus.PARKED)
    assert step.error.message == "the process was killed by SIGSEGV while performing payment.charge"
    assert step.unknown == MOST_DEATHS


def test_a_person_who_tries_such_a_step_again_gives_it_a_clean_slate():
    world = Mortal(one())
    for _ in range(MOST_DEATHS):
        world.die(world.claim("pay", Direction.DO))
    world.report(reports.RetryRequested(step="pay", by="boss", reason="mended"))
    assert world.state.steps["pay"].deaths == 0


def test_a_process_that_was_ended_on_purpose_makes_nothing_suspect():
    world = World(one())
    flight = world.claim("pay", Direction.DO)
    place = {"step": "pay", "attempt": flight.attempt, "token": flight.token}
    world.report(facts.WorkerDied(**place, worker="w", blameless=True))
    now = world.state.steps["pay"]
    assert (now.deaths, now.attempts - now.forgiven) == (0, 0)


LOST = "was lost"


@pytest.mark.parametrize(("gone", "forgiven", "failed"), [({}, 0, 1), ({"w": LOST}, 1, 0), ({"x": LOST}, 0, 1)])
def test_a_lease_that_runs_out_counts_against_a_slow_worker_and_not_against_a_dead_one(gone, forgiven, failed):
    world = World(one(attempts=2))
    world.claim("pay", Direction.DO)
    later = decide(world.saga, world.state, reports.TimePassed(), world.at + LEASE, gone=gone)
    assert later.state.steps["pay"].forgiven == forgiven
    assert sum(entry.kind == "StepFailed" for entry in later.entries) == failed


CHILD = Step("sub", SubSaga("delivery"), undo=Compensation(does=RollBackChild()))
NEEDS = [
    (one().steps["pay"], Direction.DO, "payment.charge"),
    (one().steps["pay"], Direction.UNDO, "payment.refund"),
    (CHILD, Direction.DO, child_of("delivery")),
    (CHILD, Direction.UNDO, ""),
]


@pytest.mark.parametrize(("step", "direction", "name"), NEEDS)
def test_a_worker_can_do_what_its_code_knows_and_its_services_allow(step, direction, name):
    service = step.service if direction is Direction.DO else step.undo_service
    assert need(step, direction) == name
    assert Skills().can(step, direction)
    assert Skills(frozenset({service}), frozenset({name})).can(step, direction)
    assert Skills(None, frozenset()).can(step, direction) == (not name)
    if service:
        assert not Skills(frozenset({"other"}), frozenset({name})).can(step, direction)


@given(saga_and_script(kinds=KINDS), SEEDS, st.data())
@examples(60)
def test_what_a_worker_may_claim_is_what_is_due_and_in_its_skills(pair, seed, data):
    saga, script = pair
    world = World(saga, script, seed, {"flag": True})
    world.shake(data.draw(st.integers(0, 40)))
    due = claimable(saga, world.state, world.at)
    names = sorted({need(saga.steps[step], way) for step, way in due})
    known = frozenset(data.draw(st.sets(st.sampled_from(names)))) if names else frozenset()
    mine = claimable(saga, world.state, world.at, Skills(None, known))
    assert mine == tuple((step, way) for step, way in due if need(saga.steps[step], way) in known | {""})
    left = {(fact.step, fact.direction) for fact in unserved(saga, world.state, world.at, [Skills(None, known)])}
    assert left == set(due) - set(mine)


def test_work_that_no_live_worker_can_do_is_told_once_until_it_is_claimed():
    world = World(one())
    [lack] = unserved(world.saga, world.state, world.at, [Skills(None, frozenset({"post.send"}))])
    assert (lack.needs, lack.since) == ("payment.charge", world.at)
    world.report(lack)
    world.report(lack)
    assert [entry.kind for entry in world.entries].count("WorkUnserved") == 1
    assert attention(world.saga, world.state) is Attention.NO_WORKER
    assert world.state.steps["pay"].attempts == 0
    world.claim("pay", Direction.DO)
    assert attention(world.saga, world.state) is None
    world.report(lack)
    assert [entry.kind for entry in world.entries].count("WorkUnserved") == 1

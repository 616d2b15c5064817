"""The laws of docs/guarantees.md, over random definitions and orders, with duplicates and a step that cannot work."""

import random
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from sagaflow.core.codec import decode, encode
from sagaflow.core.definition.saga import (
    Approval,
    Call,
    Recovery,
    Saga,
    Step,
    Timer,
    WaitForEvent,
    choreographed,
    orchestrated,
)
from sagaflow.core.errors import Refused
from sagaflow.core.run import facts, reports
from sagaflow.core.run.decide import decide
from sagaflow.core.run.interventions import pivot_decides
from sagaflow.core.run.journal import read_fact, write_fact
from sagaflow.core.run.queries import allowed, claimable, inputs
from sagaflow.core.run.state import Direction, RunState, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.strategies import saga_and_script
from tests.core.thoroughness import examples
from tests.core.world import World

EVERY_KIND = ("call", "event", "timer", "approval", "saga")
INPUTS = st.sampled_from((None, {}, {"flag": True, "total": 1}, {"flag": False, "total": 1.5}))
SEEDS = st.integers(0, 2**32)


@given(saga_and_script(kinds=EVERY_KIND), SEEDS, INPUTS)
@examples(400)
def test_a_run_ends_or_asks_for_a_person_whatever_happens_in_whatever_order(pair, seed, value):
    saga, script = pair
    note(f"seed {seed}, script {script}")
    world = World(saga, script, seed, value, slow=slow(saga, seed))
    world.shake(60)
    world.settle()


@given(saga_and_script(kinds=("call", "timer"), with_timeouts=True, doomed=True), SEEDS)
@examples(200)
def test_deadlines_and_timeouts_obey_the_laws(pair, seed):
    saga, script = pair
    note(f"seed {seed}, script {script}")
    world = World(saga, script, seed, {"flag": True}, slow=slow(saga, seed))
    world.shake(60)
    world.settle()


@given(saga_and_script(kinds=EVERY_KIND, with_timeouts=True), SEEDS)
@examples(100)
def test_events_that_never_come_leave_a_run_that_says_so(pair, seed):
    saga, script = pair
    world = World(saga, script, seed, withhold=frozenset(name for name in saga.steps if seed % 2 or name == "s0"))
    world.shake(30)
    world.settle()


@given(saga_and_script(kinds=EVERY_KIND), SEEDS)
@examples(200)
def test_what_a_person_may_do_is_exactly_what_the_core_says_and_keeps_the_laws(pair, seed):
    saga, script = pair
    note(f"seed {seed}, script {script}")
    world = World(saga, script, seed, slow=slow(saga, seed))
    choice = random.Random(seed)
    for _ in range(50):
        world.turn()
        step = choice.choice([None, *saga.steps])
        answers = allowed(saga, world.state, world.at, step)
        verb = choice.choice([name for name in answers if name not in ("redeliver", "retry_with_input")])
        if answers[verb] is not None:
            with pytest.raises(Refused):
                world.report(asked(verb, step, world.state))
        elif choice.random() < 0.25:
            world.report(asked(verb, step, world.state))
    world.settle()


@given(saga_and_script(kinds=EVERY_KIND, with_timeouts=True), SEEDS)
@examples(200)
def test_an_edited_input_is_taken_only_where_the_next_attempt_reads_it(pair, seed):
    saga, script = pair
    note(f"seed {seed}, script {script}")
    world = World(saga, script, seed, slow=slow(saga, seed))
    for _ in range(40):
        world.turn()
        for name, step in saga.steps.items():
            before = world.state.steps[name].status
            if allowed(saga, world.state, world.at, name)["retry_with_input"] is not None:
                continue
            edit = {"by": "someone", "reason": "because", "verb": "retry_with_input", "input": {"n": 7}, "edited": True}
            after = decide(saga, world.state, reports.RetryRequested(step=name, **edit), world.at).state
            direction = after.steps[name].status.direction
            work = step.work(direction)
            assert after.steps[name].status.is_due
            assert inputs(saga, after, name, direction)[0] == {"n": 7}
            if direction is Direction.UNDO:
                kept = inputs(saga, world.state, name)[0]
                assert inputs(saga, after, name)[0] == kept, "what is edited for the undo does not reach the action"
            assert work.by_worker, "a worker gets it"
            assert not work.rolls_child_back, "and has a use for it"
            assert not (work.runs and before.is_waiting), "the child that runs keeps its own"


@given(saga_and_script(kinds=EVERY_KIND, with_timeouts=True), SEEDS)
@examples(200)
def test_a_person_gets_every_run_to_an_end_and_no_effect_is_doubled_or_forgotten(pair, seed):
    saga, script = pair
    note(f"seed {seed}, script {script}")
    world = World(saga, script, seed, slow=slow(saga, seed))
    choice = random.Random(seed)
    world.shake(40)
    for _ in range(12):
        world.settle()
        verbs = [(verb, step) for step in (None, *saga.steps) for verb in open_verbs(world, step)]
        assert verbs or not world.state.status.needs_person, "L4: a person can do something about it"
        if not verbs:
            break
        world.script = script if choice.random() < 0.5 else {}
        world.report(asked(*choice.choice(verbs), world.state))


AGAIN = {StepStatus.WAITING: "skip", StepStatus.SKIPPED: "resume"}


@given(saga_and_script(kinds=("call",), max_steps=4, doomed=True, with_conditions=False), SEEDS)
@examples(100)
def test_what_is_skipped_while_its_answer_is_to_come_and_then_resumed_takes_effect_once(pair, seed):
    """The world checks that no step takes effect under two keys (L3)."""
    saga, script = pair
    note(f"seed {seed}, script {script}")
    world = World(saga, script, seed, slow=frozenset(saga.steps))
    choice = random.Random(seed)
    for _ in range(80):
        world.turn()
        verbs = [(AGAIN.get(now.status), step) for step, now in world.state.steps.items()]
        opened = [(verb, step) for verb, step in verbs if verb and verb in open_verbs(world, step)]
        if opened and choice.random() < 0.5:
            world.report(asked(*choice.choice(opened), world.state))
    world.settle()


REFUSED_AFTER = {
    "skip": ("skip", "mark_done", "retry"),
    "mark_done": ("mark_done", "skip", "retry"),
    "roll_back": ("roll_back",),
    "cancel": ("cancel", "roll_back"),
}
"""The verbs that come too late after a verb, on the same step or on the run."""
CONTRADICTS = {
    "skip": (*REFUSED_AFTER["skip"], "roll_back"),
    "mark_done": REFUSED_AFTER["mark_done"],
    "roll_back": (*REFUSED_AFTER["roll_back"], "retry", "skip", "resume", "cancel"),
    "cancel": (*REFUSED_AFTER["cancel"], "retry", "skip", "resume"),
    "retry": ("retry", "skip", "roll_back", "cancel"),
    "resume": ("resume", "roll_back", "skip"),
}


@pytest.mark.parametrize("first", CONTRADICTS)
@given(pair=saga_and_script(kinds=EVERY_KIND, with_timeouts=True), seed=SEEDS)
@examples(60)
def test_the_second_of_two_verbs_that_contradict_each_other_is_refused_or_keeps_the_laws(first, pair, seed):
    saga, script = pair
    note(f"seed {seed}, script {script}")
    world = World(saga, script, seed, slow=frozenset(saga.steps if seed % 2 else ()))
    choice = random.Random(seed)
    for _ in range(60):
        world.turn()
        places = [step for step in (None, *saga.steps) if first in open_verbs(world, step)]
        answered_later = [step for step in places if step and world.state.steps[step].status is StepStatus.WAITING]
        if places and choice.random() < 0.5:
            contradict(world, choice, first, choice.choice(CONTRADICTS[first]), choice.choice(answered_later or places))
            break
    world.shake(20)
    world.settle()


def contradict(world: World, choice: random.Random, first: str, second: str, step: str | None) -> None:
    """Ask for both verbs, one directly after the other."""
    rounds = world.state.restored
    world.report(asked(first, step, world.state))
    if world.state.restored != rounds:
        return  # It settled the rollback to a save-point, and the second verb is about a new round.
    on_run = second in ("roll_back", "cancel")
    place = None if on_run else step or choice.choice(list(world.saga.steps))
    why_not = allowed(world.saga, world.state, world.at, place)[second]
    # An operator who asks again while the rollback waits for its pivot says that the pivot's outcome is not known.
    asks_again = on_run and pivot_decides(world.saga, world.state)
    assert why_not or asks_again or second not in REFUSED_AFTER.get(first, ()), (
        f"'{first}' settled it, yet '{second}' is open"
    )
    before = world.state
    if why_not is None:
        world.report(asked(second, place, world.state))
        return
    with pytest.raises(Refused) as refused:
        world.report(asked(second, place, world.state))
    assert why_not in str(refused.value), "the refusal says what the answer said"
    assert world.state == before


def slow(saga: Saga, seed: int) -> frozenset[str]:
    """In every second run, every second step has a participant that answers later."""
    return frozenset(name for number, name in enumerate(saga.steps) if seed % 2 and (seed >> number) % 4 > 1)


def open_verbs(world: World, step: str | None) -> list[str]:
    """The verbs that are open to an operator, except those that need an edited input."""
    answers = allowed(world.saga, world.state, world.at, step)
    return [verb for verb, why in answers.items() if why is None and verb not in ("redeliver", "retry_with_input")]


def asked(verb: str, step: str | None, state: RunState | None = None) -> Any:
    """Return the report of a verb. ``state``: that of the run; without it, a step that is skipped is being done."""
    who = {"by": "someone", "reason": "because"}
    undone = state is not None and step is not None and state.steps[step].status.direction is Direction.UNDO
    return {
        "retry": lambda: reports.RetryRequested(step=step, **who),
        "skip": lambda: reports.SkipRequested(step=step, output=None if undone else {"ok": True}, **who),
        "mark_done": lambda: reports.CompensationMarkedDone(step=step, **who),
        "resume": lambda: facts.ResumeRequested(step=step, **who),
        "roll_back": lambda: reports.RollbackRequested(**who),
        "cancel": lambda: facts.CancelRequested(**who),
    }[verb]()


@given(saga_and_script(kinds=EVERY_KIND, with_timeouts=True), SEEDS, INPUTS)
@examples(60)
def test_snapshot_and_journal_survive_storage_unchanged(pair, seed, value):
    saga, script = pair
    world = World(saga, script, seed, value)
    world.shake(40)
    assert decode(RunState, encode(world.state)) == world.state
    for entry in world.entries:
        assert read_fact(*write_fact(entry.fact)) == entry.fact


@given(saga_and_script(kinds=("call",), with_pivot=True, with_conditions=False, with_savepoints=False), SEEDS)
@examples(200)
def test_past_the_pivot_nothing_is_ever_taken_back(pair, seed):
    saga, script = pair
    world = World(saga, script, seed)
    world.shake(60)
    world.settle()
    if world.state.steps[saga.graph.pivot].status is StepStatus.DONE:
        assert not any(step.undo_attempts for step in world.state.steps.values())


@st.composite
def returns_beside_a_pivot(draw):
    """A saga that may return to a save-point while its pivot, in a segment of its own, only waits or works."""
    names = draw(st.integers(2, 3))
    steps = [Step(f"s{number}", f"s.do{number}", undo=f"s.undo{number}") for number in range(names)]
    again = {"savepoint": True, "recovery": Recovery.FORWARD, "forward_attempts": draw(st.integers(2, 3))}
    does = draw(st.sampled_from((Timer(800.0), Approval("boss"), WaitForEvent("Confirmed"), Call("s.ship"))))
    style = draw(st.sampled_from((orchestrated, choreographed)))
    saga = Saga("beside", (style("main", *steps, **again), style("own", Step("pivot", does, pivot=True), after=())))
    failed = draw(st.sampled_from((InjectedFault.BUSINESS_ERROR, InjectedFault.TECHNICAL_ERROR)))
    return saga, {(f"s{names - 1}", Direction.DO): (failed,) * draw(st.integers(1, 4))}


@given(pair=returns_beside_a_pivot(), seed=SEEDS, undone=st.integers(0, 3), verb=st.sampled_from(("", "skip", "retry")))
@examples(150)
def test_a_pivot_beside_a_return_to_a_save_point_keeps_the_laws(pair, seed, undone, verb):
    """The world checks after each fact that nothing is compensated past the pivot, nor before it is decided (L6)."""
    saga, script = pair
    world = World(saga, script, seed, withhold=frozenset({"pivot"}))
    steps = [claim for claim in saga.steps if claim != "pivot"]
    while world.state.rollback is None and (claims := own_claims(world, steps)):
        world.finish(world.claim(*claims[0]))
    for claim in own_claims(world, steps)[:undone]:
        world.finish(world.claim(*claim))
    if verb in open_verbs(world, "pivot"):
        world.report(asked(verb, "pivot"))
    world.withhold = frozenset()
    world.pass_time(1000.0)
    world.settle()


def own_claims(world, steps):
    """Let time pass to the next retry, and return what a worker may claim of these steps."""
    world.pass_time(61.0)
    return [claim for claim in claimable(world.saga, world.state, world.at) if claim[0] in steps]

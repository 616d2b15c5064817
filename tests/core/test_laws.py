"""The laws of DESIGN.md §5, over random definitions, random order, duplicates and one doomed step per run."""

import random
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from sagaflow.core import events as facts
from sagaflow.core.codec import decode, encode
from sagaflow.core.definition import Saga
from sagaflow.core.errors import Refused
from sagaflow.core.journal import read_fact, write_fact
from sagaflow.core.queries import allowed
from sagaflow.core.state import RunState, StepStatus
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
                world.report(asked(verb, step))
        elif choice.random() < 0.25:
            world.report(asked(verb, step))
    world.settle()


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
        world.report(asked(*choice.choice(verbs)))


def slow(saga: Saga, seed: int) -> frozenset[str]:
    """Every second run has participants that answer later, every second of its steps."""
    return frozenset(name for number, name in enumerate(saga.steps) if seed % 2 and (seed >> number) % 4 > 1)


def open_verbs(world: World, step: str | None) -> list[str]:
    """What a person may do, an edited input apart."""
    answers = allowed(world.saga, world.state, world.at, step)
    return [verb for verb, why in answers.items() if why is None and verb not in ("redeliver", "retry_with_input")]


def asked(verb: str, step: str | None) -> Any:
    who = {"by": "someone", "reason": "because"}
    return {
        "retry": lambda: facts.RetryRequested(step=step, **who),
        "skip": lambda: facts.SkipRequested(step=step, output={"ok": True}, **who),
        "mark_done": lambda: facts.CompensationMarkedDone(step=step, **who),
        "resume": lambda: facts.ResumeRequested(step=step, **who),
        "roll_back": lambda: facts.RollbackRequested(**who),
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

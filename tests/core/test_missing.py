"""SagaMissing: a reaction that did not come in time is told once in each wait, and never changes how the run ends."""

from dataclasses import replace

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    Approval,
    Compensation,
    Observer,
    OnExhausted,
    Saga,
    Step,
    WaitForEvent,
    choreographed,
    orchestrated,
)
from sagaflow.core.definition.subscriber import announced
from sagaflow.core.run import facts, reports
from sagaflow.core.run.commands import PublishEvent
from sagaflow.core.run.decide import decide
from sagaflow.core.run.evolve import fold
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import Direction, RunStatus, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.strategies import saga_and_script
from tests.core.thoroughness import examples
from tests.core.world import LEASE, World

pytestmark = pytest.mark.quick

DO, UNDO = Direction.DO, Direction.UNDO
EVERY_KIND = ("call", "event", "timer", "approval", "saga")
PEOPLE = {"by": "ann", "reason": "again"}
TOLD = "SagaMissing"


def told(world: World) -> list[Entry]:
    """The entries of the journal that publish that something is missing."""
    return [entry for entry in world.entries if getattr(entry.fact, "event", "") == TOLD]


def pair(form=choreographed, **options: object) -> World:
    """Two reactions that are due at the time 0 of the test; that to ``a`` is awaited for 20 seconds."""
    steps = (Step("a", "s.a", after=(), **{"timeout": 20.0, **options}), Step("b", "s.b", after=()))
    return World(Saga("pair", form("main", *steps)))


def waiting(**options: object) -> World:
    """A choreography that runs elsewhere: its step waits for an event from outside since the time 0 of the test."""
    step = Step("mail", WaitForEvent("EmailSent", service="email"), **{"timeout": 20.0, **options})
    return World(Saga("welcome", choreographed("main", step)))


@pytest.mark.parametrize("piece", [0.5, 7.0, 20.0, 100.0])
def test_it_is_told_once_and_at_its_time_however_time_passes(piece) -> None:
    world = pair()
    began = world.at
    while world.at < began + 100.0:
        before = bool(told(world))
        world.pass_time(piece)
        due = world.at >= began + 20.0
        assert bool(told(world)) == (world.state.steps["a"].missed_at is not None) == due
        assert before or not due or told(world)[0].at == world.at
    (event,) = told(world)
    assert (event.fact.step, event.fact.direction) == ("a", DO)


@pytest.mark.parametrize("seconds", [19.9, 20.0])
def test_a_reaction_in_time_is_not_missing(seconds) -> None:
    world = pair()
    world.pass_time(seconds)
    world.settle()
    assert world.state.status is RunStatus.COMPLETED
    assert len(told(world)) == (seconds >= 20.0)


def test_an_orchestrated_step_is_never_missing() -> None:
    world = pair(orchestrated)
    world.pass_time(100.0)
    assert told(world) == []


def test_it_says_which_event_is_missing_where_and_since_when() -> None:
    world = waiting()
    world.at += 3600.0
    world.pass_time(0.0)
    (event,) = told(world)
    since = "1970-01-12T13:47:00.000+00:00"
    assert event.fact.payload == {"segment": "main", "direction": "do", "event": "EmailSent", "since": since}
    command = PublishEvent(seq=event.seq, event=TOLD, step="mail", payload=event.fact.payload, observers=())
    assert command in world.commands
    (missed,) = (entry.fact for entry in world.entries if isinstance(entry.fact, facts.ReactionMissed))
    assert missed.expected == "EmailSent"


@pytest.mark.parametrize("undo", ["s.un", Compensation(does=WaitForEvent("MailRecalled"), emits="Recalled")])
def test_on_the_way_back_the_event_of_the_undo_is_missing(undo) -> None:
    steps = (Step("mail", "s.mail", undo=undo, timeout=20.0), Step("last", "s.last"))
    world = World(Saga("back", choreographed("main", *steps)), {("last", DO): (InjectedFault.BUSINESS_ERROR,)})
    for name in ("mail", "last"):
        world.finish(world.claim(name, DO))
    world.pass_time(100.0)
    (event,) = told(world)
    expected = "MailCompensated" if undo == "s.un" else "MailRecalled"
    assert (event.fact.direction, event.fact.payload["direction"], event.fact.payload["event"]) == (
        UNDO,
        "undo",
        expected,
    )


def test_it_is_caused_by_the_limit_and_causes_nothing() -> None:
    world = waiting(on_exhausted=OnExhausted.ROLL_BACK)
    world.pass_time(20.0)
    assert world.state.status is RunStatus.ROLLED_BACK
    (event,) = told(world)
    missed = world.entries[event.seq - 2]
    assert (type(missed.fact), missed.cause, event.cause) == (facts.ReactionMissed, 0, missed.seq)
    assert not [entry for entry in world.entries if entry.cause == event.seq]
    assert [entry.seq for entry in world.entries if entry.cause == missed.seq] == [event.seq]


def test_a_run_that_ended_or_goes_back_misses_nothing() -> None:
    world = pair()
    world.report(reports.CancelRequested(**PEOPLE))
    world.pass_time(100.0)
    assert (world.state.status, told(world)) == (RunStatus.CANCELLED, [])


def test_a_late_event_ends_the_wait_and_a_repeated_one_tells_nothing_again() -> None:
    world = waiting()
    world.pass_time(30.0)
    for _ in range(2):
        world.report(facts.EventReceived(event="EmailSent", event_id="1"))
        world.pass_time(100.0)
    assert (world.state.status, len(told(world))) == (RunStatus.COMPLETED, 1)


@pytest.mark.parametrize("again", [1, 3])
def test_a_reaction_that_is_requested_again_and_does_not_come_is_told_again(again) -> None:
    world = pair()
    world.pass_time(20.0)
    for number in range(1, again + 1):
        world.pass_time(500.0)
        world.report(reports.RetryRequested(step="a", verb="redeliver", **PEOPLE))
        assert world.state.steps["a"].missed_at is None
        world.pass_time(19.9)
        assert len(told(world)) == number
        world.pass_time(0.1)
        assert len(told(world)) == number + 1
    world.pass_time(500.0)
    assert len(told(world)) == again + 1


def test_a_step_that_was_missing_on_the_way_forward_can_be_missing_on_the_way_back() -> None:
    world = pair(undo="s.una")
    world.pass_time(20.0)
    world.finish(world.claim("a", DO))
    world.report(reports.RollbackRequested(**PEOPLE))
    assert (world.state.steps["a"].status, world.state.steps["a"].missed_at) == (StepStatus.UNDO_DUE, None)
    world.pass_time(20.0)
    assert [event.fact.direction for event in told(world)] == [DO, UNDO]


def test_an_automatic_retry_is_not_another_request() -> None:
    retry = RetryPolicy(attempts=3, delay=1.0, jitter=0.0)
    world = pair(retry=retry)
    while world.state.steps["a"].status is not StepStatus.PARKED:
        world.pass_time(25.0)
        if world.state.steps["a"].status is StepStatus.DUE:
            world.report(facts.StepClaimed(step="a", direction=DO, worker="w", lease=LEASE))
    assert (world.state.steps["a"].attempts, len(told(world))) == (3, 1)


def test_an_entry_of_an_earlier_version_means_what_it_meant() -> None:
    world = pair()
    world.pass_time(20.0)
    missed = world.entries[-2]
    earlier = [*world.entries[:-2], replace(missed, fact=replace(missed.fact, published=False))]
    state = fold(world.saga, earlier)
    asked = reports.RetryRequested(step="a", verb="redeliver", **PEOPLE)
    state = decide(world.saga, state, asked, world.at + 1.0).state
    assert state.steps["a"].missed_at == missed.at
    assert decide(world.saga, state, reports.TimePassed(), world.at + 100.0).entries == ()


def test_a_run_that_was_missing_before_the_event_existed_reads_as_before_and_is_not_told_later() -> None:
    world = pair()
    world.pass_time(20.0)
    assert isinstance(world.entries[-2].fact, facts.ReactionMissed)
    state = fold(world.saga, world.entries[:-1])
    assert state == replace(world.state, seq=world.state.seq - 1)
    for later in (0.0, 1.0, 1000.0):
        assert decide(world.saga, state, reports.TimePassed(), world.at + later).entries == ()


def test_an_observer_can_carry_it_in_either_style_and_only_a_choreographed_segment_announces_it() -> None:
    observer = Observer("slack", "slack.send", on=TOLD)
    saga = replace(pair().saga, observers=(observer,))
    world = World(saga)
    world.pass_time(20.0)
    assert [command.observers for command in world.commands if getattr(command, "event", "") == TOLD] == [("slack",)]
    quiet = World(replace(pair(orchestrated).saga, observers=(observer,)))
    quiet.pass_time(1000.0)
    assert TOLD not in [getattr(command, "event", "") for command in quiet.commands]
    assert TOLD in announced(saga)
    assert TOLD not in announced(quiet.saga)


def check(world: World) -> None:
    """Check the journal: one event after each mark, one mark in each wait, and none that is due and was left out."""
    waits: dict[str, int] = {}
    ended = False
    for entry, after in zip(world.entries, [*world.entries[1:], None], strict=True):
        match entry.fact:
            case facts.StepScheduled(step=step):
                waits[step] = 1
            case facts.StepRetried(step=step, by=by) if by:
                waits[step] = 1
            case facts.ReactionMissed(step=step, direction=direction, deadline=deadline, expected=expected):
                waits[step] -= 1
                assert waits[step] == 0, "once for each request"
                assert deadline <= entry.at, "not before its time"
                assert not ended, "an ended run misses nothing"
                assert after is not None
                assert (after.seq, after.cause, after.at) == (entry.seq + 1, entry.seq, entry.at)
                assert (after.fact.event, after.fact.step, after.fact.direction) == (TOLD, step, direction)
                assert after.fact.payload["event"] == expected
            case facts.RunCompleted() | facts.RunRolledBack() | facts.RunCancelled():
                ended = True
            case facts.ResumeRequested():
                ended = False
    marks = sum(isinstance(entry.fact, facts.ReactionMissed) for entry in world.entries)
    assert len(told(world)) == marks
    for name, now in world.state.steps.items():
        overdue = now.deadline is not None and now.deadline <= world.at and now.status.working
        if overdue and now.status is not StepStatus.RUNNING and name in world.saga.graph.choreographed:
            assert now.missed_at is not None, f"'{name}' is missing, and nobody was told"


@given(saga_and_script(kinds=EVERY_KIND, with_timeouts=True), st.integers(0, 2**32))
@examples(200)
def test_what_is_missing_is_told_exactly_when_it_is_marked(pair, seed) -> None:
    saga, script = pair
    note(f"seed {seed}, script {script}")
    silent = frozenset(name for number, name in enumerate(saga.steps) if (seed >> number) % 2)
    world = World(saga, script, seed, {"flag": True}, withhold=silent, slow=silent if seed % 3 else frozenset())
    for _ in range(5):
        world.shake(8)
        for seconds in world.random.choice(((0.0,), (6.0,) * 12, (LEASE + 1,), (70.0,))):
            world.pass_time(seconds)
            check(world)


def test_a_decision_that_does_not_come_is_missing_too() -> None:
    world = World(Saga("ask", choreographed("main", Step("agree", Approval("team"), timeout=20.0))))
    world.pass_time(20.0)
    (event,) = told(world)
    assert event.fact.payload["event"] == "AgreeCompleted"

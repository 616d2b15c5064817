"""The reminder of an approval: it comes once in each wait, at its time, and never changes how the run ends."""

from dataclasses import replace

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Approval, Observer, OnExhausted, Saga, Step, Style, Timer, orchestrated
from sagaflow.core.errors import InvalidDefinition, Refused
from sagaflow.core.run import facts, reports
from sagaflow.core.run.queries import wake_at
from sagaflow.core.run.state import RunStatus, StepStatus
from tests.core.strategies import restyle, saga_and_script
from tests.core.thoroughness import examples
from tests.core.world import LEASE, World

pytestmark = pytest.mark.quick

STYLES = pytest.mark.parametrize("style", list(Style))
PEOPLE = {"by": "ann", "reason": "again"}


def asking(style: Style = Style.ORCHESTRATED, after: float | None = 20.0, **options: object) -> World:
    """A run that waits for a decision since the time 0 of the test."""
    step = Step("agree", Approval("team", remind_after=after), **{"timeout": 50.0, **options})
    return World(restyle(Saga("ask", orchestrated("m", step)), style))


def reminders(world: World) -> list[float]:
    """The seconds after which each reminder of the journal came."""
    return [entry.fact.after for entry in world.entries if isinstance(entry.fact, facts.ApprovalReminded)]


@STYLES
def test_a_reminder_comes_at_its_time_and_once(style) -> None:
    world = asking(style)
    assert wake_at(world.saga, world.state) == world.at + 20.0
    told = []
    for seconds in (19.9, 0.2, 5.0, 5.0):
        world.pass_time(seconds)
        told.append(len(reminders(world)))
    assert told == [0, 1, 1, 1]
    assert world.state.steps["agree"].reminded_at == pytest.approx(world.entries[0].at + 20.1)
    assert wake_at(world.saga, world.state) == world.entries[0].at + 50.0


@STYLES
@pytest.mark.parametrize("seconds", [19.9, 20.0, 49.9])
def test_a_decision_before_the_limit_counts_whether_or_not_the_reminder_came_first(style, seconds) -> None:
    world = asking(style)
    world.at += seconds
    world.report(reports.ApprovalDecided(step="agree", approved=True, by="ann"))
    assert world.state.status is RunStatus.COMPLETED
    assert reminders(world) == ([20.0] if seconds >= 20.0 else [])


@STYLES
def test_a_decision_after_the_limit_is_refused_and_both_have_their_own_time(style) -> None:
    world = asking(style)
    world.at += 60.0
    with pytest.raises(Refused, match="parked"):
        world.report(reports.ApprovalDecided(step="agree", approved=True, by="ann"))
    world.pass_time(0.0)
    assert (reminders(world), world.state.status) == ([20.0], RunStatus.PARKED)


@STYLES
@pytest.mark.parametrize(("seconds", "came"), [(45.0, []), (55.0, [20.0])])
def test_it_counts_from_when_the_wait_began_and_not_from_when_the_run_was_looked_at(style, seconds, came) -> None:
    steps = (Step("rest", Timer(30.0)), Step("agree", Approval("team", remind_after=20.0), timeout=50.0))
    world = World(restyle(Saga("ask", orchestrated("m", *steps)), style))
    world.at += seconds
    world.report(reports.ApprovalDecided(step="agree", approved=True, by="ann"))
    assert (reminders(world), world.state.status) == (came, RunStatus.COMPLETED)


@pytest.mark.parametrize("after", [None, 50.0, 80.0])
def test_without_a_reminder_before_the_limit_there_is_none(after) -> None:
    world = asking(after=after)
    world.pass_time(100.0)
    assert (reminders(world), world.state.status) == ([], RunStatus.PARKED)


@pytest.mark.parametrize("again", [reports.RetryRequested, reports.ResumeRequested])
def test_the_next_wait_has_a_reminder_of_its_own(again) -> None:
    ending = OnExhausted.PARK if again is reports.RetryRequested else OnExhausted.ROLL_BACK
    world = asking(on_exhausted=ending)
    world.pass_time(60.0)
    world.settle()
    world.report(again(step="agree", **PEOPLE))
    now = world.state.steps["agree"]
    assert (now.status, now.reminded_at, now.remind_at) == (StepStatus.WAITING, None, world.at + 20.0)
    world.pass_time(20.0)
    assert len(reminders(world)) == 2


def test_a_wait_that_a_rollback_ended_is_not_reminded() -> None:
    world = asking()
    world.report(reports.RollbackRequested(**PEOPLE))
    assert world.state.steps["agree"].remind_at is None
    world.pass_time(100.0)
    assert (reminders(world), world.state.status) == ([], RunStatus.ROLLED_BACK)


@pytest.mark.parametrize("to", ["", "otto"])
def test_a_reminder_is_published_with_whom_it_is_for_and_causes_nothing_else(to) -> None:
    world = asking()
    if to:
        world.report(reports.ApprovalDelegated(step="agree", by="ada", to=to, reason="she knows it"))
    world.pass_time(21.0)
    (reminder,) = (entry for entry in world.entries if isinstance(entry.fact, facts.ApprovalReminded))
    (event,) = (entry for entry in world.entries if getattr(entry.fact, "event", "") == "SagaReminded")
    assert (event.fact.step, event.fact.payload) == ("agree", {"group": "team", "to": to, "after": 20.0})
    assert (event.seq, event.cause) == (reminder.seq + 1, reminder.seq)
    world.pass_time(100.0)
    assert [entry.seq for entry in world.entries if entry.cause == reminder.seq] == [event.seq]


def test_an_observer_can_carry_a_reminder_and_only_a_saga_with_one_announces_it() -> None:
    observer = Observer("mail", "mail.send", on="SagaReminded")
    assert replace(asking().saga, observers=(observer,)).observers == (observer,)
    with pytest.raises(InvalidDefinition, match="SagaReminded"):
        replace(asking(after=None).saga, observers=(observer,))


def without_reminders(saga: Saga) -> Saga:
    """The same saga, without any reminder."""

    def silent(step: Step) -> Step:
        return replace(step, does=replace(step.does, remind_after=None)) if step.does.asks else step

    segments = tuple(replace(segment, steps=tuple(map(silent, segment.steps))) for segment in saga.segments)
    return replace(saga, segments=segments)


def course(world: World) -> list[tuple[object, ...]]:
    """The journal without the reminders, their events, and the numbers of its entries."""
    return [
        (type(entry.fact).__name__, getattr(entry.fact, "step", ""), entry.at)
        for entry in world.entries
        if not isinstance(entry.fact, facts.ApprovalReminded) and getattr(entry.fact, "event", "") != "SagaReminded"
    ]


@given(saga_and_script(kinds=("approval",), with_timeouts=True), st.integers(0, 2**32))
@examples(150)
def test_a_reminder_changes_nothing_but_that_it_is_in_the_journal(pair, seed):
    saga, script = pair
    note(f"seed {seed}, script {script}")
    late = frozenset(name for number, name in enumerate(saga.steps) if (seed >> number) % 2)
    worlds = [World(each, script, seed, withhold=late) for each in (saga, without_reminders(saga))]
    for world in worlds:
        for _ in range(5):
            world.shake(8)
            world.pass_time(world.random.choice((0.0, 6.0, LEASE + 1, 70.0)))
    told, silent = worlds
    assert course(told) == course(silent)
    assert told.state.status is silent.state.status
    statuses = [{name: step.status for name, step in world.state.steps.items()} for world in worlds]
    assert statuses[0] == statuses[1]
    waits: dict[str, int] = {}
    for entry in told.entries:
        match entry.fact:
            case facts.StepAccepted(step=step):
                waits[step] = 1
            case facts.ApprovalReminded(step=step):
                waits[step] -= 1
                assert waits[step] == 0, "one reminder in each wait"


@pytest.mark.parametrize("after", [0, -5, True, "1 h", 1e12])
def test_a_reminder_that_is_not_a_duration_is_a_fault(after) -> None:
    with pytest.raises(InvalidDefinition, match=r"remind_after is .*; give seconds above 0, ten years at most"):
        Saga("ask", orchestrated("m", Step("agree", Approval("team", remind_after=after))))


def test_the_document_has_the_reminder_only_if_there_is_one() -> None:
    with_one, without = asking().saga, asking(after=None).saga
    (step,) = document.dump(with_one)["segments"][0]["steps"]
    assert step["remind_after"] == 20.0
    assert document.load(document.dump(with_one)) == with_one
    assert "remind_after" not in document.dump(without)["segments"][0]["steps"][0]

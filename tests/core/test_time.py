"""Time has the same meaning in either order: a sweeper comes at every limit, or a report comes long after it (L9)."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Approval, OnExhausted, Saga, Step, Style, Timer, WaitForEvent, orchestrated
from sagaflow.core.errors import Refused
from sagaflow.core.run import facts, reports
from sagaflow.core.run.queries import allowed, wake_at
from sagaflow.core.run.state import Direction, RunStatus, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.strategies import restyle, saga_and_script
from tests.core.thoroughness import examples
from tests.core.world import LEASE, World

DO = Direction.DO
STYLES = pytest.mark.parametrize("style", list(Style))
EVERY_KIND = ("call", "event", "timer", "approval", "saga")
HOUR = 3600.0


@dataclass
class Swept(World):
    """A world with a sweeper at every limit. It notes all other reports with their time."""

    noted: list[tuple[float, reports.Report]] = field(default_factory=list)

    def report(self, report: reports.Report) -> None:
        if not isinstance(report, reports.TimePassed):
            self.noted.append((self.at, report))
        super().report(report)

    def pass_time(self, seconds: float) -> None:
        end = self.at + seconds
        while (moment := wake_at(self.saga, self.state)) is not None and moment <= end:
            before, self.at = self.state.seq, max(self.at, moment)
            super().pass_time(0.0)
            if before == self.state.seq:
                break
        self.at = end
        super().pass_time(0.0)


@dataclass
class Unswept(World):
    """A world without a sweeper. Reports come at the times that the other world noted."""

    def hear(self, noted: list[tuple[float, reports.Report]]) -> None:
        for at, report in noted:
            self.at = at
            try:
                self.report(report)
            except Refused:
                continue


def told(world: World) -> list[facts.Fact]:
    return [entry.fact for entry in world.entries]


@given(saga_and_script(kinds=EVERY_KIND, with_timeouts=True), st.integers(0, 2**32))
@examples(250)
def test_a_sweeper_at_every_limit_and_one_at_the_end_find_the_same(pair, seed):
    saga, script = pair
    note(f"seed {seed}, script {script}")
    slow = frozenset(name for number, name in enumerate(saga.steps) if (seed >> number) % 2)
    swept = Swept(saga, script, seed, {"flag": True}, slow=slow, withhold=slow if seed % 3 else frozenset())
    for _ in range(6):
        swept.shake(8)
        swept.pass_time(swept.random.choice((0.0, 6.0, LEASE + 1, 70.0)))
    swept.pass_time(HOUR)
    unswept = Unswept(saga, script, seed, {"flag": True})
    unswept.hear(swept.noted[1:])
    unswept.at = swept.at
    unswept.pass_time(0.0)
    assert told(unswept) == told(swept)
    assert unswept.state.status is swept.state.status


def waiting(does, style: Style = Style.ORCHESTRATED, *, deadline: float | None = None, **options: object) -> World:
    """A run that is waiting in its second step; the first one is done."""
    steps = (Step("first", "s.first", undo="s.unfirst"), Step("x", does, **options))
    world = World(restyle(Saga("waits", orchestrated("m", *steps), deadline=deadline), style))
    world.finish(world.claim("first", DO))
    assert world.state.steps["x"].status is StepStatus.WAITING
    return world


@STYLES
def test_an_event_after_the_limit_of_its_wait_finds_the_run_on_its_way_back(style) -> None:
    world = waiting(WaitForEvent("Late"), style, timeout=60.0, on_exhausted=OnExhausted.ROLL_BACK)
    world.at += HOUR
    world.report(facts.EventReceived(event="Late"))
    world.settle()
    assert world.state.status is RunStatus.ROLLED_BACK


@STYLES
def test_an_event_at_the_last_moment_is_in_time(style) -> None:
    world = waiting(WaitForEvent("Late"), style, timeout=60.0, on_exhausted=OnExhausted.ROLL_BACK)
    world.at += 59.9
    world.report(facts.EventReceived(event="Late"))
    assert world.state.status is RunStatus.COMPLETED


@STYLES
def test_an_event_after_the_deadline_of_the_run_finds_it_on_its_way_back(style) -> None:
    world = waiting(WaitForEvent("Late"), style, deadline=60.0)
    world.at += HOUR
    world.report(facts.EventReceived(event="Late"))
    world.settle()
    assert world.state.status is RunStatus.ROLLED_BACK
    assert world.state.rollback.code == "deadline"


@STYLES
def test_an_approval_after_its_limit_is_refused_and_offered_no_more(style) -> None:
    world = waiting(Approval("managers"), style, timeout=60.0)
    world.at += HOUR
    with pytest.raises(Refused, match="parked"):
        world.report(facts.ApprovalDecided(step="x", approved=True, by="ann"))
    assert allowed(world.saga, world.state, world.at, "x")["retry"] is None
    world.pass_time(0.0)
    assert world.state.status is RunStatus.PARKED


@STYLES
def test_a_late_event_still_ends_a_wait_that_is_parked_as_missing(style) -> None:
    world = waiting(WaitForEvent("Late"), style, timeout=60.0)
    world.at += HOUR
    world.report(facts.EventReceived(event="Late"))
    assert world.state.status is RunStatus.COMPLETED
    assert any(isinstance(entry.fact, facts.StepParked) for entry in world.entries)


@STYLES
def test_an_outcome_after_the_end_of_the_lease_is_not_the_outcome(style) -> None:
    saga = restyle(Saga("one", orchestrated("m", Step("x", "s.x", retry=RetryPolicy(attempts=1)))), style)
    world = World(saga)
    flight = world.claim("x", DO)
    world.at += LEASE
    world.finish(flight)
    assert world.state.status is RunStatus.PARKED
    assert told(world)[-1].why == "late"


@STYLES
def test_the_order_of_the_limits_decides_and_not_that_of_the_graph(style) -> None:
    steps = (Step("later", WaitForEvent("A"), after=(), timeout=50.0), Step("sooner", WaitForEvent("B"), after=()))
    sooner = replace(steps[1], timeout=20.0, on_exhausted=OnExhausted.ROLL_BACK)
    world = World(restyle(Saga("two", orchestrated("m", steps[0], sooner), deadline=30.0), style))
    world.at += HOUR
    world.pass_time(0.0)
    assert (world.state.rollback.code, world.state.rollback.step) == ("technical-error", "sooner")
    assert not any(isinstance(fact, facts.StepParked) for fact in told(world))


@STYLES
def test_timers_in_a_row_reckon_from_each_other_and_not_from_the_look(style) -> None:
    steps = [Step(name, Timer(30.0)) for name in ("one", "two", "three")]
    world = World(restyle(Saga("timers", orchestrated("m", *steps), deadline=91.0), style))
    world.at += HOUR
    world.pass_time(0.0)
    assert world.state.status is RunStatus.COMPLETED


def test_a_decision_tells_its_report_from_the_time_that_passed_before() -> None:
    world = waiting(WaitForEvent("Late"), timeout=60.0, on_exhausted=OnExhausted.ROLL_BACK)
    world.at += HOUR
    world.report(facts.EventReceived(event="Late"))
    [ignored] = [entry for entry in world.entries if isinstance(entry.fact, facts.SignalIgnored)]
    assert (ignored.fact.why, ignored.cause) == ("rolling-back", 0)


def test_a_failure_by_time_reckons_its_retry_from_the_limit() -> None:
    saga = Saga("one", orchestrated("m", Step("x", "s.x", retry=RetryPolicy(attempts=2, delay=7.0, jitter=0.0))))
    world = World(saga, {("x", DO): (InjectedFault.CRASH_BEFORE,)})
    world.finish(world.claim("x", DO))
    began = world.at
    world.at += HOUR
    world.pass_time(0.0)
    assert world.state.steps["x"].due_at == began + LEASE + 7.0

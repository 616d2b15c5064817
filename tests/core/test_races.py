"""If outcomes in different orders end differently, the simulator lists every end, and no end that cannot be reached.

The ends are compared with those of a separate world: workers hold steps for any time, answers come in any order, and
the clock advances in between. That world shares nothing with the simulator except ``decide``.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import example, given, note
from hypothesis import strategies as st

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    Approval,
    Call,
    OnExhausted,
    Saga,
    Step,
    Style,
    SubSaga,
    Timer,
    WaitForEvent,
    orchestrated,
)
from sagaflow.core.errors import Refused
from sagaflow.core.run import facts, reports
from sagaflow.core.run.decide import decide
from sagaflow.core.run.queries import claimable
from sagaflow.core.run.state import Direction, RunState, RunStatus, StepState, StepStatus
from sagaflow.core.simulation import races
from sagaflow.core.simulation.injected_faults import InjectedFault
from sagaflow.core.simulation.loop import Simulator
from sagaflow.core.simulation.races import Orders
from sagaflow.core.simulation.simulate import SCRIPTS, Case, end_of, simulate, table
from tests.core.strategies import restyle, sagas
from tests.core.thoroughness import examples
from tests.core.world import LEASE, Flight, World

DO, UNDO = Direction.DO, Direction.UNDO
KINDS = ("call", "event", "timer", "approval", "saga")
INPUT = {"flag": True, "total": 1}


@dataclass
class Unhurried(World):
    """A world in which chance chooses the next action. Only the one fault goes wrong, and only that is late."""

    doomed: str = ""
    case: Case = Case.BUSINESS_ERROR
    told: set[tuple[str, Direction, int]] = field(default_factory=set)

    def rest(self) -> Any:
        for _ in range(3000):
            ways = [*self.ways()]
            if self.has_time() if ways else self.moment() is not None:
                ways.append(self.pass_on)
            if self.state.status.ended or not ways:
                return end_of(self.state)
            self.random.choice(ways)()
            self.take_back()
        raise AssertionError("it does not come to rest")

    def ways(self) -> Any:
        yield from (lambda c=claim: self.claim(*c) for claim in claimable(self.saga, self.state, self.at))
        yield from (lambda f=flight: self.finish(f) for flight in self.flights)
        yield from (lambda n=name, r=report: self.say(n, r) for name, report in self.unsaid())

    def unsaid(self) -> Any:
        """The reports from outside the workers, each of them once."""
        for name in self.saga.steps:
            now = self.state.steps[name]
            if (name, now.status.direction, now.token) not in self.told:
                yield from ((name, report) for report in (*self.forwards(name), *self.backwards(name)))

    def say(self, name: str, report: reports.Report) -> None:
        """Report from outside, unless the fault is that nothing is reported."""
        direction, token = self.state.steps[name].status.direction, self.state.steps[name].token
        again = any(step == name for step, _, _ in self.told)
        self.told.add((name, direction, token))
        silent = (self.case is Case.TIME_OUT and not again) or (self.case is Case.UNDO_FAILS and direction is UNDO)
        if name != self.doomed or not silent:
            self.report(report)

    def claim(self, step: str, direction: Direction) -> Flight:
        """Claim a step. A worker that dies does so immediately."""
        flight = super().claim(step, direction)
        if flight.fault in (InjectedFault.CRASH_BEFORE, InjectedFault.CRASH_AFTER):
            self.finish(flight)
        return flight

    def finish(self, flight: Flight) -> None:
        """A call that takes too long reports that it was accepted, if it can, and never ends."""
        if flight.fault is InjectedFault.TIME_OUT and self.is_awaited(flight):
            self.flights.remove(flight)
            self.told.add((flight.step, flight.direction, flight.token))
            self.report(facts.StepAccepted(step=flight.step, attempt=flight.attempt, token=flight.token))
        else:
            super().finish(flight)

    def is_awaited(self, flight: Flight) -> bool:
        return isinstance(self.work(flight), SubSaga) or self.saga.steps[flight.step].timeout is not None

    def is_alive(self, flight: Flight) -> bool:
        """True if the worker renews its lease for as long as the attempt takes."""
        return flight.fault is not InjectedFault.TIME_OUT or self.is_awaited(flight)

    def moment(self) -> float | None:
        """The next time at which something is due, not counting the leases of workers that are alive."""
        held = {flight.step for flight in self.flights if self.is_alive(flight)}
        times = [self.state.deadline if self.state.late_at is None else None]
        for name, now in self.state.steps.items():
            if now.status.working:
                times += [now.due_at, now.deadline, None if name in held else now.lease_until]
        return min((time for time in times if time is not None and time > self.at), default=None)

    def has_time(self) -> bool:
        """True if no outstanding answer would be late."""
        moment, state, pending = self.moment(), self.state, {name for name, _ in self.unsaid()}
        waits = [
            now.deadline
            for name, now in state.steps.items()
            if now.status.is_waiting and (name != self.doomed or name in pending)
            if not isinstance(self.saga.steps[name].does, Timer)
        ]
        bounds = [*waits, state.deadline if state.late_at is None else None]
        return moment is not None and all(bound is None or bound > moment for bound in bounds)

    def pass_on(self) -> None:
        moment = max(self.at, self.moment() or 0.0)
        while self.at < moment:
            self.at = min(moment, self.at + LEASE / 2)
            for flight in self.flights:
                if self.is_alive(flight) and self.state.steps[flight.step].lease_until is not None:
                    self.renew(flight)
        self.pass_time(0.0)

    def take_back(self) -> None:
        asked = any(isinstance(report, reports.RollbackRequested) for report in self.reports)
        if self.case is Case.UNDO_FAILS and not asked and self.state.steps[self.doomed].status is StepStatus.DONE:
            asking = reports.RollbackRequested(by="someone", reason="because")
            try:
                self.report(asking)
            except Refused:
                self.reports.append(asking)


def reached(saga: Saga, step: str, case: Case, seed: int) -> Any:
    """The end of one run of the engine in a random order; ``None`` if the fault did not occur in it."""
    direction, fault, times = SCRIPTS[case]
    world = Unhurried(saga, {(step, direction): (fault,) * times}, seed, INPUT, doomed=step, case=case)
    end = world.rest()
    state = world.state.steps[step]
    happened = state.attempts_in(direction)
    return end if happened else None


def foretold(saga: Saga, step: str) -> Any:
    outputs = {name: {"ok": True} if isinstance(each.does, Call) else None for name, each in saga.steps.items()}
    return simulate(saga, INPUT, outputs=outputs, steps={step})


def replayed(saga: Saga, outcome: Any) -> RunState:
    state = RunState.of(saga)
    for at, report in outcome.witness:
        state = decide(saga, state, report, at).state
    return state


def unbounded(saga: Saga) -> Saga:
    """The saga without limits to the total time of all attempts. Reaching such a limit would be a second fault."""

    def patient(step: Step) -> Step:
        return replace(step, retry=replace(step.retry, total=None), undo_retry=replace(step.undo_retry, total=None))

    segments = (replace(each, steps=tuple(patient(step) for step in each.steps)) for each in saga.segments)
    return replace(saga, segments=tuple(segments))


def held_to_the_engine(saga: Saga, chance: int) -> None:
    saga = unbounded(saga)
    step = sorted(saga.steps)[chance % len(saga.steps)]
    outcomes = foretold(saga, step)
    for outcome in outcomes:
        assert replayed(saga, outcome).status is outcome.status, "each end is reached by the order that it names"
    for case in {each.case for each in outcomes if each.reached and not each.cut}:
        ends = {end_of(replayed(saga, each)) for each in outcomes if each.case is case}
        for number in range(6):
            end = reached(saga, step, case, chance + number)
            note(f"{step}, {case}, seed {chance + number}: {end}")
            assert end is None or end in ends, f"the engine reaches {end}; foretold {ends}"


ONE_TRY = RetryPolicy(attempts=1)
AT_ONE_MOMENT = Saga(
    "random",
    (
        orchestrated(
            "g0",
            Step("s0", Timer(1.0), undo="s.undo_s0", undo_retry=ONE_TRY),
            Step("s1", "s.s1", undo="s.uns1", after=()),
        ),
        orchestrated("g1", Step("s2", "s.s2", undo="s.uns2"), Step("s3", Timer(1.0), undo="s.undo_s3"), after=()),
    ),
)
"""Two timers may end together, while a worker holds the last other step."""


@example(AT_ONE_MOMENT, 0)
@given(sagas(max_steps=5, kinds=KINDS), st.integers(0, 2**32))
@examples(60)
def test_the_engine_reaches_no_end_that_is_not_foretold(saga, chance):
    held_to_the_engine(saga, chance)


@given(sagas(max_steps=4, kinds=KINDS, with_timeouts=True), st.integers(0, 2**32))
@examples(30)
def test_nor_where_steps_and_runs_have_their_time(saga, chance):
    held_to_the_engine(saga, chance)


def step(name: str, **options: Any) -> Step:
    return Step(name, f"s.{name}", undo=f"s.un{name}", **options)


GOES_BACK = {"on_exhausted": OnExhausted.ROLL_BACK, "retry": RetryPolicy(attempts=2)}
SHIPPED = (step("reserve"), step("award", after="reserve"), Step("ship", "s.ship", after="reserve", pivot=True))
ASKED = (Step("ask", Approval("bosses"), after=()), Step("ship", "s.ship", after=(), pivot=True))
TIMED = (step("try", after=(), **GOES_BACK), Step("sleep", Timer(5.0), after=(), pivot=True))
LATE = (step("try", after=(), **GOES_BACK), Step("sleep", Timer(0.5), after=()), step("then"))
HEARD = (
    step("bad", after=()),
    Step("news", WaitForEvent("News"), after=()),
    Step("ship", "s.ship", after=(), pivot=True),
)
HELD = (
    step("bad", after=()),
    step("slow", after=()),
    Step("news", WaitForEvent("News"), undo="s.unnews", after="slow"),
)
WAITING = (
    step("try", after=(), on_exhausted=OnExhausted.ROLL_BACK, retry=RetryPolicy(attempts=1)),
    step("slow", after=()),
    Step("sleep", Timer(1.0), after="slow", pivot=True),
)
LAST = (step("award", after=()), step("side", after=()), step("other", after=()))
RACES = [
    (SHIPPED, "award", Case.BUSINESS_ERROR, ({RunStatus.PARKED, RunStatus.ROLLED_BACK}, 2)),
    (SHIPPED, "award", Case.TECHNICAL_ERROR, ({RunStatus.PARKED}, 1)),
    (SHIPPED, "reserve", Case.BUSINESS_ERROR, ({RunStatus.ROLLED_BACK}, 1)),
    (SHIPPED, "award", Case.UNDO_FAILS, ({RunStatus.STUCK}, 1)),
    (ASKED, "ask", Case.BUSINESS_ERROR, ({RunStatus.PARKED, RunStatus.ROLLED_BACK}, 2)),
    (TIMED, "try", Case.TECHNICAL_ERROR, ({RunStatus.PARKED, RunStatus.ROLLED_BACK}, 2)),
    (LATE, "try", Case.TECHNICAL_ERROR, ({RunStatus.ROLLED_BACK}, 2)),
    (WAITING, "try", Case.CRASH_BEFORE, ({RunStatus.PARKED, RunStatus.ROLLED_BACK}, 3)),
    (HEARD, "bad", Case.BUSINESS_ERROR, ({RunStatus.PARKED, RunStatus.ROLLED_BACK}, 2)),
    (HELD, "bad", Case.BUSINESS_ERROR, ({RunStatus.ROLLED_BACK}, 3)),
    (HELD, "bad", Case.UNDO_FAILS, ({RunStatus.STUCK}, 3)),
    (LAST, "award", Case.UNDO_FAILS, ({RunStatus.STUCK}, 4)),
]


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize(("steps", "name", "case", "ends"), RACES)
def test_every_end_is_told_and_chance_finds_each_of_them(style, steps, name, case, ends):
    saga = restyle(Saga("race", orchestrated("main", *steps)), style)
    outcomes = [each for each in foretold(saga, name) if each.case is case]
    told = {end_of(replayed(saga, each)) for each in outcomes}
    assert ({each.status for each in outcomes}, len(told)) == ends
    assert {reached(saga, name, case, seed) for seed in range(60)} - {None} == told


REFUSES, FAILS = InjectedFault.BUSINESS_ERROR, InjectedFault.TECHNICAL_ERROR
PAIR = (step("bad", after=()), step("side", after=()))
THREE = (*PAIR, step("then", after="side"))
TRIED = (step("bad", after=(), **GOES_BACK), step("side", after=()))
NAPPING = (step("bad", after=()), Step("sleep", Timer(5.0), after=(), pivot=True))
PROMPT = (Step("bad", Approval("bosses"), after=(), timeout=1.0), Step("sleep", Timer(5.0), after=(), pivot=True))


@pytest.mark.parametrize("name", ["bad", "worst"])
@pytest.mark.parametrize(
    ("steps", "fault", "number"),
    [
        (PAIR, REFUSES, 2),
        (THREE, REFUSES, 3),
        (HELD, REFUSES, 4),
        (TRIED, FAILS, 2),
        (NAPPING, REFUSES, 2),
        (PROMPT, REFUSES, 1),
    ],
)
def test_a_run_is_played_for_each_set_of_steps_that_can_have_begun_and_twice_only_for_a_wait(
    steps, fault, number, name
) -> None:
    saga = Saga("race", orchestrated("main", replace(steps[0], name=name), *steps[1:]))
    orders = Orders(saga, name)
    runs = [*orders.runs(Simulator(saga, script={(name, DO): (fault,) * 2}))]
    assert (len(runs), orders.cut) == (number, False)


def test_as_many_orders_are_played_with_timers_of_a_second_as_with_long_ones() -> None:
    played = set()
    for lasts in (1.0, 60.0):
        nap, sleep = Step("nap", Timer(lasts), after=()), Step("sleep", Timer(lasts), after="side", pivot=True)
        saga = Saga("race", orchestrated("main", nap, step("bad", after="nap"), step("side", after=()), sleep))
        orders = Orders(saga, "bad")
        runs = [*orders.runs(Simulator(saga, script={("bad", DO): (REFUSES,)}))]
        played.add((len(runs), orders.cut))
    assert played == {(8, False)}


@pytest.mark.parametrize(("deadline", "number"), [(3.0, 1), (5.0, 1), (8.0, 3), (None, 2)])
def test_no_order_makes_the_run_late_in_addition_to_the_fault(deadline, number) -> None:
    saga = Saga("race", orchestrated("main", *NAPPING), deadline=deadline)
    orders = Orders(saga, "bad")
    assert len([*orders.runs(Simulator(saga, script={("bad", DO): (REFUSES,)}))]) == number


@pytest.mark.parametrize(("moment", "left"), [(12.5, 0.5), (12.0, 0.0), (9.0, 0.0), (None, None)])
def test_runs_are_told_apart_by_the_time_that_is_left_and_not_by_how_late_they_are(moment, left) -> None:
    assert races._until(moment, 12.0) == left


def test_runs_are_told_apart_by_how_long_a_step_has_been_tried() -> None:
    soon = replace(StepState(), status=StepStatus.DUE, first_due_at=10.0)
    assert races._step_key(soon, 12.0) == races._step_key(replace(soon, first_due_at=11.0), 13.0)
    assert races._step_key(soon, 12.0) != races._step_key(replace(soon, first_due_at=11.0), 12.0)


def test_a_search_that_its_caller_halts_is_cut() -> None:
    orders = Orders(Saga("race", orchestrated("main", *PAIR)), "bad", halt=lambda: True)
    assert [*orders.runs(Simulator(orders.saga))] == []
    assert orders.cut


def test_the_table_says_what_decides() -> None:
    saga = Saga("race", orchestrated("main", *SHIPPED))
    rows = [row for row in table(foretold(saga, "award")) if row[1] == Case.BUSINESS_ERROR]
    assert [row[2:5] for row in rows] == [
        ["parked", "ship comes first", ""],
        ["rolled_back", "award is refused before ship", "reserve"],
    ]


def test_steps_that_may_or_may_not_have_been_done_are_told_as_such() -> None:
    saga = Saga("race", orchestrated("main", step("first"), step("bad", after="first"), step("side", after="first")))
    [row] = [row for row in table(foretold(saga, "bad")) if row[1] == Case.BUSINESS_ERROR]
    assert row[3:5] == ["", "first; perhaps side"]
    assert [each.before for each in foretold(saga, "bad") if each.case is Case.BUSINESS_ERROR] == [("side",), ()]


def test_a_search_that_is_cut_says_so_and_has_the_ends_that_differ_most() -> None:
    saga = Saga("wide", orchestrated("main", *[step(f"s{n}", after=(), pivot=n == 9) for n in range(20)]))
    outcomes = [each for each in simulate(saga, steps={"s0"}, work=40) if each.case is Case.BUSINESS_ERROR]
    assert all(each.cut for each in outcomes)
    assert {each.status for each in outcomes} == {RunStatus.PARKED, RunStatus.ROLLED_BACK}
    undone = [set(each.compensated) for each in outcomes if each.status is RunStatus.ROLLED_BACK]
    assert undone == [set(), saga.steps.keys() - {"s0", "s9"}] or undone == [saga.steps.keys() - {"s0", "s9"}, set()]
    assert all("not every order was played" in row[3] for row in table(tuple(outcomes)))


def test_a_search_that_is_cut_lets_the_failure_come_before_a_timer_and_after_it() -> None:
    wide = (step(f"s{n}", after=()) for n in range(20))
    orders = Orders(Saga("race", orchestrated("main", *NAPPING, *wide)), "bad", work=40)
    runs = [*orders.runs(Simulator(orders.saga, script={("bad", DO): (REFUSES,)}))]
    assert orders.cut
    assert {run.state.status for run in runs} == {RunStatus.ROLLED_BACK, RunStatus.PARKED}


def test_an_event_that_comes_while_the_pivot_may_still_withdraw_the_rollback_is_not_lost() -> None:
    world = World(Saga("race", orchestrated("main", *HEARD)), {("bad", DO): (InjectedFault.BUSINESS_ERROR,)})
    pivot = world.claim("ship", DO)
    world.finish(world.claim("bad", DO))
    world.report(facts.EventReceived(event="News"))
    world.finish(pivot)
    assert world.state.steps["news"].status is StepStatus.DONE
    assert world.state.status is RunStatus.PARKED

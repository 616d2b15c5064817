"""Races: the search through the orders in which parallel steps can end, if the order may decide how the run ends.

One step has a fault, and all others go well. So two orders differ in one thing only: which steps had begun when the
failure of that one step began the rollback. Everything else is played in one order: the steps before it in the graph,
attempts that decide nothing, and the rollback itself. A step that a worker holds at that time ends as if it had been
done just before: it is done, then undone. Only if its success would at once have begun a wait, started a join or ended
the run, the two differ, and both are played.

Time passes at any point, but never so long that another step, or the whole run, would be late in addition to the fault.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.reach import pivot_is_open
from sagaflow.core.run.state import Direction, StepState, StepStatus
from sagaflow.core.simulation.loop import PossibleEvent, Simulator
from sagaflow.core.simulation.participants import perform, take

__all__ = ["WORK", "Halted", "Orders", "never", "parallel_to"]

JUST_BEFORE = 0.25
"""Seconds before the next moment at which something may still begin, whose timer then ends after that moment."""
WORK = 12_000
"""The limit of the search for one fault: the number of events times the number of steps of the saga."""
UNBEGUN = {StepStatus.PENDING, StepStatus.DUE, StepStatus.SKIPPED}
OVER = (StepStatus.DONE, StepStatus.SKIPPED, StepStatus.PARKED)

TIME = ""
"""It stands for the step of an event where nothing but time passes."""
Way = tuple[str, Simulator]
"""The step of the next event, and the run after it."""


class Halted(Exception):
    """The caller has no more time for the search."""


def never() -> bool:
    """Say that the caller has time."""
    return False


def parallel_to(saga: Saga, step: str) -> frozenset[str]:
    """Return the steps that may run in parallel to ``step``: neither depends on the other."""
    return frozenset(saga.steps) - saga.graph.descendants[step] - saga.graph.ancestors[step] - {step}


class Orders:
    """The search for one fault of ``step``. If ``cut`` is true afterwards, not every order was played."""

    def __init__(self, saga: Saga, step: str, work: int = WORK, halt: Callable[[], bool] = never) -> None:
        self.saga = saga
        self.step = step
        self.cut = False
        self._halt = halt
        self._timed = any(saga.steps[name].does.lasts is not None for name in parallel_to(saga, step))
        """The duration of attempts matters, because a parallel step is a timer, which may end before or after them."""
        self._left = work // len(saga.steps)
        self._seen: set[Any] = set()

    def runs(self, start: Simulator) -> Iterator[Simulator]:
        """Yield finished runs, at least one for each set of steps that can have begun when the failure decides.

        If the caller halts the search, fewer are yielded.
        """
        try:
            yield from self._runs(start)
        except Halted:
            self.cut = True

    def _runs(self, start: Simulator) -> Iterator[Simulator]:
        open_ = [start.fork()]
        while open_ and self._left > 0:
            sim, ways = self._forked(open_.pop())
            open_ += [way for _, way in ways if self._is_new(way)]
            if not ways:
                yield sim
        if open_:
            self.cut = True
            yield from self._extremes(start)

    def _extremes(self, start: Simulator) -> Iterator[Simulator]:
        """Yield three runs instead of all orders: the failure comes first, after the pivot, and last before it."""
        pivot, graph = self.saga.graph.pivot, self.saga.graph
        past = {pivot, *graph.descendants[pivot]} if pivot else set[str]()
        to_pivot = {pivot, *graph.ancestors[pivot]} if pivot else set[str]()
        timers = {name for name, step in self.saga.steps.items() if step.does.lasts is not None}
        for steps in (set[str](), to_pivot, self.saga.steps.keys() - past - {self.step}):
            first = {*steps, TIME} if steps & timers else steps
            sim, ways = self._forked(start.fork())
            while ways:
                _, chosen = min(ways, key=lambda way: (way[0] not in first, way[0] != self.step))
                sim, ways = self._forked(chosen)
            yield sim

    def _forked(self, sim: Simulator) -> tuple[Simulator, list[Way]]:
        """Play until the order matters, and return a run for each way from there; no ways: the run has finished."""
        while True:
            self._left -= 1
            if self._halt():
                raise Halted
            possible_events = sim.possible_events()
            if self._order_is_free(sim) or not possible_events:
                if not sim.advance():
                    return sim, []
                continue
            earlier = next((event for event in possible_events if self._comes_before(event)), None)
            if earlier:
                sim.play(earlier)
                continue
            ways = self._each(sim, possible_events)
            if len(ways) > 1:
                return sim, ways
            [(_, sim)] = ways

    def _fork(self, sim: Simulator) -> Simulator:
        if self._halt():
            raise Halted
        return sim.fork()

    def _order_is_free(self, sim: Simulator) -> bool:
        """Say whether every order leads to the same end from here."""
        if sim.state.rollback is not None:
            return not pivot_is_open(self.saga, sim.state)
        return sim.state.steps[self.step].status in OVER

    def _comes_before(self, possible: PossibleEvent) -> bool:
        name, direction, _ = possible
        return direction is Direction.DO and name in self.saga.graph.ancestors[self.step]

    def _each(self, sim: Simulator, possible_events: list[PossibleEvent]) -> list[Way]:
        """Return a run for each possible event, or for just one if that one decides nothing."""
        ways: list[Way] = []
        for possible in sorted(possible_events, key=lambda event: event[0] == self.step, reverse=True):
            way = self._fork(sim)
            way.play(possible)
            if not self._timed and possible[0] == self.step and way.state.rollbacks == sim.state.rollbacks:
                return [(self.step, way)]
            ways.append((possible[0], way))
        ways += [*self._held(sim, ways, possible_events)]
        moment = self._next_moment(sim, {name for name, _, _ in possible_events})
        if moment is not None:
            way = sim.fork()
            way.time_passes(moment)
            if not self._timed and self._stand(way) == self._stand(sim) and way.state.rollbacks == sim.state.rollbacks:
                return [(TIME, way)]
            ways = [(TIME, way), *ways]
            if self._timed and moment - sim.at > JUST_BEFORE:
                ways = [(TIME, self._wait(sim, moment - JUST_BEFORE)), *ways]
        return ways

    def _wait(self, sim: Simulator, moment: float) -> Simulator:
        """Return a run in which what is possible now begins only at ``moment``, so that its timers end after others."""
        way = self._fork(sim)
        way.at = moment
        return way

    def _held(self, sim: Simulator, ways: list[Way], possible_events: list[PossibleEvent]) -> Iterator[Way]:
        """Yield runs in which a worker still holds a step, if it matters that the step is not done yet."""
        done = dict(ways)
        for name, direction, happen in possible_events:
            takes = happen is perform and direction is Direction.DO and name != self.step
            if takes and self._begins(sim, done[name], name):
                way = self._fork(sim)
                way.play((name, direction, take))
                yield name, way

    def _begins(self, before: Simulator, after: Simulator, name: str) -> bool:
        """Say whether the success of ``name`` starts more than work for workers, which a rollback takes back."""
        pending = (other for other, was in before.state.steps.items() if was.status is StepStatus.PENDING)
        begun = {after.state.steps[other].status for other in pending} - UNBEGUN
        return bool(begun) or (bool(before.recall) and self._joins(after, name))

    def _joins(self, sim: Simulator, name: str) -> bool:
        """Say whether the step starts a join, or ends the run, when ``name`` is done before.

        Timers that run may end at the same moment as the step.
        """
        later, steps = self.saga.graph.descendants, sim.state.steps
        timers = {other for other, step_state in steps.items() if step_state.status.is_waiting and self._lasts(other)}
        open_ = {other for other, step_state in steps.items() if not step_state.status.settled_forward} - timers
        return open_ <= {self.step, *later[self.step]} or bool(later[name] & later[self.step])

    def _lasts(self, name: str) -> bool:
        return self.saga.steps[name].does.lasts is not None

    def _stand(self, sim: Simulator) -> list[StepStatus]:
        return [step_state.status for name, step_state in sim.state.steps.items() if name != self.step]

    def _next_moment(self, sim: Simulator, pending: set[str]) -> float | None:
        """Return the time to which the clock can go; ``None``: something would be late in addition to the fault.

        The failing step itself may be late, unless its answer is ``pending``.
        """
        state = sim.state
        open_ = [(name, step_state) for name, step_state in state.steps.items() if step_state.status.working]
        times = [_next_time(step_state) for _, step_state in open_]
        moment = min((time for time in times if time is not None and time > sim.at), default=None)
        bounds = [
            step_state.deadline for name, step_state in open_ if self._must_be_answered(name, step_state, pending)
        ]
        bounds += [state.steps[name].lease_until for name, _ in sim.held]
        bounds.append(state.deadline if state.late_at is None else None)
        late = moment is None or any(bound is not None and bound <= moment for bound in bounds)
        return None if late else moment

    def _must_be_answered(self, name: str, step_state: StepState, pending: set[str]) -> bool:
        waits = step_state.status.is_waiting and name in pending
        return waits and self.saga.steps[name].work(step_state.status.direction).lasts is None

    def _is_new(self, sim: Simulator) -> bool:
        key = _key(sim)
        known = key in self._seen
        self._seen.add(key)
        return not known


def _key(sim: Simulator) -> tuple[object, ...]:
    """Return everything on which the rest of a run depends: the states of its steps, not the way to them."""
    state, at = sim.state, sim.at
    back = state.rollback and (state.rollback.code, state.rollback.step, state.rollback.savepoint)
    return (
        tuple(_step_key(step, at) for step in state.steps.values()),
        (back, state.rollbacks, _until(state.deadline, at), _until(state.late_at, at), sim.recall, frozenset(sim.held)),
        (
            frozenset(state.received),
            frozenset(state.outdated.items()),
            frozenset(state.restored.items()),
            frozenset(sim.tried.items()),
            frozenset(sim.answered),
        ),
        tuple((_until(moment, at), report) for moment, report in sim.late),
    )


def _step_key(step: StepState, at: float) -> tuple[object, ...]:
    times = tuple(_until(moment, at) for moment in (step.due_at, step.deadline, step.lease_until))
    counts = (step.round, step.attempts, step.undo_attempts, step.unknown, step.forgiven)
    since = None if step.first_due_at is None or not step.status.working else at - step.first_due_at
    return step.status, step.error, times, counts, since


def _next_time(step: StepState) -> float | None:
    if step.status.is_waiting:
        return step.deadline
    return step.due_at if step.status.is_due else step.lease_until


def _until(moment: float | None, at: float) -> float | None:
    return None if moment is None else max(moment - at, 0.0)

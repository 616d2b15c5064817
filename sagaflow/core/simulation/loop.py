"""The loop of a simulated run in virtual time. It uses only ``decide``, the queries and a ledger of effects.

It is deterministic. Of the events that are possible at one time, those of steps that the script does not mention come
first, in the order of the definition. So a fault happens as late as it can, when most has to be undone.
"""

from collections.abc import Callable
from contextlib import suppress

from sagaflow.core.definition.saga import Recovery, Saga
from sagaflow.core.errors import Refused
from sagaflow.core.halting import go_on
from sagaflow.core.run.decision import Decision
from sagaflow.core.run.queries import claimable, wake_at
from sagaflow.core.run.reports import Report, RollbackRequested, TimePassed
from sagaflow.core.run.state import Direction, RunState, StepStatus
from sagaflow.core.simulation.participants import answer, finish, perform, publish_awaited
from sagaflow.core.simulation.virtual_run import VirtualRun

__all__ = ["PossibleEvent", "Simulator"]

PossibleEvent = tuple[str, Direction, Callable[[VirtualRun, str, Direction], None]]
"""A step, a direction, and the function that lets the event happen."""


class Simulator(VirtualRun):
    """A simulated run. ``run()`` plays until the run ends or needs an operator; ``advance()`` plays one event."""

    recall: str = ""
    """A step. As soon as it has succeeded, an operator asks to roll the run back."""

    def run(self, until: Callable[[RunState], bool] | None = None) -> RunState:
        """Play until nothing happens by itself any more, or until ``until`` is true of the state.

        Raises:
            RuntimeError: the run does not stop, which is a fault of the core.
        """
        limit = _bound(self.saga)
        for _ in range(limit):
            if (until is not None and until(self.state)) or not self.advance():
                return self.state
        raise RuntimeError(f"The run of '{self.saga.name}' does not stop after {limit} events.")

    def advance(self) -> bool:
        """Play the next event. Return ``False`` if nothing happens by itself any more."""
        go_on()
        due = [late for late in self.late if late[0] <= self.at]
        if due:
            self.late.remove(due[0])
            self.report(due[0][1])
        elif events := self.possible_events():
            self.play(min(events, key=lambda event: (event[0], event[1]) in self.script))
        else:
            return self.time_passes()
        return True

    def play(self, event: PossibleEvent) -> None:
        """Play this event."""
        name, direction, happen = event
        happen(self, name, direction)

    def report(self, report: Report) -> Decision:
        """Report as in every virtual run. Then let the operator of ``recall`` act, if its step has succeeded."""
        decision = super().report(report)
        if self.recall and self.state.steps[self.recall].status is StepStatus.DONE:
            asked = RollbackRequested(by="simulator", reason=f"to see the compensation of {self.recall} fail")
            self.recall = ""
            with suppress(Refused):
                super().report(asked)
        return decision

    def possible_events(self) -> list[PossibleEvent]:
        """Return the events that are possible now: work that a worker can take or finish, and events from outside."""
        events: list[PossibleEvent] = [
            (name, direction, perform) for name, direction in claimable(self.saga, self.state, self.at)
        ]
        events += [(name, direction, finish) for name, direction in sorted(self.held)]
        for name in self.saga.graph.order:
            step_state = self.state.steps[name]
            direction = step_state.status.direction
            if step_state.status.is_waiting and (name, direction, step_state.token) not in self.answered:
                work = self.saga.steps[name].work(direction)
                if work.expects:
                    events.append((name, direction, answer))
            elif step_state.status is StepStatus.PENDING and self._awaits(name):
                events.append((name, direction, publish_awaited))
        return events

    def _awaits(self, name: str) -> bool:
        """Say whether the step only waits for an event from outside before it can start."""
        graph, state = self.saga.graph, self.state
        if state.rollback is not None or state.status.ended:
            return False
        ready = all(state.steps[other].status.settled_forward for other in graph.before[name])
        return ready and bool(graph.awaits[name])

    def time_passes(self, to: float | None = None) -> bool:
        """Let time pass until ``to``, or until the next thing is due. Return ``False`` if that changes nothing."""
        due = wake_at(self.saga, self.state) if to is None else to
        moments = [moment for moment, _ in self.late] + ([] if due is None else [due])
        if not moments:
            return False
        moved = min(moments) > self.at
        self.at = max(self.at, min(moments))
        if self.state.status.ended:
            return moved
        return bool(self.report(TimePassed()).entries) or moved


def _bound(saga: Saga) -> int:
    """Return a number of events that no run of ``saga`` can reach."""
    rounds = 1 + sum(segment.forward_attempts for segment in saga.segments if segment.recovery is Recovery.FORWARD)
    attempts = sum(step.retry.attempts + step.undo_retry.attempts + 2 for step in saga.steps.values())
    return 50 + 8 * attempts * rounds

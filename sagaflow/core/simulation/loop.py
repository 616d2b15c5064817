"""A run in virtual time against scripted participants: nothing but ``decide``, the queries and a ledger.

Deterministic: of what can happen at one moment, the steps that the script does not mention come first, in the order of
the definition. So what goes wrong goes wrong as late as it can, when most has to be undone.
"""

from collections.abc import Callable
from contextlib import suppress

from sagaflow.core.definition.saga import Recovery, Saga
from sagaflow.core.errors import Refused
from sagaflow.core.run.decision import Decision
from sagaflow.core.run.queries import claimable, wake_at
from sagaflow.core.run.reports import Report, RollbackRequested, TimePassed
from sagaflow.core.run.state import Direction, RunState, StepStatus
from sagaflow.core.simulation.participants import answer, finish, perform, publish_awaited
from sagaflow.core.simulation.virtual_run import VirtualRun

__all__ = ["Happening", "Simulator"]

Happening = tuple[str, Direction, Callable[[VirtualRun, str, Direction], None]]
"""A step, a direction of it, and what lets it happen."""


class Simulator(VirtualRun):
    """``run()`` takes it to where only a person, or nobody, gets it on; ``advance()`` one happening at a time."""

    recall: str = ""
    """The step after whose success a person rolls the run back at once."""

    def run(self, until: Callable[[RunState], bool] | None = None) -> RunState:
        """Go on until nothing happens by itself any more, or ``until`` is true of the state.

        Raises:
            RuntimeError: the run does not come to rest, which is a fault of the core.
        """
        limit = _bound(self.saga)
        for _ in range(limit):
            if (until is not None and until(self.state)) or not self.advance():
                return self.state
        raise RuntimeError(f"The run of '{self.saga.name}' does not come to rest after {limit} happenings.")

    def advance(self) -> bool:
        """Let the next thing happen; ``False``: nothing will by itself."""
        due = [late for late in self.late if late[0] <= self.at]
        if due:
            self.late.remove(due[0])
            self.report(due[0][1])
        elif happenings := self.happenings():
            self.let(min(happenings, key=lambda each: (each[0], each[1]) in self.script))
        else:
            return self.time_passes()
        return True

    def let(self, happening: Happening) -> None:
        """Let this happen next."""
        name, direction, happen = happening
        happen(self, name, direction)

    def report(self, report: Report) -> Decision:
        """As every run does; and the person who is to roll it back does not wait a moment longer than need be."""
        decision = super().report(report)
        if self.recall and self.state.steps[self.recall].status is StepStatus.DONE:
            asked = RollbackRequested(by="simulator", reason=f"to see the compensation of {self.recall} fail")
            self.recall = ""
            with suppress(Refused):
                super().report(asked)
        return decision

    def happenings(self) -> list[Happening]:
        """What can happen at this moment: work that a worker takes, and what comes from outside."""
        found: list[Happening] = [
            (name, direction, perform) for name, direction in claimable(self.saga, self.state, self.at)
        ]
        found += [(name, direction, finish) for name, direction in sorted(self.held)]
        for name in self.saga.graph.order:
            step_state = self.state.steps[name]
            direction = step_state.status.direction
            if step_state.status.is_waiting and (name, direction, step_state.token) not in self.answered:
                work = self.saga.steps[name].work(direction)
                if work.expects:
                    found.append((name, direction, answer))
            elif step_state.status is StepStatus.PENDING and self._awaits(name):
                found.append((name, direction, publish_awaited))
        return found

    def _awaits(self, name: str) -> bool:
        """Whether nothing but an event from outside keeps the step from starting."""
        graph, state = self.saga.graph, self.state
        if state.rollback is not None or state.status.ended:
            return False
        ready = all(state.steps[other].status.settled_forward for other in graph.before[name])
        return ready and (name, Direction.DO, 0) not in self.answered and bool(graph.awaits[name])

    def time_passes(self, to: float | None = None) -> bool:
        """Until ``to``, or until something is due by itself; ``False``: it changes nothing."""
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
    """More happenings than any run of ``saga`` can have."""
    rounds = 1 + sum(each.forward_attempts for each in saga.segments if each.recovery is Recovery.FORWARD)
    attempts = sum(step.retry.attempts + step.undo_retry.attempts + 2 for step in saga.steps.values())
    return 50 + 8 * attempts * rounds

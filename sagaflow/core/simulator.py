"""A run in virtual time against scripted participants: nothing but ``decide``, the queries and a ledger.

Deterministic: of what can happen at one moment, the steps that the script does not mention come first, in the order of
the definition. So what goes wrong goes wrong as late as it can, when most has to be undone.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sagaflow.core.commands import Command
from sagaflow.core.decide import decide
from sagaflow.core.decision import Decision
from sagaflow.core.definition import Approval, Recovery, Saga, WaitForEvent
from sagaflow.core.events import Report, RunRequested, TimePassed
from sagaflow.core.journal import Entry
from sagaflow.core.ledger import Ledger
from sagaflow.core.mishap import Mishap, Script
from sagaflow.core.queries import claimable, wake_at
from sagaflow.core.scripted import answer, perform, publish_awaited, work_of
from sagaflow.core.state import Direction, RunState, StepStatus

__all__ = ["Simulator"]

START = 1_000_000.0
"""Virtual seconds at which every run starts."""
WAITING = (StepStatus.WAITING, StepStatus.UNDO_WAITING)

Happening = tuple[str, Direction, Callable[["Simulator", str, Direction], None]]


class Simulator:
    """One run. ``run()`` takes it to where only a person, or nobody, gets it on; ``advance()`` one happening at a time.

    ``outputs`` are the outputs of the actions by step; without, an action returns a text for each output it declares.
    """

    def __init__(
        self,
        saga: Saga,
        *,
        script: Script | None = None,
        inputs: Any = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> None:
        self.saga = saga
        self.script = script or {}
        self.outputs = outputs or {}
        self.state = RunState.of(saga)
        self.at = START
        self.journal: list[Entry] = []
        self.commands: list[Command] = []
        self.ledger = Ledger()
        self.tried: dict[tuple[str, Direction], int] = {}
        """How many attempts of each direction of each step there were."""
        self.answered: set[tuple[str, Direction, int]] = set()
        """The waits, by their token, that the world outside has dealt with."""
        self._late: list[tuple[float, Report]] = []
        self.report(RunRequested(input=inputs))

    def report(self, report: Report) -> Decision:
        """Let something happen now.

        Raises:
            Refused: as ``decide`` does.
        """
        decision = decide(self.saga, self.state, report, self.at)
        self.state = decision.state
        self.journal.extend(decision.entries)
        self.commands.extend(decision.commands)
        return decision

    def report_later(self, at: float, report: Report) -> None:
        """Let something happen when the clock shows ``at``."""
        self._late.append((at, report))

    def mishap(self, name: str, direction: Direction) -> Mishap:
        """What the script says about the attempt that begins now."""
        planned, number = self.script.get((name, direction), ()), self.tried.get((name, direction), 0)
        self.tried[name, direction] = number + 1
        return planned[number] if number < len(planned) else Mishap.NONE

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
        due = [late for late in self._late if late[0] <= self.at]
        if due:
            self._late.remove(due[0])
            self.report(due[0][1])
        elif happenings := list(self._happenings()):
            name, direction, happen = min(happenings, key=lambda each: (each[0], each[1]) in self.script)
            happen(self, name, direction)
        else:
            return self._time_passes()
        return True

    def _happenings(self) -> list[Happening]:
        """What can happen at this moment: work that a worker takes, and what comes from outside."""
        found: list[Happening] = [
            (name, direction, perform) for name, direction in claimable(self.saga, self.state, self.at)
        ]
        for name in self.saga.graph.order:
            now = self.state.steps[name]
            direction = now.status.direction
            if now.status in WAITING and (name, direction, now.token) not in self.answered:
                if isinstance(work_of(self.saga, name, direction), WaitForEvent | Approval):
                    found.append((name, direction, answer))
            elif now.status is StepStatus.PENDING and self._awaits(name):
                found.append((name, direction, publish_awaited))
        return found

    def _awaits(self, name: str) -> bool:
        """Whether nothing but an event from outside keeps the step from starting."""
        graph, state = self.saga.graph, self.state
        if state.rollback is not None or state.status.ended:
            return False
        ready = all(state.steps[other].status.settled_forward for other in graph.before[name])
        return ready and (name, Direction.DO, 0) not in self.answered and bool(graph.awaits[name])

    def _time_passes(self) -> bool:
        due = wake_at(self.saga, self.state)
        moments = [moment for moment, _ in self._late] + ([] if due is None else [due])
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

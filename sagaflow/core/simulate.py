"""Everything that can go wrong with each step of a saga, played out in virtual time.

How does the run end, what is undone, what is left? Driven by ``decide`` alone, so that the table tells what the engine
will do.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sagaflow.core.commands import StartAgain
from sagaflow.core.definition import Approval, Call, Saga, Step, SubSaga, Timer, Undo, WaitForEvent
from sagaflow.core.errors import Refused
from sagaflow.core.events import CompensationSettled, RollbackRequested, StepSucceeded
from sagaflow.core.ledger import inconsistencies
from sagaflow.core.mishap import Mishap, Script
from sagaflow.core.simulator import Simulator
from sagaflow.core.state import Direction, RunState, RunStatus, StepStatus
from sagaflow.core.virtual import START

__all__ = ["HEADER", "Case", "Outcome", "simulate", "table"]

DO, UNDO = Direction.DO, Direction.UNDO
FOREVER = 2000
"""More attempts than any policy allows."""


class Case(StrEnum):
    """What goes wrong with a step."""

    BUSINESS_ERROR = "business error"
    TECHNICAL_ERROR = "technical error until exhausted"
    TIME_OUT = "time-out"
    DUPLICATE = "duplicate reply"
    CRASH_BEFORE = "crash before commit"
    CRASH_AFTER = "crash after commit"
    """The effect took place and nobody recorded it."""
    UNDO_FAILS = "compensation fails"
    """A person rolls the run back as soon as the step is done, and its compensation fails until it is exhausted."""


SCRIPTS: Mapping[Case, tuple[Direction, Mishap, int]] = {
    Case.BUSINESS_ERROR: (DO, Mishap.BUSINESS_ERROR, FOREVER),
    Case.TECHNICAL_ERROR: (DO, Mishap.TECHNICAL_ERROR, FOREVER),
    Case.TIME_OUT: (DO, Mishap.TIME_OUT, 1),
    Case.DUPLICATE: (DO, Mishap.DUPLICATE, 1),
    Case.CRASH_BEFORE: (DO, Mishap.CRASH_BEFORE, 1),
    Case.CRASH_AFTER: (DO, Mishap.CRASH_AFTER, 1),
    Case.UNDO_FAILS: (UNDO, Mishap.TECHNICAL_ERROR, FOREVER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ends in which one thing goes wrong."""

    step: str
    case: Case
    reached: bool
    """Whether the run comes to the point at all with this input; if not, the rest describes a run without mishap."""
    status: RunStatus
    compensated: tuple[str, ...]
    """Steps whose compensation ran, in the order in which it ended, semantic ones included; one for each round."""
    semantic: tuple[str, ...]
    """Of these, the ones that could only be made up for."""
    irreversible: tuple[str, ...]
    """Steps whose effect stays after the rollback, because nothing undoes it."""
    given_up: tuple[str, ...]
    """Steps whose compensation was given up, as the definition says."""
    for_a_person: tuple[str, ...]
    """What only a person can get on: ``dispatch_order is parked (unavailable)``."""
    standing: tuple[str, ...]
    """Steps whose effect is in place at the end, in the order in which it took place."""
    attempts: int
    """To do the step, in all."""
    seconds: float
    """Of virtual time, from the start to the end."""
    runs_again: bool
    """Whether the definition has the whole run tried again."""
    inconsistent: tuple[str, ...]
    """Effects that the run does not account for; always empty unless the core is broken."""


def simulate(
    saga: Saga, inputs: Any = None, *, outputs: Mapping[str, Any] | None = None, steps: Collection[str] | None = None
) -> tuple[Outcome, ...]:
    """One outcome for every step and every case that its kind of work can have, in the order of the definition.

    ``inputs`` is the run's input, ``outputs`` the actions' outputs by step: conditions look at both.
    ``steps``: only these; ``None``: all.
    """
    chosen = (step for step in saga.steps.values() if steps is None or step.name in steps)
    return tuple(_outcome(saga, step, case, inputs, outputs) for step in chosen for case in _cases(saga, step))


HEADER = ("step", "case", "run", "undone", "semantic", "irreversible", "for a person", "attempts", "after")


def table(outcomes: tuple[Outcome, ...]) -> list[list[str]]:
    """The rows under ``HEADER``, all text."""
    return [
        [
            each.step,
            each.case.value,
            each.status.value if each.reached else "not reached",
            ", ".join(each.compensated),
            ", ".join(each.semantic),
            ", ".join((*each.irreversible, *each.given_up)),
            "; ".join(each.for_a_person),
            str(each.attempts),
            _duration(each.seconds),
        ]
        for each in outcomes
    ]


def _cases(saga: Saga, step: Step) -> Iterator[Case]:
    match step.does:
        case Call() | SubSaga():
            yield from (case for case in Case if case is not Case.UNDO_FAILS)
        case WaitForEvent():
            yield from (Case.BUSINESS_ERROR,) if step.fails_as else ()
            yield from (Case.TIME_OUT, Case.DUPLICATE)
        case Approval():
            yield from (Case.BUSINESS_ERROR, Case.TIME_OUT)
        case Timer():
            pass
    if step.undo and step.undo.does and not saga.graph.past_pivot(step.name) and not step.pivot:
        yield Case.UNDO_FAILS


def _outcome(saga: Saga, step: Step, case: Case, inputs: Any, outputs: Mapping[str, Any] | None) -> Outcome:
    direction, mishap, times = SCRIPTS[case]
    script: Script = {(step.name, direction): (mishap,) * times}
    sim = Simulator(saga, script=script, inputs=inputs, outputs=outputs)
    if case is Case.UNDO_FAILS:
        _roll_back_after(sim, step.name)
    state = sim.run()
    facts = [entry.fact for entry in sim.journal]
    undone = [fact.step for fact in facts if isinstance(fact, StepSucceeded) and fact.direction is UNDO]
    return Outcome(
        step=step.name,
        case=case,
        reached=(step.name, direction) in sim.tried,
        status=state.status,
        compensated=tuple(undone),
        semantic=tuple(name for name in undone if _is_semantic(saga.steps[name])),
        irreversible=_settled(sim, StepStatus.IRREVERSIBLE),
        given_up=_settled(sim, StepStatus.UNDO_SKIPPED),
        for_a_person=tuple(_for_a_person(saga, state)),
        standing=sim.ledger.standing,
        attempts=state.steps[step.name].attempts,
        seconds=sim.at - START,
        runs_again=any(isinstance(command, StartAgain) for command in sim.commands),
        inconsistent=inconsistencies(saga, state, sim.ledger),
    )


def _roll_back_after(sim: Simulator, name: str) -> None:
    sim.run(until=lambda state: state.steps[name].status is StepStatus.DONE)
    try:
        sim.report(RollbackRequested(by="simulator", reason="to see its compensation fail"))
    except Refused:
        return


def _is_semantic(step: Step) -> bool:
    return step.undo is not None and step.undo.kind is Undo.SEMANTIC


def _settled(sim: Simulator, status: StepStatus) -> tuple[str, ...]:
    """The steps that a rollback gave up so, and whose effect is there."""
    facts = (entry.fact for entry in sim.journal)
    names = [fact.step for fact in facts if isinstance(fact, CompensationSettled) and fact.status is status]
    return tuple(name for name in dict.fromkeys(names) if name in sim.ledger.standing)


def _for_a_person(saga: Saga, state: RunState) -> Iterator[str]:
    for name, step in state.steps.items():
        what = saga.steps[name].does
        if step.status in (StepStatus.PARKED, StepStatus.STUCK):
            code = step.error.code if step.error else "no reason recorded"
            yield f"{name} is {step.status.value} ({code})"
        elif step.status is StepStatus.WAITING and isinstance(what, WaitForEvent | Approval):
            wanted = f"event '{what.event}'" if isinstance(what, WaitForEvent) else f"a decision by '{what.by}'"
            yield f"{name} waits for {wanted}"
        elif step.status in (StepStatus.WAITING, StepStatus.UNDO_WAITING):
            yield f"{name} waits for an answer"


def _duration(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"

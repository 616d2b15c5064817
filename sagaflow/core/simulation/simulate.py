"""The failure simulation: each fault that each step of a saga can have is played in virtual time.

The outcomes say how the run ends, what is undone, and what is left. They come from ``decide``, so that the engine will
do the same. If steps run in parallel, the order of their outcomes may decide: then every end is reported, with what
decides.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial

from sagaflow.core.definition.saga import Saga, Step, Undo
from sagaflow.core.run.commands import StartAgain
from sagaflow.core.run.facts import CompensationSettled, Fact, RollbackBegan, StepParked
from sagaflow.core.run.reports import StepAccepted, StepClaimed, StepSucceeded
from sagaflow.core.run.state import Direction, RunState, RunStatus, StepStatus
from sagaflow.core.simulation.effects import inconsistencies
from sagaflow.core.simulation.injected_faults import InjectedFault, Script
from sagaflow.core.simulation.loop import Simulator
from sagaflow.core.simulation.races import WORK, Halted, Orders, never, parallel_to
from sagaflow.core.simulation.table import CUT, HEADER, Case, Outcome, grouped, table, with_what_decides
from sagaflow.core.simulation.virtual_run import START

__all__ = [
    "CUT",
    "HEADER",
    "Case",
    "Halted",
    "Outcome",
    "about_children",
    "cases",
    "end_of",
    "grouped",
    "simulate",
    "table",
]

DO, UNDO = Direction.DO, Direction.UNDO
FOREVER = 2000
"""More attempts than any policy allows."""


SCRIPTS: Mapping[Case, tuple[Direction, InjectedFault, int]] = {
    Case.BUSINESS_ERROR: (DO, InjectedFault.BUSINESS_ERROR, FOREVER),
    Case.TECHNICAL_ERROR: (DO, InjectedFault.TECHNICAL_ERROR, FOREVER),
    Case.TIME_OUT: (DO, InjectedFault.TIME_OUT, 1),
    Case.DUPLICATE: (DO, InjectedFault.DUPLICATE, 1),
    Case.CRASH_BEFORE: (DO, InjectedFault.CRASH_BEFORE, 1),
    Case.CRASH_AFTER: (DO, InjectedFault.CRASH_AFTER, 1),
    Case.UNDO_FAILS: (UNDO, InjectedFault.TECHNICAL_ERROR, FOREVER),
}


def simulate(
    saga: Saga,
    inputs: object = None,
    *,
    outputs: Mapping[str, object] | None = None,
    steps: Collection[str] | None = None,
    only: Collection[Case] = tuple(Case),
    work: int = WORK,
    halt: Callable[[], bool] = never,
    give_up: Callable[[], bool] = never,
) -> tuple[Outcome, ...]:
    """Return every end for every step and every case of its kind of work, in the order of the definition.

    The first end of a case is the one in which everything else is done before the failure. Other ends follow.

    ``inputs`` is the run's input, ``outputs`` the actions' outputs by step: conditions look at both.
    ``steps``: only these; ``None``: all. ``only``: these cases. ``work`` bounds the search for orders, see
    ``races.WORK``; ``halt`` ends it early when it is true. ``give_up`` ends everything.

    Raises:
        Halted: ``give_up`` was true.
    """
    orders = partial(Orders, saga, work=work, halt=halt)
    chosen = (step for step in saga.steps.values() if steps is None or step.name in steps)
    return tuple(
        end
        for step in chosen
        for case in cases(saga, step)
        if case in only
        for end in _ends(saga, step, case, partial(_start, saga, step, case, inputs, outputs), (orders, give_up))
    )


def about_children(saga: Saga) -> str:
    """Return what the simulation does not know of the sub-sagas of the saga, in words; empty: it has none."""
    names = dict.fromkeys(step.does.runs for step in saga.steps.values() if step.does.runs)
    if not names:
        return ""
    listed = ", ".join(f"'{name}'" for name in names)
    return (
        "A sub-saga is simulated as one step: its run completes, or rolls back and leaves nothing. What happens inside "
        f"is not known here: simulate {listed} too."
    )


def cases(saga: Saga, step: Step) -> Iterator[Case]:
    """Yield the faults that a step of this kind of work can have."""
    if step.does.by_worker:
        yield from (case for case in Case if case is not Case.UNDO_FAILS)
    elif step.does.awaits:
        yield from (Case.BUSINESS_ERROR,) if step.fails_as else ()
        yield from (Case.TIME_OUT, Case.DUPLICATE)
    elif step.does.asks:
        yield from (Case.BUSINESS_ERROR, Case.TIME_OUT)
    if step.undo and step.undo.does and not saga.graph.past_pivot(step.name) and not step.pivot:
        yield Case.UNDO_FAILS


def _start(saga: Saga, step: Step, case: Case, inputs: object, outputs: Mapping[str, object] | None) -> Simulator:
    direction, fault, times = SCRIPTS[case]
    script: Script = {(step.name, direction): (fault,) * times}
    sim = Simulator(saga, script=script, inputs=inputs, outputs=outputs)
    if case is Case.UNDO_FAILS:
        sim.recall = step.name
    return sim


def _ends(
    saga: Saga,
    step: Step,
    case: Case,
    start: Callable[[], Simulator],
    limits: tuple[Callable[[str], Orders], Callable[[], bool]],
) -> tuple[Outcome, ...]:
    """Return each end once, with an order that leads to it. The fault happens in all of them, if it can happen."""
    orders_of, give_up = limits
    sim = start()
    sim.run(until=lambda _: give_up())
    if give_up():
        raise Halted
    outcomes = {_end(sim): _outcome(saga, step, case, sim)}
    orders = orders_of(step.name)
    if parallel_to(saga, step.name):
        for sim in orders.runs(start()):
            outcomes.setdefault(_end(sim), _outcome(saga, step, case, sim))
    first, *others = outcomes.values()
    ends = [end for end in (first, *others) if end.reached] or [first]
    return with_what_decides(tuple(replace(end, cut=orders.cut) for end in ends), saga.graph.pivot)


REMARKABLE: Mapping[StepStatus, str] = {
    **{status: status.value for status in StepStatus if status.undone and status is not StepStatus.NOTHING_TO_UNDO},
    **dict.fromkeys((StepStatus.DONE, StepStatus.IN_DOUBT), "stands"),
    **{status: status.value for status in StepStatus if status.needs_person},
    **{status: "waits" for status in StepStatus if status.is_waiting},
}
"""The statuses of steps that make a difference between two ends of a run."""


def end_of(state: RunState) -> tuple[RunStatus, frozenset[tuple[str, str]]]:
    """Return the end of a run: its status, and the outcome of each step with an effect. Equal values are one end."""
    steps = ((name, REMARKABLE.get(step.status, "")) for name, step in state.steps.items())
    return state.status, frozenset((name, stands) for name, stands in steps if stands)


def _end(sim: Simulator) -> tuple[object, ...]:
    return end_of(sim.state), frozenset(sim.ledger.standing)


def _outcome(saga: Saga, step: Step, case: Case, sim: Simulator) -> Outcome:
    direction, state = SCRIPTS[case][0], sim.state
    facts = [entry.fact for entry in sim.journal]
    settled = [fact for fact in facts if isinstance(fact, StepSucceeded) and fact.direction is UNDO]
    undone = [fact.step for fact in settled if not fact.nothing]
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
        before=tuple(_before(saga, step.name, facts)),
        witness=tuple(sim.reports),
    )


def _before(saga: Saga, step: str, facts: list[Fact]) -> Iterator[str]:
    """Yield the steps parallel to ``step`` that had begun when the last rollback began, or a step was parked."""
    turns = [at for at, fact in enumerate(facts) if isinstance(fact, RollbackBegan)]
    parks = [at for at, fact in enumerate(facts) if isinstance(fact, StepParked)]
    decided = max(turns or parks, default=0)
    starts = (fact for fact in facts[:decided] if isinstance(fact, StepClaimed | StepAccepted))
    begun = {fact.step for fact in starts if fact.direction is DO}
    yield from (name for name in saga.steps if name in begun & parallel_to(saga, step))


def _is_semantic(step: Step) -> bool:
    return step.undo is not None and step.undo.kind is Undo.SEMANTIC


def _settled(sim: Simulator, status: StepStatus) -> tuple[str, ...]:
    """Return the steps whose undo ended with this status, and whose effect remains."""
    facts = (entry.fact for entry in sim.journal)
    names = [fact.step for fact in facts if isinstance(fact, CompensationSettled) and fact.status is status]
    return tuple(name for name in dict.fromkeys(names) if name in sim.ledger.standing)


def _for_a_person(saga: Saga, state: RunState) -> Iterator[str]:
    for name, step in state.steps.items():
        work = saga.steps[name].does
        if step.status.needs_person:
            code = step.error.code if step.error else "no reason recorded"
            yield f"{name} is {step.status.value} ({code})"
        elif step.status is StepStatus.WAITING and work.expects:
            yield f"{name} waits for {work.expects}"
        elif step.status.is_waiting:
            yield f"{name} waits for an answer"

"""Questions about a run that the shell, the pages and the operators ask. They change nothing."""

from collections.abc import Iterable, Iterator

from sagaflow.core.definition.saga import Saga, Step, Style
from sagaflow.core.json_value import Json
from sagaflow.core.run import course, interventions, overdue
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.reach import pivot_is_open
from sagaflow.core.run.reports import WorkUnserved
from sagaflow.core.run.skills import ALL, Skills, need
from sagaflow.core.run.state import Direction, RunState, RunStatus, StepState, StepStatus
from sagaflow.core.run.steps import in_order, tally_of

__all__ = [
    "allowed",
    "attention",
    "claimable",
    "due_services",
    "events_to_come",
    "idempotency_key",
    "input_now",
    "inputs",
    "held_by",
    "is_suspect",
    "needed",
    "starts_at",
    "suspects",
    "unserved",
    "wake_at",
]

UNBEGUN = (StepStatus.PENDING, StepStatus.DUE, StepStatus.SKIPPED)


def claimable(saga: Saga, state: RunState, at: float, skills: Skills = ALL) -> tuple[tuple[str, Direction], ...]:
    """Return the steps that a worker with these skills may claim at ``at``, in the order of the definition."""
    return tuple(
        (step.name, step_state.status.direction)
        for step, step_state in _due_by(saga, state, at)
        if skills.can(step, step_state.status.direction)
    )


def is_suspect(state: RunState, step: str) -> bool:
    """Say whether a process died while performing the step, so that its next attempt needs a process of its own."""
    return state.steps[step].deaths > 0


def suspects(saga: Saga, state: RunState, at: float, skills: Skills = ALL) -> tuple[str, ...]:
    """Return the steps that a worker with these skills may claim at ``at``, but only alone in its process."""
    if not any(is_suspect(state, name) for name in tally_of(saga, state).open):
        return ()
    return tuple(name for name, _ in claimable(saga, state, at, skills) if is_suspect(state, name))


def held_by(state: RunState, worker: str) -> tuple[str, ...]:
    """Return the steps that the worker holds under a lease."""
    return tuple(
        name
        for name, step_state in state.steps.items()
        if step_state.lease_until is not None and step_state.worker == worker
    )


def unserved(saga: Saga, state: RunState, at: float, workers: Iterable[Skills]) -> Iterator[WorkUnserved]:
    """Yield a report for each step that is due at ``at`` and that no live worker can do, unless it has one already."""
    live = tuple(workers)
    return (
        WorkUnserved(
            step=step.name,
            direction=step_state.status.direction,
            needs=needed(step, step_state),
            since=step_state.due_at or at,
        )
        for step, step_state in _due_by(saga, state, at)
        if step_state.unserved_since is None
        and not any(worker.can(step, step_state.status.direction) for worker in live)
    )


def due_services(saga: Saga, state: RunState, at: float) -> frozenset[str]:
    """Return the services that have work to claim at ``at``; ``""`` stands for any worker."""
    return frozenset(_service(step, step_state) for step, step_state in _due_by(saga, state, at))


def allowed(saga: Saga, state: RunState, at: float, step: str | None = None) -> dict[str, str | None]:
    """Return for each verb on a step, or on the run, why it does not apply at ``at``; ``None``: it applies."""
    return interventions.allowed(saga, course.state_at(saga, state, at), at, step)


def wake_at(saga: Saga, state: RunState) -> float | None:
    """Return the earliest time at which something is due; ``None``: nothing will happen by itself."""
    moments = [overdue.next_limit(saga, state), *(step_state.due_at for _, step_state in _due(saga, state))]
    return min((moment for moment in moments if moment is not None), default=None)


def events_to_come(saga: Saga, state: RunState, name: str) -> tuple[str, ...]:
    """Return the events from outside that a choreographed step still has to react to, when nothing else is missing."""
    ready = all(state.steps[other].status.settled_forward for other in saga.graph.before[name])
    if (
        state.rollback is not None
        or state.steps[name].status is not StepStatus.PENDING
        or saga.graph.segment_of[name].style is not Style.CHOREOGRAPHED
        or not ready
    ):
        return ()
    return tuple(event for event in saga.graph.awaits[name] if not state.has_event(event, name))


def starts_at(state: RunState, at: float) -> float | None:
    """Return when a delayed run will start; ``None``: it has started, or may start at ``at``."""
    if state.status is not RunStatus.RUNNING or any(
        step_state.status not in UNBEGUN for step_state in state.steps.values()
    ):
        return None
    tried = any(step_state.attempts for step_state in state.steps.values())
    due = [
        step_state.due_at
        for step_state in state.steps.values()
        if step_state.status is StepStatus.DUE and step_state.due_at is not None
    ]
    first = None if tried else min(due, default=None)
    return first if first is not None and first > at else None


def attention(saga: Saga, state: RunState) -> Attention | None:
    """Return the worst reason why the run needs attention; ``None``: it needs none."""
    if state.status.ended:
        return None
    open_steps = [
        step_state
        for name in tally_of(saga, state).open
        if (step_state := state.steps[name]).status.working or step_state.status is StepStatus.PARKED
    ]
    holds = {
        Attention.STUCK: state.status is RunStatus.STUCK,
        Attention.MISSING: any(step_state.missed_at is not None for step_state in open_steps),
        Attention.PARKED: state.status is RunStatus.PARKED,
        Attention.UNDECIDED: _waits_for_pivot(saga, state),
        Attention.NO_WORKER: any(step_state.unserved_since is not None for step_state in open_steps),
        Attention.LATE: state.late_at is not None,
        Attention.RETRYING: any(_is_retrying(step_state) for step_state in open_steps),
    }
    return next((reason for reason in Attention if holds.get(reason)), None)


def needed(step: Step, step_state: StepState) -> str:
    """Return the action or sub-saga that the step needs, or else its service, or else its name."""
    return need(step, step_state.status.direction) or _service(step, step_state) or step.name


def idempotency_key(run_id: str, state: RunState, step: str, direction: Direction) -> str:
    """Return ``<run>:<step>:<do|undo>``, the same key in every attempt. A later round of the step has its own key."""
    round_ = state.steps[step].round
    return f"{run_id}:{step}{f'#{round_}' if round_ else ''}:{direction.value}"


def inputs(saga: Saga, state: RunState, step: str, direction: Direction = Direction.DO) -> tuple[Json, dict[str, Json]]:
    """Return what an attempt gets: its input, and the outputs of all steps that it depends on, directly or not.

    The input is what an operator edited for the step, or what its mapping gives, or the input of the run. A
    compensation without a mapping of its own gets the input of its action, unless an operator edited it.
    """
    outputs, step_state, definition = state.outputs(), state.steps[step], saga.steps[step]
    earlier = saga.graph.ancestors[step]
    earlier_outputs = {name: outputs[name] for name in saga.graph.order if name in earlier and name in outputs}
    data = {"input": state.input, "steps": earlier_outputs}
    if direction is Direction.UNDO and step_state.undo_input is not None:
        return step_state.undo_input, earlier_outputs
    own = definition.undo.input if direction is Direction.UNDO and definition.undo else None
    if own is not None:
        if step_state.output is not None:
            data["steps"] = earlier_outputs | {step: step_state.output}
        return own.value(data), earlier_outputs
    if step_state.input is not None:
        return step_state.input, earlier_outputs
    return state.input if definition.input is None else definition.input.value(data), earlier_outputs


def input_now(saga: Saga, state: RunState, step: str) -> Json:
    """Return the input of the next attempt of a step, or of its compensation if that is under way."""
    return inputs(saga, state, step, state.steps[step].status.direction)[0]


def _due(saga: Saga, state: RunState) -> Iterator[tuple[Step, StepState]]:
    """Yield the work that is scheduled for workers. During a rollback, that is undo work, and an open pivot."""
    if state.status.ended:
        return
    rolling_back = state.rollback is not None
    for name in in_order(saga, state):
        step_state, step = state.steps[name], saga.steps[name]
        if not step_state.status.is_due or not _needs_worker(step, step_state):
            continue
        if step_state.status is StepStatus.UNDO_DUE or not rolling_back or (step.pivot and pivot_is_open(saga, state)):
            yield step, step_state


def _due_by(saga: Saga, state: RunState, at: float) -> Iterator[tuple[Step, StepState]]:
    """Yield the work that is scheduled for workers and whose time has come at ``at``."""
    for step, step_state in _due(saga, state):
        if step_state.due_at is not None and step_state.due_at <= at:
            yield step, step_state


def _needs_worker(step: Step, step_state: StepState) -> bool:
    return step.work(step_state.status.direction).by_worker


def _service(step: Step, step_state: StepState) -> str:
    return step.service if step_state.status.direction is Direction.DO else step.undo_service


def _waits_for_pivot(saga: Saga, state: RunState) -> bool:
    """Say whether a rollback cannot begin to undo, because the pivot waits for something that may never come."""
    pivot = saga.graph.pivot
    waiting = pivot is not None and state.steps[pivot].status is StepStatus.WAITING
    return waiting and state.rollback is not None and pivot_is_open(saga, state)


def _is_retrying(step_state: StepState) -> bool:
    return step_state.status.is_due and step_state.attempts_in(step_state.status.direction) > step_state.forgiven

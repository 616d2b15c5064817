"""Claim a step and build the context of the attempt, which its participant gets."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sagaflow import conf, registry, store
from sagaflow.core.definition.saga import Step
from sagaflow.core.json_value import Json
from sagaflow.core.participant import Context
from sagaflow.core.run import queries
from sagaflow.core.run.reports import StepClaimed
from sagaflow.core.run.skills import Skills
from sagaflow.core.run.state import Direction, StepState
from sagaflow.participants import Work, guard_of
from sagaflow.registry import Action
from sagaflow.store import Callback, LockedRun

__all__ = ["SUB_SAGA", "claim", "is_transactional"]

SUB_SAGA = ""
"""The name of the action for work of the engine itself: a sub-saga, or its rollback."""


def claim(
    run: LockedRun,
    skills: Skills,
    worker: str,
    *,
    alone: bool | None = None,
    admits: Callable[[str], bool] = lambda _: True,
) -> Work | None:
    """Claim the first due step that a worker with these skills can perform; return ``None`` if there is none.

    ``alone``: claim only steps that were under way when a process died, or only others; ``None``: both.
    ``admits``: says of the name of an action, or of ``SUB_SAGA``, whether the worker wants it now.
    """
    for name, direction in queries.claimable(run.saga, run.state, run.at, skills):
        if alone not in (None, queries.is_suspect(run.state, name)):
            continue
        action = _action(run.saga.steps[name], direction)
        if not admits(action):
            continue
        state = run.state.steps[name]
        done = state.ended_at is not None and state.do_error is None  # a step that was refused has ended, too
        lease = _lease(run.saga.steps[name], direction)
        guard = guard_of(action) if direction is Direction.DO else ""
        run.take(
            StepClaimed(step=name, direction=direction, lease=lease, guard=guard, worker=worker, alone=bool(alone))
        )
        return _work(run, run.saga.steps[name], direction, lease, doubtful=not done)
    return None


def is_transactional(work: Work) -> bool:
    """Return True if the work has to be performed in the transaction that records its outcome."""
    action = registry.find_action(work.action)
    return action is not None and action.transactional


def _work(run: LockedRun, step: Step, direction: Direction, lease: float, *, doubtful: bool) -> Work:
    step_state = run.state.steps[step.name]
    undoing = direction is Direction.UNDO
    undoes = step.does.calls if undoing else ""
    doubtful = doubtful and undoing
    past = store.past_attempts(run, step.name) if undoes or doubtful else store.PastAttempts()
    return Work(
        token=step_state.token,
        action=_action(step, direction),
        context=_context(run, step, step_state, direction),
        undoes=undoes,
        guards=past.guards if undoes else (),
        certain=past.succeeded if undoes else False,
        lease=lease,
        timeout=step.timeout,
        doubtful=doubtful and not past.was_accepted if undoing else step_state.unknown > 0,
        sensitive=run.covered.masked,
        refusal=step.refusal,
    )


def _context(run: LockedRun, step: Step, step_state: StepState, direction: Direction) -> Context:
    value, outputs = queries.inputs(run.saga, run.state, step.name, direction)
    undoing = direction is Direction.UNDO
    place: dict[str, Any] = {"step": step.name, "direction": direction, "attempt": step_state.attempt}
    bound = Callback(run_id=run.run_id, token=step_state.token, **place)
    return Context(
        run_id=run.run_id,
        saga=run.saga.name,
        key=queries.idempotency_key(run.run_id, run.state, step.name, direction),
        service=step.service_of(direction),
        work=step.work(direction),
        round=step_state.round,
        input=value,
        outputs=outputs,
        output=step_state.output if undoing else None,
        reason=_reason(run) if undoing else {},
        causation_id=f"{run.run_id}:{step_state.token}",
        open_callback=partial(store.open_callback, bound, timeout=step.timeout),
        **place,
    )


def _reason(run: LockedRun) -> dict[str, Json]:
    rollback = run.state.rollback
    if rollback is None:
        return {}
    if rollback.by_failure and rollback.error:
        return {"code": rollback.error.code, "message": rollback.message, "step": rollback.step}
    return {"code": rollback.code.value, "message": rollback.message, "step": ""}


def _action(step: Step, direction: Direction) -> str:
    work = step.work(direction)
    if not work.by_worker:
        raise AssertionError(f"Step '{step.name}' has nothing that a worker could {direction.value}.")
    return work.calls or SUB_SAGA


def _lease(step: Step, direction: Direction) -> float:
    """Return the seconds of the first claim: of the action, else of the settings; at most the step's timeout.

    A probe, which may be asked first, has as many seconds as its action.
    """
    seconds, doing = _seconds(registry.find_action(_action(step, direction))), registry.find_action(step.does.calls)
    if doing is not None and doing.probe:
        seconds += _seconds(doing)
    return seconds if step.timeout is None else min(seconds, step.timeout)


def _seconds(action: Action | None) -> float:
    return (action and action.lease) or conf.current().lease_seconds

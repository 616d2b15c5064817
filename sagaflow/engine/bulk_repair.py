"""Bulk repair, one run at a time: the act, its record and the result of the item are one transaction.

So a repair continues after its process was killed, acts on every run exactly once, and its result is what happened. A
run that has changed since it was selected is not touched.
"""

import json
from collections.abc import Mapping

from django.db import transaction

from sagaflow import store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import SagaflowError
from sagaflow.core.json_value import Json
from sagaflow.core.run.evolve import fold
from sagaflow.core.run.people import said
from sagaflow.core.run.state import Direction, RunState, StepStatus
from sagaflow.core.run.verbs import VERBS
from sagaflow.engine.interventions import Intervention, perform
from sagaflow.store import LockedRun, bulk_repairs, refusals
from sagaflow.store.bulk_repairs import Repair, RepairItem

__all__ = ["repair_next", "targets"]

OF_APPROVERS = ("skip", "retry")
"""The verbs that leave an approval alone in a bulk repair."""


def repair_next() -> bool:
    """Act on one run of the oldest repair; return False if there was none."""
    with transaction.atomic():
        following = bulk_repairs.next_item()
        if following is not None:
            repair, item = following
            bulk_repairs.settle(item, *_outcome(repair, item))
    if following is None:
        bulk_repairs.close()
    return following is not None


def targets(saga: Saga, state: RunState, verb: str, step: str = "") -> tuple[str, ...]:
    """Return the steps on which ``verb`` acts in a bulk repair; for a verb on the whole run, none.

    An approval is neither skipped nor tried again in bulk: that is up to its group.
    """
    if not VERBS[verb].on_step:
        return ()
    names = [step] if step else saga.graph.order
    return tuple(
        name
        for name in names
        if name in state.steps
        and _is_meant(state, verb, name)
        and not (verb in OF_APPROVERS and saga.steps[name].does.asks)
    )


def _outcome(repair: Repair, item: RepairItem) -> tuple[str, str]:
    """Return the outcome of the item and a sentence. A run whose changes fail must not delay the other runs."""
    try:
        with refusals.SuppressLasting() as suppressed, refusals.noted(item.run_id), store.locked(item.run_id) as run:
            return _repaired(run, repair, item.seq)
        return "refused", refusals.reason(item.run_id, suppressed.failure)
    except SagaflowError as error:
        return "refused", str(error)


def _repaired(run: LockedRun, order: Repair, seq: int) -> tuple[str, str]:
    """Act on the run if it has not changed. It is locked, so nothing can happen between the check and the act."""
    if run.state.seq != seq:
        was = _basis(run.saga, _as_selected(run, seq), order)
        if was != (is_now := _basis(run.saga, run.state, order)):
            return "changed", f"When it was selected it was {was}; now it is {is_now}. Nothing was done."
    chosen = targets(run.saga, run.state, order.verb, order.step)
    if VERBS[order.verb].on_step and not chosen:
        return "refused", _why_none(order.verb, order.step)
    output = json.loads(order.output) if order.output else None
    done_forward = {step for step in chosen if run.state.steps[step].status.direction is Direction.DO}
    return _acts(run.run_id, order, {step: output if step in done_forward else None for step in chosen or ("",)})


def _acts(run_id: str, order: Repair, outputs: Mapping[str, Json]) -> tuple[str, str]:
    """Act on each step. ``outputs``: the substitute output of each; a skipped compensation has none."""
    reason = f"{order.reason} (bulk repair {order.repair_id[:8]})"
    second = said(order.request_id, order.given_by) if order.request_id else ""
    details, refused = [], []
    for step, output in outputs.items():
        act = perform(run_id, Intervention(VERBS[order.verb], order.by, reason, step, output, second=second))
        details.append(f"{step}: {act.detail}" if step else act.detail)
        refused += [act.detail] if act.outcome == "refused" else []
    if refused:
        done = len(details) - len(refused)
        return "refused", "; ".join(refused) + (
            f" ({done} other step{'s were' if done > 1 else ' was'} done)" if done else ""
        )
    return "done", "; ".join(details)


def _is_meant(state: RunState, verb: str, name: str) -> bool:
    """Return True for a step that needs help: parked, stuck or missing; a step that waits or retries does not."""
    step = state.steps[name]
    match verb:
        case "mark_done":
            return step.status is StepStatus.STUCK
        case "redeliver":
            return step.missed_at is not None and step.status.working and step.status.direction is Direction.DO
        case _:
            missing = step.missed_at is not None and step.status in (StepStatus.DUE, StepStatus.WAITING)
            return step.status.needs_person or missing


def _as_selected(run: LockedRun, seq: int) -> RunState:
    """Return the state at the entry ``seq``: the fold of the journal up to it."""
    return fold(run.saga, store.journal(run.run_id, limit=seq))


def _basis(saga: Saga, state: RunState, order: Repair) -> str:
    """Describe the run and the steps of the order in words, which are equal while nothing relevant has changed."""
    steps = [(name, state.steps[name]) for name in targets(saga, state, order.verb, order.step)]
    words = [f"{name} {step.status.words} after {step.attempts + step.undo_attempts} attempts" for name, step in steps]
    return ", ".join([state.status.words, *words])


def _why_none(verb: str, step: str) -> str:
    what = {"mark_done": "No compensation is stuck", "redeliver": "No reaction is missing"}
    place = f" at '{step}'" if step else ""
    return f"{what.get(verb, 'No step is parked, stuck or missing')}{place}; nothing was done."

"""A step that starts a run of another saga, and its undo, which rolls that run back. The end of the child answers.

The undo may also be an action. It never runs while the child goes on: what that child does later would stay.
"""

from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from sagaflow import registry, store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import Refused
from sagaflow.core.participant import Accepted, TechnicalError
from sagaflow.core.run.reports import RollbackRequested, RunRequested, TimePassed
from sagaflow.core.run.state import RunStatus
from sagaflow.engine.after_commit import announce
from sagaflow.engine.inputs import check_input
from sagaflow.engine.transaction import deliver
from sagaflow.participants import NOTHING, CannotBegin, Outcome, Work, answered, barrier, before_it_begins, failed
from sagaflow.store import Links
from sagaflow.store.runs.children import Child
from sagaflow.store.runs.creating import OtherOrigin
from sagaflow.store.runs.locked_run import LockedRun

__all__ = ["before_action", "perform"]


def perform(work: Work, saga: str) -> Outcome:
    """Create the child, or ask it to roll back, in a separate transaction."""
    return answered(work, lambda: _undo(work) if work.undoing else _do(work, saga))


def before_action(work: Work) -> Outcome | None:
    """Return the outcome of an undo by an action that has nothing to undo, or has to wait; ``None``: perform it."""
    try:
        nothing = _left_nothing(work)
    except TechnicalError as error:
        return failed(work, error)
    return answered(work, lambda: NOTHING) if nothing else None


def _left_nothing(work: Work) -> bool:
    """Say whether no attempt started a child, or the child went back whole.

    Raises:
        TechnicalError: the child goes on.
    """
    child = _child(work)
    if child is not None and not child.status.ended:
        message = f"Run {child.run_id} of its sub-saga still goes on, and its undo waits for the end; cancel that run."
        raise TechnicalError(message, code="sub-saga-goes-on")
    return child is None or store.went_back_whole(child.run_id)


def _child(work: Work) -> Child | None:
    """Return the child of a step that is undone. ``None``: no attempt started one, and later attempts are barred."""
    context = work.context
    with transaction.atomic():
        if barrier.bar("default", work.barrier_key):
            return None
    return store.child_of(context.run_id, context.step, context.round)


def _do(work: Work, saga_name: str) -> Accepted:
    context = work.context
    with before_it_begins():
        saga = registry.get_saga(saga_name)
        value = check_input(saga, context.input)
    with transaction.atomic():
        barrier.once("default", work.barrier_key, "do", Accepted)
        child = store.child_of(context.run_id, context.step, context.round)
        if child is None or (child.status.ended and child.status is not RunStatus.COMPLETED):
            run_id, links = _next(work, child)
            starter = store.state(context.run_id)[1].by
            announce(_created(saga, run_id, RunRequested(input=value, by=starter), links))
    return Accepted()


def _created(saga: Saga, run_id: str, request: RunRequested, links: Links) -> LockedRun:
    """Return the new child. If another run has its ID, no retry can help: the end of that run is not the answer."""
    try:
        return store.create(saga, run_id, request, links)[0]
    except OtherOrigin as error:
        message = f"The run ID {run_id} of this sub-saga is taken by a run that this step did not start; look at it."
        raise CannotBegin(message, code="taken-id") from error


def _next(work: Work, before: Child | None) -> tuple[str, Links]:
    """Return the ID and the links of the child: of the first, or of the next one after a child that was rolled back."""
    context = work.context
    first = store.child_id(context.run_id, context.step, context.round)
    place: dict[str, Any] = {"parent_id": context.run_id, "parent_step": store.step_ref(context.step, context.round)}
    if before is None:
        return first, Links(**place)
    number = store.run(before.run_id).number + 1
    return str(uuid5(UUID(first), str(number))), Links(**place, origin_id=first, number=number)


def _undo(work: Work) -> object:
    context, child, asked = work.context, _child(work), ""
    if child is None:
        return NOTHING
    reason = str(context.reason.get("message", "")) or "the parent run rolls back"
    while child is not None and child.run_id != asked:
        asked = child.run_id
        try:
            deliver(asked, RollbackRequested(by=f"run {context.run_id}", reason=reason, parent=True))
        except Refused:
            # It has ended, is past its pivot, or rolls back already: its end is the answer. If a time limit that has
            # just passed ends it, and another run tries the whole of it again, then that one is asked.
            deliver(asked, TimePassed())
            child = store.child_of(context.run_id, context.step, context.round)
    return Accepted()

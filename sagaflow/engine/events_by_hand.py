"""An event that never came, handed to the run by a person: written down with who and why, like every act."""

from typing import Any

from sagaflow import store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import Refused
from sagaflow.core.run.reports import EventReceived
from sagaflow.core.run.state import RunState, StepStatus
from sagaflow.engine.inputs import LONGEST_NAME, LONGEST_REASON, check_payload, check_text
from sagaflow.engine.transaction import change, ignored
from sagaflow.store import LockedRun, OperatorAct

__all__ = ["awaited", "hand_event"]

WAITS = (StepStatus.WAITING, StepStatus.PARKED)
WAITS_BACK = (StepStatus.UNDO_WAITING, StepStatus.STUCK)


def awaited(saga: Saga, state: RunState, step: str) -> str:
    """The event from outside that ``step`` stands still for; empty: there is none."""
    found, status = saga.steps[step], state.steps[step].status
    if status not in (*WAITS, *WAITS_BACK):
        return ""
    return found.work(status.direction).awaits


def hand_event(run_id: str, step: str, *, by: str, reason: str, payload: Any = None) -> OperatorAct:
    """Hand ``step`` the event that it stands still for. The act's ``outcome`` is ``done`` or ``refused``.

    Raises:
        Refused: nobody or no reason is named, or there is no such run: nothing is written down.
        InvalidPayload: the payload is no strict JSON.
    """
    check_text("name of who hands the event over", by, longest=LONGEST_NAME)
    check_text("reason to hand an event over, which is kept with the run,", reason, longest=LONGEST_REASON)
    payload = check_payload(payload, f"The payload of the event for '{step}'")
    run_id = store.as_run_id(run_id)
    place = {"step": step, "by": by, "reason": reason}
    try:
        return change(run_id, lambda run: _hand(run, step, payload, place))
    except store.UnknownRun:
        raise
    except Refused as refused:
        return store.record_act(run_id, "publish", **place, outcome="refused", detail=str(refused))


def _hand(run: LockedRun, step: str, payload: Any, place: dict[str, str]) -> OperatorAct:
    event = awaited(run.saga, run.state, step) if step in run.saga.steps else ""
    if not event:
        raise Refused(f"Step '{step}' does not stand still for an event from outside.", code="not-applicable")
    decision = run.take(EventReceived(event=event, payload=payload, source=f"person {place['by']}"))
    if why := ignored(decision):
        raise Refused(f"The event '{event}' would be ignored: {why.why}.", code="not-applicable")
    return store.record_act(run.run_id, "publish", **place, outcome="done", detail=f"event {event}", at=run.at)

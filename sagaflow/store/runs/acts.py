"""Operator acts: the verb, the operator, the reason and the outcome."""

from dataclasses import dataclass
from datetime import datetime

from sagaflow.models import OperatorAct
from sagaflow.store.clock import now, to_datetime

__all__ = ["RecordedAct", "RefusedAct", "record_act"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAct:
    """An operator act on a run, its reason, and its outcome: ``done`` or ``refused``."""

    verb: str
    step: str
    by: str
    reason: str
    outcome: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedAct(RecordedAct):
    """An operator act that was just refused."""

    code: str
    """The code of the refusal, for programs. It is not stored."""


def record_act(
    run_id: str, verb: str, *, step: str, by: str, reason: str, outcome: str, detail: str, at: float | None = None
) -> RecordedAct:
    """Record an act. ``outcome``: ``done`` or ``refused``; ``at``: seconds since the epoch, default now."""
    act = RecordedAct(
        step=step[:64],
        verb=verb,
        by=by,
        reason=reason,
        outcome=outcome,
        detail=detail,
        at=to_datetime(now() if at is None else at),
    )
    OperatorAct.objects.create(run_id=run_id, **{name: getattr(act, name) for name in RecordedAct.__slots__})
    return act

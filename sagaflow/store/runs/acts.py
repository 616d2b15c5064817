"""Operator acts: the verb, the operator, the reason and the outcome."""

from sagaflow.models import OperatorAct
from sagaflow.store.clock import now, to_datetime

__all__ = ["OperatorAct", "record_act"]


def record_act(
    run_id: str, verb: str, *, step: str, by: str, reason: str, outcome: str, detail: str, at: float | None = None
) -> OperatorAct:
    """Record an act. ``outcome``: ``done`` or ``refused``; ``at``: seconds since the epoch, default now."""
    return OperatorAct.objects.create(
        run_id=run_id,
        step=step[:64],
        verb=verb,
        by=by,
        reason=reason,
        outcome=outcome,
        detail=detail,
        at=to_datetime(now() if at is None else at),
    )

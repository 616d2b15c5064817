"""The loyalty-points bank: another company's tables, in another database, guarded by the barrier there."""

from typing import Any

from examples.streamtech.conf import PARTNER_DATABASE
from examples.streamtech.models import PointsEntry
from sagaflow import Context
from sagaflow.registry import action

CENTS_PER_POINT = 100


@action("loyalty.award_points", database=PARTNER_DATABASE)
def award_points(ctx: Context) -> dict[str, Any]:
    points = ctx.input["amount"] // CENTS_PER_POINT
    PointsEntry.leave(ctx, customer=ctx.input["customer"], order=ctx.input["order"], points=points)
    return {"points": points}


@action("loyalty.revoke_points", database=PARTNER_DATABASE)
def revoke_points(ctx: Context) -> dict[str, Any]:
    award = PointsEntry.to_undo(ctx)
    if award is None:
        return {"revoked": 0}
    PointsEntry.leave(ctx, customer=award.customer, order=award.order, points=-award.points)
    return {"revoked": award.points}

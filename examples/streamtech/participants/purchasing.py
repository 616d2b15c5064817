"""Purchasing: what StreamTech has ordered from its suppliers."""

from typing import Any

from examples.streamtech.models import PurchaseEntry, PurchaseOrder
from sagaflow import BusinessError, Context
from sagaflow.registry import action


@action("purchasing.close_purchase_order", transactional=True)
def close_purchase_order(ctx: Context) -> dict[str, Any]:
    number = ctx.input["purchase_order"]
    fits = PurchaseOrder.objects.filter(
        number=number, sku=ctx.input["sku"], quantity=ctx.input["quantity"], status="open"
    )
    if not fits.update(status="closed"):
        raise BusinessError("not_as_ordered", f"The delivery is not what purchase order {number} asks for.")
    PurchaseEntry.leave(ctx, purchase_order=number, what="closed")
    return {"purchase_order": number}


@action("purchasing.reopen_purchase_order", transactional=True)
def reopen_purchase_order(ctx: Context) -> dict[str, Any]:
    if closed := PurchaseEntry.to_undo(ctx):
        PurchaseOrder.objects.filter(number=closed.purchase_order).update(status="open")
        PurchaseEntry.leave(ctx, purchase_order=closed.purchase_order, what="reopened")
    return {"reopened": closed is not None}

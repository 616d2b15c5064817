"""The order service. Its tables are in the database of the runs, so each effect commits together with its outcome."""

from typing import Any

from examples.streamtech.models import Order, OrderEntry
from sagaflow import BusinessError, Context
from sagaflow.registry import action


@action("order.place_order", transactional=True)
def place_order(ctx: Context) -> dict[str, Any]:
    number = ctx.input["order"]
    if Order.objects.filter(number=number).exclude(status="cancelled").exists():
        raise BusinessError("duplicate_order", f"Order {number} is placed already.")
    fields = {name: ctx.input[name] for name in ("customer", "sku", "quantity", "amount")}
    Order.objects.update_or_create(number=number, defaults={**fields, "status": "placed"})
    OrderEntry.leave(ctx, order=number, what="placed")
    return {"order": number, "customer": fields["customer"], "sku": fields["sku"]}


@action("order.cancel_order", transactional=True)
def cancel_order(ctx: Context) -> dict[str, Any]:
    if placed := OrderEntry.to_undo(ctx):
        Order.objects.filter(number=placed.order).update(status="cancelled")
        OrderEntry.leave(ctx, order=placed.order, what="cancelled")
    return {"cancelled": placed is not None}

"""The warehouse: one service for three sagas. The barrier guards its tables, in a separate transaction."""

from typing import Any

from django.db import transaction
from django.db.models import F

from examples.streamtech.models import Carrier, Dispatch, Parcel, Receipt, StockItem, StockMovement
from sagaflow import BusinessError, Context, TechnicalError
from sagaflow.registry import action


@action("warehouse.reserve_stock", database="default")
def reserve_stock(ctx: Context) -> dict[str, Any]:
    sku, quantity = ctx.input["sku"], ctx.input["quantity"]
    enough = StockItem.objects.filter(sku=sku, counted__gte=F("reserved") + quantity)
    if not enough.update(reserved=F("reserved") + quantity):
        raise BusinessError("insufficient_stock", f"There are fewer than {quantity} of {sku} in stock.")
    StockMovement.leave(ctx, sku=sku, quantity=quantity, what="reserved", reference=ctx.input["order"])
    return {"sku": sku, "quantity": quantity}


@action("warehouse.release_stock", database="default")
def release_stock(ctx: Context) -> dict[str, Any]:
    held = StockMovement.to_undo(ctx)
    if held is None:
        return {"released": 0}
    StockItem.objects.filter(sku=held.sku).update(reserved=F("reserved") - held.quantity)
    StockMovement.leave(ctx, sku=held.sku, quantity=held.quantity, what="released", reference=held.reference)
    return {"released": held.quantity}


@action("warehouse.package_order", database="default")
def package_order(ctx: Context) -> dict[str, Any]:
    order, sku, quantity = ctx.input["order"], ctx.input["sku"], ctx.input["quantity"]
    on_shelf = StockItem.objects.filter(sku=sku, on_shelf__gte=quantity)
    taken = {name: F(name) - quantity for name in ("counted", "reserved", "on_shelf")}
    if not on_shelf.update(**taken):
        raise BusinessError("not_on_shelf", f"{quantity} of {sku} should be on the shelf, and are not.")
    StockMovement.leave(ctx, sku=sku, quantity=quantity, what="packaged", reference=order)
    parcel, _ = Parcel.objects.get_or_create(order=order, defaults={"status": "packaged"})
    return {"parcel": parcel.order}


@action("warehouse.dispatch_order")
def dispatch_order(ctx: Context) -> dict[str, Any]:
    """Carriers count each request, even without success. No transaction encloses that, but the key guards it."""
    order = ctx.input["order"]
    dispatch = Dispatch.objects.filter(key=ctx.key).first()
    carrier = dispatch.carrier if dispatch else _carrier_with_a_van()
    if not carrier:
        raise TechnicalError("No carrier has a van today.", code="no_carrier")
    with transaction.atomic():
        Dispatch.leave(ctx, order=order, carrier=carrier)
        Parcel.objects.filter(order=order).update(status="dispatched", carrier=carrier)
    return {"carrier": carrier}


def _carrier_with_a_van() -> str:
    """The name of a carrier with a van. If there is none, one day passes for each carrier that is booked out."""
    with transaction.atomic():
        free = Carrier.objects.filter(booked_out_days=0).order_by("name").first()
        if free is None:
            Carrier.objects.update(booked_out_days=F("booked_out_days") - 1)
        return free.name if free else ""


@action("warehouse.receive_return", database="default")
def receive_return(ctx: Context) -> dict[str, Any]:
    """Accept only a whole order, and only after it was dispatched."""
    number, sku, quantity = ctx.input["order"], ctx.input["sku"], ctx.input["quantity"]
    out = Parcel.objects.filter(order=number, status="dispatched").exists()
    if (
        not out
        or not StockMovement.objects.filter(reference=number, what="packaged", sku=sku, quantity=quantity).exists()
    ):
        raise BusinessError("unknown_goods", f"These goods were never sent out for order {number}.")
    return _receive(ctx)


@action("warehouse.receive_delivery", database="default")
def receive_delivery(ctx: Context) -> dict[str, Any]:
    return _receive(ctx)


def _receive(ctx: Context) -> dict[str, Any]:
    goods = {name: ctx.input[name] for name in ("sku", "quantity", "reference")}
    Receipt.leave(ctx, what="received", **goods)
    return goods


@action("warehouse.send_back", database="default")
def send_back(ctx: Context) -> dict[str, Any]:
    """Undo both kinds of receiving."""
    if receipt := Receipt.to_undo(ctx):
        goods = {"sku": receipt.sku, "quantity": receipt.quantity, "reference": receipt.reference}
        Receipt.leave(ctx, what="sent_back", **goods)
    return {"sent_back": receipt is not None}


@action("warehouse.restock", database="default")
def restock(ctx: Context) -> dict[str, Any]:
    sku, quantity = ctx.input["sku"], ctx.input["quantity"]
    StockItem.objects.get_or_create(sku=sku, defaults={"counted": 0, "on_shelf": 0})
    StockItem.objects.filter(sku=sku).update(counted=F("counted") + quantity, on_shelf=F("on_shelf") + quantity)
    StockMovement.leave(ctx, sku=sku, quantity=quantity, what="restocked", reference=ctx.input["reference"])
    return {"sku": sku, "quantity": quantity}


@action("warehouse.unstock", database="default")
def unstock(ctx: Context) -> dict[str, Any]:
    moved = StockMovement.to_undo(ctx)
    if moved is None:
        return {"unstocked": 0}
    taken = {name: F(name) - moved.quantity for name in ("counted", "on_shelf")}
    StockItem.objects.filter(sku=moved.sku).update(**taken)
    StockMovement.leave(ctx, sku=moved.sku, quantity=moved.quantity, what="unstocked", reference=moved.reference)
    return {"unstocked": moved.quantity}

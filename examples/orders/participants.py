"""The actions of OrderService, PaymentService and InventoryService, each with a different guard.

OrderService shares the database, and the transaction, of the runs. The other two have their own transactions, which the
barrier guards.
"""

from typing import Any

from django.db.models import F

from examples.orders.models import Account, FundsEntry, Item, ItemEntry, Order, OrderEntry
from sagaflow import BusinessError, Context
from sagaflow.registry import action


@action("OrderService.create_order", transactional=True)
def create_order(ctx: Context) -> dict[str, Any]:
    number = ctx.input["order"]
    if Order.objects.filter(number=number).exclude(status="cancelled").exists():
        raise BusinessError("duplicate_order", f"Order {number} exists already.")
    fields = {name: ctx.input[name] for name in ("customer", "item", "quantity")}
    Order.objects.update_or_create(number=number, defaults={**fields, "status": "created"})
    OrderEntry.leave(ctx, order=number, what="created")
    return {"order": number}


@action("OrderService.cancel_order", transactional=True)
def cancel_order(ctx: Context) -> dict[str, Any]:
    if created := OrderEntry.to_undo(ctx):
        Order.objects.filter(number=created.order).update(status="cancelled")
        OrderEntry.leave(ctx, order=created.order, what="cancelled")
    return {"cancelled": created is not None}


@action("PaymentService.reserve_funds", database="default")
def reserve_funds(ctx: Context) -> dict[str, Any]:
    customer, amount = ctx.input["customer"], ctx.input["amount"]
    covered = Account.objects.filter(customer=customer, funds__gte=amount)
    if not covered.update(funds=F("funds") - amount, reserved=F("reserved") + amount):
        raise BusinessError("insufficient_funds", f"The account of {customer} does not have {amount / 100:.2f}.")
    FundsEntry.leave(ctx, customer=customer, amount=amount, what="reserved")
    return {"customer": customer, "amount": amount}


@action("PaymentService.cancel_funds", database="default")
def cancel_funds(ctx: Context) -> dict[str, Any]:
    held = FundsEntry.to_undo(ctx)
    if held is None:
        return {"cancelled": 0}
    account = Account.objects.filter(customer=held.customer)
    account.update(funds=F("funds") + held.amount, reserved=F("reserved") - held.amount)
    FundsEntry.leave(ctx, customer=held.customer, amount=held.amount, what="cancelled")
    return {"cancelled": held.amount}


@action("InventoryService.reserve_item", database="default")
def reserve_item(ctx: Context) -> dict[str, Any]:
    item, quantity = ctx.input["item"], ctx.input["quantity"]
    enough = Item.objects.filter(name=item, available__gte=quantity)
    if not enough.update(available=F("available") - quantity):
        raise BusinessError("out_of_stock", f"There are fewer than {quantity} of {item}.")
    ItemEntry.leave(ctx, item=item, quantity=quantity, what="reserved")
    return {"item": item, "quantity": quantity}


@action("InventoryService.release_item", database="default")
def release_item(ctx: Context) -> dict[str, Any]:
    held = ItemEntry.to_undo(ctx)
    if held is None:
        return {"released": 0}
    Item.objects.filter(name=held.item).update(available=F("available") + held.quantity)
    ItemEntry.leave(ctx, item=held.item, quantity=held.quantity, what="released")
    return {"released": held.quantity}

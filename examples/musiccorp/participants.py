"""The actions of MusicCorp's services: customer, the loyalty-points bank, post and email."""

from typing import Any

from examples.musiccorp.models import Customer, Email, LoyaltyAccount, LoyaltyBug, Pack, UnknownAddress
from sagaflow import Accepted, BusinessError, Context
from sagaflow.registry import action


@action("customer.create_customer", transactional=True)
def create_customer(ctx: Context) -> dict[str, Any]:
    email = ctx.input["email"]
    if Customer.objects.filter(email=email, status="active").exists():
        raise BusinessError("customer_exists", f"{email} is a customer already.")
    fields = {"key": ctx.key, "name": ctx.input["name"], "address": ctx.input["address"], "status": "active"}
    customer, _ = Customer.objects.update_or_create(email=email, defaults=fields)
    return {"customer": customer.email}


@action("customer.close_customer", transactional=True)
def close_customer(ctx: Context) -> dict[str, Any]:
    if customer := Customer.to_undo(ctx):
        Customer.objects.filter(pk=customer.pk).update(status="closed")
    return {"closed": customer is not None}


@action("loyalty.create_loyalty_account", database="default")
def create_loyalty_account(ctx: Context) -> dict[str, Any] | Accepted:
    """The bug: the bank accepts the work, and never answers."""
    if LoyaltyBug.objects.exists():
        return Accepted()
    account = LoyaltyAccount.leave(ctx, customer=ctx.input["email"])
    return {"account": account.customer}


@action("loyalty.close_loyalty_account", database="default")
def close_loyalty_account(ctx: Context) -> dict[str, Any]:
    if account := LoyaltyAccount.to_undo(ctx):
        LoyaltyAccount.objects.filter(pk=account.pk).update(status="closed")
    return {"closed": account is not None}


@action("post.send_welcome_pack")
def send_welcome_pack(ctx: Context) -> Accepted:
    address = ctx.input["address"]
    if UnknownAddress.objects.filter(address=address).exists():
        raise BusinessError("address_unknown", f"The post does not know the address {address}.")
    pack = Pack.leave(ctx, address=address, content="welcome")
    Pack.objects.filter(pk=pack.pk).update(callback=ctx.callback())
    return Accepted()


@action("post.send_apology")
def send_apology(ctx: Context) -> dict[str, Any]:
    """Recall a pack that is on its way. A customer who has it already gets a letter."""
    pack = Pack.to_undo(ctx)
    if pack and not Pack.objects.filter(pk=pack.pk, status="posted").update(status="recalled"):
        Pack.leave(ctx, address=pack.address, content="apology")
    return {"apologised": pack is not None}


@action("email.send_welcome_email")
def send_welcome_email(ctx: Context) -> dict[str, Any]:
    return {"recipient": Email.leave(ctx, recipient=ctx.input["email"], template="welcome").recipient}


@action("email.send_apology_email")
def send_apology_email(ctx: Context) -> dict[str, Any]:
    return {"recipient": Email.leave(ctx, recipient=ctx.input["email"], template="apology").recipient}

"""Customers of MusicCorp get the newsletter as long as they are customers. No file of MusicCorp mentions it.

Events may come twice, and in another order than the order of publication: a closed customer stays closed, even if the
event of the creation comes last.
"""

from examples.newsletter.models import Reader
from sagaflow import Context, subscribe

__all__ = ["add_reader", "remove_reader"]

CUSTOMERS = ("create-customer", "create-customer-choreographed")


@subscribe("CustomerCreated", saga=CUSTOMERS, team="marketing")
def add_reader(ctx: Context) -> None:
    email = ctx.input["payload"]["customer"]
    Reader.objects.update_or_create(run=ctx.run_id, defaults={"email": email})


@subscribe("CustomerClosed", saga=CUSTOMERS, team="marketing")
def remove_reader(ctx: Context) -> None:
    Reader.objects.update_or_create(run=ctx.run_id, defaults={"has_left": True})

"""The actions of form (a), where one service owns both tables, and of form (b), where each of two services owns one."""

from typing import Any

from examples.verification.conf import ENROLLMENT_DATABASE
from examples.verification.models import Customer, PendingEnrollment, StatusEntry
from sagaflow import BusinessError, Context
from sagaflow.registry import action


@action("verification.verify_customer", transactional=True)
def verify_customer(ctx: Context) -> dict[str, Any]:
    """(a) Both tables in one ACID transaction: if the second change fails, the first never happened."""
    _set_verified(ctx)
    if not PendingEnrollment.objects.filter(customer=ctx.input["customer"]).delete()[0]:
        raise BusinessError("not_enrolled", f"Customer {ctx.input['customer']} has no pending enrollment.")
    return {"status": "VERIFIED"}


@action("customers.set_verified", database="default")
def set_verified(ctx: Context) -> dict[str, Any]:
    """(b) The first service."""
    _set_verified(ctx)
    return {"status": "VERIFIED"}


@action("customers.set_pending", database="default")
def set_pending(ctx: Context) -> dict[str, Any]:
    """Undo `set_verified`, unless another step has set the status since."""
    set_by = StatusEntry.objects.filter(key=f"{ctx.key.removesuffix(':undo')}:do").first()
    if set_by:
        Customer.objects.filter(number=set_by.customer).update(status="PENDING")
        StatusEntry.objects.get_or_create(key=ctx.key, defaults={"customer": set_by.customer, "status": "PENDING"})
    return {"status": "PENDING"}


@action("enrollments.delete_enrollment", database=ENROLLMENT_DATABASE)
def delete_enrollment(ctx: Context) -> dict[str, Any]:
    """(b) The second service, with its own database."""
    pending = PendingEnrollment.objects.using(ENROLLMENT_DATABASE).filter(customer=ctx.input["customer"])
    if not pending.delete()[0]:
        raise BusinessError("not_enrolled", f"Customer {ctx.input['customer']} has no pending enrollment.")
    return {"deleted": ctx.input["customer"]}


@action("enrollments.restore_enrollment", database=ENROLLMENT_DATABASE)
def restore_enrollment(ctx: Context) -> dict[str, Any]:
    """Undo `delete_enrollment`. The barrier calls it only if there is an effect to undo."""
    PendingEnrollment.objects.using(ENROLLMENT_DATABASE).get_or_create(customer=ctx.input["customer"])
    return {"restored": ctx.input["customer"]}


def _set_verified(ctx: Context) -> None:
    number = ctx.input["customer"]
    if not Customer.objects.filter(number=number, status="PENDING").update(status="VERIFIED"):
        raise BusinessError(
            "not_pending", f"Customer {number} is not pending: an earlier run verified it, or it does not exist."
        )
    StatusEntry.objects.create(key=ctx.key, customer=number, status="VERIFIED")

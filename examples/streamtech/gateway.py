"""A payment gateway of another company, simulated: its books and its failures are rows in the partners' database.

It does what good gateways do: it makes one charge and one refund per idempotency key, however often and in whatever
order they are requested. A refund that comes before its charge bars the charge.
"""

import hashlib

from django.db import transaction
from django.db.models import F

from examples.streamtech.conf import PARTNER_DATABASE
from examples.streamtech.models import GatewayAccount, GatewayFault, GatewayTransaction

__all__ = ["Declined", "GatewayDown", "charge", "payment_of", "refund"]


class GatewayDown(Exception):
    """The gateway answered with a 5xx."""


class Declined(Exception):
    """The gateway refuses the charge."""


def charge(key: str, *, correlation_id: str, order: str, customer: str, amount: int) -> str:
    """Charge `amount` cents and return the payment's ID. `key` ends with ":do".

    Raises:
        TimeoutError: no answer; the charge may have been made.
        GatewayDown: answered 500; no charge was made.
        Declined: the balance is too small, or the charge was refunded before it came.
    """
    fault = _fault("charge")
    payment = GatewayTransaction(key=key, correlation_id=correlation_id, order=order, customer=customer, amount=amount)
    with transaction.atomic(using=PARTNER_DATABASE):
        payment_id = _book_charge(payment)
    _lose_answer(fault)
    return payment_id


def refund(key: str, *, correlation_id: str, payment_id: str | None) -> int:
    """Refund the payment, or without its ID the charge that `key` undoes. Return the cents that were refunded.

    Raises:
        TimeoutError, GatewayDown: as for `charge`.
    """
    fault = _fault("refund")
    charges = GatewayTransaction.objects.filter(what="charged")
    payment = (charges.filter(payment_id=payment_id) if payment_id else charges.filter(key=_opposite(key))).first()
    refunded = payment or GatewayTransaction(payment_id="", order="", customer="", amount=0)
    with transaction.atomic(using=PARTNER_DATABASE):
        _book_refund(key, correlation_id, refunded)
    _lose_answer(fault)
    return refunded.amount


def payment_of(order: str, *, key: str) -> str | None:
    """The ID of the order's payment, unless another key refunded it already."""
    given_back = GatewayTransaction.objects.filter(what="refunded").exclude(key=key).values("payment_id")
    charges = GatewayTransaction.objects.filter(what="charged", order=order).exclude(payment_id__in=given_back)
    return charges.values_list("payment_id", flat=True).first()


def _book_charge(payment: GatewayTransaction) -> str:
    booked = GatewayTransaction.objects.filter(key=payment.key).first()
    if booked:
        return booked.payment_id
    if GatewayTransaction.objects.filter(key=_opposite(payment.key)).exists():
        raise Declined("The charge was taken back before it came.")
    account = GatewayAccount.objects.filter(customer=payment.customer, balance__gte=payment.amount)
    if not account.update(balance=F("balance") - payment.amount):
        raise Declined(f"The account of {payment.customer} does not have {payment.amount / 100:.2f}.")
    payment.payment_id = f"pay_{hashlib.sha256(payment.key.encode()).hexdigest()[:16]}"
    payment.what = "charged"
    payment.save(using=PARTNER_DATABASE, force_insert=True)
    return payment.payment_id


def _book_refund(key: str, correlation_id: str, payment: GatewayTransaction) -> None:
    fields = {name: getattr(payment, name) for name in ("payment_id", "order", "customer", "amount")}
    defaults = {**fields, "correlation_id": correlation_id, "what": "refunded"}
    if GatewayTransaction.objects.get_or_create(key=key, defaults=defaults)[1]:
        GatewayAccount.objects.filter(customer=payment.customer).update(balance=F("balance") + payment.amount)


def _opposite(key: str) -> str:
    stem, _, direction = key.rpartition(":")
    return f"{stem}:{'do' if direction == 'undo' else 'undo'}"


def _fault(call: str) -> str:
    """The fault that affects this call, if there is one. A fault that strikes before the effect is raised here."""
    with transaction.atomic(using=PARTNER_DATABASE):
        fault = GatewayFault.objects.select_for_update().filter(call=call, remaining__gt=0).order_by("pk").first()
        if fault is None:
            return ""
        GatewayFault.objects.filter(pk=fault.pk).update(remaining=F("remaining") - 1)
    if fault.kind == "times_out":
        raise TimeoutError("The gateway did not answer within 5 seconds.")
    if fault.kind == "answers_500":
        raise GatewayDown("The gateway answered 500 Internal Server Error.")
    return fault.kind


def _lose_answer(fault: str) -> None:
    if fault == "loses_answer":
        raise TimeoutError("The gateway did its work, but its answer was lost.")

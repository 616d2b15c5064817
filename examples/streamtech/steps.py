"""The steps of order fulfilment, in groups by team. They do not depend on the style."""

from typing import Any

from examples.streamtech.conf import REACTION
from sagaflow import Call, Compensation, RetryPolicy, Step, irreversible, semantic

__all__ = ["award_points", "notify_customer", "order_steps", "warehouse_steps"]

GATEWAY_RETRY = RetryPolicy(attempts=4, delay=1.0)
CLEARING_RETRY = RetryPolicy(attempts=6, delay=1.0, factor=3.0)


def order_steps() -> tuple[Step, ...]:
    """The steps of sales."""
    return (
        Step(
            "place_order",
            "order.place_order",
            emits="OrderPlaced",
            fails_as={"duplicate_order": "OrderRefused"},
            undo=_undo("order.cancel_order", emits="OrderCancelled"),
            outputs=("order", "customer", "sku"),
            timeout=REACTION,
        ),
        Step(
            "reserve_stock",
            "warehouse.reserve_stock",
            emits="StockReserved",
            fails_as={"insufficient_stock": "InsufficientStock"},
            undo=_undo("warehouse.release_stock", emits="StockReleased"),
            outputs=("sku", "quantity"),
            timeout=REACTION,
        ),
        Step(
            "take_payment",
            "payment.take_payment",
            emits="PaymentTaken",
            fails_as={"insufficient_funds": "PaymentRefused"},
            undo=_undo("payment.refund_payment", needs=("/payment_id",), emits="PaymentRefunded"),
            outputs=("payment_id", "amount"),
            retry=GATEWAY_RETRY,
            undo_retry=CLEARING_RETRY,
            timeout=REACTION,
        ),
    )


def award_points() -> Step:
    """The steps of the loyalty-points bank."""
    return Step(
        "award_points",
        "loyalty.award_points",
        emits="PointsAwarded",
        undo=_undo("loyalty.revoke_points", emits="PointsRevoked"),
        outputs=("points",),
        after=(),
        timeout=REACTION,
    )


def notify_customer() -> Step:
    """The steps of customer care."""
    return Step(
        "notify_customer",
        "notifications.notify_customer",
        emits="CustomerNotified",
        undo=semantic(
            "notifications.send_cancellation_notice",
            "an e-mail cannot be unsent; a cancellation notice follows it",
            emits="CancellationNoticeSent",
        ),
        outputs=("template",),
        after=(),
        timeout=REACTION,
    )


def warehouse_steps(next_day: float) -> tuple[Step, ...]:
    """The steps of logistics. A packed parcel is dispatched: tomorrow, if no van is free today."""
    return (
        Step(
            "package_order",
            "warehouse.package_order",
            emits="OrderPackaged",
            fails_as={"not_on_shelf": "ItemNotOnShelf"},
            undo=irreversible("a sealed parcel is not taken apart again"),
            outputs=("parcel",),
            pivot=True,
            timeout=REACTION,
        ),
        Step(
            "dispatch_order",
            "warehouse.dispatch_order",
            emits="OrderDispatched",
            outputs=("carrier",),
            retry=RetryPolicy(attempts=3, delay=next_day, max_delay=next_day, factor=1.0, jitter=0.0),
            timeout=REACTION,
        ),
    )


def _undo(action: str, **options: Any) -> Compensation:
    return Compensation(does=Call(action), **options)

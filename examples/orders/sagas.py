"""Place an order: three steps in either style, and a variant that retries orders that find no item."""

from typing import Any

from examples.orders import participants  # noqa: F401 - registers the actions
from examples.orders.conf import REACTION, RESTOCK
from sagaflow import AfterRollback, Call, Compensation, Discard, Saga, Segment, Step, Style, retry_whole_run
from sagaflow.registry import register

__all__ = ["place_order"]

NAME = {"type": "string", "minLength": 1, "maxLength": 64}
COUNT = {"type": "integer", "minimum": 1, "maximum": 1_000_000}
FIELDS = {
    "order": {**NAME, "description": "A new number, such as P-17.", "x-new": True},
    "customer": {**NAME, "description": "ada; cleo has too little money."},
    "item": {**NAME, "description": "A guitar, or a theremin, which is out of stock."},
    "quantity": {**COUNT, "description": "How many."},
    "amount": {**COUNT, "description": "The price in cents."},
}
INPUT = {
    "type": "object",
    "properties": FIELDS,
    "required": sorted(FIELDS),
    "additionalProperties": False,
    "examples": [
        {"order": "P-101", "customer": "ada", "item": "guitar", "quantity": 1, "amount": 30_000},
        {"order": "P-102", "customer": "ada", "item": "theremin", "quantity": 1, "amount": 40_000},
        {"order": "P-103", "customer": "cleo", "item": "guitar", "quantity": 1, "amount": 30_000},
    ],
    "x-example-titles": [
        "Completes: a guitar is in stock",
        "Rolls back: no theremin is in stock",
        "Rolls back: cleo has too little money",
    ],
}


def place_order(name: str, style: Style, *, after_rollback: AfterRollback = Discard) -> Saga:
    """The saga in one style; the steps are the same."""
    return Saga(
        name,
        Segment(name="order", style=style, team="shop", steps=_steps()),
        title=f"Place an order, {'again when out of stock' if after_rollback.retries else style}",
        input_schema=INPUT,
        search={"order": "/order", "customer": "/customer"},
        after_rollback=after_rollback,
    )


def _steps() -> tuple[Step, ...]:
    return (
        Step(
            "create_order",
            "OrderService.create_order",
            emits="OrderCreated",
            fails_as={"duplicate_order": "OrderRefused"},
            undo=_undo("OrderService.cancel_order", emits="OrderCanceled"),
            outputs=("order",),
            timeout=REACTION,
        ),
        Step(
            "reserve_funds",
            "PaymentService.reserve_funds",
            emits="PaymentReserved",
            fails_as={"insufficient_funds": "PaymentRefused"},
            undo=_undo("PaymentService.cancel_funds", emits="PaymentCanceled"),
            outputs=("customer", "amount"),
            timeout=REACTION,
        ),
        Step(
            "reserve_item",
            "InventoryService.reserve_item",
            emits="ItemReserved",
            fails_as={"out_of_stock": "InventoryOutOfStock"},
            undo=_undo("InventoryService.release_item", emits="ItemReleased"),
            outputs=("item", "quantity"),
            timeout=REACTION,
        ),
    )


def _undo(action: str, **options: Any) -> Compensation:
    return Compensation(does=Call(action), **options)


register(place_order("place-order-orchestrated", Style.ORCHESTRATED))
register(place_order("place-order-choreographed", Style.CHOREOGRAPHED))
register(place_order("place-order-patient", Style.ORCHESTRATED, after_rollback=retry_whole_run(times=2, delay=RESTOCK)))

"""StreamTech's sagas. The forms of order fulfilment share one list of steps, and differ in style or in one position."""

from collections.abc import Mapping

from examples.streamtech import participants, schemas  # noqa: F401 - importing the participants registers their actions
from examples.streamtech.conf import NEXT_DAY, REACTION
from examples.streamtech.steps import award_points, notify_customer, order_steps, warehouse_steps
from sagaflow import Observer, Saga, Segment, Step, Style, orchestrated
from sagaflow.registry import register

__all__ = ["MARKS", "goods_receiving", "order_fulfilment", "order_fulfilment_reordered", "returns"]

SEGMENTS = ("order", "customer", "warehouse")
MIXED = {"order": Style.CHOREOGRAPHED, "customer": Style.CHOREOGRAPHED, "warehouse": Style.ORCHESTRATED}
MARKS: Mapping[str, Mapping[str, Style]] = {
    "order-fulfilment": MIXED,
    "order-fulfilment-orchestrated": dict.fromkeys(SEGMENTS, Style.ORCHESTRATED),
    "order-fulfilment-choreographed": dict.fromkeys(SEGMENTS, Style.CHOREOGRAPHED),
}
"""The style of each segment, by form. The forms differ in nothing else."""


TITLES: Mapping[str, str] = {
    "order-fulfilment": "Order fulfilment",
    "order-fulfilment-orchestrated": "Order fulfilment, orchestrated",
    "order-fulfilment-choreographed": "Order fulfilment, choreographed",
}

PROCESSOR = "Order Processor"
"""The coordinator of the orchestrated segments."""


def order_fulfilment(name: str = "order-fulfilment", *, next_day: float = NEXT_DAY) -> Saga:
    """From placing an order to dispatching it, in the form `name`; `next_day` in seconds."""
    marks = MARKS[name]
    return _saga(
        name,
        TITLES[name],
        Segment(name="order", style=marks["order"], team="sales", steps=order_steps(), coordinator=PROCESSOR),
        Segment(
            name="customer",
            style=marks["customer"],
            team="customer care",
            steps=(award_points(), notify_customer()),
            coordinator=PROCESSOR,
        ),
        Segment(
            name="warehouse",
            style=marks["warehouse"],
            team="logistics",
            after="order",
            steps=warehouse_steps(next_day),
            coordinator=PROCESSOR,
        ),
    )


def order_fulfilment_reordered(*, next_day: float = NEXT_DAY) -> Saga:
    """The mixed form with one step moved: points are awarded when no step can fail for a business reason any more."""
    return _saga(
        "order-fulfilment-reordered",
        "Order fulfilment, points last",
        Segment(name="order", style=MIXED["order"], team="sales", steps=order_steps(), coordinator=PROCESSOR),
        Segment(
            name="customer",
            style=MIXED["customer"],
            team="customer care",
            steps=(notify_customer(),),
            coordinator=PROCESSOR,
        ),
        Segment(
            name="warehouse",
            style=MIXED["warehouse"],
            team="logistics",
            after="order",
            steps=warehouse_steps(next_day),
            coordinator=PROCESSOR,
        ),
        Segment(
            name="loyalty",
            style=MIXED["customer"],
            team="customer care",
            after="warehouse",
            steps=(award_points(),),
            coordinator=PROCESSOR,
        ),
    )


def _saga(name: str, title: str, *segments: Segment) -> Saga:
    return Saga(
        name,
        segments,
        title=title,
        input_schema=schemas.ORDER,
        search={"order": "/order", "customer": "/customer"},
        observers=(Observer("recommendation", "recommendation.learn_taste", on="OrderPlaced"),),
    )


def returns() -> Saga:
    """The Returns Processor: a whole order comes back."""
    return Saga(
        "returns",
        orchestrated(
            "returns",
            Step(
                "receive_return",
                "warehouse.receive_return",
                undo="warehouse.send_back",
                outputs=("sku", "quantity", "reference"),
                timeout=REACTION,
            ),
            Step(
                "restock", "warehouse.restock", undo="warehouse.unstock", outputs=("sku", "quantity"), timeout=REACTION
            ),
            Step("refund", "payment.refund_return", pivot=True, outputs=("refunded",), timeout=REACTION),
            team="customer care",
            coordinator="Returns Processor",
        ),
        title="Returns Processor",
        input_schema=schemas.RETURN,
        search={"order": "/order", "reference": "/reference"},
    )


def goods_receiving() -> Saga:
    """Goods Receiving: a supplier delivers."""
    return Saga(
        "goods-receiving",
        orchestrated(
            "receiving",
            Step(
                "receive_delivery",
                "warehouse.receive_delivery",
                undo="warehouse.send_back",
                outputs=("sku", "quantity", "reference"),
                timeout=REACTION,
            ),
            Step(
                "restock", "warehouse.restock", undo="warehouse.unstock", outputs=("sku", "quantity"), timeout=REACTION
            ),
            Step(
                "close_purchase_order",
                "purchasing.close_purchase_order",
                undo="purchasing.reopen_purchase_order",
                outputs=("purchase_order",),
                timeout=REACTION,
            ),
            team="logistics",
            coordinator="Goods Receiving",
        ),
        title="Goods Receiving",
        input_schema=schemas.DELIVERY,
        search={"purchase_order": "/purchase_order", "reference": "/reference"},
    )


for _form in MARKS:
    register(order_fulfilment(_form))
register(order_fulfilment_reordered())
register(returns())
register(goods_receiving())

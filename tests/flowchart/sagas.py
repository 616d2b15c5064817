"""Definitions to draw: SCENARIOS S2 in its mixed form, S5 in either style, one with every kind, and long ones."""

from collections.abc import Callable

from sagaflow import (
    Approval,
    Call,
    Compensation,
    Observer,
    Recovery,
    RollBackChild,
    Saga,
    Segment,
    Step,
    SubSaga,
    Timer,
    WaitForEvent,
    choreographed,
    every,
    irreversible,
    nothing,
    orchestrated,
    semantic,
    where,
)

__all__ = ["everything", "funds_and_item", "long", "order_fulfilment"]


def order_fulfilment() -> Saga:
    return Saga(
        "order-fulfilment",
        (
            choreographed(
                "order",
                Step("place_order", "order.place_order", undo="order.cancel_order", emits="OrderPlaced"),
                Step(
                    "reserve_stock",
                    "warehouse.reserve_stock",
                    undo="warehouse.release_stock",
                    emits="StockReserved",
                    fails_as={"insufficient_stock": "InsufficientStock"},
                ),
                Step("take_payment", "payment.take_payment", undo="payment.refund_payment", emits="PaymentTaken"),
                team="sales",
            ),
            choreographed(
                "customer",
                Step("award_points", "loyalty.award_points", undo="loyalty.revoke_points", after=()),
                Step(
                    "notify_customer",
                    "notifications.notify_customer",
                    undo=semantic("notifications.send_cancellation_notice"),
                    after=(),
                ),
                team="customer care",
            ),
            orchestrated(
                "warehouse",
                Step("package_order", "warehouse.package_order", pivot=True, emits="OrderPackaged"),
                Step("dispatch_order", "warehouse.dispatch_order", emits="OrderDispatched"),
                after="order",
                team="logistics",
            ),
        ),
        title="Order fulfilment",
        observers=(Observer("recommendation", "recommendation.learn_taste", on="OrderPlaced"),),
    )


def funds_and_item(mark: Callable[..., Segment]) -> Saga:
    return Saga(
        "order",
        mark(
            "order",
            Step("create_order", "OrderService.create_order", undo="OrderService.cancel_order", emits="OrderCreated"),
            Step(
                "reserve_funds",
                "PaymentService.reserve_funds",
                undo=Compensation(does=Call("PaymentService.cancel_funds"), emits="PaymentCanceled"),
                emits="PaymentReserved",
            ),
            Step("reserve_item", "InventoryService.reserve_item", fails_as={"out_of_stock": "InventoryOutOfStock"}),
        ),
    )


def everything() -> Saga:
    return Saga(
        "everything",
        (
            orchestrated(
                "intake",
                Step("check", "desk.check", undo=nothing("a pure check")),
                Step("decide", Approval(by="underwriters"), title="Decide on the claim"),
                Step(
                    "screen",
                    SubSaga("screening"),
                    undo=Compensation(does=RollBackChild()),
                    condition=every(where("/input/total", "gt", 100), where("/steps/check/free", "ne", True)),
                ),
                team="claims",
            ),
            choreographed(
                "payout",
                Step("await_papers", WaitForEvent("PapersReceived", service="post"), timeout=86400.0),
                Step("cool_off", Timer(172_800.0)),
                Step("pay", "bank.pay", undo="bank.recall", on=("CoolOffCompleted", "RateFixed"), timeout=60.0),
                Step("tell", "mail.tell", undo=irreversible("a letter cannot be unsent")),
                savepoint=True,
                recovery=Recovery.FORWARD,
                team="finance",
            ),
            orchestrated(
                "archive",
                Step("seal", "vault.seal", pivot=True, undo="vault.unseal"),
                Step("file", "vault.file", undo="vault.unfile"),
                savepoint=True,
            ),
        ),
        title="One of everything",
        observers=(
            Observer("audit", "audit.note", on=("PayCompleted", "PayCompensated")),
            Observer("news", "news.tell", on="SagaCompleted"),
        ),
    )


def long(steps: int) -> Saga:
    """Segments of ten steps, in both styles alternately. Each step has a compensation; some branches are parallel."""
    segments = []
    for start in range(0, steps, 10):
        mark = choreographed if start // 10 % 2 else orchestrated
        rows = range(start, min(start + 10, steps))
        segments.append(mark(f"segment{start // 10}", *(_step(number, start) for number in rows)))
    return Saga("long", tuple(segments))


def _step(number: int, start: int) -> Step:
    branches = number % 5 == 0 and number - 2 >= start
    after = (f"step{number - 2}",) if branches else None
    return Step(
        f"step{number}", f"service{number % 7}.do_{number}", undo=f"service{number % 7}.undo_{number}", after=after
    )

"""The sagas of StreamTech that `manage.py sagaflow demo` plays: the mixed form, completing and failing in two ways.

Each play has its own customer and DVD, so that earlier plays and other runs do not disturb its result.
"""

from typing import Any

from examples.streamtech.models import (
    Carrier,
    GatewayAccount,
    GatewayTransaction,
    Notice,
    Order,
    Parcel,
    PointsEntry,
    Recommendation,
    StockItem,
    StockMovement,
    TasteProfile,
)
from examples.streamtech.sagas import order_fulfilment
from sagaflow.testing import RunResult, Showcase

__all__ = ["SHOWCASES", "books"]

NEXT_DAY = 2.0
"""Seconds: a short day, so that the second van comes soon."""
BALANCE, PRICE = 50_000, 3_000


def books(order: dict[str, Any]) -> dict[str, Any]:
    """Everything that the services store about one order, its customer and its DVD."""
    number, customer, sku = order["order"], order["customer"], order["sku"]
    return {
        "order": list(Order.objects.filter(number=number).values_list("status", flat=True)),
        "stock": StockItem.objects.values_list("counted", "reserved", "on_shelf").get(sku=sku),
        "movements": sorted(StockMovement.objects.filter(sku=sku).values_list("what", flat=True)),
        "parcels": list(Parcel.objects.filter(order=number).values_list("status", flat=True)),
        "balance": GatewayAccount.objects.get(customer=customer).balance,
        "payments": sorted(GatewayTransaction.objects.filter(order=number).values_list("what", "amount")),
        "points": sorted(PointsEntry.objects.filter(order=number).values_list("points", flat=True)),
        "notices": sorted(Notice.objects.filter(order=number).values_list("template", flat=True)),
        "recommended": list(Recommendation.objects.filter(customer=customer).values_list("sku", flat=True)),
    }


def _prepare(token: str, *, on_shelf: int = 5, booked_out_days: int = 0) -> dict[str, Any]:
    """Add five DVDs in the books, a customer with money, and a carrier that has a van after this number of days."""
    customer, sku = f"ada-{token}", f"alien-{token}"
    StockItem.objects.create(sku=sku, counted=5, on_shelf=on_shelf)
    GatewayAccount.objects.create(customer=customer, balance=BALANCE)
    TasteProfile.objects.create(customer=customer)
    Carrier.objects.get_or_create(name="Fleetfoot")
    Carrier.objects.update(booked_out_days=booked_out_days)
    return {"order": f"D-{token}", "customer": customer, "sku": sku, "quantity": 2, "amount": PRICE}


def _prepare_without_dvds(token: str) -> dict[str, Any]:
    return _prepare(token, on_shelf=0)


def _prepare_without_van(token: str) -> dict[str, Any]:
    return _prepare(token, booked_out_days=2)


def _fulfilled(run: RunResult) -> None:
    run.is_("completed", attention="").undid().tried(take_payment=1, dispatch_order=1)
    _all_went_out(run)


def _fulfilled_on_the_third_day(run: RunResult) -> None:
    run.is_("completed", attention="").undid().tried(package_order=1, dispatch_order=3)
    _all_went_out(run)


def _all_went_out(run: RunResult) -> None:
    run.published("OrderPlaced", "StockReserved", "PaymentTaken", "OrderPackaged", "OrderDispatched", "SagaCompleted")
    run.published("PaymentTaken", "PointsAwarded").published("PaymentTaken", "CustomerNotified")
    _compare(
        run,
        order=["placed"],
        stock=(3, 0, 3),
        movements=["packaged", "reserved"],
        parcels=["dispatched"],
        balance=BALANCE - PRICE,
        payments=[("charged", PRICE)],
        points=[30],
        notices=["order_confirmed"],
    )


def _taken_back(run: RunResult) -> None:
    run.is_("rolled_back", attention="").never_published("OrderPackaged", "OrderDispatched")
    run.published("ItemNotOnShelf", "PointsRevoked", "PaymentRefunded", "StockReleased", "OrderCancelled")
    run.published("ItemNotOnShelf", "CancellationNoticeSent", "PaymentRefunded", "SagaRolledBack")
    run.recorded(
        code="business-error",
        failed_step="package_order",
        steps={
            "award_points": "compensated",
            "notify_customer": "semantically undone",
            "take_payment": "compensated",
            "reserve_stock": "compensated",
            "place_order": "compensated",
            "package_order": "nothing to undo",
            "dispatch_order": "not started",
        },
    )
    _compare(
        run,
        order=["cancelled"],
        stock=(5, 0, 0),
        movements=["released", "reserved"],
        parcels=[],
        balance=BALANCE,
        payments=[("charged", PRICE), ("refunded", PRICE)],
        points=[-30, 30],
        notices=["order_cancelled", "order_confirmed"],
    )


def _compare(run: RunResult, **declared: Any) -> None:
    declared |= {"recommended": [run.state.input["sku"]]}
    found = books(run.state.input)
    different = [
        f"{name}: declared {declared[name]}, found {found[name]}" for name in found if found[name] != declared[name]
    ]
    if different:
        raise AssertionError(f"The tables of the services are not as declared. {'; '.join(different)}")


SHOWCASES = (
    Showcase(
        name="fulfilled",
        title="An order is fulfilled",
        saga=order_fulfilment(next_day=NEXT_DAY),
        prepare=_prepare,
        check=_fulfilled,
    ),
    Showcase(
        name="not-on-the-shelf",
        title="The item is in the books, but not on the shelf: everything is undone",
        saga=order_fulfilment(next_day=NEXT_DAY),
        prepare=_prepare_without_dvds,
        check=_taken_back,
    ),
    Showcase(
        name="no-van-for-two-days",
        title="No carrier has a van for two days: the order goes out on the third",
        saga=order_fulfilment(next_day=NEXT_DAY),
        prepare=_prepare_without_van,
        check=_fulfilled_on_the_third_day,
    ),
)

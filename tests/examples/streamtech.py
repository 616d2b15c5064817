"""Shared by the tests of StreamTech: the orders, the forms, and all data that its services keep."""

import pytest

from examples.streamtech import models
from sagaflow.testing import RunResult

MIXED = "order-fulfilment"
REORDERED = "order-fulfilment-reordered"
THREE_FORMS = [MIXED, "order-fulfilment-orchestrated", "order-fulfilment-choreographed"]
FORMS = pytest.mark.parametrize("form", THREE_FORMS)
ALL_FORMS = pytest.mark.parametrize("form", [*THREE_FORMS, REORDERED])

ALIEN = {"order": "S-1", "customer": "ada", "sku": "alien", "quantity": 2, "amount": 3_000}
METROPOLIS = {**ALIEN, "sku": "metropolis"}
"""The books count this DVD, but it is not on the shelf."""

TABLES = {
    models.Order: ("number", "status"),
    models.OrderEntry: ("order", "what"),
    models.StockItem: ("sku", "counted", "reserved", "on_shelf"),
    models.StockMovement: ("sku", "quantity", "what", "reference"),
    models.Parcel: ("order", "carrier", "status"),
    models.Dispatch: ("order", "carrier"),
    models.Receipt: ("reference", "sku", "quantity", "what"),
    models.PurchaseOrder: ("number", "status"),
    models.PurchaseEntry: ("purchase_order", "what"),
    models.GatewayAccount: ("customer", "balance"),
    models.GatewayTransaction: ("order", "customer", "amount", "what"),
    models.PointsEntry: ("customer", "order", "points"),
    models.Notice: ("customer", "order", "template"),
    models.Recommendation: ("customer", "sku"),
}
Business = dict[str, list[tuple]]


def undone(run: RunResult) -> list[str]:
    """The steps whose compensations took effect, in order."""
    return [
        entry.fact.step for entry in run.journal if entry.kind == "StepSucceeded" and entry.fact.direction == "undo"
    ]


def business() -> Business:
    """Every table without its keys and payment IDs. Parallel branches may write in any order, so rows are sorted."""
    return {model.__name__: sorted(model.objects.values_list(*columns)) for model, columns in TABLES.items()}


STOCK = {"alien": (20, 0, 20), "brazil": (3, 0, 3), "metropolis": (5, 0, 0)}
ACCOUNTS = {"ada": 50_000, "ben": 50_000, "cleo": 500}


def stock(**changed: tuple[int, int, int]) -> dict[str, list[tuple]]:
    """The warehouse's books: SKU → counted, reserved, on the shelf."""
    return {"StockItem": [(sku, *numbers) for sku, numbers in sorted((STOCK | changed).items())]}


def accounts(**changed: int) -> dict[str, list[tuple]]:
    """The gateway's books: customer → cents."""
    return {"GatewayAccount": sorted((ACCOUNTS | changed).items())}


BEFORE: Business = (
    {model.__name__: [] for model in TABLES} | stock() | accounts() | {"PurchaseOrder": [("PO-1", "open")]}
)
"""The demo data."""

PLACED = BEFORE | {
    "Order": [("S-1", "placed")],
    "OrderEntry": [("S-1", "placed")],
    "Recommendation": [("ada", "alien")],
}
PAID = PLACED | accounts(ada=47_000) | {"GatewayTransaction": [("S-1", "ada", 3_000, "charged")]}
FULFILLED = (
    PAID
    | stock(alien=(18, 0, 18))
    | {
        "StockMovement": [("alien", 2, "packaged", "S-1"), ("alien", 2, "reserved", "S-1")],
        "PointsEntry": [("ada", "S-1", 30)],
        "Notice": [("ada", "S-1", "order_confirmed")],
        "Parcel": [("S-1", "Fleetfoot", "dispatched")],
        "Dispatch": [("S-1", "Fleetfoot")],
    }
)
"""The tables after the order S-1 of the DVD "alien" was delivered."""
NOT_ON_SHELF = BEFORE | {
    "Order": [("S-1", "cancelled")],
    "OrderEntry": [("S-1", "cancelled"), ("S-1", "placed")],
    "Recommendation": [("ada", "metropolis")],
    "StockMovement": [("metropolis", 2, "released", "S-1"), ("metropolis", 2, "reserved", "S-1")],
    "GatewayTransaction": [("S-1", "ada", 3_000, "charged"), ("S-1", "ada", 3_000, "refunded")],
    "PointsEntry": [("ada", "S-1", -30), ("ada", "S-1", 30)],
    "Notice": [("ada", "S-1", "order_cancelled"), ("ada", "S-1", "order_confirmed")],
}
"""The tables after the order S-1 of the DVD "metropolis" was rolled back."""

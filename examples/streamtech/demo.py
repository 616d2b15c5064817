"""The data of StreamTech before its first order. `load` can be called again: it only adds missing rows."""

from examples.streamtech.models import Carrier, GatewayAccount, PurchaseOrder, StockItem, TasteProfile

__all__ = ["load"]

STOCK = {"alien": (20, 20), "brazil": (3, 3), "metropolis": (5, 0)}
"""Stock by SKU: the number in the books, and the number that is really on the shelf."""
BALANCES = {"ada": 50_000, "ben": 50_000, "cleo": 500}
"""Balance by customer, in cents."""


def load() -> None:
    """Add stock, carriers, accounts at the gateway, taste profiles and one purchase order."""
    for sku, (counted, on_shelf) in STOCK.items():
        StockItem.objects.get_or_create(sku=sku, defaults={"counted": counted, "on_shelf": on_shelf})
    for customer, cents in BALANCES.items():
        GatewayAccount.objects.get_or_create(customer=customer, defaults={"balance": cents})
    for customer in ("ada", "cleo"):
        TasteProfile.objects.get_or_create(customer=customer)
    Carrier.objects.get_or_create(name="Fleetfoot")
    PurchaseOrder.objects.get_or_create(number="PO-1", defaults={"sku": "brazil", "quantity": 10})

"""The data of the shop before its first order. `load` can be called again: it only adds missing rows."""

from examples.orders.models import Account, Item

__all__ = ["load"]


def load() -> None:
    """Add an item in stock and one that is sold out, and a customer with money and one without."""
    for name, available in {"guitar": 10, "theremin": 0}.items():
        Item.objects.get_or_create(name=name, defaults={"available": available})
    for customer, funds in {"ada": 100_000, "cleo": 100}.items():
        Account.objects.get_or_create(customer=customer, defaults={"funds": funds})

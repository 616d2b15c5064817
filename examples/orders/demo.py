"""What the shop owns before its first order. `load` may be called again: it only adds what is missing."""

from examples.orders.models import Account, Item

__all__ = ["load"]


def load() -> None:
    """One item that is there and one that is sold out, one customer with money and one without."""
    for name, available in {"guitar": 10, "theremin": 0}.items():
        Item.objects.get_or_create(name=name, defaults={"available": available})
    for customer, funds in {"ada": 100_000, "cleo": 100}.items():
        Account.objects.get_or_create(customer=customer, defaults={"funds": funds})

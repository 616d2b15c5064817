"""The offers and cards before the first trip. `load` can be called again: it only adds missing rows."""

from examples.travel.models import Car, Card, Flight, Hotel

__all__ = ["load"]

OFFERS = {
    Flight: {"SF-101": (200, 24_900), "SF-404": (0, 19_900)},
    Hotel: {"Grand": (200, 12_000), "Alpine": (0, 9_000)},
    Car: {"compact": (200, 13_500), "van": (0, 21_000)},
}
"""The number that is free and the price in cents, by name."""
LIMITS = {"gold": 20_000_000, "student": 20_000}
"""The limit by card, in cents."""


def load() -> None:
    """Add an offer of each kind that is free and one that is not, and cards with a high and a low limit."""
    for kind, offers in OFFERS.items():
        for name, (free, price) in offers.items():
            kind.objects.get_or_create(name=name, defaults={"free": free, "price": price})
    for name, cents in LIMITS.items():
        Card.objects.get_or_create(name=name, defaults={"limit": cents})

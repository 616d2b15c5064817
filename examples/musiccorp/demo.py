"""What MusicCorp knows before its first customer. `load` may be called again: it only adds what is missing."""

from examples.musiccorp.models import UnknownAddress

__all__ = ["load"]


def load() -> None:
    """One address that the post does not deliver to. `LoyaltyBug` has no row: add one in the admin to see the bug."""
    UnknownAddress.objects.get_or_create(address="Nowhere 1")

"""The data of MusicCorp before its first customer. `load` can be called again: it only adds missing rows."""

from examples.musiccorp.models import UnknownAddress

__all__ = ["load"]


def load() -> None:
    """Add one address that the post does not deliver to. Add a row of `LoyaltyBug` in the admin to see the bug."""
    UnknownAddress.objects.get_or_create(address="Nowhere 1")

"""The data before the first user. `load` can be called again: it only adds missing rows."""

from examples.provisioning.models import SuppressedAddress

__all__ = ["load"]


def load() -> None:
    """Add one address to which no e-mail may be sent."""
    SuppressedAddress.objects.get_or_create(email="silent@example.org")

"""What is there before the first user. `load` may be called again: it only adds what is missing."""

from examples.provisioning.models import SuppressedAddress

__all__ = ["load"]


def load() -> None:
    """One address that must not be written to."""
    SuppressedAddress.objects.get_or_create(email="silent@example.org")

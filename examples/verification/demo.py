"""Customers before their verification. `load` can be called again: it only adds missing rows."""

from examples.verification.conf import ENROLLMENT_DATABASE
from examples.verification.models import Customer, PendingEnrollment

__all__ = ["load"]


def load() -> None:
    """C-1 is enrolled in both databases, so forms (a) and (b) succeed; C-2 is enrolled in neither, so both fail."""
    for number in ("C-1", "C-2"):
        if not Customer.objects.filter(number=number).exists():
            Customer.objects.create(number=number)
            if number == "C-1":
                PendingEnrollment.objects.get_or_create(customer=number)
                PendingEnrollment.objects.using(ENROLLMENT_DATABASE).get_or_create(customer=number)

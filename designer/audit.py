"""The addresses of the audit of a run: its pages in the admin, for users who may open them."""

from typing import Any

from django.urls import NoReverseMatch, reverse

from sagaflow.store.runs import records

__all__ = ["address_of", "record_addresses"]


def address_of(name: str, *arguments: object) -> str:
    """Return the address of a page; empty: the project has left out the admin, or the API, that it belongs to."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def record_addresses(user: Any, run_id: str) -> dict[int, str]:
    """Return the address of each sealed rollback record of a run by its ``seq``, the oldest first.

    Empty: the user may not see records in the admin, or there is no admin.
    """
    if not (user.is_staff and user.has_perm("sagaflow.view_rollbackrecord")):
        return {}
    found = {seq: address_of("admin:sagaflow_rollbackrecord_change", row) for seq, row in records.rows_of(run_id)}
    return {seq: address for seq, address in found.items() if address}

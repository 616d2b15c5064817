"""One run in a list: the columns of its row as a frozen value, so that no caller holds a row of the database."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from sagaflow.models import Run

__all__ = ["RunLine"]

WHERE = ("failure", "step", "direction")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """The columns of a run that lists and summaries show. Input, outputs and steps are in the snapshot instead."""

    run_id: str
    saga: str
    key: str | None
    """The caller's own name for the run; ``None``: it has none."""
    version: int
    """The version of the definition that the run is pinned to; ``digest`` is its identity."""
    digest: str
    status: str
    attention: str
    failure: str
    """The fingerprint of what is wrong; empty: nothing is."""
    step: str
    direction: str
    """Where the run stands (``sagaflow.core.run.place``): the step, and ``do`` or ``undo``."""
    refusal: str
    """The note about failed changes as JSON (``sagaflow.store.refusals``); empty: the latest change was saved."""
    seq: int
    number: int
    """The number of retries of the whole run so far."""
    by: str
    parent_id: str | None
    origin_id: str | None
    search: dict[str, Any] = field(hash=False, repr=False)
    """Search attributes, unmasked. A log that quotes a line does not show them."""
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    wake_at: datetime | None
    starts_at: datetime | None
    deadline: datetime | None

    @classmethod
    def of(cls, row: Run) -> Self:
        """Return the line of a row, read with its definition."""
        same = ("saga", "key", "status", "attention", "refusal", "seq", "number", "by", "search", *WHERE)
        times = ("created_at", "updated_at", "ended_at", "wake_at", "starts_at", "deadline")
        return cls(
            run_id=str(row.pk),
            version=row.definition.version,
            digest=row.definition_id,
            parent_id=str(row.parent_id) if row.parent_id else None,
            origin_id=str(row.origin_id) if row.origin_id else None,
            **{name: getattr(row, name) for name in same + times},
        )

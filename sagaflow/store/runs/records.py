"""Rollback records: why a run rolled back, and what was undone."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sagaflow.core.json_value import Json
from sagaflow.core.payload import canonical
from sagaflow.models import RollbackRecord
from sagaflow.store.clock import to_datetime

__all__ = ["columns", "fingerprint", "is_whole", "of_run", "row", "rows_of"]


def row(run_id: str, seq: int, record: Mapping[str, Json]) -> dict[str, Any]:
    """Return the columns, without the run, of the record that ``rollback_record`` made at the journal entry ``seq``."""
    text = canonical(record)
    return {"seq": seq, "record": text, "hash": fingerprint(run_id, text), **columns(record)}


def of_run(run_id: str) -> list[tuple[int, dict[str, Json]]]:
    """Return the rollback records of a run, each with the number of its journal entry, the oldest first."""
    rows = RollbackRecord.objects.filter(run_id=run_id).order_by("seq").values_list("seq", "record")
    return [(seq, json.loads(text)) for seq, text in rows]


def rows_of(run_id: str) -> list[tuple[int, int]]:
    """Return the ``seq`` and the primary key of each rollback record of a run, the oldest first."""
    return list(RollbackRecord.objects.filter(run_id=run_id).order_by("seq").values_list("seq", "pk"))


def columns(record: Mapping[str, Json]) -> dict[str, Json]:
    """Return the values that are in columns of their own, for filters."""
    return {name: record[name] for name in ("number", "outcome", "code", "failed_step", "kind", "by")} | {
        name: to_datetime(record[name]) for name in ("began_at", "ended_at")
    }


def is_whole(row: RollbackRecord) -> bool:
    """True if the record matches its hash, and its columns match the record."""
    if fingerprint(str(row.run_id), row.record) != row.hash:
        return False
    return all(getattr(row, name) == value for name, value in columns(json.loads(row.record)).items())


def fingerprint(run_id: str, text: str) -> str:
    """Return the sha256 (hex) of the run's ID and the record's canonical text."""
    return hashlib.sha256(f"{run_id}{text}".encode()).hexdigest()

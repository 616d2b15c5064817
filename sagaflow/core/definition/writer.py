"""Write a definition as a document.

Defaults are left out, and numbers have one form, so that equal definitions have one digest.
"""

import hashlib
from collections.abc import Mapping

from sagaflow.core.definition import forms
from sagaflow.core.definition.fields import plain
from sagaflow.core.definition.parts import AfterRollback, UncheckedSaga
from sagaflow.core.json_value import Json
from sagaflow.core.payload import canonical

__all__ = ["digest", "dump"]


def dump(saga: UncheckedSaga) -> dict[str, Json]:
    """Return the document of ``saga``, with JSON types only and its keys in reading order."""
    return _sparse(
        {
            "name": saga.name,
            "title": saga.title,
            "input_schema": None if saga.input_schema is None else plain(saga.input_schema),
            "search": dict(saga.search),
            "correlate": dict(saga.correlate),
            "starts_on": saga.starts_on,
            "sensitive": list(saga.sensitive),
            "deadline": plain(saga.deadline),
            "after_rollback": _after_rollback(saga.after_rollback),
            "observers": [
                {"name": observer.name, "action": observer.action, "on": list(observer.on)}
                for observer in saga.observers
            ],
        },
        keep=("input_schema",),
    ) | {"segments": [forms.document(segment) for segment in saga.segments]}


def digest(saga: UncheckedSaga) -> str:
    """Return the sha256 (hex) of the canonical JSON of the document, which identifies the content of a definition."""
    return hashlib.sha256(canonical(dump(saga)).encode()).hexdigest()


def _after_rollback(after: AfterRollback) -> dict[str, Json]:
    return _sparse({"retries": after.retries, "delay": plain(after.delay)})


def _sparse(values: Mapping[str, object], keep: tuple[str, ...] = ()) -> dict[str, Json]:
    """Leave out empty values; of the names in ``keep``, leave out only ``None``."""
    return {name: value for name, value in values.items() if value or (name in keep and value is not None)}

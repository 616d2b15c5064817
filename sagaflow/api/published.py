"""The types of the answers as JSON schemas. What belongs to Sagaflow is closed: it has these fields and no others."""

from typing import Any

from pydantic import TypeAdapter

from sagaflow.api.answers import ANSWERS, JournalEntry
from sagaflow.core.run.journal import KINDS

__all__ = ["schemas"]

REFERENCE = "#/components/schemas/{model}"


def schemas() -> tuple[dict[str, Any], dict[str, Any]]:
    """By operation: the schema of its answer; by name: what these schemas refer to."""
    types = {**ANSWERS, **KINDS}
    adapters: list[Any] = [(name, "serialization", TypeAdapter(kind)) for name, kind in types.items()]
    found, told = TypeAdapter.json_schemas(adapters, ref_template=REFERENCE)
    named = {name: _closed(schema) for name, schema in told["$defs"].items()}
    entry = named[JournalEntry.__name__]
    entry["properties"] |= {
        "kind": {"type": "string", "enum": list(KINDS)},
        "data": {"anyOf": [found[kind, "serialization"] for kind in KINDS]},
    }
    entry["oneOf"] = [{"properties": {"kind": {"const": kind}, "data": found[kind, "serialization"]}} for kind in KINDS]
    return {name: found[name, "serialization"] for name in ANSWERS}, named


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "additionalProperties": False} if schema.get("type") == "object" else schema

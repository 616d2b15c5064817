"""The types of the answers as JSON schemas. The objects of Sagaflow have these fields and no others."""

from typing import Any

from pydantic import TypeAdapter

from sagaflow.api.answers import ANSWERS, JournalEntry
from sagaflow.core.json_value import Json
from sagaflow.core.run.journal import KINDS

__all__ = ["schemas"]

REFERENCE = "#/components/schemas/{model}"


def schemas() -> tuple[dict[str, Json], dict[str, Json]]:
    """Return the schema of the answer of each operation, and the schemas by name to which these refer."""
    types = {**ANSWERS, **KINDS}
    adapters: list[Any] = [(name, "serialization", TypeAdapter(kind)) for name, kind in types.items()]
    by_type, shared = TypeAdapter.json_schemas(adapters, ref_template=REFERENCE)
    named = {name: _closed(schema) for name, schema in shared["$defs"].items()}
    entry = named[JournalEntry.__name__]
    entry["properties"] |= {
        "kind": {"type": "string", "enum": list(KINDS)},
        "data": {"anyOf": [by_type[kind, "serialization"] for kind in KINDS]},
    }
    entry["oneOf"] = [
        {"properties": {"kind": {"const": kind}, "data": by_type[kind, "serialization"]}} for kind in KINDS
    ]
    return {name: by_type[name, "serialization"] for name in ANSWERS}, named


def _closed(schema: dict[str, Json]) -> dict[str, Json]:
    return {**schema, "additionalProperties": False} if schema.get("type") == "object" else schema

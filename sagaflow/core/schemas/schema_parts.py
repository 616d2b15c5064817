"""The parts of a JSON Schema that are schemas themselves, with their places and references."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sagaflow.core.json_value import Json
from sagaflow.core.schemas.json_schema import Resolver, Schema, spend

__all__ = ["REFERENCES", "Part", "inner", "root", "target"]

ONE = frozenset(
    (
        *("additionalItems", "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames"),
        *("then", "unevaluatedItems", "unevaluatedProperties"),
    )
)
MANY = frozenset(("allOf", "anyOf", "items", "oneOf", "prefixItems"))
NAMED = frozenset(("$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"))
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
SAME_PLACE = frozenset(("allOf", "anyOf", "else", "if", "not", "oneOf", "then", "dependencies", "dependentSchemas"))
"""Keywords whose schemas apply to the same value."""


class Part(NamedTuple):
    """A schema inside a schema."""

    schema: Mapping[str, Any]
    resolver: Resolver
    """The resolver of its references."""
    path: str
    keyword: str = ""
    """The keyword that holds it in the part around it; empty for a whole schema, or one that is referred to."""

    @property
    def same_place(self) -> bool:
        """True if it applies to the same value as the part around it."""
        return self.keyword in SAME_PLACE


def root(schema: Schema) -> Part:
    """Return the whole schema as a part."""
    return Part(schema.document, schema.resolver, "")


def inner(schema: Schema, part: Part) -> Iterator[Part]:
    """Yield the parts directly inside ``part``, except true and false. The caller has opened a budget."""
    for keyword, value in part.schema.items():
        if keyword not in schema.keywords:
            continue
        for path, child in _schemas(keyword, value):
            spend()
            if isinstance(child, Mapping):
                yield Part(child, schema.inside(child, part.resolver), f"{part.path}/{path}", keyword)


def target(schema: Schema, part: Part, reference: str) -> Part | None:
    """Return the part that ``part`` refers to; ``None``: a schema that is true or false.

    Raises:
        Nowhere: the target is not in the schema, or is not a schema.
    """
    contents, resolver = schema.lookup(part.resolver, reference)
    return None if isinstance(contents, bool) else Part(contents, resolver, f"{part.path} → {reference}")


def _schemas(keyword: str, value: object) -> Iterator[tuple[str, Json]]:
    if keyword in NAMED and isinstance(value, Mapping):
        yield from ((f"{keyword}/{name}", item) for name, item in value.items())
    elif keyword in MANY and isinstance(value, list):
        yield from ((f"{keyword}/{index}", item) for index, item in enumerate(value))
    elif keyword in ONE:
        yield keyword, value

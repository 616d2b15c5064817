"""``default`` in a schema: missing values of an input are filled in before the check, on every way into the system.

A missing property gets the ``default`` of its schema, or of a schema that it includes with ``$ref`` or ``allOf``. The
filled value is filled in turn, so that a second filling changes nothing. Alternatives (``anyOf``, ``oneOf``, ``if``)
fill nothing: before the check it is unknown which of them applies.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping

from sagaflow.core.json_value import Json
from sagaflow.core.payload import MAX_DEPTH
from sagaflow.core.schemas.json_schema import Costly, Nowhere, Schema, budget, compiled, spend, weight
from sagaflow.core.schemas.schema_parts import Part, inner, root, target

__all__ = ["fill", "filled"]

MISSING = object()


def filled(schema: object, value: object) -> Json:
    """Return a copy of ``value`` with the defaults of what it leaves out.

    Raises:
        Costly: the defaults contain themselves.
    """
    whole = compiled(schema)
    if not whole.has_defaults:
        return value
    with budget(value):
        return fill(whole, [root(whole)], value)


def fill(schema: Schema, parts: Iterable[Part], value: object, depth: int = 0) -> Json:
    """Return ``value`` with the defaults of ``parts``, all of which apply to it. The caller has opened a budget."""
    spend()
    if depth > MAX_DEPTH and isinstance(value, dict | list):
        raise Costly("its defaults contain themselves")
    match value:
        case dict():
            return _object(schema, list(_all(schema, parts)), value, depth)
        case list():
            here = list(_all(schema, parts))
            return [
                fill(schema, _items(schema, here, at), item, depth + 1) if isinstance(item, dict | list) else item
                for at, item in enumerate(value)
            ]
        case _:
            return value


def _object(schema: Schema, parts: list[Part], value: dict[str, Json], depth: int) -> dict[str, Json]:
    rules: dict[str, list[Part]] = {}
    for part in parts:
        for child in inner(schema, part):
            keyword, _, name = child.path[len(part.path) + 1 :].partition("/")
            if keyword == "properties":
                rules.setdefault(name, []).append(child)
    result = dict(value)
    for name, name_parts in rules.items():
        default = result[name] if name in result else _default(schema, name_parts)
        if default is not MISSING:
            result[name] = fill(schema, name_parts, default, depth + 1)
    return result


def _items(schema: Schema, parts: list[Part], at: int) -> list[Part]:
    """Return the parts that apply to the item at ``at``: its own schema, or the schema of all other items."""
    applicable = []
    for part in parts:
        by_keyword = {child.path[len(part.path) + 1 :]: child for child in inner(schema, part)}
        listing = _listing(schema, part.schema)
        if listing and at < len(part.schema[listing]):
            key = f"{listing}/{at}"
        else:
            key = "additionalItems" if listing == "items" else "items"
        applicable += [by_keyword[key]] if key in by_keyword else []
    return applicable


def _listing(schema: Schema, rules: Mapping[str, object]) -> str:
    """Return the keyword that lists the first items one by one; empty: none does."""
    keywords = (keyword for keyword in ("prefixItems", "items") if keyword in schema.keywords)
    return next((keyword for keyword in keywords if isinstance(rules.get(keyword), list)), "")


def _default(schema: Schema, parts: list[Part]) -> Json | object:
    for part in _all(schema, parts):
        if "default" in part.schema:
            default = part.schema["default"]
            spend(weight(default))
            return copy.deepcopy(default)
    return MISSING


def _all(schema: Schema, parts: Iterable[Part]) -> Iterator[Part]:
    """Yield ``parts`` and the parts that they include: all that certainly apply to one value."""
    todo, seen = list(parts)[::-1], set()
    while todo:
        part = todo.pop()
        if id(part.schema) in seen:
            continue
        seen.add(id(part.schema))
        spend()
        yield part
        included = [child for child in inner(schema, part) if child.path[len(part.path) + 1 :].startswith("allOf/")]
        todo += included[::-1]
        if "$ref" in part.schema:
            try:
                referenced = target(schema, part, part.schema["$ref"])
            except Nowhere:
                continue  # The check reports it.
            todo += [referenced] if referenced else []

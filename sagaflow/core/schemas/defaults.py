"""``default`` in a schema: what an input leaves out is filled in before it is checked, by every door alike.

A property that is missing gets the ``default`` of its schema, or of what that schema refers to or takes in with
``allOf``. What is filled in is filled itself, so that filling twice changes nothing. Alternatives (``anyOf``,
``oneOf``, ``if``) fill nothing: which of them counts is not known before the check.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sagaflow.core.payload import MAX_DEPTH
from sagaflow.core.schemas.json_schema import Costly, Nowhere, Schema, budget, compiled, spend
from sagaflow.core.schemas.schema_parts import Part, inner, root, target

__all__ = ["fill", "filled"]

MISSING = object()


def filled(schema: Any, value: Any) -> Any:
    """``value`` with what it leaves out. The value itself is not changed.

    Raises:
        Costly: the defaults have no end.
    """
    whole = compiled(schema)
    if not whole.has_defaults:
        return value
    with budget(value):
        return fill(whole, [root(whole)], value)


def fill(schema: Schema, parts: Iterable[Part], value: Any, depth: int = 0) -> Any:
    """``value``, to which all of ``parts`` apply, with what it leaves out. Needs a budget."""
    if depth > MAX_DEPTH:
        raise Costly("its defaults contain themselves")
    spend()
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


def _object(schema: Schema, parts: list[Part], value: dict[str, Any], depth: int) -> dict[str, Any]:
    rules: dict[str, list[Part]] = {}
    for part in parts:
        for each in inner(schema, part):
            keyword, _, name = each.path[len(part.path) + 1 :].partition("/")
            if keyword == "properties":
                rules.setdefault(name, []).append(each)
    found = dict(value)
    for name, given in rules.items():
        default = found[name] if name in found else _default(schema, given)
        if default is not MISSING:
            found[name] = fill(schema, given, default, depth + 1)
    return found


def _items(schema: Schema, parts: list[Part], at: int) -> list[Part]:
    """What applies to the item at ``at``: its own schema, or the one of all others."""
    found = []
    for part in parts:
        by_keyword = {each.path[len(part.path) + 1 :]: each for each in inner(schema, part)}
        own = by_keyword.get(f"prefixItems/{at}") or by_keyword.get(f"items/{at}")
        listed = any(key.startswith(("prefixItems/", "items/")) for key in by_keyword)
        if own is not None:
            found.append(own)
        elif not listed or _is_past(part.schema, at):
            found += [by_keyword[key] for key in ("items", "additionalItems") if key in by_keyword]
    return found


def _is_past(schema: Mapping[str, Any], at: int) -> bool:
    """Whether the schema lists the first items one by one, and this one comes after them."""
    first = schema.get("prefixItems", schema.get("items"))
    return not isinstance(first, list) or at >= len(first)


def _default(schema: Schema, parts: list[Part]) -> Any:
    for part in _all(schema, parts):
        if "default" in part.schema:
            return copy.deepcopy(part.schema["default"])
    return MISSING


def _all(schema: Schema, parts: Iterable[Part]) -> Iterator[Part]:
    """``parts``, and what they refer to or take in: all that surely applies to one value."""
    todo, seen = list(parts)[::-1], set()
    while todo:
        part = todo.pop()
        if id(part.schema) in seen:
            continue
        seen.add(id(part.schema))
        spend()
        yield part
        taken = [each for each in inner(schema, part) if each.path[len(part.path) + 1 :].startswith("allOf/")]
        todo += taken[::-1]
        if "$ref" in part.schema:
            try:
                found = target(schema, part, part.schema["$ref"])
            except Nowhere:
                continue  # The check says it.
            todo += [found] if found else []

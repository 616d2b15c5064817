"""Sensitive fields are masked wherever inputs, outputs and payloads are shown: on pages, by the API, in the terminal.

Names match at any depth and in any case. Only what users sent is masked, never the framework's own fields. The message
of an error is text, not a field: `redact` removes secrets from it before it is recorded.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sagaflow.core.errors import InvalidPayload

__all__ = ["MASK", "PAYLOADS", "masked", "masked_search", "masked_within", "unmasked"]

MASK = "•••"
PAYLOADS = frozenset({"input", "output", "undo_output", "payload", "outputs", "received"})
"""The fields of facts, states and rollback records that hold what users sent."""


def masked(value: Any, names: Iterable[str]) -> Any:
    """Return a copy of a JSON value in which every field with one of the ``names`` is ``•••``, whatever it holds."""
    hidden = _folded(names)
    return _masked(value, hidden) if hidden else value


def unmasked(value: Any, old: Any, names: Iterable[str]) -> Any:
    """Return ``value`` edited by a user who saw ``old`` masked: a field that is still ``•••`` keeps its value.

    Raises:
        InvalidPayload: a field holds the mask, but ``old`` does not have the field.
    """
    return _unmasked(value, old, _folded(names), "")


def masked_within(document: Any, names: Iterable[str]) -> Any:
    """Return a copy of an encoded fact, state or rollback record whose ``PAYLOADS`` are masked."""
    hidden = _folded(names)
    return _within(document, hidden) if hidden else document


def masked_search(search: Mapping[str, Any], pointers: Mapping[str, str], names: Iterable[str]) -> dict[str, Any]:
    """Return the search attributes, masked if they are named like a sensitive field or point to or into one."""
    hidden = _folded(names)

    def is_hidden(name: str) -> bool:
        tokens = (token.replace("~1", "/").replace("~0", "~") for token in pointers.get(name, "").split("/"))
        return any(token.casefold() in hidden for token in (name, *tokens))

    return {name: MASK if is_hidden(name) else masked(value, hidden) for name, value in search.items()}


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def _masked(value: Any, hidden: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: MASK if key.casefold() in hidden else _masked(item, hidden) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item, hidden) for item in value]
    return value


def _unmasked(value: Any, old: Any, hidden: frozenset[str], path: str) -> Any:
    if isinstance(value, Mapping):
        known = old if isinstance(old, Mapping) else {}
        return {key: _kept(key, item, known, hidden, f"{path}/{key}") for key, item in value.items()}
    if isinstance(value, list):
        earlier = old if isinstance(old, list) else []
        earlier = [*earlier, *[None] * (len(value) - len(earlier))]
        pairs = enumerate(zip(value, earlier, strict=False))
        return [_unmasked(item, before, hidden, f"{path}/{place}") for place, (item, before) in pairs]
    return value


def _kept(key: str, item: Any, known: Mapping[str, Any], hidden: frozenset[str], path: str) -> Any:
    if item != MASK or key.casefold() not in hidden:
        return _unmasked(item, known.get(key), hidden, path)
    if key not in known:
        raise InvalidPayload(f"The field '{path}' holds the mask {MASK}, and there is no earlier value; write one.")
    return known[key]


def _within(document: Any, hidden: frozenset[str]) -> Any:
    if isinstance(document, Mapping):
        return {
            key: _masked(item, hidden) if key in PAYLOADS else _within(item, hidden) for key, item in document.items()
        }
    if isinstance(document, list | tuple):
        return [_within(item, hidden) for item in document]
    return document

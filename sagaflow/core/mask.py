"""Sensitive fields are masked wherever inputs, outputs and payloads are shown: on pages, by the API, in the terminal.

Names match at any depth and in any case. Only what users sent is masked, never the framework's own fields. The message
of an error is text, not a field: `redact` removes secrets from it before it is recorded.
"""

from collections.abc import Iterable, Mapping

from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json

__all__ = ["MASK", "PAYLOADS", "masked", "masked_search", "masked_within", "unmasked"]

MASK = "•••"
PAYLOADS = frozenset({"input", "undo_input", "output", "undo_output", "payload", "outputs", "received"})
"""The fields of facts, states and rollback records that hold what users sent."""


def masked(value: object, names: Iterable[str]) -> Json:
    """Return a copy of a JSON value in which every field with one of the ``names`` is ``•••``, whatever it holds."""
    hidden = _folded(names)
    return _masked(value, hidden) if hidden else value


def unmasked(value: object, old: object, names: Iterable[str]) -> Json:
    """Return ``value`` edited by a user who saw ``old`` masked: a field that is still ``•••`` keeps its value.

    Raises:
        InvalidPayload: a field holds the mask, but ``old`` does not have the field.
    """
    return _unmasked(value, old, _folded(names), "")


def masked_within(document: object, names: Iterable[str]) -> Json:
    """Return a copy of an encoded fact, state or rollback record whose ``PAYLOADS`` are masked."""
    hidden = _folded(names)
    return _within(document, hidden) if hidden else document


def masked_search(search: Mapping[str, object], pointers: Mapping[str, str], names: Iterable[str]) -> dict[str, Json]:
    """Return the search attributes, masked if they are named like a sensitive field or point to or into one.

    They have the order of the definition: each database keeps the keys of an object in an order of its own.
    """
    hidden = _folded(names)

    def is_hidden(name: str) -> bool:
        tokens = (token.replace("~1", "/").replace("~0", "~") for token in pointers.get(name, "").split("/"))
        return any(token.casefold() in hidden for token in (name, *tokens))

    ordered = [*(name for name in pointers if name in search), *(name for name in search if name not in pointers)]
    return {name: MASK if is_hidden(name) else masked(search[name], hidden) for name in ordered}


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def _masked(value: object, hidden: frozenset[str]) -> Json:
    if isinstance(value, Mapping):
        return {key: MASK if key.casefold() in hidden else _masked(item, hidden) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item, hidden) for item in value]
    return value


def _unmasked(value: object, old: object, hidden: frozenset[str], path: str) -> Json:
    if isinstance(value, Mapping):
        known = old if isinstance(old, Mapping) else {}
        return {key: _kept(key, item, known, hidden, f"{path}/{key}") for key, item in value.items()}
    if isinstance(value, list):
        earlier = old if isinstance(old, list) else []
        earlier = [*earlier, *[None] * (len(value) - len(earlier))]
        pairs = enumerate(zip(value, earlier, strict=False))
        return [_unmasked(item, before, hidden, f"{path}/{place}") for place, (item, before) in pairs]
    return value


def _kept(key: str, item: object, known: Mapping[str, object], hidden: frozenset[str], path: str) -> Json:
    if item != MASK or key.casefold() not in hidden:
        return _unmasked(item, known.get(key), hidden, path)
    if key not in known:
        raise InvalidPayload(f"The field '{path}' holds the mask {MASK}, and there is no earlier value; write one.")
    return known[key]


def _within(document: object, hidden: frozenset[str]) -> Json:
    if isinstance(document, Mapping):
        return {
            key: _masked(item, hidden) if key in PAYLOADS else _within(item, hidden) for key, item in document.items()
        }
    if isinstance(document, list | tuple):
        return [_within(item, hidden) for item in document]
    return document

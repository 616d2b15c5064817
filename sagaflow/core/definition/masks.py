"""The masked fields of a saga together with those of the sub-sagas that its steps start."""

from collections.abc import Collection, Iterator, Mapping

from sagaflow.core.definition.condition import tokens
from sagaflow.core.definition.input_mapping import InputMapping
from sagaflow.core.definition.saga import Saga

__all__ = ["masked_with"]


def masked_with(saga: Saga, own: Collection[str], children: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Return the names of the fields that are masked: ``own``, those of the sub-sagas, and where these come from.

    ``children``: saga → the names of its masked fields. A field of the saga that a mapping gives to a masked field of a
    sub-saga is masked, and so is each field that a mapping fills from a masked one.
    """
    names = [*own]
    for step in saga.steps.values():
        hidden = children.get(step.does.runs, ())
        names += [*hidden, *(_sources(step.input, hidden) if step.input else ())]
    if len(names) > len(own):
        names += [field for step in saga.steps.values() for field in step.hiding(tuple(names))]
    return tuple(dict.fromkeys(names))


def _sources(mapping: InputMapping, hidden: Collection[str]) -> Iterator[str]:
    """Yield the names of the fields that fill one of the ``hidden`` fields."""
    folded = {name.casefold() for name in hidden}
    for field, picked in mapping.picks.items():
        _, *path = tokens(picked.pointer)
        named = [token for token in path if not token.isdecimal()]
        if field.casefold() in folded and named:
            yield named[-1]

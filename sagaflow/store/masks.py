"""The fields of runs that are masked: those of the saga, and those that the sub-sagas mask that its steps start.

A run has the output of its sub-sagas, and may have their input, so that a mask holds in the parent, too. A sub-saga is
each version of it that a run ever had, and the newest one: to take a mask away shows nothing of earlier runs.
"""

from collections.abc import Callable, Iterator

from sagaflow import registry
from sagaflow.core.definition.masks import masked_with
from sagaflow.core.definition.saga import Saga
from sagaflow.store import definitions

__all__ = ["covering", "masked_of"]


def masked_of(saga: Saga, hides: Callable[[Saga], bool] = lambda _: True) -> tuple[str, ...]:
    """Return the names of the fields of runs of ``saga`` that are masked. Only a saga with sub-sagas asks the database.

    ``hides``: returns false about a saga, also a sub-saga, whose own sensitive fields are shown.
    """
    return _masked(saga, hides, frozenset({saga.name}))


def covering(saga: Saga) -> Saga:
    """Return ``saga`` with all fields that are masked in its runs as its own sensitive ones. Its digest is the same.

    By this definition a run is decided: what it records of errors, and publishes, lacks what its sub-sagas mask, too.
    """
    if not saga.sub_sagas:
        return saga  # each decision asks, and one about a long saga looks at no more steps than one about a short one
    names = masked_of(saga)
    if set(names) <= set(saga.masked):
        return saga
    return Saga.trusted(saga, sensitive=names, masked=names, digest=saga.digest, graph=saga.graph)


def _masked(saga: Saga, hides: Callable[[Saga], bool], around: frozenset[str]) -> tuple[str, ...]:
    children = {
        name: tuple(field for each in _versions(name) for field in _masked(each, hides, around | {name}))
        for name in sorted(saga.sub_sagas - around)
    }
    return masked_with(saga, saga.masked if hides(saga) else (), children)


def _versions(name: str) -> Iterator[Saga]:
    yield from definitions.versions(name)
    try:
        yield registry.get_saga(name)
    except registry.UnknownSaga:
        return

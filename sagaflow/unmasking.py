"""The masked fields that a new version of a saga would show. Every door that publishes asks here first.

The masks of a run are those of its version, so runs that exist keep theirs. An event means the same to every saga that
hears it, so that a new saga does not show what another one masks of the event.
"""

from collections.abc import Callable, Iterator, Mapping

from sagaflow import names, registry
from sagaflow.core.definition import document as documents
from sagaflow.core.definition.saga import Saga
from sagaflow.core.json_value import Json
from sagaflow.core.lint import Known, sensitive_key, unmasked_elsewhere
from sagaflow.core.run.state import Direction
from sagaflow.store import web_sagas

__all__ = ["unmasked"]


def unmasked(document: Mapping[str, Json], hides: Callable[[Saga], bool] = lambda _: True) -> list[str]:
    """Return a sentence for each masked field that new runs by this document would show; a faulty one shows nothing.

    ``hides``: returns false about a saga whose fields the publisher may see anyway.
    """
    if documents.problems(document):
        return []
    saga = documents.load(document)
    now, known, shown = _now(saga.name), names.here(web=True), list[str]()
    if now is not None and hides(now):
        shown += [*_shown(now, saga), *sorted(set(_elsewhere(saga, known)) - set(_elsewhere(now, known)))]
    before = set(_overheard(now, hides)) if now else set()
    return shown + [sentence for sentence in _overheard(saga, hides) if sentence not in before]


def _now(name: str) -> Saga | None:
    """Return the saga of this name as it is now, from the database, code or a file."""
    if (newest := web_sagas.newest(name)) is not None:
        return newest
    try:
        return registry.get_saga(name)
    except registry.UnknownSaga:
        return None


def _overheard(saga: Saga, hides: Callable[[Saga], bool]) -> Iterator[str]:
    """Yield what a saga shows of the events that it hears, and that another one masks."""
    heard = _heard(saga)
    for other in registry.sagas(web=True):
        events = sorted(heard & _heard(other))
        if other.name == saga.name or not events or not hides(other):
            continue
        for field in _only_in(other, saga):
            yield f"Another saga that hears the event '{events[0]}' masks its field '{field}'; mask it here too."


def _heard(saga: Saga) -> set[str]:
    """Return the events from outside that a saga hears."""
    steps = saga.steps.values()
    return {saga.starts_on, *saga.correlate, *(step.work(way).awaits for step in steps for way in Direction)} - {""}


def _shown(now: Saga, then: Saga) -> Iterator[str]:
    for field in _only_in(now, then):
        yield f"The field '{field}' is sensitive now, and new runs would show it to everyone who sees them."


def _only_in(saga: Saga, other: Saga) -> Iterator[str]:
    """Yield the fields that ``saga`` masks and ``other`` does not."""
    kept = {field.casefold() for field in other.sensitive}
    return (field for field in saga.sensitive if field.casefold() not in kept)


def _elsewhere(saga: Saga, known: Known) -> Iterator[str]:
    """Yield what gives a sensitive field to a sub-saga or a key that shows it."""
    for finding in (*unmasked_elsewhere(saga, known), *sensitive_key(saga)):
        yield f"{finding.element.rpartition('/')[2]}: {finding.message}."

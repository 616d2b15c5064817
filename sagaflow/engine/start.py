"""Start a run: an accepted start is never lost (law L1), and a repeated start returns the same run."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from django.db import transaction

from sagaflow import registry, store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.core.json_value import Json
from sagaflow.core.run.key import check_key, kept_for, run_id_of
from sagaflow.core.run.reports import RunRequested
from sagaflow.engine.after_commit import announce
from sagaflow.engine.inbox import deliver_stored_events
from sagaflow.engine.inputs import LONGEST_NAME, check_input, check_text
from sagaflow.store import Links
from sagaflow.store.runs.creating import Knows

__all__ = ["MOST", "NewRun", "Started", "start", "start_many"]

MOST = 100
"""The number of runs that one transaction starts, at most."""

Refusal = InvalidPayload | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """One run to start, as the arguments of ``start`` say."""

    input: Json = field(repr=False)
    run_id: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The fate of one run of ``start_many``."""

    run_id: str = ""
    """Its ID; empty: it was refused."""
    error: Refusal | None = None
    """The refusal; ``None``: it is started."""


def start(
    saga_name: str,
    input: Json,  # noqa: A002 - the word of the definition
    *,
    run_id: str | None = None,
    key: str | None = None,
    by: str = "",
    not_before: float | None = None,
    knows: Knows | None = None,
) -> str:
    """Start a run of the newest definition of ``saga_name``; return its ID.

    ``run_id``: a UUID of the caller's choice; a second start with the same ID, saga and input returns the same run.
    Versions 5 and 8 are kept for the IDs that Sagaflow gives.
    ``key``: the caller's own name for the run, such as an order number, instead of ``run_id``. One run of a saga has
    it, and a second start with it and the same input returns that run.
    ``knows``: returns true if the caller may see a whole run of a saga. To a caller who may not, an ID that another
    user's run has is taken, and the answer does not tell whether the input is the same.
    ``not_before``: seconds since the epoch before which no step is due.

    Raises:
        UnknownSaga: no saga has that name; the message lists similar names.
        InvalidPayload: the input is not strict JSON.
        Refused: the input does not match the schema, the ID or the key belongs to another run, or both are given.
    """
    saga = registry.get_saga(saga_name)
    check_text("name of the user who starts the run", by, longest=LONGEST_NAME, required=False)
    asked = _asked(saga, NewRun(input=input, run_id=run_id, key=key), by, not_before)
    _create(saga, asked, knows)
    return asked.run_id


def start_many(
    saga_name: str,
    runs: Iterable[NewRun],
    *,
    by: str = "",
    not_before: float | None = None,
    knows: Knows | None = None,
) -> list[Started]:
    """Start many runs of the newest definition of ``saga_name``; return the fate of each, in the order of ``runs``.

    Each transaction starts up to ``MOST`` runs. A run that is refused has its error in the answer and does not stop the
    others: with IDs or keys, the whole call can be repeated, and starts what it has not started yet.

    Raises:
        UnknownSaga: no saga has that name; the message lists similar names.
        Refused: ``by`` is not a valid name.
        DatabaseError: the database failed; the runs of earlier transactions are started.
    """
    saga = registry.get_saga(saga_name)
    check_text("name of the user who starts the run", by, longest=LONGEST_NAME, required=False)
    fates: list[Started] = []
    for part in _parts(runs):
        fates += _started(saga, part, by, not_before, knows)
    return fates


def _parts(runs: Iterable[NewRun]) -> Iterator[list[NewRun]]:
    each = iter(runs)
    while part := [*islice(each, MOST)]:
        yield part


def _started(saga: Saga, runs: list[NewRun], by: str, not_before: float | None, knows: Knows | None) -> list[Started]:
    """Start runs in one transaction, and then start those singly whose ID is taken, also by one of them."""
    asked = [_asked_or_refused(saga, run, by, not_before) for run in runs]
    first: dict[str, _Asked] = {}
    for each in asked:
        if isinstance(each, _Asked):
            first.setdefault(each.run_id, each)
    fresh = store.create_many(saga, {run_id: (each.request, each.links) for run_id, each in first.items()})
    for run in fresh.values():
        announce(run)
    named = {run_id: first[run_id].links.key for run_id in fresh if first[run_id].is_named}
    if named:
        transaction.on_commit(lambda: _deliver_stored(named))
    fates = []
    for each in asked:
        if isinstance(each, _Asked) and each.run_id in fresh and each is first[each.run_id]:
            fates.append(Started(each.run_id))
        else:
            fates.append(_repeated(saga, each, knows))
    return fates


def _deliver_stored(named: dict[str, str | None]) -> None:
    for run_id in store.with_stored_events(named):
        deliver_stored_events(run_id)


def _repeated(saga: Saga, asked: "_Asked | Refusal", knows: Knows | None) -> Started:
    if not isinstance(asked, _Asked):
        return Started(error=asked)
    try:
        _create(saga, asked, knows)
    except Refused as error:
        return Started(error=error)
    return Started(asked.run_id)


def _create(saga: Saga, asked: "_Asked", knows: Knows | None) -> None:
    """Start one run, unless it exists, and give it the events that came before it."""
    run, new = store.create(saga, asked.run_id, asked.request, asked.links, knows=knows)
    if new:
        announce(run)
        if asked.is_named:
            transaction.on_commit(lambda: deliver_stored_events(asked.run_id))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A run whose input and names are valid."""

    run_id: str
    request: RunRequested
    links: Links
    is_named: bool
    """True if events may be stored for it, because the caller chose its ID."""


def _asked_or_refused(saga: Saga, run: NewRun, by: str, not_before: float | None) -> _Asked | Refusal:
    """Return the run to start, or why it is refused."""
    try:
        return _asked(saga, run, by, not_before)
    except (InvalidPayload, Refused) as error:
        return error


def _asked(saga: Saga, run: NewRun, by: str, not_before: float | None) -> _Asked:
    request = RunRequested(input=check_input(saga, run.input), not_before=not_before, by=by)
    chosen = _chosen(saga.name, run.run_id, run.key)
    return _Asked(chosen, request, Links(by=by, key=run.key), bool(run.run_id) or run.key is not None)


def _chosen(saga_name: str, run_id: str | None, key: str | None) -> str:
    """Return the ID of the run to start."""
    if key is not None:
        if run_id:
            message = "Both a run ID and a key are given. The ID follows from the key; leave out one of them."
            raise Refused(message, code="bad-key")
        return run_id_of(saga_name, check_key(key))
    if not run_id:
        return str(uuid.uuid4())
    try:
        chosen = uuid.UUID(str(run_id))
    except ValueError as error:
        message = f"'{str(run_id)[:100]}' is not a valid ID of a run; use a UUID, or leave it out to get one."
        raise Refused(message, code="bad-id") from error
    if why := kept_for(str(chosen)):
        message = f"The run ID {chosen} {why}; use a UUID of another version, such as 4, or a key."
        raise Refused(message, code="bad-id")
    return str(chosen)

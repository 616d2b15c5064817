"""The first transaction of a run: its row, its journal and its first work."""

import logging
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid5

from django.db import connection, transaction

from sagaflow.core.definition.condition import resolve
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import Refused
from sagaflow.core.mask import MASK, masked_search
from sagaflow.core.payload import same
from sagaflow.core.run.reports import RunRequested
from sagaflow.core.run.state import RunState
from sagaflow.models import Run
from sagaflow.store import definitions, search_values
from sagaflow.store.clock import estimated, now, to_datetime
from sagaflow.store.masks import masked_of
from sagaflow.store.runs import children, rows, saving
from sagaflow.store.runs.locked_run import LockedRun

__all__ = ["Knows", "Links", "OtherOrigin", "create", "create_many", "start_again"]

logger = logging.getLogger(__name__)

Knows = Callable[[Saga], bool]
"""Returns true if the caller may see a whole run of a saga, sensitive fields included."""


class OtherOrigin(Refused):
    """The ID of a run belongs to one with another parent, or to a retry of another run."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"The run ID {run_id} is taken by a run with another origin; choose another run ID.", code="duplicate"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The origin of a run: its parent, the run that it retries, and the user who started it."""

    by: str = ""
    key: str | None = None
    """The caller's own name for the run (``sagaflow.core.run.key``), from which its ID follows."""
    parent_id: str | None = None
    parent_step: str = ""
    """``children.step_ref`` of the step and its round."""
    origin_id: str | None = None
    number: int = 0


def create(
    saga: Saga, run_id: str, request: RunRequested, links: Links = Links(), *, knows: Knows | None = None
) -> tuple[LockedRun, bool]:
    """Return the run, and ``True`` if it is new: the same ID with the same saga and input is the same run.

    ``knows``: asked about a run that exists; ``None``: the caller may see every run.

    Raises:
        OtherOrigin: the ID belongs to a run that is not the child, or not the retry, that ``links`` say.
        Refused: the ID belongs to another run; or to one that another user started and the caller may not see whole.
    """
    at = estimated()
    if at is not None and (run := _written(saga, run_id, request, links, at, is_estimated=True)):
        return run, True
    with transaction.atomic():
        definitions.pin(saga)
        if run := _written(saga, run_id, request, links, now()):
            return run, True
    is_told = None if knows is None else partial(_told, links.by, knows)
    return _existing(saga, run_id, request, links, is_told), False


def create_many(saga: Saga, starts: Mapping[str, tuple[RunRequested, Links]]) -> dict[str, LockedRun]:
    """Write new runs by their IDs, in one statement where the database has one for it; return those that are new."""
    if not starts:
        return {}
    with nullcontext() if _is_whole() else transaction.atomic():
        definitions.pin(saga)
        at = now()
        decided = [_decided(saga, run_id, request, links, at) for run_id, (request, links) in starts.items()]
        written = saving.write_new(decided)
    return {new.run.run_id: new.run for new, is_written in zip(decided, written, strict=True) if is_written}


def start_again(run: LockedRun) -> None:
    """Start the next run of the same definition and input, in the transaction in which the rolled-back run ends."""
    command = run.starts_again
    if command is None:
        return
    last = Run.objects.only("origin_id", "number", "by", "key", "parent_id", "parent_step").get(pk=run.run_id)
    origin = str(last.origin_id or run.run_id)
    links = Links(
        by=last.by,
        key=last.key,
        parent_id=str(last.parent_id) if last.parent_id else None,
        parent_step=last.parent_step,
        origin_id=origin,
        number=last.number + 1,
    )
    request = RunRequested(input=run.state.input, not_before=command.not_before, by=run.state.by)
    fresh = _retry(run.saga, str(uuid5(UUID(origin), str(links.number))), request, links)
    run.due += fresh.due
    run.observed += fresh.observed
    run.changed += fresh.changed


def _retry(saga: Saga, run_id: str, request: RunRequested, links: Links) -> LockedRun:
    """Start a retry under ``run_id``, or under another ID if a run that is not this retry has it: it has no step that
    could be parked, and is found by its origin.
    """
    try:
        return create(saga, run_id, request, links)[0]
    except OtherOrigin as taken:
        other = str(uuid5(UUID(run_id), "again"))
        logger.warning("%s The retry of run %s has the ID %s instead.", taken, links.origin_id, other)
        return create(saga, other, request, links)[0]


def _written(
    saga: Saga, run_id: str, request: RunRequested, links: Links, at: float, *, is_estimated: bool = False
) -> LockedRun | None:
    """Decide about the start at ``at`` and write the run, in one statement where the database has one for it.

    Return ``None`` if nothing was written: the ID is taken, or the definition is not stored, or the database does not
    agree with an estimated time.
    """
    new = _decided(saga, run_id, request, links, at, is_estimated=is_estimated)
    with nullcontext() if _is_whole() else transaction.atomic():
        return new.run if saving.write(new.run, new.columns, seq=None, search=new.search) else None


def _is_whole() -> bool:
    """True if a statement is a transaction of its own and writes all that a start needs."""
    return connection.vendor == "postgresql" and connection.get_autocommit()


def _decided(
    saga: Saga, run_id: str, request: RunRequested, links: Links, at: float, *, is_estimated: bool = False
) -> saving.New:
    run = LockedRun(
        run_id, saga, RunState.of(saga), at, 0, run_id, links.parent_id, links.number, estimated=is_estimated
    )
    run.take(request)
    search = {name: resolve(run.state.input, pointer) for name, pointer in saga.search.items()}
    # The answer to a search would reveal what a mask hides, so that sensitive values are not stored for search.
    shown = masked_search(search, saga.search, masked_of(saga) if saga.search else ())
    values = _search_values({name: value for name, value in shown.items() if value != MASK})
    return saving.New(run, _columns(run, links, search), values)


def _columns(run: LockedRun, links: Links, search: dict[str, object]) -> dict[str, object]:
    """Return the columns of a new run."""
    teams = sorted({segment.team for segment in run.saga.segments if segment.team})
    return {
        "id": UUID(run.run_id),
        "saga": run.saga.name,
        "definition_id": run.saga.digest,
        "created_at": to_datetime(run.at),
        "by": links.by,
        "key": links.key,
        "parent_id": UUID(links.parent_id) if links.parent_id else None,
        "parent_step": links.parent_step,
        "origin_id": UUID(links.origin_id) if links.origin_id else None,
        "number": links.number,
        "search": search,
        "teams": f",{','.join(teams)}," if teams else "",
        "refusal": "",
        **rows.derived(run, children.wake_time(run)),
    }


def _told(by: str, knows: Knows, run: LockedRun) -> bool:
    """Return true if the caller may learn whether a start repeats ``run``: who started it sent the input, too."""
    first = Run.objects.only("by", "parent_id").get(pk=run.run_id)
    return knows(run.saga) or bool(by and first.by == by and first.parent_id is None)


def _existing(
    saga: Saga, run_id: str, request: RunRequested, links: Links, is_told: Callable[[LockedRun], bool] | None
) -> LockedRun:
    key = links.key
    row = rows.read(run_id, lock=False)
    if row is None:
        raise Refused(f"Run {run_id} could not be saved; look for errors in the log of the database.")
    run = LockedRun(
        run_id, definitions.of(row.digest), rows.read_state(row.snapshot), row.reading.at, row.seq, row.head
    )
    if is_told is not None and not is_told(run):  # one answer, whatever the run holds
        taken = f"The run ID {run_id} is taken; choose another run ID."
        raise Refused(taken if key is None else f"The key '{key}' is taken; choose another key.", code="duplicate")
    if not _has(run_id, links):
        raise OtherOrigin(run_id)
    if run.saga.name != saga.name or not same(run.state.input, request.input):
        if key is not None:
            message = f"Run {run_id} of saga '{saga.name}' has the key '{key}' and another input; choose another key."
            raise Refused(message, code="duplicate")
        message = f"Run {run_id} exists, of another saga or with another input; choose another run ID."
        raise Refused(message, code="duplicate")
    return run


def _has(run_id: str, links: Links) -> bool:
    """Return true if the run is the child, or the retry, that ``links`` say."""
    row = Run.objects.only("parent_id", "parent_step", "origin_id", "number").get(pk=run_id)
    parent, origin = ((str(each) if each else None) for each in (row.parent_id, row.origin_id))
    wanted = (links.parent_id, links.parent_step, links.origin_id, links.number)
    return (parent, row.parent_step, origin, row.number) == wanted


def _search_values(search: Mapping[str, object]) -> list[dict[str, str]]:
    """Return a row for each attribute that is text, a number or a boolean."""
    return [
        {"name": search_values.name_of(name), **search_values.columns(value)}
        for name, value in search.items()
        if isinstance(value, str | int | float)
    ]

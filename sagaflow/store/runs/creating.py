"""The first transaction of a run: its row, its journal and its first work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from sagaflow.core.definition.condition import resolve
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import Refused
from sagaflow.core.mask import MASK, masked_search
from sagaflow.core.payload import same
from sagaflow.core.run.reports import RunRequested
from sagaflow.core.run.state import RunState
from sagaflow.models import Run, SearchValue
from sagaflow.store import definitions, search_values
from sagaflow.store.clock import now, to_datetime
from sagaflow.store.runs import children, rows
from sagaflow.store.runs.locked_run import LockedRun
from sagaflow.store.runs.saving import append

__all__ = ["Knows", "Links", "create", "start_again"]

Knows = Callable[[Saga], bool]
"""Returns true if the caller may see a whole run of a saga, sensitive fields included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The origin of a run: its parent, the run that it retries, and the user who started it."""

    by: str = ""
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
        Refused: the ID belongs to another run; or to one that another user started and the caller may not see whole.
    """
    try:
        with transaction.atomic():
            run = LockedRun(run_id, saga, RunState.of(saga), now(), 0, run_id, links.parent_id, links.number)
            definitions.pin(saga)
            run.take(request)
            _insert(run, links)
            return run, True
    except IntegrityError:
        return _existing(saga, run_id, request, None if knows is None else partial(_told, links.by, knows)), False


def start_again(run: LockedRun) -> None:
    """Start the next run of the same definition and input, in the transaction in which the rolled-back run ends."""
    command = run.starts_again
    if command is None:
        return
    last = Run.objects.only("origin_id", "number", "by", "parent_id", "parent_step").get(pk=run.run_id)
    origin = str(last.origin_id or run.run_id)
    links = Links(
        by=last.by,
        parent_id=str(last.parent_id) if last.parent_id else None,
        parent_step=last.parent_step,
        origin_id=origin,
        number=last.number + 1,
    )
    request = RunRequested(input=run.state.input, not_before=command.not_before)
    fresh, _ = create(run.saga, str(uuid5(UUID(origin), str(links.number))), request, links)
    run.due += fresh.due
    run.observed += fresh.observed
    run.changed += fresh.changed


def _insert(run: LockedRun, links: Links) -> None:
    chained = rows.chained(run.head, run.entries)
    run.head = chained[-1][-1]
    saga, state = run.saga, run.state
    teams = sorted({segment.team for segment in saga.segments if segment.team})
    search = {name: resolve(state.input, pointer) for name, pointer in saga.search.items()}
    Run(
        id=run.run_id,
        saga=saga.name,
        definition_id=saga.digest,
        created_at=to_datetime(run.at),
        by=links.by,
        parent_id=links.parent_id,
        parent_step=links.parent_step,
        origin_id=links.origin_id,
        number=links.number,
        search=search,
        teams=f",{','.join(teams)}," if teams else "",
        **rows.derived(run, children.wake_time(run)),
    ).save(force_insert=True)
    # The answer to a search would reveal what a mask hides, so that sensitive values are not stored for search.
    shown = masked_search(search, saga.search, saga.masked)
    _remember_search(run, {name: value for name, value in shown.items() if value != MASK})
    append(run, chained)


def _told(by: str, knows: Knows, run: LockedRun) -> bool:
    """Return true if the caller may learn whether a start repeats ``run``: who started it sent the input, too."""
    first = Run.objects.only("by", "parent_id").get(pk=run.run_id)
    return knows(run.saga) or bool(by and first.by == by and first.parent_id is None)


def _existing(saga: Saga, run_id: str, request: RunRequested, is_told: Callable[[LockedRun], bool] | None) -> LockedRun:
    row = rows.read(run_id, lock=False)
    if row is None:
        raise Refused(f"Run {run_id} could not be saved; look for errors in the log of the database.")
    run = LockedRun(run_id, definitions.of(row.digest), rows.read_state(row.snapshot), row.at, row.seq, row.head)
    if is_told is not None and not is_told(run):  # one answer, whatever the run holds
        raise Refused(f"The run ID {run_id} is taken; choose another run ID.", code="duplicate")
    if run.saga.name != saga.name or not same(run.state.input, request.input):
        message = f"Run {run_id} exists, of another saga or with another input; choose another run ID."
        raise Refused(message, code="duplicate")
    return run


def _remember_search(run: LockedRun, search: Mapping[str, object]) -> None:
    """Store a row for each attribute that is text, a number or a boolean."""
    created_at = to_datetime(run.at)
    values = [
        SearchValue(
            run_id=run.run_id, name=search_values.name_of(name), **search_values.columns(value), created_at=created_at
        )
        for name, value in search.items()
        if isinstance(value, str | int | float)
    ]
    if values:
        SearchValue.objects.bulk_create(values)

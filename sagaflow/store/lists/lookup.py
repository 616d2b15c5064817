"""Find runs, for lists and for deployments; in batches where there may be many.

A list is read from an index that has its order: no statement scans or sorts the whole table. Where a filter allows
several values of what leads to that index, each has a statement of its own, and the answers are merged. All other
conditions are in each statement, so that the statements do not multiply with the terms of a filter.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from heapq import merge
from itertools import islice, product
from operator import or_
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from sagaflow.core.definition.saga import Saga
from sagaflow.core.json_value import Json
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.state import RunState, RunStatus
from sagaflow.models import Definition, OperatorAct, Run, SearchValue
from sagaflow.store import definitions, search_values
from sagaflow.store.errors import Broken
from sagaflow.store.lists import text
from sagaflow.store.lists.scopes import EVERYTHING, RunScope, teams_of
from sagaflow.store.lists.sort import NEWEST, Sort
from sagaflow.store.runs import children, records, rows
from sagaflow.store.runs.acts import RecordedAct
from sagaflow.store.runs.run_line import RunLine

__all__ = [
    "RunFilter",
    "Unfinished",
    "all_ids",
    "by_status",
    "count",
    "digests",
    "find",
    "history",
    "ids",
    "next_try",
    "open_try",
    "places",
    "standing",
    "starting_with",
    "unfinished",
    "versions",
]

BATCH = 200
MOST_STATEMENTS = 200
"""The most statements of one list: where there would be more, those of all its definitions become one."""
LED = ("search_values__created_at", "search_values__run_id")
"""The columns of time and key of a list that is read by a search value."""
NEEDED = tuple(reason for reason in Attention if reason is not Attention.RETRYING)
OPEN = tuple(status.value for status in RunStatus if not status.ended)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """A filter of runs. An empty field does not filter."""

    saga: str = ""
    key: str = ""
    """The key of a run; each saga can have one run with it, and that run its retries."""
    digest: str = ""
    """The digest of the definition that the runs are pinned to."""
    status: str = ""
    """A status, or ``open`` for those of runs that have not ended."""
    attention: str | None = None
    """A reason, ``*`` for any reason, or ``needed`` for any but retrying; ``None`` does not filter."""
    team: str = ""
    """The owner of a segment."""
    failure: str = ""
    """A fingerprint (``sagaflow.core.run.failure``); it needs ``saga`` as well."""
    since: datetime | None = None
    until: datetime | None = None
    """The runs started in this time; the end is not included."""
    search: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    """Search attribute → the JSON values that match: an operator may mean text or a number."""
    step: str = ""
    """The step that a run stands at."""
    direction: str = ""
    """``do`` or ``undo``: what stands at that step."""
    error: str = ""
    """Text within the code or the message of the error, in any case."""
    words: tuple[str, ...] = ()
    """Each of them is the beginning of the ID, or within the saga, the step, the error or a search value."""
    scope: RunScope = EVERYTHING
    """The runs that the user may see."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A run that has not ended, with the definition that it is pinned to."""

    run_id: str
    version: int
    saga: Saga
    state: RunState


def find(
    wanted: RunFilter, *, limit: int, before: tuple[datetime, str] | None = None, sort: Sort = NEWEST
) -> list[RunLine]:
    """Return the runs in the order of ``sort``. ``before``: only runs after the one with this time and ID."""
    pages = [
        query.select_related("definition").defer("snapshot", "definition__document")[:limit]
        for query in _matching(wanted, before, sort)
    ]
    newest = pages[0] if len(pages) == 1 else merge(*pages, key=sort.key, reverse=not sort.oldest_first)
    return [RunLine.of(row) for row in islice(newest, limit)]


def ids(wanted: RunFilter, *, limit: int) -> list[tuple[str, int]]:
    """Return ``(run_id, seq)`` of the newest runs."""
    columns = ("created_at", "pk", "seq")
    pages = [query.values_list(*columns)[:limit] for query in _matching(wanted)]
    newest = islice(merge(*pages, reverse=True), limit)
    return [(str(run_id), seq) for _, run_id, seq in newest]


def count(wanted: RunFilter, *, most: int | None = None) -> int:
    """Return the number of runs; with ``most``, counting stops there."""
    queries = _matching(wanted)
    if most is None:
        return sum(query.order_by().count() for query in queries)
    total = 0
    for query in queries:
        total += query[: most - total].count() if total < most else 0
    return total


def by_status(wanted: RunFilter, *, most: int | None = None) -> dict[str, int]:
    """Return status → number of the runs, without zeros; with ``most``, counting stops after that many runs."""
    found: Counter[str] = Counter()
    for query in _matching(wanted):
        if most is None:
            found.update(dict(query.order_by().values_list("status").annotate(Count("pk"))))
        elif (left := most - found.total()) > 0:
            found.update(query.values_list("status", flat=True)[:left])
    return dict(found)


def starting_with(digits: str, *, limit: int, scope: RunScope = EVERYTHING) -> list[str]:
    """Return the IDs of runs whose first hexadecimal digits are ``digits``, without dashes."""
    ends = text.run_ids(digits)
    runs = Run.objects.filter(scope.condition(), pk__range=ends).order_by("pk") if ends else Run.objects.none()
    return [str(run_id) for run_id in runs.values_list("pk", flat=True)[:limit]]


def all_ids() -> Iterator[str]:
    """Yield the ID of every run, reading them in batches."""
    last = UUID(int=0)
    while batch := list(Run.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield from map(str, batch)
        last = batch[-1]


def unfinished() -> Iterator[Unfinished]:
    """Yield every run that has not ended and can be read."""
    last = UUID(int=0)
    columns = ("pk", "definition_id", "definition__version", "snapshot")
    while True:
        runs = Run.objects.filter(ended_at__isnull=True, pk__gt=last).order_by("pk")
        batch = list(runs.values_list(*columns)[:BATCH])
        for run_id, digest, version, snapshot in batch:
            last = run_id
            try:
                saga, state = definitions.of(digest), rows.read_state(snapshot)
            except Broken:
                continue
            yield Unfinished(str(run_id), version, saga, state)
        if len(batch) < BATCH:
            return


def places(run_ids: list[str], scope: RunScope = EVERYTHING) -> list[tuple[str, int]]:
    """Return ``(run_id, seq)`` of the runs that exist and are within ``scope``, the newest first."""
    rows = Run.objects.filter(scope.condition(), pk__in=run_ids).values_list("pk", "seq")
    return [(str(run_id), seq) for run_id, seq in rows]


def digests(run_ids: list[str]) -> dict[str, str]:
    """Return run ID → digest of the definition that the run is pinned to."""
    batches = (run_ids[start : start + BATCH] for start in range(0, len(run_ids), BATCH))
    pairs = (Run.objects.filter(pk__in=batch).order_by().values_list("pk", "definition_id") for batch in batches)
    return {str(run_id): digest for batch in pairs for run_id, digest in batch}


def standing(run_ids: list[str]) -> dict[tuple[str, str, str], int]:
    """Return ``(digest, step, direction)`` → number of the runs that need attention there. A retry needs none."""
    found: Counter[tuple[str, str, str]] = Counter()
    for start in range(0, len(run_ids), BATCH):
        runs = Run.objects.filter(pk__in=run_ids[start : start + BATCH], attention__in=NEEDED).exclude(step="")
        counted = runs.order_by().values_list("definition_id", "step", "direction").annotate(total=Count("pk"))
        found.update({(digest, step, direction): total for digest, step, direction, total in counted})
    return found


def versions(digests: list[str]) -> dict[str, int]:
    """Return digest → version, for definitions that a run ever started with."""
    return dict(Definition.objects.filter(pk__in=digests).values_list("pk", "version"))


def next_try(run: RunLine) -> UUID | None:
    """Return the ID of the run that retries the rolled-back ``run`` as a whole, or ``None``."""
    return children.next_try(run.origin_id or run.run_id, run.number)


def open_try(run: RunLine) -> str | None:
    """Return the ID of the run that tries the rolled-back ``run`` again as a whole, and has not ended, or ``None``."""
    later = children.later_try(run.origin_id or run.run_id, run.number)
    return later.run_id if later and not later.status.ended else None


def history(run_id: str) -> tuple[list[dict[str, Json]], list[RecordedAct]]:
    """Return the rollback records of a run, each with its ``seq``, and the operator acts, the oldest first."""
    acts = OperatorAct.objects.filter(run_id=run_id).order_by("at", "pk").values(*RecordedAct.__slots__)
    return [{"seq": seq, **record} for seq, record in records.of_run(run_id)], [RecordedAct(**act) for act in acts]


def _matching(
    wanted: RunFilter, before: tuple[datetime, str] | None = None, sort: Sort = NEWEST
) -> list[QuerySet[Run]]:
    """Return queries that share no run, each in the order of the list."""
    names = ("saga", "key", "failure", "step", "direction")
    plain = {name: getattr(wanted, name) for name in names if getattr(wanted, name)}
    texts = [text.having_word(word, wanted.scope) for word in wanted.words]
    texts += [text.having_error(wanted.error)] if wanted.error else []
    parts, leading, others = _parts(wanted), *_states(wanted, sort)
    firsts = _firsts(wanted, sort)
    if len(parts) * len(leading) * len(firsts) > MOST_STATEMENTS:
        parts = [reduce(or_, parts)]
    queries = []
    for part, state, first in product(parts, leading, firsts):
        matching = _filled(Run.objects.filter(part, *texts, **plain, **others, **state), wanted, sort)
        queries.append(_searched(matching, wanted, before, first, sort))
    return queries or [Run.objects.none()]


def _filled(runs: QuerySet[Run], wanted: RunFilter, sort: Sort) -> QuerySet[Run]:
    """Repeat the condition of a partial index in the query: SQLite uses the index only then, and not by a parameter."""
    terms = {name: getattr(wanted, name) for name in ("attention", "failure", "step", "direction")}
    named = [f"NOT (sagaflow_run.{column} = '')" for column, value in terms.items() if value]
    runs = runs.extra(where=named) if named else runs  # noqa: S610 - constants
    return runs.filter(ended_at__isnull=False) if sort.by == "ended" else runs


def _parts(wanted: RunFilter) -> list[Q]:
    """Return the matching definitions as conditions that share no run."""
    if wanted.digest or wanted.team:
        return [Q(definition=digest) for digest in _digests(wanted)]
    scope = wanted.scope
    if (
        wanted.search or wanted.words or wanted.error or wanted.saga or wanted.key
    ):  # these lead to an index of their own
        return [scope.condition()]
    return scope.parts()


def _digests(wanted: RunFilter) -> list[str]:
    named = {"pk": wanted.digest} if wanted.digest else {}
    known = Definition.objects.filter(wanted.scope.of_definitions(), **named).order_by().values_list("pk", flat=True)
    sagas = {digest: definitions.readable(digest) for digest in known} if wanted.team else {}
    return [
        digest for digest in known if not wanted.team or ((saga := sagas[digest]) and wanted.team in teams_of(saga))
    ]


def _statuses(wanted: RunFilter) -> tuple[str, ...]:
    return OPEN if wanted.status == "open" else (wanted.status,)


def _reasons(wanted: RunFilter) -> tuple[str, ...]:
    return {"*": tuple(Attention), "needed": NEEDED}.get(wanted.attention or "", (wanted.attention or "",))


def _states(wanted: RunFilter, sort: Sort) -> tuple[list[dict[str, str]], dict[str, tuple[str, ...]]]:
    """Return the conditions on status and reason that have a statement each, and those that each statement has.

    Reasons or else statuses lead to an index that has the order of the list, where no search attribute does.
    """
    named = {"attention": _reasons(wanted), "status": _statuses(wanted)}
    several = {f"{name}__in": values for name, values in named.items() if any(values)}
    if wanted.search or sort.by != "started" or not several:
        return [{}], several
    lead = next(iter(several))
    values = several.pop(lead)
    return [{lead.removesuffix("__in"): value} for value in values], several


def _firsts(wanted: RunFilter, sort: Sort) -> list[str]:
    """Return the stored texts of the first search attribute, if it leads to an index; each has a statement."""
    first = next(iter(wanted.search.values()), None)
    return _texts(first) if first is not None and sort.by == "started" else [""]


def _texts(values: tuple[Json, ...]) -> list[str]:
    """Return the texts under which one of the values may be stored: one value can have several."""
    return sorted({text for value in values for text in search_values.spellings(value)})


def _searched(
    runs: QuerySet[Run], wanted: RunFilter, before: tuple[datetime, str] | None, first: str, sort: Sort
) -> QuerySet[Run]:
    """Apply the search attributes. The first one selects the index, if its rows have the order of the list."""
    leads = bool(wanted.search) and sort.by == "started"
    for name, values in islice(wanted.search.items(), int(leads), None):
        stored = SearchValue.objects.filter(
            run=OuterRef("pk"), name=search_values.name_of(name), value__in=_texts(values)
        )
        runs = runs.filter(Exists(stored))
    if not leads:
        return _ordered(runs.filter(_timed(wanted, "created_at")), before, sort, sort.column, "pk")
    led = {"search_values__name": search_values.name_of(next(iter(wanted.search))), "search_values__value": first}
    runs = runs.filter(_timed(wanted, "search_values__created_at"), _after(before, sort, *LED), **led)
    return runs.order_by(*sort.order(*LED))


def _ordered(
    runs: QuerySet[Run], before: tuple[datetime, str] | None, sort: Sort, time: str, key: str
) -> QuerySet[Run]:
    return runs.filter(_after(before, sort, time, key)).order_by(*sort.order(time, key))


def _timed(wanted: RunFilter, time: str) -> Q:
    """Return the condition on the time of the start, which limits what is read of an index."""
    condition = Q()
    if wanted.since is not None:
        condition &= Q(**{f"{time}__gte": wanted.since})
    if wanted.until is not None:
        condition &= Q(**{f"{time}__lt": wanted.until})
    return condition


def _after(before: tuple[datetime, str] | None, sort: Sort, time: str, key: str) -> Q:
    """Return the condition that a run comes after the place ``before``; the ID decides between equal times."""
    if before is None:
        return Q()
    at, run_id = before
    beyond = "gt" if sort.oldest_first else "lt"
    return Q(**{f"{time}__{beyond}e": at}) & (Q(**{f"{time}__{beyond}": at}) | Q(**{f"{key}__{beyond}": run_id}))

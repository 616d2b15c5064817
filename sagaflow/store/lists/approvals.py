"""The steps of open runs that wait for an approval. Only runs with such a step are read, by the index of ``asks``."""

import json
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q

from sagaflow.core.definition.saga import Saga
from sagaflow.core.payload import canonical
from sagaflow.core.run.people import may_be_same
from sagaflow.core.run.state import RunState, StepStatus
from sagaflow.models import Run
from sagaflow.store import definitions
from sagaflow.store.errors import UNREADABLE
from sagaflow.store.lists.scopes import RunScope
from sagaflow.store.runs import rows
from sagaflow.store.runs.run_line import RunLine

__all__ = ["Asked", "Inbox", "Waiting", "approvals", "waiting"]

FILLED = "NOT (sagaflow_run.asks = '')"
"""SQLite uses the partial index only if its condition is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One step that waits for a decision."""

    run: RunLine
    saga: Saga
    state: RunState
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """The steps that wait for a decision of one user."""

    asked: tuple[Asked, ...]
    is_whole: bool
    """False if there are more runs that can ask for a decision than were read."""


def approvals(
    scope: RunScope, name: str, *, may_decide: Callable[[Saga, str, RunState | None], bool], limit: int
) -> Inbox:
    """Return the steps within ``scope`` that ``may_decide`` accepts, of the ``limit`` oldest runs that can have one.

    ``name`` is that of the user, to whom single approvals may have been delegated. Without a state, ``may_decide``
    answers for every run of the definition.
    """
    runs = Run.objects.filter(scope.condition(), ended_at__isnull=True).extra(where=[FILLED])  # noqa: S610 - a constant
    asking = {
        digest: names
        for digest in runs.order_by().values_list("definition_id", flat=True).distinct()
        if (saga := definitions.readable(digest))
        and (names := [each for each, step in saga.steps.items() if step.does.asks and may_decide(saga, each, None)])
    }
    found: list[Asked] = []
    possible = runs.filter(Q(definition__in=sorted(asking)) | _delegated(name))
    read = list(possible.select_related("definition").order_by("created_at", "pk")[: limit + 1])
    for row in read[:limit]:
        with suppress(*UNREADABLE):  # the list of runs shows it as refused
            saga, state = definitions.of(row.definition_id), rows.read_state(row.snapshot)
            waiting = [
                each
                for each, step in saga.steps.items()
                if step.does.asks
                and state.steps[each].status is StepStatus.WAITING
                and (each in asking.get(saga.digest, ()) or may_decide(saga, each, state))
            ]
            found += [Asked(run=RunLine.of(row), saga=saga, state=state, step=each) for each in waiting]
    return Inbox(asked=tuple(found), is_whole=len(read) <= limit)


class Waiting(NamedTuple):
    """The numbers for the badge of the inbox."""

    decisions: int
    """The decisions that wait for the user."""
    reminded: int
    """The approvals among them of which their approvers were reminded."""


def waiting(scopes: Collection[RunScope], name: str, groups: Collection[str] | None, *, most: int) -> Waiting:
    """Count the approvals within all ``scopes`` that wait for ``name``, a member of ``groups``; stop at ``most``.

    Those that were delegated to ``name`` count too.

    ``groups``: ``None`` stands for every group. One query reads the texts of ``asks`` of ``most`` runs at most.
    """
    runs = Run.objects.filter(*(scope.condition() for scope in scopes)).order_by("created_at", "pk")
    for_group = Q() if groups is None else _delegated(name)
    for group in groups or ():
        for_group |= Q(asks__contains=canonical(group))
    found = runs.filter(for_group).extra(where=[FILLED]).values_list("asks", flat=True)[:most]  # noqa: S610 - a constant
    asked = map(_read, (each for text in found for each in json.loads(text)))
    mine = [
        reminded
        for group, reminded, barred, *delegates in asked
        if (groups is None or group in groups or name in delegates)
        and not any(may_be_same(name, each) for each in barred)
    ]
    return Waiting(min(len(mine), most), min(sum(mine), most))


def _read(entry: list[Any]) -> list[Any]:
    """Return an entry of ``asks``, always with the mark of a reminder: true or false."""
    group, *rest = entry
    return [group, *(rest if rest[0] is True else (False, *rest))]


def _delegated(name: str) -> Q:
    """Return the condition for runs with an approval that was delegated to ``name``, which stands last in its entry."""
    return Q(asks__contains=f"],{canonical(name)}]")

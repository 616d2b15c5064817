"""Counts per step over the runs of one definition, for the heat on its flowchart. At most ``MOST`` runs are read."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet

from sagaflow.core.json_value import Json
from sagaflow.core.run.state import RunStatus, StepStatus
from sagaflow.models import Run
from sagaflow.store.errors import UNREADABLE

__all__ = ["MOST", "DefinitionCounts", "StepCounts", "count_steps"]

MOST = 1000
"""Number of runs that are read, the newest first: of the open runs, and of all runs."""
RUNNING = frozenset({StepStatus.RUNNING})
WAITING = frozenset({StepStatus.DUE, StepStatus.WAITING})
FAILED = frozenset({StepStatus.PARKED, StepStatus.FAILED, StepStatus.IN_DOUBT})
UNDO_RUNNING = frozenset({StepStatus.UNDO_RUNNING})
UNDO_WAITING = frozenset({StepStatus.UNDO_DUE, StepStatus.UNDO_WAITING})
UNDO_FAILED = frozenset({StepStatus.STUCK})
UNDO_DONE = frozenset({StepStatus.COMPENSATED, StepStatus.SEMANTICALLY_UNDONE, StepStatus.UNDONE_BY_HAND})
ENDS = [status.value for status in RunStatus if status.ended]


@dataclass(slots=True)
class StepCounts:
    """The counts of one step in one direction."""

    running: int = 0
    waiting: int = 0
    failed: int = 0
    took: list[float] = field(default_factory=list)
    """Seconds from start to end, in the runs in which the step ended successfully."""

    @property
    def p95(self) -> float | None:
        """The 95th percentile of the duration in seconds; ``None``: no step ended."""
        return sorted(self.took)[max(0, -(-len(self.took) * 95 // 100) - 1)] if self.took else None


@dataclass(frozen=True, slots=True)
class DefinitionCounts:
    """The counts of all steps of a definition."""

    steps: Mapping[str, StepCounts]
    """Step → counts of doing it."""
    undos: Mapping[str, StepCounts]
    """Step → counts of undoing it."""
    runs: int
    """The number of runs that were read."""
    is_whole: bool
    """True if no run was left out."""


def count_steps(digest: str, steps: Iterable[str]) -> DefinitionCounts:
    """Count the runs of the definition ``digest``, whose steps are ``steps``."""
    runs = Run.objects.filter(definition_id=digest)
    newest, unended = (_snapshots(query) for query in (runs, runs.exclude(status__in=ENDS)))
    counts, undos = ({name: StepCounts() for name in steps} for _ in range(2))
    for snapshot in (newest | unended).values():
        with suppress(*UNREADABLE):
            _count(json.loads(snapshot).get("steps") or {}, counts, undos)
    return DefinitionCounts(counts, undos, len(newest | unended), len(newest) < MOST)


def _snapshots(runs: QuerySet[Run]) -> dict[UUID, str]:
    return dict(runs.values_list("pk", "snapshot")[:MOST])


def _count(steps: Mapping[str, Json], counts: Mapping[str, StepCounts], undos: Mapping[str, StepCounts]) -> None:
    """Add one run. The JSON of the snapshot is read directly: decoding a thousand states would take seconds."""
    for name, do in counts.items():
        step = steps.get(name) or {}
        status = step.get("status", "")
        do.running += status in RUNNING
        do.waiting += status in WAITING
        failed = status in FAILED or bool(step.get("failure"))
        do.failed += failed
        undo = undos[name]
        undo.running += status in UNDO_RUNNING
        undo.waiting += status in UNDO_WAITING
        undo.failed += status in UNDO_FAILED
        if not failed:
            _time(do, step.get("started_at"), step.get("ended_at"))
        if status in UNDO_DONE:
            _time(undo, step.get("undo_started_at"), step.get("undo_ended_at"))


def _time(counts: StepCounts, started: float | None, ended: float | None) -> None:
    if started is not None and ended is not None:
        counts.took.append(ended - started)

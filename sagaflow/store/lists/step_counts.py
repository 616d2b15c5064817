"""What the runs of one definition do, step by step: for the heat on its flowchart. Looks at so many runs at most."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sagaflow.core.run.state import RunStatus, StepStatus
from sagaflow.models import Run
from sagaflow.store.errors import UNREADABLE

__all__ = ["MOST", "Census", "StepCounts", "census"]

MOST = 1000
"""Runs that are looked at, the newest first: as many that are open, and as many in all."""
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
    """One step."""

    running: int = 0
    waiting: int = 0
    failed: int = 0
    took: list[float] = field(default_factory=list)
    """Seconds from its start to its end, in the runs in which it is done."""

    @property
    def p95(self) -> float | None:
        """Seconds that 95 in 100 take at most."""
        return sorted(self.took)[max(0, -(-len(self.took) * 95 // 100) - 1)] if self.took else None


@dataclass(frozen=True, slots=True)
class Census:
    """All steps, and of how many runs."""

    steps: Mapping[str, StepCounts]
    """Of doing each step."""
    undos: Mapping[str, StepCounts]
    """Of undoing it."""
    runs: int
    is_whole: bool
    """Whether no run was left out."""


def census(digest: str, steps: Iterable[str]) -> Census:
    """Of the definition ``digest``, whose steps are ``steps``."""
    mine = Run.objects.filter(definition_id=digest)
    newest, unended = (_snapshots(found) for found in (mine, mine.exclude(status__in=ENDS)))
    tallies, undos = ({name: StepCounts() for name in steps} for _ in range(2))
    for snapshot in (newest | unended).values():
        with suppress(*UNREADABLE):
            _count(json.loads(snapshot).get("steps") or {}, tallies, undos)
    return Census(tallies, undos, len(newest | unended), len(newest) < MOST)


def _snapshots(found: Any) -> dict[Any, str]:
    return dict(found.values_list("pk", "snapshot")[:MOST])


def _count(steps: Mapping[str, Any], tallies: Mapping[str, StepCounts], undos: Mapping[str, StepCounts]) -> None:
    """The snapshot is read as it is stored: decoding a thousand states would take seconds."""
    for name, tally in tallies.items():
        now = steps.get(name) or {}
        status = now.get("status", "")
        tally.running += status in RUNNING
        tally.waiting += status in WAITING
        failed = status in FAILED or bool(now.get("failure"))
        tally.failed += failed
        undo = undos[name]
        undo.running += status in UNDO_RUNNING
        undo.waiting += status in UNDO_WAITING
        undo.failed += status in UNDO_FAILED
        if not failed:
            _time(tally, now.get("started_at"), now.get("ended_at"))
        if status in UNDO_DONE:
            _time(undo, now.get("undo_started_at"), now.get("undo_ended_at"))


def _time(tally: StepCounts, started: float | None, ended: float | None) -> None:
    if started is not None and ended is not None:
        tally.took.append(ended - started)

"""The attempts to do a step, which its compensation has to know: the guards of the effect, and how they ended.

They are facts of the journal. A worker that has written all of them itself, since it first read the run, does not read
them back: a rollback by the worker that did the steps costs no query.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sagaflow.core.run.facts import CompensationSettled
from sagaflow.core.run.journal import read_fact
from sagaflow.core.run.reports import StepAccepted, StepClaimed, StepSucceeded
from sagaflow.core.run.state import Direction, RunState
from sagaflow.models import JournalEntry
from sagaflow.store.runs.locked_run import LockedRun

__all__ = ["PastAttempts", "attempted", "kept", "past_attempts"]

KINDS = (StepClaimed, StepSucceeded, StepAccepted, CompensationSettled)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAttempts:
    """The attempts to do one step, as the journal of the run records them."""

    guards: tuple[str, ...] = ()
    """The guards of the attempts, as their claims name them, each once."""
    succeeded: bool = False
    """True if the latest attempt succeeded."""
    was_accepted: bool = False
    """True if an attempt was accepted, to be answered later, since the step was last undone."""


def past_attempts(run: LockedRun, step: str) -> PastAttempts:
    """Return the attempts to do a step, those of this transaction included."""
    earlier = _stored(run.run_id, step) if run.tried is None or step in run.tried else run.own_attempts.get(step, ())
    own = [*earlier, *(fact for fact in _attempts(run) if fact.step == step)]
    done = [fact for fact in own if isinstance(fact, StepClaimed | StepSucceeded) and fact.direction is Direction.DO]
    return PastAttempts(
        guards=tuple(dict.fromkeys(fact.guard for fact in done if isinstance(fact, StepClaimed))),
        succeeded=bool(done) and isinstance(done[-1], StepSucceeded),
        was_accepted=_was_accepted(own),
    )


def attempted(state: RunState) -> frozenset[str]:
    """Return the steps that were attempted: only of these the journal has attempts."""
    return frozenset(name for name, step in state.steps.items() if step.attempts)


def kept(run: LockedRun) -> dict[str, list[Any]]:
    """Return step → the facts about its attempts that this worker wrote, those of the saved ``run`` included."""
    for fact in _attempts(run):
        run.own_attempts.setdefault(fact.step, []).append(fact)
    return run.own_attempts


def _attempts(run: LockedRun) -> Iterable[Any]:
    return (entry.fact for entry in run.entries if isinstance(entry.fact, KINDS))


def _stored(run_id: str, step: str) -> list[Any]:
    """Return the facts that are stored: found by their kind, and compared by the fact itself, never by its text."""
    kinds = [kind.__name__ for kind in KINDS]
    rows = JournalEntry.objects.filter(run_id=run_id, kind__in=kinds).order_by("seq")
    facts: list[Any] = [read_fact(kind, json.loads(data)) for kind, data in rows.values_list("kind", "data")]
    return [fact for fact in facts if fact.step == step]


def _was_accepted(facts: Iterable[object]) -> bool:
    """True if an attempt to do the step was accepted since the step was last undone."""
    accepted = False
    for fact in facts:
        if isinstance(fact, StepAccepted) and fact.direction is Direction.DO:
            accepted = True
        elif isinstance(fact, CompensationSettled) or (
            isinstance(fact, StepSucceeded) and fact.direction is Direction.UNDO
        ):
            accepted = False
    return accepted

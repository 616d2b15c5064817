"""The view of a run at one moment, as JSON values, and the difference between two views. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sagaflow.core.codec import encode
from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.json_value import Json
from sagaflow.core.run import preview
from sagaflow.core.run.failure import WORST_FIRST, severity
from sagaflow.core.run.state import RunState, RunStatus, StepError, StepState, StepStatus
from sagaflow.flowchart.appearance import Status
from sagaflow.flowchart.compose import step_title, work_title
from sagaflow.flowchart.paint import NO_OBSERVERS, paint, status_of, undo_status_of

__all__ = ["View", "changes", "step_panel", "view_of"]


@dataclass(frozen=True, eq=False)
class View:
    """A run at one moment."""

    saga: Saga
    state: RunState
    at: float
    """Seconds since the epoch, by the database's clock."""
    folded: frozenset[str] = frozenset()
    subscribers: tuple[Subscriber, ...] = ()
    """The subscribers of other apps."""
    failing: Mapping[str, Status] = field(default_factory=dict)
    """The observers and subscribers whose deliveries fail, by name."""

    @property
    def seq(self) -> int:
        """The number of its latest journal entry."""
        return self.state.seq

    def complete(self) -> "View":
        """Compute the properties now, on the thread of the caller, and return the view."""
        _ = self.paint, self.steps
        return self

    @cached_property
    def paint(self) -> dict[str, list[str]]:
        """The classes, mark, label and note of each element, by its id."""
        looks = paint(
            self.saga,
            self.state,
            self.at,
            folded=self.folded,
            subscribers=self.subscribers,
            failing=self.failing,
        )
        return {key: list(look) for key, look in looks.items()}

    @cached_property
    def steps(self) -> dict[str, dict[str, str]]:
        """The status of each step with its title and words, for screen readers."""
        return {name: _step(self, name) for name in self.saga.graph.order}

    @property
    def status(self) -> str:
        """The status of the run."""
        return self.state.status.value

    @property
    def progress(self) -> dict[str, int]:
        """The number of done steps and of all steps."""
        settled = sum(now.status.settled_forward for now in self.state.steps.values())
        return {"done": settled, "total": len(self.state.steps)}

    @cached_property
    def troubles(self) -> list[dict[str, Json]]:
        """The steps with an unresolved error or a missing reaction, the worst first."""
        return _troubles(self)

    @cached_property
    def rollback(self) -> dict[str, Json] | None:
        """The cause and the progress of the rollback; ``None`` without a rollback."""
        return _rollback(self)

    @cached_property
    def stale_at(self) -> float | None:
        """The time at which the view changes without a new entry: the next due time, lease or deadline."""
        if self.state.status.ended:
            return None
        moments = [self.state.deadline]
        for now in self.state.steps.values():
            moments += [now.due_at, now.lease_until, now.deadline] if now.status.working else []
        return min((moment for moment in moments if moment is not None and moment > self.at), default=None)


def view_of(
    saga: Saga,
    state: RunState,
    at: float,
    folded: Collection[str] = (),
    subscribers: Collection[Subscriber] = (),
    *,
    failing: Mapping[str, Status] = NO_OBSERVERS,
) -> View:
    """Return the view; ``folded`` segments that the definition does not have are ignored."""
    folds = frozenset(folded) & {segment.name for segment in saga.segments}
    return View(saga, state, at, folds, tuple(subscribers), failing)


def changes(old: View | None, new: View) -> dict[str, Json]:
    """Return ``{paint, steps, status}``: the changes since ``old`` and the status; everything without ``old``."""
    if old is None:
        return {"paint": new.paint, "steps": new.steps, "status": new.status}
    return {"paint": _different(old.paint, new.paint), "steps": _different(old.steps, new.steps), "status": new.status}


def _different(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, Json]:
    return {key: value for key, value in new.items() if old.get(key) != value}


def _step(view: View, name: str) -> dict[str, str]:
    now = view.state.steps[name]
    status = status_of(view.state, now, view.at)
    title = work_title(view.saga.steps[name], now.status.direction)
    return {"status": status.value, "title": title, "words": status.words}


def step_panel(view: View, name: str) -> dict[str, Json]:
    """Return the facts that the panel of a step shows now."""
    now = view.state.steps[name]
    undo = undo_status_of(view.saga, view.state, name)
    return {
        "title": view.steps[name]["title"],
        "undo": undo.words if undo else "",
        "worker": now.worker if now.status.working else "",
        "error": _error(now.do_error),
        "undo_error": _error(now.undo_error),
        "due_at": now.due_at if now.status.is_due else None,
        "until": now.deadline if now.status.working else None,
    }


def _error(error: StepError | None) -> dict[str, str] | None:
    return None if error is None else {"kind": error.kind.value, "code": error.code, "message": error.message}


def _troubles(view: View) -> list[dict[str, Json]]:
    state = view.state
    troubled = [(name, state.steps[name]) for name in view.saga.graph.order if _in_trouble(state, state.steps[name])]
    return [
        {
            "step": name,
            "title": work_title(view.saga.steps[name], now.status.direction),
            "direction": now.status.direction.value,
            "status": status_of(state, now, view.at).value,
            "error": _error(now.undo_error if now.status.direction == "undo" else now.do_error),
            "attempts": now.attempts_in(now.status.direction),
            "due_at": now.due_at if now.status.is_due else None,
            "missed_at": now.missed_at if now.status.working or now.status is StepStatus.PARKED else None,
        }
        for name, now in sorted(troubled, key=lambda pair: severity(pair[1].status))
    ]


def _in_trouble(state: RunState, now: StepState) -> bool:
    if now.status in WORST_FIRST:
        return True
    missing = now.missed_at is not None and now.status.working
    failing = now.error is not None and not now.status.undone and not now.status.settled_forward
    return not state.status.ended and (missing or failing)


def _rollback(view: View) -> dict[str, Json] | None:
    """Return the cause of the rollback, the steps that are undone and the plan of the rest."""
    state, saga = view.state, view.saga
    if state.rollback is None:
        return None
    undone = [name for name in reversed(saga.graph.order) if state.steps[name].status.undone]
    undone.sort(key=lambda name: state.steps[name].undo_ended_at or 0.0)
    planned = [] if state.status in (RunStatus.ROLLED_BACK, RunStatus.CANCELLED) else preview.plan(saga, state)
    return {
        **encode(state.rollback),
        "undone": [_undone(view, name) for name in undone],
        "left": [{"step": one.step, "title": step_title(saga.steps[one.step]), **_left(view, one)} for one in planned],
    }


def _undone(view: View, name: str) -> dict[str, Json]:
    now = view.state.steps[name]
    return {
        "step": name,
        "title": step_title(view.saga.steps[name]),
        "words": status_of(view.state, now, view.at).words,
        "note": now.note,
        "by": now.by,
        "at": now.undo_ended_at,
    }


def _left(view: View, one: preview.PlannedUndo) -> dict[str, Json]:
    status = undo_status_of(view.saga, view.state, one.step)
    return {
        "order": one.order,
        "kind": one.kind,
        "action": one.action,
        "reason": one.reason,
        "words": status.words if status else "expected",
    }

"""Sub-sagas: a child's last transaction wakes its parent, whose next one looks at its children. Locks go up only."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID, uuid5

from django.db.models import Q

from sagaflow.core.run.external import expects_child
from sagaflow.core.run.queries import wake_at
from sagaflow.core.run.record import stayed
from sagaflow.core.run.redact import redact_message
from sagaflow.core.run.reports import ChildEnded
from sagaflow.core.run.state import LESS_THAN_COMPENSATED, RunState, RunStatus, StepStatus
from sagaflow.core.run.steps import in_order
from sagaflow.core.words.sentences import cause, had_failed
from sagaflow.models import Run
from sagaflow.store import definitions
from sagaflow.store.clock import to_datetime
from sagaflow.store.masks import covering
from sagaflow.store.runs import rows
from sagaflow.store.runs.locked_run import Due, LockedRun

__all__ = [
    "child_id",
    "child_of",
    "clear_wake",
    "ended_children",
    "later_try",
    "next_try",
    "notify",
    "step_ref",
    "take_child_ends",
    "wake_time",
    "went_back_whole",
]


OF_AN_END = ("status", "snapshot", "definition_id", "number", "parent_id", "parent_step")
"""The columns of a child that say how it ended."""


class Child(NamedTuple):
    """The run of a sub-saga, or its latest retry as a whole."""

    run_id: str
    status: RunStatus


def step_ref(step: str, round_: int) -> str:
    """Return the text by which a child names the step and round of its parent."""
    return f"{step}#{round_}"


def child_id(parent_id: str, step: str, round_: int) -> str:
    """Return the run ID of a sub-saga, which is the same for every attempt of one round of the step."""
    return str(uuid5(UUID(parent_id), step_ref(step, round_)))


def child_of(parent_id: str, step: str, round_: int) -> Child | None:
    """Return the run that performs the step now, or ``None``."""
    runs = Run.objects.filter(parent__pk=parent_id, parent_step=step_ref(step, round_)).order_by("-number")
    row = runs.values_list("id", "status").first()
    return Child(str(row[0]), RunStatus(row[1])) if row else None


def went_back_whole(run_id: str) -> bool:
    """Say whether an ended child, with the tries before it, left nothing."""
    child = Run.objects.only(*OF_AN_END).get(pk=run_id)
    return child.status != RunStatus.COMPLETED and _stayed(child, rows.read_state(child.snapshot))[0] is None


def next_try(origin: UUID | str, number: int) -> UUID | None:
    """Return the ID of the run that retries the run ``number`` of ``origin`` as a whole, or ``None``."""
    return Run.objects.filter(origin__pk=origin, number=number + 1).values_list("pk", flat=True).first()


def later_try(origin: UUID | str, number: int) -> Child | None:
    """Return the latest run that retries the run ``number`` of ``origin`` as a whole, except for cancelled ones."""
    later = Run.objects.filter(origin__pk=origin, number__gt=number).exclude(status=RunStatus.CANCELLED.value)
    row = later.order_by("-number").values_list("id", "status").first()
    return Child(str(row[0]), RunStatus(row[1])) if row else None


def take_child_ends(run: LockedRun) -> None:
    """Let the run take the ends of its children, each at its time: a limit that passed later does not reverse them.

    No end counts as earlier than the latest change of the run, so that no decision is made twice.
    """
    run.before_first_report = None  # else the first report below would take the same ends again, as stale
    if ended := ended_children(run):
        changed_at = Run.objects.values_list("updated_at", flat=True).get(pk=run.run_id)
        since = run.at if run.decisions else changed_at.timestamp()
        for report, at in ended:
            run.take(report, happened=max(at, since))


def ended_children(run: LockedRun) -> list[tuple[ChildEnded, float]]:
    """Return ``(report, time)`` for each step whose child ended, the earliest end first."""
    step_of = _ended(run)
    if not step_of:
        return []
    children = Run.objects.filter(pk__in=list(step_of), ended_at__isnull=False)
    ended = ((step_of[child.pk], child) for child in children.only(*OF_AN_END))
    return sorted((_end(step, child) for step, child in ended), key=lambda pair: pair[1])


def _ended(run: LockedRun) -> dict[UUID, str]:
    """Return child ID → step that expects its end, for children that ended. Snapshots are large: none is read here."""
    waiting = dict(_waiting(run))
    if not waiting:
        return {}
    children = Run.objects.filter(parent__pk=run.run_id, parent_step__in=list(waiting)).order_by("number")
    latest = {ref: (pk, status) for ref, pk, status in children.values_list("parent_step", "pk", "status")}
    return {
        pk: waiting[ref]
        for ref, (pk, status) in latest.items()
        if RunStatus(status).ended and expects_child(run.saga, run.state, waiting[ref], RunStatus(status))
    }


def _why(child: Run, state: RunState) -> str:
    """Return why the child rolled back, without secrets: ``no-stock at reserve, the shelf is empty``."""
    rollback = state.rollback
    if rollback is None:
        return ""
    if rollback.by_failure and rollback.error:
        code, message, failed = rollback.error.code, rollback.error.message, ""
        place = f" at {rollback.step}"
    else:
        code, message, place = cause(rollback.code), rollback.message, ""
        failed = had_failed(rollback.code, rollback.step, rollback.error)
    text = code + place + (f", {message}" if message and message != code else "") + (f"; {failed}" if failed else "")
    return redact_message(covering(definitions.of(child.definition_id)), state, text)


def wake_time(run: LockedRun) -> float | None:
    """Return the time at which the run is due: now, if the end of a child is not recorded yet."""
    due_at = wake_at(run.saga, run.state)
    if due_at is not None and due_at <= run.at:
        return due_at
    return run.at if _ended(run) else due_at


def notify(run: LockedRun) -> list[Due]:
    """Make the parent due now, and return the hint for it. A child that is retried as a whole waits with that."""
    if run.parent_id is None or run.starts_again:
        return []
    now = to_datetime(run.at)
    later = Q(wake_at__isnull=True) | Q(wake_at__gt=now)
    Run.objects.filter(later, pk=run.parent_id, ended_at__isnull=True).update(wake_at=now)
    return [Due(run.parent_id, "", run.at)]


def clear_wake(run: LockedRun) -> None:
    """Set the time of the next wake: nothing was due, and the run must not be woken again for a child that ended."""
    due_at = wake_time(run)
    if due_at is None or due_at > run.at:
        overdue = Run.objects.filter(pk=run.run_id, seq=run.seq, wake_at__lte=to_datetime(run.at))
        overdue.update(wake_at=to_datetime(due_at))


def _end(step: str, child: Run) -> tuple[ChildEnded, float]:
    state = rows.read_state(child.snapshot)
    worst, summary = _stayed(child, state)
    report = ChildEnded(
        step=step,
        child=str(child.pk),
        status=child.status,
        output=state.outputs(),
        why=_why(child, state),
        stayed=worst,
        summary=summary,
    )
    return report, state.ended_at or 0.0


def _stayed(child: Run, state: RunState) -> tuple[StepStatus | None, str]:
    """Return the worst that the child left, and the summaries that say so: also of the tries before it."""
    tries = [("", state)]
    if child.number:
        before = Run.objects.filter(parent=child.parent_id, parent_step=child.parent_step, number__lt=child.number)
        tries += [(f"run {row.pk}: ", rows.read_state(row.snapshot)) for row in before.order_by("-number")]
    found = [(name, *stayed(tried)) for name, tried in tries if tried.rollback is not None]
    worst = next((status for status in LESS_THAN_COMPENSATED if any(status is left for _, left, _ in found)), None)
    return worst, "; ".join(f"{name}{summary}" for name, left, summary in found if left is not None)


def _waiting(run: LockedRun) -> Iterator[tuple[str, str]]:
    """Yield ``(step_ref, step)`` for each step that waits for a child, or whose undo its late end settles."""
    for name in in_order(run.saga, run.state):
        if expects_child(run.saga, run.state, name, RunStatus.ROLLED_BACK):
            yield step_ref(name, run.state.steps[name].round), name

"""A run as JSON with stable keys, for commands, the API and pages.

Sensitive fields are masked here and nowhere else. The argument ``sensitive`` names them, as ``access.sensitive_for``
returns them for a user; without it, all fields that the saga declares as sensitive are masked.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sagaflow import store
from sagaflow.core.codec import encode
from sagaflow.core.definition.saga import Saga
from sagaflow.core.json_value import Json
from sagaflow.core.mask import MASK, masked, masked_search, masked_within
from sagaflow.core.payload import canonical
from sagaflow.core.run import queries
from sagaflow.core.run.journal import Entry, write_fact
from sagaflow.core.run.state import RunState, RunStatus, StepState, StepStatus
from sagaflow.core.words.sentences import sentence
from sagaflow.flowchart.appearance import Status
from sagaflow.store import refusals
from sagaflow.store.lists import lookup
from sagaflow.store.masks import masked_of
from sagaflow.store.runs import outbox
from sagaflow.store.runs.relatives import Relatives
from sagaflow.store.runs.run_line import RunLine

__all__ = [
    "Act",
    "acts",
    "entry",
    "failing_observers",
    "head",
    "iso_time",
    "observers",
    "of",
    "outstanding",
    "steps",
    "summary",
]

Names = tuple[str, ...] | None

WAITING_ON = {
    StepStatus.DUE: "queued for a worker",
    StepStatus.UNDO_DUE: "queued for a worker",
    StepStatus.RUNNING: "running",
    StepStatus.UNDO_RUNNING: "running",
    StepStatus.UNDO_WAITING: "waiting for the answer",
    StepStatus.PARKED: "waiting for an operator",
    StepStatus.STUCK: "waiting for an operator",
}


@dataclass(frozen=True, slots=True)
class Act:
    """An act that an operator may do now."""

    verb: str
    step: str
    command: str
    """The arguments of ``manage.py sagaflow`` for it."""


def of(run_id: str, *, with_journal: bool = False) -> dict[str, Json]:
    """Return everything about a run.

    Raises:
        UnknownRun: there is no such run.
    """
    run = store.run(run_id)
    saga, state = store.state(run_id)
    now = store.now()
    view = {
        "run": head(run, saga, state, now),
        "steps": steps(saga, state),
        "outstanding": outstanding(saga, state),
        "observers": observers(run_id, saga),
        "allowed": [
            {"verb": act.verb, "step": act.step, "command": act.command} for act in acts(run_id, saga, state, now)
        ],
    } | past(run_id, saga)
    if with_journal:
        view["journal"] = [entry(saga, row) for row in store.journal(run_id)]
    return view


def past(run_id: str, saga: Saga, *, sensitive: Names = None) -> dict[str, Json]:
    """Return the rollback records and the operator acts of a run, the oldest first."""
    hidden = _hidden(saga, sensitive)
    records, done = lookup.history(run_id)
    return {
        "rollbacks": [masked_within(record, hidden) for record in records],
        "acts": [_act(act, hidden) for act in done],
    }


def head(run: RunLine, saga: Saga, state: RunState, now: float, *, sensitive: Names = None) -> dict[str, Json]:
    """Return the summary of a run with its input and its rollback, without its steps."""
    rollback = state.rollback
    return summary(run, saga, now, sensitive=sensitive) | {
        "title": saga.title,
        "input": masked(state.input, _hidden(saga, sensitive)),
        "late_at": iso_time(state.late_at),
        "retried_as": _text(lookup.next_try(run)) if state.status is RunStatus.ROLLED_BACK else None,
        "rollback": encode(rollback) if rollback else None,
    }


def summary(run: RunLine, saga: Saga | None, now: float, *, sensitive: Names = None) -> dict[str, Json]:
    """Return one line of the list of runs. ``saga``: the definition that the run is pinned to.

    ``None``: it cannot be loaded. Then no search attributes are shown, because only the definition says which are
    sensitive.
    """
    return {
        "id": run.run_id,
        "saga": run.saga,
        "key": run.key,
        "version": run.version,
        "digest": run.digest,
        "status": run.status,
        "attention": run.attention,
        "refusal": asdict(refusal) if (refusal := refusals.read(run.refusal)) else None,
        "age": round(max(0.0, now - run.created_at.timestamp()), 3),
        "created_at": _iso(run.created_at),
        "updated_at": _iso(run.updated_at),
        "ended_at": _iso(run.ended_at),
        "wake_at": _iso(run.wake_at),
        "starts_at": _iso(run.starts_at) if run.starts_at and run.starts_at.timestamp() > now else None,
        "deadline": _iso(run.deadline),
        "by": run.by,
        "search": masked_search(run.search, saga.search, _hidden(saga, sensitive)) if saga else {},
        "parent": run.parent_id,
        "origin": run.origin_id,
        "number": run.number,
        "seq": run.seq,
    }


def steps(saga: Saga, state: RunState, *, sensitive: Names = None) -> list[dict[str, Json]]:
    """Return the state of each step, in the order of the definition."""
    hidden = _hidden(saga, sensitive)
    return [_step(saga, name, state.steps[name], hidden) for name in saga.steps]


def outstanding(saga: Saga, state: RunState) -> list[dict[str, Json]]:
    """Return what the run waits on: the step, the service, and when it is due."""
    open_ = ((name, state.steps[name]) for name in saga.graph.order)
    return [
        {
            "step": name,
            "direction": step_state.status.direction.value,
            "what": _waiting_on(saga, state, name),
            "service": saga.steps[name].service_of(step_state.status.direction),
            "due_at": iso_time(step_state.due_at if step_state.status.is_due else None),
            "until": iso_time(step_state.lease_until or step_state.deadline),
        }
        for name, step_state in open_
        if step_state.status.working or step_state.status.needs_person or queries.events_to_come(saga, state, name)
    ]


def observers(run_id: str, saga: Saga) -> list[dict[str, Json]]:
    """Return the observers and subscribers that fail, or that no live worker can call. They do not affect the run.

    Sensitive values were masked in the errors they were stored.
    """
    return [
        {
            "observer": delivery.observer,
            "event": delivery.event,
            "seq": delivery.seq,
            "attempts": delivery.attempts,
            "error": f"no worker for {needs} since {_iso(delivery.due_at)}" if needs else delivery.error,
            "needs": needs,
            "next_try": _iso(delivery.due_at),
        }
        for delivery, needs in outbox.undelivered(run_id, saga)
    ]


def failing_observers(run_id: str, saga: Saga) -> dict[str, Status]:
    """Return the status of each observer and subscriber of a run whose deliveries fail, for its flowchart."""
    deliveries = [delivery for delivery, needs in outbox.undelivered(run_id, saga) if not needs]
    retried = {delivery.observer: Status.RETRYING for delivery in deliveries if delivery.due_at is not None}
    return retried | {delivery.observer: Status.FAILED for delivery in deliveries if delivery.due_at is None}


def acts(run_id: str, saga: Saga, state: RunState, now: float) -> list[Act]:
    """Return the acts that an operator may do now, with their commands; those on steps that need one come first."""
    short = run_id[:8]
    urgent = sorted(saga.graph.order, key=lambda name: state.steps[name].status.needs_person, reverse=True)
    possible = [act for name in urgent for act in _answers(run_id, saga, state, name)]
    around = Relatives(run_id, saga, state)
    for name in urgent:
        allowed = around.allowed(now, name)
        possible += [_operate(verb, short, name) for verb, why_not in allowed.items() if why_not is None]
    allowed = around.allowed(now)
    return possible + [_operate(verb, short) for verb, why_not in allowed.items() if why_not is None]


def entry(saga: Saga, row: Entry, *, sensitive: Names = None) -> dict[str, Json]:
    """Return one journal entry."""
    kind, data = write_fact(row.fact)
    return {
        "seq": row.seq,
        "at": iso_time(row.at),
        "cause": row.cause,
        "kind": kind,
        "text": sentence(row.fact),
        "data": masked_within(data, _hidden(saga, sensitive)),
    }


def iso_time(at: float | None) -> str | None:
    """Return seconds since the epoch as ISO 8601 in UTC."""
    return None if at is None else _iso(datetime.fromtimestamp(at, UTC))


def _hidden(saga: Saga, sensitive: Names) -> tuple[str, ...]:
    return masked_of(saga) if sensitive is None else sensitive


def _step(saga: Saga, name: str, step_state: StepState, hidden: tuple[str, ...]) -> dict[str, Json]:
    step, segment = saga.steps[name], saga.graph.segment_of[name]
    return {
        "step": name,
        "title": step.title,
        "segment": segment.name,
        "style": segment.style.value,
        "service": step.service,
        "status": step_state.status.value,
        "attempts": step_state.attempts,
        "undo_attempts": step_state.undo_attempts,
        "round": step_state.round,
        "missed_at": iso_time(step_state.missed_at),
        "reminded_at": iso_time(step_state.reminded_at),
        "worker": step_state.worker,
        "by": step_state.by,
        "note": step_state.note,
        "error": encode(step_state.do_error) if step_state.do_error else None,
        "undo_error": encode(step_state.undo_error) if step_state.undo_error else None,
        "input": masked(step_state.input, hidden),
        "output": masked(step_state.output, hidden),
        "undo_output": masked(step_state.undo_output, hidden),
        "started_at": iso_time(step_state.started_at),
        "ended_at": iso_time(step_state.ended_at),
        "undo_started_at": iso_time(step_state.undo_started_at),
        "undo_ended_at": iso_time(step_state.undo_ended_at),
    }


def _waiting_on(saga: Saga, state: RunState, name: str) -> str:
    step_state = state.steps[name]
    if events := queries.events_to_come(saga, state, name):
        return f"waits for the event{'s' if events[1:] else ''} {', '.join(events)}"
    if step_state.unserved_since is not None:
        since = iso_time(step_state.unserved_since)
        return f"no worker for {queries.needed(saga.steps[name], step_state)} since {since}"
    if step_state.status is not StepStatus.WAITING:
        return WAITING_ON[step_state.status]
    handed = step_state.delegation
    delegated = f", delegated to {handed.to} by {handed.by}" if handed else ""
    reminded = ", reminded" if step_state.reminded_at is not None else ""
    return f"{saga.steps[name].does.waiting}{delegated}{reminded}"


def _answers(run_id: str, saga: Saga, state: RunState, name: str) -> list[Act]:
    """Return the acts that are not operator verbs: a decision, or the publication of the awaited event."""
    step_state, work, short = state.steps[name], saga.steps[name].does, run_id[:8]
    seen, waits = f"--round {step_state.round}", step_state.status is StepStatus.WAITING
    if waits and work.asks:
        return [
            Act("approve", name, f'approve {short} {name} {seen} --reason "…"'),
            Act("reject", name, f'approve {short} {name} {seen} --reject --reason "…"'),
            Act("delegate", name, f'approve {short} {name} {seen} --to USER --reason "…"'),
        ]
    events = (work.awaits,) if waits and work.awaits else queries.events_to_come(saga, state, name)
    return [Act("publish", name, f"publish {event} {run_id} {seen}") for event in events]


def _operate(verb: str, short: str, step: str = "") -> Act:
    more = " --input '{…}'" if verb == "retry_with_input" else ""
    return Act(verb, step, f'operate {verb} {short}{f" {step}" if step else ""}{more} --reason "…"')


def _act(act: store.RecordedAct, hidden: tuple[str, ...]) -> dict[str, Json]:
    """Return an operator act. Its detail can contain an edited input, as JSON or in the reason of a refusal."""
    shown = {name: getattr(act, name) for name in ("verb", "step", "by", "reason", "outcome", "detail")}
    if act.verb == "retry_with_input" and act.outcome == "done":
        shown["detail"] = canonical(masked(json.loads(act.detail), hidden))
    elif act.verb == "retry_with_input" and hidden:
        shown["detail"] = MASK
    return shown | {"at": _iso(act.at)}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(value: Json) -> str | None:
    return None if value is None else str(value)

"""All that is known of one run, as JSON with stable keys: what commands print, the API answers and pages show.

Fields are masked here, once, before anything is shown in any form. The argument ``sensitive`` names them, as
``access.sensitive_for`` tells for a user; without it they are all those that the saga declares.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sagaflow import store
from sagaflow.core.codec import encode
from sagaflow.core.definition.saga import Saga
from sagaflow.core.mask import MASK, masked, masked_search, masked_within
from sagaflow.core.payload import canonical
from sagaflow.core.run import queries
from sagaflow.core.run.journal import Entry, write_fact
from sagaflow.core.run.state import RunState, RunStatus, StepState, StepStatus
from sagaflow.core.words.sentences import sentence
from sagaflow.store import refusals
from sagaflow.store.lists import lookup
from sagaflow.store.lists.run_line import RunLine
from sagaflow.store.runs import outbox

__all__ = ["Act", "acts", "entry", "head", "iso_time", "observers", "of", "outstanding", "steps", "summary"]

Names = tuple[str, ...] | None

OWED = {
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
    """Something that a person can do now."""

    verb: str
    step: str
    command: str
    """The arguments of ``manage.py sagaflow`` that do it."""


def of(run_id: str, *, with_journal: bool = False) -> dict[str, Any]:
    """Everything about a run.

    Raises:
        UnknownRun: there is none.
    """
    row = store.run(run_id)
    saga, state = store.state(run_id)
    now = store.now()
    found = {
        "run": head(row, saga, state, now),
        "steps": steps(saga, state),
        "outstanding": outstanding(saga, state),
        "observers": observers(run_id, saga),
        "allowed": [
            {"verb": act.verb, "step": act.step, "command": act.command} for act in acts(run_id, saga, state, now)
        ],
    } | past(run_id, saga)
    if with_journal:
        found["journal"] = [entry(saga, each) for each in store.journal(run_id)]
    return found


def past(run_id: str, saga: Saga, *, sensitive: Names = None) -> dict[str, Any]:
    """Its rollback records and the acts of persons, the oldest first."""
    hidden = _hidden(saga, sensitive)
    records, done = lookup.history(run_id)
    return {
        "rollbacks": [masked_within(record, hidden) for record in records],
        "acts": [_act(act, hidden) for act in done],
    }


def head(row: Any, saga: Saga, state: RunState, now: float, *, sensitive: Names = None) -> dict[str, Any]:
    """What the run is, without its steps."""
    rollback = state.rollback
    return summary(RunLine.of(row), saga, now, sensitive=sensitive) | {
        "title": saga.title,
        "input": masked(state.input, _hidden(saga, sensitive)),
        "late_at": iso_time(state.late_at),
        "retried_as": _text(lookup.next_try(row)) if state.status is RunStatus.ROLLED_BACK else None,
        "rollback": encode(rollback) if rollback else None,
    }


def summary(run: RunLine, saga: Saga | None, now: float, *, sensitive: Names = None) -> dict[str, Any]:
    """One line of the list of runs. ``saga``: the definition that the run is pinned to; ``None``: it cannot be loaded.

    Then no search attributes are shown, because only the definition tells which of them are sensitive.
    """
    return {
        "id": run.run_id,
        "saga": run.saga,
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


def steps(saga: Saga, state: RunState, *, sensitive: Names = None) -> list[dict[str, Any]]:
    """Where each step stands, in the order of the definition."""
    hidden = _hidden(saga, sensitive)
    return [_step(saga, name, state.steps[name], hidden) for name in saga.steps]


def outstanding(saga: Saga, state: RunState) -> list[dict[str, Any]]:
    """What is still owed to the run: by whom, and when it is due."""
    open_ = ((name, state.steps[name]) for name in saga.graph.order)
    return [
        {
            "step": name,
            "direction": now.status.direction.value,
            "what": _owed(saga, name, now),
            "service": saga.steps[name].service_of(now.status.direction),
            "due_at": iso_time(now.due_at),
            "until": iso_time(now.lease_until or now.deadline),
        }
        for name, now in open_
        if now.status.working or now.status.needs_person
    ]


def observers(run_id: str, saga: Saga) -> list[dict[str, Any]]:
    """The observers and subscribers that fail, or that no live worker can call. None of them touches the run.

    What is sensitive was struck out of each error before.
    """
    return [
        {
            "observer": each.observer,
            "event": each.event,
            "seq": each.seq,
            "attempts": each.attempts,
            "error": f"no worker for {needs} since {_iso(each.due_at)}" if needs else each.error,
            "needs": needs,
            "next_try": _iso(each.due_at),
        }
        for each, needs in outbox.undelivered(run_id, saga)
    ]


def acts(run_id: str, saga: Saga, state: RunState, now: float) -> list[Act]:
    """What a person can do now, with the command that does it; what needs a person most comes first."""
    short = run_id[:8]
    urgent = sorted(saga.graph.order, key=lambda name: state.steps[name].status.needs_person, reverse=True)
    found = [act for name in urgent for act in _answers(short, run_id, saga, name, state.steps[name])]
    for name in urgent:
        allowed = queries.allowed(saga, state, now, name)
        found += [_operate(verb, short, name) for verb, why_not in allowed.items() if why_not is None]
    allowed = queries.allowed(saga, state, now)
    return found + [_operate(verb, short) for verb, why_not in allowed.items() if why_not is None]


def entry(saga: Saga, found: Entry, *, sensitive: Names = None) -> dict[str, Any]:
    """One journal entry."""
    kind, data = write_fact(found.fact)
    return {
        "seq": found.seq,
        "at": iso_time(found.at),
        "cause": found.cause,
        "kind": kind,
        "text": sentence(found.fact),
        "data": masked_within(data, _hidden(saga, sensitive)),
    }


def iso_time(at: float | None) -> str | None:
    """Seconds since the epoch as ISO 8601 in UTC."""
    return None if at is None else _iso(datetime.fromtimestamp(at, UTC))


def _hidden(saga: Saga, sensitive: Names) -> tuple[str, ...]:
    return saga.sensitive if sensitive is None else sensitive


def _step(saga: Saga, name: str, now: StepState, hidden: tuple[str, ...]) -> dict[str, Any]:
    step, segment = saga.steps[name], saga.graph.segment_of[name]
    return {
        "step": name,
        "title": step.title,
        "segment": segment.name,
        "style": segment.style.value,
        "service": step.service,
        "status": now.status.value,
        "attempts": now.attempts,
        "undo_attempts": now.undo_attempts,
        "round": now.round,
        "missed_at": iso_time(now.missed_at),
        "worker": now.worker,
        "by": now.by,
        "note": now.note,
        "error": encode(now.do_error) if now.do_error else None,
        "undo_error": encode(now.undo_error) if now.undo_error else None,
        "input": masked(now.input, hidden),
        "output": masked(now.output, hidden),
        "undo_output": masked(now.undo_output, hidden),
        "started_at": iso_time(now.started_at),
        "ended_at": iso_time(now.ended_at),
        "undo_started_at": iso_time(now.undo_started_at),
        "undo_ended_at": iso_time(now.undo_ended_at),
    }


def _owed(saga: Saga, name: str, now: StepState) -> str:
    if now.unserved_since is not None:
        since = iso_time(now.unserved_since)
        return f"no worker for {queries.needed(saga.steps[name], now)} since {since}"
    if now.status is not StepStatus.WAITING:
        return OWED[now.status]
    return saga.steps[name].does.waiting


def _answers(short: str, run_id: str, saga: Saga, name: str, now: StepState) -> list[Act]:
    """Ways on that are no operator verbs: a decision, or the event that is awaited."""
    if now.status is not StepStatus.WAITING:
        return []
    work = saga.steps[name].does
    if work.asks:
        return [
            Act("approve", name, f'approve {short} {name} --reason "…"'),
            Act("reject", name, f'approve {short} {name} --reject --reason "…"'),
        ]
    return [Act("publish", name, f"publish {work.awaits} --run {run_id}")] if work.awaits else []


def _operate(verb: str, short: str, step: str = "") -> Act:
    more = " --input '{…}'" if verb == "retry_with_input" else ""
    return Act(verb, step, f'operate {verb} {short}{f" {step}" if step else ""}{more} --reason "…"')


def _act(act: lookup.RecordedAct, hidden: tuple[str, ...]) -> dict[str, Any]:
    """An edited input stands in the detail of its act, as JSON; why one was refused may quote it."""
    shown = {name: getattr(act, name) for name in ("verb", "step", "by", "reason", "outcome", "detail")}
    if act.verb == "retry_with_input" and act.outcome == "done":
        shown["detail"] = canonical(masked(json.loads(act.detail), hidden))
    elif act.verb == "retry_with_input" and hidden:
        shown["detail"] = MASK
    return shown | {"at": _iso(act.at)}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)

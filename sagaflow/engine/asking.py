"""Acts that need two people: one operator asks, and another one gives, which does the act in the same transaction.

What the first one saw is compared while the run is locked, so that the second one never gives what no longer is.
"""

import json
from collections.abc import Callable, Iterable

from django.db import transaction

from sagaflow import store
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.core.json_value import Json
from sagaflow.core.payload import canonical
from sagaflow.core.run.decide import decide
from sagaflow.core.run.people import may_be_same, said
from sagaflow.core.run.second_person import seen
from sagaflow.core.run.state import RunState
from sagaflow.core.run.verbs import OPERATE_VERBS, VERBS, value_for
from sagaflow.engine.inputs import LONGEST_NAME, LONGEST_REASON, check_text
from sagaflow.engine.interventions import Intervention, act, check, hinting, record, report_of, second_person
from sagaflow.engine.rounds import check_round
from sagaflow.engine.transaction import change
from sagaflow.store import LockedRun, RecordedAct, act_requests, bulk_repairs
from sagaflow.store.act_requests import NewRequest, Outcome, Request
from sagaflow.store.bulk_repairs import Order
from sagaflow.store.runs import relatives

__all__ = ["ask", "ask_for_repair", "give", "is_outdated", "refuse"]

AGAIN = "The run has gone on since '{by}' asked. Look at it, and ask again if it still needs this."


def ask(
    run_id: str,
    verb: str,
    *,
    by: str,
    reason: str,
    step: str | None = None,
    input: Json = None,  # noqa: A002
    output: Json = None,
    round: int | None = None,  # noqa: A002
    unchanged: Callable[[RunState], bool] | None = None,
) -> Request:
    """Ask for an act that needs a second person, with the same values as in ``operate``. Nothing happens to the run.

    Raises:
        Refused: it does not apply now, does not take what is given, needs no second person, or was asked for already;
            nothing is recorded.
        InvalidPayload: the value cannot be converted to strict JSON.
    """
    if verb not in OPERATE_VERBS:
        raise Refused(f"The verb '{verb}' needs no second person; use one of {', '.join(OPERATE_VERBS)}.")
    value = value_for(VERBS[verb], {"input": input, "output": output}, step or "")
    wanted = Intervention(VERBS[verb], by, reason, step or "", value, round, unchanged)
    check(wanted)
    run_id = store.as_run_id(run_id)
    with hinting(run_id, wanted.verb):
        return change(run_id, lambda run: _asked(run, wanted))


def ask_for_repair(order: Order, runs: Iterable[tuple[str, int]], refused: Iterable[tuple[str, int, str]] = ()) -> str:
    """Store a bulk repair that begins only when a second person gives it; return its ID. See ``freeze``."""
    with transaction.atomic():
        repair_id = bulk_repairs.freeze(order, runs, refused)
        act_requests.add(NewRequest(verb=order.verb, by=order.by, reason=order.reason, repair_id=repair_id))
    return repair_id


def give(request_id: str, *, by: str, note: str = "") -> RecordedAct | None:
    """Do what another operator asked for. ``None``: it is a bulk repair, which begins now.

    Raises:
        Refused: ``by`` asked for it, it was answered already, the run has gone on, or it no longer applies.
    """
    asked = _open(request_id, by, note)
    if may_be_same(asked.by, by):
        raise Refused(f"'{by}' asked for this, and another person has to give it.", code="barred")
    if asked.run_id is not None:
        return _give_act(asked, asked.run_id, by, note)
    _give_repair(asked, by, note)
    return None


def refuse(request_id: str, *, by: str, note: str = "") -> str:
    """End a request without the act. Return the outcome: ``withdrawn`` by the operator who asked, else ``refused``.

    Raises:
        Refused: it was answered already, or another person gives no note.
    """
    asked = _open(request_id, by, note)
    outcome = Outcome.WITHDRAWN if may_be_same(asked.by, by) else Outcome.REFUSED
    if outcome is Outcome.REFUSED:
        check_text("note about the refusal", note, longest=LONGEST_REASON)
    with transaction.atomic():
        act_requests.answer(asked.request_id, outcome, by=by, note=note)
        if asked.repair_id:
            bulk_repairs.stop(asked.repair_id, by=by)
    return outcome.value


def is_outdated(asked: Request) -> bool:
    """True if an open request can no longer be given, because the run, or one around it, has gone on since."""
    if asked.run_id is None:
        return not bulk_repairs.digests(asked.repair_id or "")
    saga, state = store.state(asked.run_id)
    at, around = store.now(), relatives.Relatives(asked.run_id, saga, state)
    return seen(saga, state, asked.step, at) != asked.seen or bool(around.why_not(asked.verb, asked.step, at))


def _asked(run: LockedRun, wanted: Intervention) -> Request:
    verb = wanted.verb.name
    if not second_person().why(run.saga, run.state, verb):
        raise Refused(f"{wanted.verb.title} needs no second person here; do it.", code="not-applicable")
    check_round(run.state, [wanted.step], wanted.round)
    if wanted.unchanged is not None and not wanted.unchanged(run.state):
        raise Refused("The run has changed since you looked at it. Check its state and decide again.", code="outdated")
    report = report_of(run, wanted)
    decide(run.saga, run.state, report, run.at)  # refuses now what would be refused later
    value = canonical(getattr(report, wanted.verb.takes)) if wanted.verb.takes else ""
    asked = NewRequest(
        verb=verb,
        by=wanted.by,
        reason=wanted.reason,
        run_id=run.run_id,
        step=wanted.step,
        value=value,
        seen=seen(run.saga, run.state, wanted.step, run.at),
    )
    same = act_requests.same(run.run_id, verb, wanted.step)
    if earlier := next((each for each in same if each.seen == asked.seen), None):
        raise Refused(f"'{earlier.by}' has asked for this already: request {earlier.request_id}.", code="asked")
    return act_requests.add(asked)


def _open(request_id: str, by: str, note: str) -> Request:
    check_text("name of the second person", by, longest=LONGEST_NAME)
    check_text("note", note, longest=LONGEST_REASON, required=False)
    asked = act_requests.find(request_id)
    if asked.answer:
        raise Refused(f"'{asked.answer.by}' has answered this request: it is {asked.answer.outcome}.", code="outdated")
    return asked


def _give_repair(asked: Request, by: str, note: str) -> None:
    if is_outdated(asked):
        act_requests.answer(asked.request_id, Outcome.OUTDATED, by=by, note=note)
        raise Refused("No run of this bulk repair is queued any more. Nothing was done.", code="outdated")
    act_requests.answer(asked.request_id, Outcome.GIVEN, by=by, note=note)


def _give_act(asked: Request, run_id: str, by: str, note: str) -> RecordedAct:
    value = json.loads(asked.value) if asked.value else None
    second = said(asked.request_id, by)
    given = Intervention(VERBS[asked.verb], asked.by, asked.reason, asked.step, value, second=second)

    def body(run: LockedRun) -> RecordedAct | None:
        if seen(run.saga, run.state, asked.step, run.at) != asked.seen:
            return None
        act_requests.answer(asked.request_id, Outcome.GIVEN, by=by, note=note)
        return act(run, given)

    try:
        with hinting(run_id, given.verb):
            done = change(run_id, body)
    except (Refused, InvalidPayload) as refused:
        record(run_id, given, "refused", str(refused))
        if is_outdated(asked):
            act_requests.answer(asked.request_id, Outcome.OUTDATED, by=by, note=note)
        raise
    if done is None:
        act_requests.answer(asked.request_id, Outcome.OUTDATED, by=by, note=note)
        raise Refused(AGAIN.format(by=asked.by), code="outdated")
    return done

"""Operators act on runs and decide steps: with a reason, with permission, and recorded."""

import pytest

from sagaflow import engine, registry, store
from sagaflow.core.definition.saga import Approval, Saga, Step, orchestrated
from sagaflow.models import CallbackToken, OperatorAct
from sagaflow.testing import moving_clock


@pytest.fixture
def waiting(started, participant):
    """A run whose step ``agree`` is waiting for a decision."""
    run_id = started()
    answer_url = participant.requests[-1].json["callback_url"]
    engine.answer(answer_url.rpartition("/")[2], output={"charge": "C-1"})
    return run_id


def test_a_verb_is_done_and_written_down(boss, started, participant):
    run_id = started()
    answer = boss.post(f"/runs/{run_id}/verbs/cancel", {"reason": "the customer changed her mind"})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "done")
    (act,) = boss.get(f"/runs/{run_id}/rollbacks").json()["acts"]
    assert (act["verb"], act["by"], act["reason"]) == ("cancel", "admin", "the customer changed her mind")


def test_a_verb_that_does_not_apply_is_refused_and_written_down(boss, started, participant):
    run_id = started()
    answer = boss.post(f"/runs/{run_id}/verbs/skip", {"reason": "in a hurry", "step": "reserve"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-applicable")
    assert "it is done" in answer.json()["detail"]
    assert OperatorAct.objects.get().outcome == "refused"


@pytest.mark.parametrize("verb", ["retry", "retry_with_input", "redeliver", "skip", "mark_done", "resume"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"reason": ""}, 422),
        ({"reason": "  "}, 422),
        ({"reason": "x" * 2001}, 422),
        ({"reason": "y"}, 422),
        ({"reason": "y", "step": ""}, 422),
        ({"reason": "y", "step": "a\u00e9"}, 422),
        ({"reason": "y", "step": "nothing"}, 404),
        ({"reason": "y", "step": "x" * 65}, 422),
        ({"reason": "y", "step": 7}, 422),
        ({"reason": "y", "step": "reserve", "by": "somebody-else"}, 422),
    ],
)
def test_a_verb_needs_a_reason_and_a_step(boss, started, verb, body, status):
    run_id = started(item="sold-out")
    body = body | ({"input": {"item": "bread"}} if verb == "retry_with_input" else {})
    assert boss.post(f"/runs/{run_id}/verbs/{verb}", body).status_code == status
    assert all(act.outcome == "refused" for act in OperatorAct.objects.all())


@pytest.mark.parametrize(
    ("number", "status"), [("0", 200), ("0.0", 200), ("0.5", 422), ("true", 422), ('"0"', 422), ("1e400", 400)]
)
@pytest.mark.parametrize("field", ["round", "basis"])
@pytest.mark.usefixtures("participant")
def test_a_number_without_a_fraction_is_an_integer_however_it_is_written(boss, started, field, number, status):
    """JSON Schema, in which the API is published, says so; and an encoder may write each number as a float."""
    run_id = started()
    if field == "basis" and status == 200:
        number = number.replace("0", str(store.state(run_id)[1].seq), 1)
    raw = f'{{"reason": "y", "step": "charge", "{field}": {number}}}'.encode()
    assert boss.post(f"/runs/{run_id}/verbs/retry", raw=raw).status_code == status


def test_an_unknown_verb_and_an_unknown_run_are_told(boss, started):
    assert boss.post(f"/runs/{started(item='sold-out')}/verbs/explode", {"reason": "y"}).status_code == 422
    assert boss.post("/runs/seven/verbs/cancel", {"reason": "y"}).status_code == 404


def test_an_edited_input_has_to_obey_the_schema(boss, started):
    run_id = started()
    answer = boss.post(
        f"/runs/{run_id}/verbs/retry_with_input", {"reason": "typo", "step": "charge", "input": {"item": 7}}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    assert "/item" in answer.json()["detail"]


@pytest.mark.parametrize("given", [{}, {"input": None}])
def test_an_edit_without_a_new_input_is_refused_and_does_nothing(boss, started, given):
    run_id = started()
    seq = engine.state(run_id)[1].seq
    told = {"reason": "typo", "step": "charge"} | given
    answer = boss.post(f"/runs/{run_id}/verbs/retry_with_input", told)
    assert (answer.status_code, "is missing or null" in answer.json()["detail"]) == (422, True)
    assert engine.state(run_id)[1].seq == seq


@pytest.mark.parametrize("path", ["verbs/{verb}", "requests"])
@pytest.mark.parametrize(
    "case",
    [
        ("retry", {"step": "charge", "input": {"z": 1}}, "'retry' does not take 'input'; only retry_with_input does"),
        ("skip", {"step": "charge", "input": {"z": 1}}, "'skip' does not take 'input'; only retry_with_input does"),
        ("retry_with_input", {"step": "charge", "input": {}, "output": 0}, "does not take 'output'; only skip does"),
        ("cancel", {"output": False}, "'cancel' does not take 'output'; only skip does"),
        ("cancel", {"step": "charge"}, "'cancel' is for a whole run; leave the step 'charge' out"),
    ],
)
def test_what_a_verb_does_not_take_is_refused_and_not_dropped(boss, started, path, case):
    run_id, (verb, given, said) = started(), case
    body = {"reason": "why", **given} | ({"verb": verb} if path == "requests" else {})
    answer = boss.post(f"/runs/{run_id}/{path.format(verb=verb)}", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "not-taken")
    assert said in answer.json()["detail"]
    assert not OperatorAct.objects.exists()


def test_a_delegate_decides_one_approval_without_being_in_the_group(someone, waiting):
    deputy = someone("view_run", "approve_step", name="deputy")
    buyer = someone("approve_step", groups=["buyers"])
    told, decision = {"step": "agree", "to": "deputy", "reason": "away"}, {"step": "agree", "approved": True}
    assert deputy.post(f"/runs/{waiting}/delegations", told).status_code == 403
    assert buyer.post(f"/runs/{waiting}/delegations", told | {"to": "unknown"}).status_code == 403
    assert buyer.post(f"/runs/{waiting}/delegations", told).status_code == 204
    assert buyer.post(f"/runs/{waiting}/delegations", told).json()["detail"].endswith("choose another person.")
    assert [(act.verb, act.outcome) for act in OperatorAct.objects.order_by("pk")] == [
        ("delegate", "done"),
        ("delegate", "refused"),
    ]
    assert buyer.post(f"/runs/{waiting}/delegations", told | {"to": ""}).status_code == 204
    assert deputy.post(f"/runs/{waiting}/approvals", decision).status_code == 403
    assert buyer.post(f"/runs/{waiting}/delegations", told).status_code == 204
    assert deputy.post(f"/runs/{waiting}/approvals", decision).status_code == 204


def test_a_delegate_retries_the_approval_when_its_time_is_over_and_then_it_waits_for_the_group(someone):
    agree = Step("agree", Approval(by="buyers"), timeout=60)
    registry.register(Saga("limited", orchestrated("main", agree)))
    with moving_clock() as clock:
        run_id = engine.start("limited", {})
        deputy = someone("view_run", "approve_step", "operate_run", name="deputy")
        other = someone("view_run", "approve_step", "operate_run", name="other")
        buyer = someone("approve_step", groups=["buyers"])
        told = {"step": "agree", "to": "deputy", "reason": "away"}
        assert buyer.post(f"/runs/{run_id}/delegations", told).status_code == 204
        clock.advance_to(store.now() + 61)
        engine.wake(run_id)
        retry = {"step": "agree", "reason": "I was too late"}
        assert other.post(f"/runs/{run_id}/verbs/retry", retry).status_code == 403
        assert deputy.post(f"/runs/{run_id}/verbs/resume", retry).status_code == 403
        assert deputy.post(f"/runs/{run_id}/verbs/retry", retry).status_code == 200
        decision = {"step": "agree", "approved": True}
        assert deputy.post(f"/runs/{run_id}/approvals", decision).status_code == 403
        assert buyer.post(f"/runs/{run_id}/approvals", decision).status_code == 204


def test_a_step_is_approved_by_the_group_that_the_definition_names(someone, waiting):
    told = {"step": "agree", "approved": True, "reason": "fine"}
    refused = someone("approve_step", groups=["sellers"]).post(f"/runs/{waiting}/approvals", told)
    assert refused.status_code == 403
    assert "for the group 'buyers', and 'sam' is not in it" in refused.json()["detail"]
    assert someone("approve_step", groups=["buyers"]).post(f"/runs/{waiting}/approvals", told).status_code == 204
    _, state = engine.state(waiting)
    assert state.steps["agree"].output == {"approved_by": "sam", "reason": "fine"}
    again = someone("approve_step", groups=["buyers"]).post(f"/runs/{waiting}/approvals", told)
    assert (again.status_code, again.json()["code"]) == (409, "not-waiting")


def test_a_decision_for_another_round_of_the_step_is_refused(boss, waiting):
    told = {"step": "agree", "approved": True, "round": 1}
    answer = boss.post(f"/runs/{waiting}/approvals", told)
    assert (answer.status_code, answer.json()["code"]) == (409, "outdated")
    assert "step 'agree' is in round 0" in answer.json()["detail"]
    act = boss.post(f"/runs/{waiting}/verbs/skip", {"step": "agree", "reason": "x", "round": 1})
    assert (act.status_code, act.json()["code"]) == (409, "outdated")
    assert boss.post(f"/runs/{waiting}/approvals", told | {"round": 0}).status_code == 204


def test_a_refused_step_rolls_the_run_back(boss, waiting, participant):
    told = {"step": "agree", "approved": False, "reason": "too dear"}
    assert boss.post(f"/runs/{waiting}/approvals", told).status_code == 204
    while engine.wake(waiting):
        pass
    assert boss.get(f"/runs/{waiting}").json()["run"]["status"] == "rolled_back"


@pytest.mark.parametrize("step", ["charge", "nothing"])
def test_a_step_that_waits_for_nobody_cannot_be_approved(boss, waiting, step):
    answer = boss.post(f"/runs/{waiting}/approvals", {"step": step, "approved": True})
    assert answer.status_code == 404
    assert "is not an approval step" in answer.json()["detail"]


def test_the_token_of_a_callback_is_not_shown_anywhere(boss, started, participant):
    run_id = started()
    secret = participant.requests[-1].json["callback_url"].rpartition("/")[2]
    shown = [boss.get(f"/runs/{run_id}{path}").content.decode() for path in ("", "/journal", "/rollbacks")]
    digest = CallbackToken.objects.get().digest
    assert all(secret not in text and digest not in text for text in shown)


def test_an_approval_is_not_skipped_or_edited_by_a_user_who_may_not_decide_it(someone, waiting):
    for verb, value in (("skip", {"output": 1}), ("retry_with_input", {"input": {}})):
        told = {"step": "agree", "reason": "in a hurry"} | value
        for groups in ([], ["sellers"]):
            refused = someone("operate_run", groups=groups).post(f"/runs/{waiting}/verbs/{verb}", told)
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        refused = someone("operate_run", "approve_step", groups=["sellers"]).post(f"/runs/{waiting}/verbs/{verb}", told)
        assert "is for the group 'buyers'" in refused.json()["detail"]
    assert not OperatorAct.objects.exists()
    told = {"step": "agree", "reason": "by phone", "output": 1}
    buyer = someone("operate_run", "approve_step", groups=["buyers"])
    assert buyer.post(f"/runs/{waiting}/verbs/skip", told).status_code == 200


def test_a_verb_is_for_the_run_that_the_sender_saw(boss, waiting):
    seq = engine.state(waiting)[1].seq
    told = {"step": "agree", "approved": True, "basis": seq - 1}
    answer = boss.post(f"/runs/{waiting}/approvals", told)
    assert (answer.status_code, answer.json()["code"]) == (409, "outdated")
    answer = boss.post(f"/runs/{waiting}/verbs/cancel", {"reason": "too late", "basis": seq - 1})
    assert (answer.status_code, "has changed since you looked" in answer.json()["detail"]) == (409, True)
    assert engine.state(waiting)[1].seq == seq
    assert boss.post(f"/runs/{waiting}/verbs/cancel", {"reason": "too late", "basis": seq}).status_code == 200


def test_the_starter_of_a_run_does_not_decide_a_step_that_needs_another_person(someone):
    agree = Step("agree", Approval("buyers", not_by=("starter",)))
    registry.register(Saga("api_claim", orchestrated("main", agree)))
    run_id = engine.start("api_claim", {}, by="sam")
    told = {"step": "agree", "approved": True, "reason": "mine"}
    sam = someone("approve_step", "operate_run", groups=["buyers"])
    refused = sam.post(f"/runs/{run_id}/approvals", told)
    assert (refused.status_code, refused.json()["code"]) == (403, "barred")
    assert refused.json()["detail"].endswith("its rule is not_by starter.")
    skipped = sam.post(f"/runs/{run_id}/verbs/skip", {"step": "agree", "reason": "mine"})
    assert (skipped.status_code, "not_by starter" in skipped.json()["detail"]) == (403, True)
    assert engine.state(run_id)[1].steps["agree"].status == "waiting"


def test_the_tag_of_a_run_guards_a_verb_and_a_decision(boss, waiting):
    tag = boss.get(f"/runs/{waiting}")["ETag"]
    assert tag == f'"{engine.state(waiting)[1].seq}"'
    for path, told in (("approvals", {"step": "agree", "approved": True}), ("verbs/cancel", {"reason": "too late"})):
        answer = boss.post(f"/runs/{waiting}/{path}", told, **{"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["code"]) == (412, "outdated")
        assert "has changed since you looked" in answer.json()["detail"]
        assert boss.post(f"/runs/{waiting}/{path}", told, **{"If-Match": "seven"}).status_code == 422
    assert boss.get(f"/runs/{waiting}")["ETag"] == tag
    told = {"step": "agree", "approved": True}
    assert boss.post(f"/runs/{waiting}/approvals", told, **{"If-Match": tag}).status_code == 204
    assert boss.post(f"/runs/{waiting}/verbs/cancel", {"reason": "late"}, **{"If-Match": "*"}).status_code == 200


def test_an_approval_is_not_asked_again_by_a_user_who_may_not_decide_it(someone, waiting):
    for verb in ("retry", "resume", "redeliver", "mark_done"):
        told = {"step": "agree", "reason": "ask again"}
        refused = someone("operate_run").post(f"/runs/{waiting}/verbs/{verb}", told)
        assert (verb, refused.status_code, refused.json()["code"]) == (verb, 403, "forbidden")
    assert not OperatorAct.objects.exists()

"""Doing a verb, asking for a second person to do it, and the page of the verb judge alike, in the same words."""

from itertools import product

import pytest
from django.db import transaction

from sagaflow import engine, registry, store
from sagaflow.core.definition.saga import Approval, Saga, Step, orchestrated, retry_whole_run
from sagaflow.core.participant import BusinessError
from sagaflow.core.run.verbs import OPERATE_VERBS, VERBS
from sagaflow.registry import Action

OPERATOR = ("view_run", "operate_run", "approve_step")
CALLERS = {
    "approver": (OPERATOR, ("buyers",)),
    "delegate": (OPERATOR, ()),
    "operator": (("view_run", "operate_run"), ()),
    "reader": (("view_run",), ()),
}
FAULTS = {
    "none": {},
    "no step": {"step": None},
    "a step": {"step": "agree"},
    "an unknown step": {"step": "nothing"},
    "a step that is done": {"step": "reserve"},
    "a step that has not begun": {"step": "arrive"},
    "no input": {"input": None},
    "an input": {"input": {"item": "bread"}},
    "an input that breaks the schema": {"input": {"item": 7}},
    "an output": {"output": {"a": 1}},
    "another round": {"round": 9},
    "an older state": {"basis": 1},
    "an older tag": {"If-Match": '"1"'},
    "a tag of any state": {"If-Match": "*"},
    "no reason": {"reason": ""},
    "a reason that cannot be printed": {"reason": "why\u202e"},
    "a reason in the words of the history": {"reason": "why (second person: bob, request 1a2b3c4d)"},
}


@pytest.fixture
def waiting(started, participant):
    """A run that waits for the decision of ``agree``, which was delegated."""
    run_id = started()
    answer_url = participant.requests[-1].json["callback_url"]
    engine.answer(answer_url.rpartition("/")[2], output={"charge": "C-1"})
    engine.operate(run_id, "delegate", by="somebody", reason="away", step="agree", to="delegate")
    return run_id


@pytest.fixture
def both(someone, settings):
    """``both("delegate", run, "skip", {…})``: the answers to asking for a verb and to doing it, without an effect."""

    def answer(caller, path, body, names):
        settings.SAGAFLOW = {**settings.SAGAFLOW, "SECOND_PERSON": names}
        permissions, groups = CALLERS[caller]
        headers = {name: body[name] for name in body.keys() & {"If-Match"}}
        sent = {name: value for name, value in body.items() if name not in headers}
        with transaction.atomic():
            got = someone(*permissions, groups=groups, name=caller).post(path, sent, **headers)
            transaction.set_rollback(True)
        return got

    def both(caller, run_id, verb, body):
        asked = answer(caller, f"/runs/{run_id}/requests", {"verb": verb, **body}, OPERATE_VERBS)
        done = answer(caller, f"/runs/{run_id}/verbs/{verb}", body, ())
        return asked, done

    return both


def told(answer):
    """The status, the code and the sentence of a refusal; of a success, that it is one."""
    if answer.status_code < 300:
        return "done"
    return answer.status_code, answer.json()["code"], answer.json()["detail"]


@pytest.mark.parametrize(("caller", "verb"), [*product(CALLERS, OPERATE_VERBS)])
def test_to_do_a_verb_and_to_ask_for_it_are_refused_alike(both, waiting, caller, verb):
    """Law: for every verb, every caller and every fault, both answer with one status, one code and one sentence."""
    usual = {"reason": "why"} | ({"step": "agree"} if VERBS[verb].on_step else {})
    usual |= {"input": {"item": "bread"}} if VERBS[verb].takes == "input" else {}
    for name, fault in FAULTS.items():
        asked, done = both(caller, waiting, verb, usual | fault)
        assert told(asked) == told(done), name


@pytest.mark.parametrize(
    ("verb", "fault", "meant"),
    [
        ("skip", {"step": "nothing"}, (404, "unknown")),
        ("retry_with_input", {"step": "agree"}, (422, "no-input")),
        ("retry_with_input", {"step": "agree", "input": {"item": 7}}, (422, "invalid-input")),
        ("skip", {"step": "agree", "round": 9}, (409, "outdated")),
        ("skip", {"step": "agree", "basis": 1}, (409, "outdated")),
        ("skip", {"step": "agree", "If-Match": '"1"'}, (412, "outdated")),
        ("skip", {"step": "reserve"}, (409, "not-applicable")),
        ("cancel", {"step": "agree"}, (422, "not-taken")),
    ],
)
def test_each_fault_has_the_status_of_its_code(both, waiting, verb, fault, meant):
    for answer in both("approver", waiting, verb, {"reason": "why", **fault}):
        assert told(answer)[:2] == meant


@pytest.mark.parametrize(("caller", "status"), [("approver", 200), ("delegate", 200), ("operator", 403)])
def test_the_page_and_the_api_let_the_same_people_skip_an_approval(someone, waiting, caller, status):
    permissions, groups = CALLERS[caller]
    user = someone(*permissions, groups=groups, name=caller)
    page = user.client.get(f"/runs/{waiting}/repair/skip/?step=agree")
    answer = user.post(f"/runs/{waiting}/verbs/skip", {"step": "agree", "reason": "by phone"})
    assert (page.status_code, answer.status_code) == (status, status)


@pytest.mark.parametrize("verb", ["skip", "retry"])
def test_the_starter_that_a_rule_keeps_away_is_told_so_alike(both, someone, verb):
    registry.register(Saga("api_claim", orchestrated("main", Step("agree", Approval("buyers", not_by=("starter",))))))
    run_id = engine.start("api_claim", {}, by="approver")
    asked, done = both("approver", run_id, verb, {"step": "agree", "reason": "mine"})
    assert told(asked) == told(done)


def test_a_run_that_is_tried_again_as_a_whole_is_named_by_both(both):
    def fail(context):
        raise BusinessError("no", "Not today.")

    registry.add(Action(name="api_stock.fail", does=fail))
    again = retry_whole_run(times=2, delay=60)
    registry.register(Saga("api_again", orchestrated("main", Step("x", "api_stock.fail")), after_rollback=again))
    run_id = engine.start("api_again", {}, by="somebody")
    while engine.wake(run_id):
        pass
    (next_try,) = {line.run_id for line in store.runs()} - {run_id}
    asked, done = both("approver", run_id, "cancel", {"reason": "why"})
    assert told(asked) == told(done)
    assert told(done)[2].endswith(f" Run {next_try} tries the whole of it again; cancel that one.")

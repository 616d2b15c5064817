"""An act that needs two people: one asks, another one gives it, and neither can do it alone."""

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from sagaflow import engine, registry, store
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Approval, Saga, Step, SubSaga, WaitForEvent, orchestrated
from sagaflow.core.errors import Refused
from sagaflow.core.run.people import said
from sagaflow.models import ActAnswer, ActRequest, JournalEntry, OperatorAct
from sagaflow.processes import bulk_repair
from sagaflow.store import act_requests, bulk_repairs
from sagaflow.testing import moving_clock
from tests.anchors.tampering import unguarded
from tests.engine.conftest import BOTH, at_once, finish, status

pytestmark = pytest.mark.django_db(databases=BOTH)
PARKED = {"plan": {"third:do": ["technical"] * 3}}
ANN = {"by": "ann", "reason": "called the supplier"}


@pytest.fixture(autouse=True)
def _rules(settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SECOND_PERSON": ("skip", "cancel", "retry_with_input")}


def parked():
    run = engine.start("five", PARKED)
    assert finish(run) == "parked"
    return run


def ask(run, **more):
    return engine.ask(run, "skip", step="third", output={"by": "hand"}, **{**ANN, **more})


def acts(run):
    rows = OperatorAct.objects.filter(run=run).order_by("pk")
    return [(act.verb, act.by, act.outcome) for act in rows]


def test_alone_nobody_does_it_and_the_refusal_says_how():
    run = parked()
    act = engine.operate(run, "skip", step="third", **ANN)
    assert (act.outcome, status(run)) == ("refused", "parked")
    assert act.detail == "Skip needs a second person. Ask for it, and another operator can give it."


def test_what_is_asked_for_happens_only_when_another_person_gives_it():
    run = parked()
    asked = ask(run)
    assert (status(run), acts(run)) == ("parked", [])
    act = engine.give(asked.request_id, by="bob", note="I called them too")
    assert (act.outcome, finish(run)) == ("done", "completed")
    assert engine.state(run)[1].steps["third"].output == {"by": "hand"}


def test_the_journal_and_the_history_of_acts_say_both_names():
    run = parked()
    asked = ask(run)
    engine.give(asked.request_id, by="bob")
    both = f"called the supplier (second person: bob, request {asked.request_id[:8]})"
    [act] = OperatorAct.objects.all()
    assert (act.by, act.reason) == ("ann", both)
    assert any('"ann"' in entry.data and both in entry.data for entry in JournalEntry.objects.filter(run=run))
    answer = ActAnswer.objects.get()
    assert (answer.outcome, answer.by) == ("given", "bob")


@pytest.mark.parametrize("name", ["ann", "Ann", " ann "])
def test_the_person_who_asked_cannot_give(name):
    run = parked()
    asked = ask(run)
    with pytest.raises(Refused, match="another person has to give it"):
        engine.give(asked.request_id, by=name)
    assert status(run) == "parked"
    assert not ActAnswer.objects.exists()


def test_a_refusal_needs_a_note_and_the_asker_may_withdraw_without_one():
    run = parked()
    asked = ask(run)
    with pytest.raises(Refused, match="note about the refusal"):
        engine.refuse(asked.request_id, by="bob")
    assert engine.refuse(asked.request_id, by="bob", note="not before Monday") == "refused"
    again = ask(run)
    assert engine.refuse(again.request_id, by="ann") == "withdrawn"
    with pytest.raises(Refused, match="'ann' has answered this request: it is withdrawn"):
        engine.give(again.request_id, by="bob")
    assert (status(run), acts(run)) == ("parked", [])


def test_a_request_is_outdated_once_its_step_has_gone_on():
    run = parked()
    asked = ask(run)
    assert not engine.is_outdated(asked)
    engine.operate(run, "retry", step="third", by="eve", reason="once more")
    assert engine.is_outdated(asked)
    with pytest.raises(Refused, match="The run has gone on since 'ann' asked"):
        engine.give(asked.request_id, by="bob")
    assert act_requests.find(asked.request_id).answer.outcome == "outdated"
    assert acts(run) == [("retry", "eve", "done")]


def test_the_same_is_asked_for_once_and_again_only_after_it_is_outdated():
    run = parked()
    asked = ask(run)
    with pytest.raises(Refused, match=f"'ann' has asked for this already: request {asked.request_id}"):
        ask(run, by="eve")
    engine.operate(run, "retry", step="third", by="eve", reason="once more")
    assert finish(run) == "completed" or ask(run).request_id != asked.request_id


@pytest.mark.parametrize(
    ("verb", "more", "why"),
    [
        ("retry", {"step": "third"}, "needs no second person here"),
        ("approve", {"step": "third"}, "needs no second person"),
        ("skip", {"step": "first"}, "done"),
        ("skip", {"step": "nowhere"}, "nowhere"),
        ("skip", {}, "step for 'Skip'"),
        ("skip", {"step": "third", "input": {}}, "'skip' does not take 'input'; only retry_with_input does"),
        ("cancel", {"step": "third"}, "'cancel' is for a whole run; leave the step 'third' out"),
        ("cancel", {"output": 0}, "'cancel' does not take 'output'; only skip does"),
        ("retry_with_input", {"step": "third"}, "is missing or null"),
        ("skip", {"step": "third", "reason": " "}, "empty"),
        ("skip", {"step": "third", "round": 4}, "round 4"),
        ("skip", {"step": "third", "unchanged": lambda _: False}, "has changed since you looked"),
    ],
)
def test_what_would_be_refused_cannot_be_asked_for(verb, more, why):
    run = parked()
    with pytest.raises(Refused, match=why):
        engine.ask(run, verb, **{**ANN, **more})
    assert act_requests.newest() == []


def test_a_skip_of_an_undo_with_an_output_cannot_be_asked_for_as_it_can_never_be_given():
    run = engine.start("five", {"plan": {"third:do": ["business"], "second:undo": ["business"]}})
    assert finish(run) == "stuck"
    with pytest.raises(Refused, match="The compensation of 'second' is skipped, and nothing reads an output of it"):
        engine.ask(run, "skip", step="second", output={"x": 1}, **ANN)
    assert act_requests.newest() == []
    asked = engine.ask(run, "skip", step="second", **ANN)
    assert engine.give(asked.request_id, by="bob").outcome == "done"
    assert finish(run) == "rolled_back"


def test_a_person_whom_the_rule_of_an_approval_keeps_away_cannot_ask_to_skip_it():
    barred = Saga("barred", orchestrated("main", Step("release", Approval("managers", not_by=("starter",)))))
    with registry.standing_in(barred):
        run = engine.start("barred", {}, by="ann")
        finish(run)
        with pytest.raises(Refused, match="'ann' started the run, and step 'release' needs another person"):
            engine.ask(run, "skip", step="release", **ANN)
        assert act_requests.newest() == []
        asked = engine.ask(run, "skip", step="release", by="bob", reason="the managers are away")
        assert engine.give(asked.request_id, by="cyd").outcome == "done"


def two_decisions():
    """A run that waits for the first of two approvals, of which one person may not decide both."""
    second = Step("second", Approval("managers", not_by=("first",)))
    registry.register(Saga("two-decisions", orchestrated("main", Step("first", Approval("managers")), second)))
    run = engine.start("two-decisions", {}, by="zoe")
    finish(run)
    return run


@pytest.mark.parametrize("by", ["ann", "bob", "BOB", " Ann"])
def test_both_people_who_skip_an_approval_have_decided_it(monkeypatch, by):
    monkeypatch.setattr(registry, "_sagas", dict(registry._sagas))
    run = two_decisions()
    asked = engine.ask(run, "skip", step="first", **ANN)
    engine.give(asked.request_id, by="bob")
    finish(run)
    with pytest.raises(Refused, match="decided 'first'") as refused:
        engine.approve(run, "second", approved=True, by=by)
    assert refused.value.code == "barred"
    assert engine.approve(run, "second", approved=True, by="cyd").outcome == "done"


def test_no_request_waits_for_who_asked_in_another_case():
    ask(parked())
    assert [act_requests.count((), name, most=9) for name in ("ann", "ANN", "bob")] == [0, 0, 1]


def test_an_edit_that_no_child_would_read_cannot_be_asked_for():
    run = engine.start("parent", {})
    finish(run)
    with pytest.raises(Refused, match="the run that it started keeps the input"):
        engine.ask(run, "retry_with_input", step="sub", input={}, **ANN)


def test_to_ask_changes_nothing_in_the_run():
    run = parked()
    before = engine.state(run)
    ask(run)
    assert engine.state(run) == before


def test_an_edited_input_and_a_whole_run_can_be_asked_for_too():
    run = parked()
    asked = engine.ask(run, "retry_with_input", step="third", input={"plan": {}}, **ANN)
    engine.give(asked.request_id, by="bob")
    assert finish(run) == "completed"
    other = parked()
    engine.give(engine.ask(other, "cancel", **ANN).request_id, by="bob")
    assert finish(other) == "cancelled"


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_of_two_people_who_give_at_once_one_does():
    run = parked()
    asked = ask(run)

    def give(name):
        try:
            return engine.give(asked.request_id, by=name).outcome
        except Refused as refused:
            return refused.code

    results = at_once(lambda: give("bob"), lambda: give("eve"))
    assert sorted(results) == ["done", "outdated"]
    assert [outcome for *_, outcome in acts(run)].count("done") == 1


def order(run, verb="skip"):
    asked = bulk_repairs.Order(verb=verb, by="ann", reason="the bank is back", selection="some", output='{"by":"x"}')
    return engine.ask_for_repair(asked, [(run, engine.state(run)[1].seq)])


def outcomes(repair_id):
    return [item.outcome for item in bulk_repairs.items(repair_id)]


def test_a_bulk_repair_that_was_asked_for_begins_when_it_is_given():
    run = parked()
    repair_id = order(run)
    assert bulk_repair.repair_all() == 0
    asked = act_requests.of_repair(repair_id)
    with pytest.raises(Refused, match="another person"):
        engine.give(asked.request_id, by="ann")
    assert engine.give(asked.request_id, by="bob") is None
    with CaptureQueriesContext(connection) as sent:
        assert bulk_repair.repair_all() == 1
    assert sum('"sagaflow_actanswer"' in each["sql"] for each in sent) == 2  # with the item, and that there is no other
    assert (outcomes(repair_id), finish(run)) == (["done"], "completed")
    [act] = OperatorAct.objects.all()
    end = f"(bulk repair {repair_id[:8]}) (second person: bob, request {asked.request_id[:8]})"
    assert (act.by, act.reason) == ("ann", f"the bank is back {end}")


def test_a_refused_bulk_repair_is_stopped_and_one_that_others_wait_behind_holds_none_up():
    run, other = parked(), parked()
    waits, refused = order(run), order(other)
    engine.refuse(act_requests.of_repair(refused).request_id, by="bob", note="wrong runs")
    assert outcomes(refused) == ["stopped"]
    free = bulk_repairs.Order(verb="retry", by="ann", reason="the bank is back", selection="some")
    later = bulk_repairs.freeze(free, [(other, engine.state(other)[1].seq)])
    bulk_repair.repair_all()
    assert (outcomes(waits), outcomes(later)) == (["open"], ["done"])
    bulk_repairs.stop(waits, by="eve")
    with pytest.raises(Refused, match="No run of this bulk repair is queued any more"):
        engine.give(act_requests.of_repair(waits).request_id, by="bob")


def test_a_bulk_repair_past_the_door_is_refused_run_by_run():
    run = parked()
    past = bulk_repairs.Order(verb="skip", by="ann", reason="the bank is back", selection="some")
    repair_id = bulk_repairs.freeze(past, [(run, engine.state(run)[1].seq)])
    bulk_repair.repair_all()
    assert (outcomes(repair_id), status(run)) == (["refused"], "parked")


def test_without_the_setting_one_person_is_enough():
    with override_settings(SAGAFLOW={}):
        run = parked()
        assert engine.operate(run, "skip", step="third", **ANN).outcome == "done"


def test_an_operator_cannot_write_that_a_second_person_gave_it():
    run = parked()
    reason = f"fine {said('12345678-0000', 'bob')}"
    with pytest.raises(Refused, match="names a second person in the words of the history"):
        engine.operate(run, "retry", by="ann", reason=reason, step="third")
    with pytest.raises(Refused, match="names a second person in the words of the history"):
        engine.ask(run, "skip", step="third", output={"by": "hand"}, by="ann", reason=reason)
    past = bulk_repairs.Order(verb="retry", by="ann", reason=reason, selection="some")
    repair_id = bulk_repairs.freeze(past, [(run, engine.state(run)[1].seq)])
    bulk_repair.repair_all()
    assert (outcomes(repair_id), status(run)) == (["refused"], "parked")


def gave(**changed):
    """A run whose step was skipped by two people, after rows of the request were changed past Sagaflow."""
    run = parked()
    request = ask(run)
    engine.give(request.request_id, by="bob")
    assert engine.verify(run) == []
    with unguarded():
        for name, value in changed.items():
            model, _, column = name.partition("_")
            rows = {"answer": ActAnswer, "request": ActRequest}[model].objects.all()
            if column:
                rows.update(**{column: value})
            else:
                rows._raw_delete("default")
    return engine.verify(run)


@pytest.mark.usefixtures("tampers")
@pytest.mark.django_db(databases=BOTH, transaction=True)
@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"answer_by": "eve"}, 2),
        ({"answer_outcome": "refused"}, 1),
        ({"answer": None}, 1),
        ({"request_by": "eve"}, 1),
        ({"request_verb": "cancel"}, 1),
        ({"request_step": "first"}, 1),
    ],
)
def test_a_request_that_was_changed_past_its_action_shows(changed, faults):
    found = gave(**changed)
    assert len(found) == faults
    assert "the action 'skip' by 'ann' at " in found[0]
    assert "no given request says so" in found[0]


@pytest.mark.usefixtures("tampers")
@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_a_given_request_without_its_action_shows():
    run = parked()
    request = ask(run)
    act_requests.answer(request.request_id, "given", by="bob", note="")
    [fault] = engine.verify(run)
    assert f"request {request.request_id} was given by 'bob', and no action of the run says so" in fault


def test_a_bulk_repair_that_two_people_took_is_whole():
    run = parked()
    repair_id = order(run)
    engine.give(act_requests.of_repair(repair_id).request_id, by="bob")
    bulk_repair.repair_all()
    assert engine.verify(run) == []


def test_a_request_that_another_run_made_impossible_is_outdated_and_ends_so():
    kid = Saga("lamb", orchestrated("main", Step("hear", WaitForEvent("Go")), Step("pay", "plain.do")))
    ewe = Saga("ewe", orchestrated("main", Step("sub", SubSaga("lamb"), retry=RetryPolicy(attempts=1), timeout=50)))
    with registry.standing_in(ewe, kid), moving_clock() as clock:
        run = engine.start("ewe", {"n": 1})
        finish(run)
        clock.advance(60)
        engine.pass_time([run])
        child = store.runs(parent_id=run)[0].run_id
        engine.operate(child, "roll_back", by="ann", reason="wrong")
        asked = engine.ask(run, "retry_with_input", step="sub", input={"n": 2}, **ANN)
        assert not engine.is_outdated(asked)
        engine.operate(child, "resume", by="ann", reason="right after all", step="hear")
        assert engine.is_outdated(asked)
        with pytest.raises(Refused, match="the run that it started keeps the input"):
            engine.give(asked.request_id, by="bob")
        assert act_requests.find(asked.request_id).answer.outcome == "outdated"

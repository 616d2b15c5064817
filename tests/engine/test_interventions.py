"""Each operator action is done or refused, and recorded either way with its user and its reason."""

import json
import uuid
from dataclasses import asdict

import pytest

from sagaflow import BusinessError, engine, registry, store
from sagaflow.core.definition.saga import Saga, Step, WaitForEvent, orchestrated, retry_whole_run
from sagaflow.core.errors import Refused
from sagaflow.core.run.facts import StepRetried
from sagaflow.core.run.verbs import RUN_VERBS, VERBS
from sagaflow.models import OperatorAct, RollbackRecord
from sagaflow.registry import Action
from sagaflow.store.lists import lookup
from tests.engine.conftest import BOTH, finish, kinds, status
from tests.engine.sagas import effects

pytestmark = pytest.mark.django_db(databases=BOTH)
ANN = {"by": "ann", "reason": "called the supplier"}
PARKED = {"plan": {"third:do": ["technical"] * 3}}
STUCK = {"plan": {"fourth:do": ["business"], "second:undo": ["technical"] * 3}}


def parked():
    run = engine.start("five", PARKED)
    assert finish(run) == "parked"
    return run


def stuck():
    run = engine.start("five", STUCK)
    assert finish(run) == "stuck"
    return run


@pytest.mark.parametrize("verb", ["retry", "redeliver"])
def test_retry_tries_a_parked_step_again(verb):
    run = parked()
    act = engine.operate(run, verb, step="third", **ANN)
    assert (act.outcome, act.by, act.reason, act.step) == ("done", "ann", "called the supplier", "third")
    assert finish(run) == "completed"


def test_retry_with_input_keeps_the_old_and_the_new():
    run = parked()
    act = engine.operate(run, "retry_with_input", step="third", input={"plan": {}}, **ANN)
    assert json.loads(act.detail) == {"new": {"plan": {}}, "old": PARKED}
    assert finish(run) == "completed"
    assert engine.state(run)[1].input == PARKED


@pytest.mark.parametrize("given", [{}, {"input": None}])
def test_an_edit_without_a_new_input_is_refused_and_gives_the_action_nothing(given):
    run = parked()
    act = engine.operate(run, "retry_with_input", step="third", **given, **ANN)
    assert (act.outcome, status(run)) == ("refused", "parked")
    assert act.detail == "The new input of step 'third' is missing or null. Give the whole new input, such as {}."
    assert all(not isinstance(entry.fact, StepRetried) or not entry.fact.by for entry in engine.journal(run))


FIELDS = {"input": {"plan": {}}, "output": {"by": "hand"}, "payload": {"n": 1}, "to": "bob"}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("verb", VERBS)
def test_a_field_that_a_verb_does_not_take_is_refused_by_name_and_never_dropped(verb, field):
    run = parked()
    step = "third" if VERBS[verb].on_step else None
    if VERBS[verb].takes == field:
        return
    taker = next(name for name in VERBS if VERBS[name].takes == field)
    with pytest.raises(Refused, match=f"'{verb}' does not take '{field}'; only {taker} does"):
        engine.operate(run, verb, step=step, **{field: FIELDS[field]}, **ANN)
    assert (status(run), OperatorAct.objects.count()) == ("parked", 0)


@pytest.mark.parametrize("verb", RUN_VERBS)
def test_a_verb_on_the_whole_run_takes_no_step(verb):
    run = parked()
    with pytest.raises(Refused, match=f"'{verb}' is for a whole run; leave the step 'third' out"):
        engine.operate(run, verb, step="third", **ANN)
    assert (status(run), OperatorAct.objects.count()) == ("parked", 0)


def test_the_output_of_a_skipped_compensation_is_refused_because_nothing_reads_it():
    run = stuck()
    act = engine.operate(run, "skip", step="second", output={"by": "hand"}, **ANN)
    assert (act.outcome, status(run)) == ("refused", "stuck")
    assert "nothing reads an output of it; leave it out" in act.detail


def test_retry_with_an_input_that_breaks_the_schema_is_refused():
    run = engine.start("strict", {"amount": 1, "plan": {"only:do": ["technical"] * 3}})
    finish(run)
    act = engine.operate(run, "retry_with_input", step="only", input={"amount": -1}, **ANN)
    assert (act.outcome, status(run)) == ("refused", "parked")
    assert "/amount" in act.detail


def test_skip_goes_on_with_a_substitute_output():
    run = parked()
    engine.operate(run, "skip", step="third", output={"by": "hand"}, **ANN)
    assert finish(run) == "completed"
    assert engine.state(run)[1].steps["third"].output == {"by": "hand"}


def test_roll_back_does_what_the_plan_says():
    run = parked()
    assert [line.step for line in engine.plan(run)] == ["third", "second", "first"]
    engine.operate(run, "roll_back", **ANN)
    assert finish(run) == "rolled_back"
    assert [each for each in effects(run) if each.endswith("undo")] == ["third:undo", "second:undo", "first:undo"]


def test_cancel_ends_as_cancelled():
    run = parked()
    engine.operate(run, "cancel", **ANN)
    assert finish(run) == "cancelled"


def test_a_stuck_compensation_is_marked_done_and_the_rollback_goes_on():
    run = stuck()
    assert store.run(run).attention == "stuck"
    engine.operate(run, "mark_done", step="second", **ANN)
    assert finish(run) == "rolled_back"
    outcomes = list(RollbackRecord.objects.filter(run_id=run).order_by("seq").values_list("outcome", flat=True))
    assert outcomes == ["stuck", "rolled_back"]
    record = json.loads(RollbackRecord.objects.filter(run_id=run).latest("seq").record)
    assert {row["step"]: row["outcome"] for row in record["steps"]}["second"] == "undone by hand"


def test_resume_starts_again_from_a_step():
    run = engine.start("five", {"plan": {"third:do": ["business"]}})
    assert finish(run) == "rolled_back"
    engine.operate(run, "resume", step="first", **ANN)
    assert finish(run) == "completed"
    keys = [entry.fact.token for entry in engine.journal(run) if entry.kind == "StepSucceeded"]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        ("retry", {"step": "first"}),
        ("skip", {"step": "fifth"}),
        ("mark_done", {"step": "third"}),
        ("resume", {"step": "second"}),
        ("retry", {"step": "nothing"}),
        ("retry_with_input", {"step": "nothing", "input": {}}),
    ],
)
def test_a_verb_that_does_not_apply_is_refused_and_written_down(verb, options):
    run = parked()
    before = kinds(run)
    act = engine.operate(run, verb, **options, **ANN)
    assert act.outcome == "refused"
    assert options["step"] in act.detail
    assert (kinds(run), status(run)) == (before, "parked")
    [recorded] = lookup.history(run)[1]
    assert act == store.RefusedAct(**asdict(recorded), code=act.code)


@pytest.mark.parametrize(
    ("verb", "options", "sentence"),
    [
        ("explode", ANN, "There is no verb 'explode'; use one of retry"),
        ("retry", {"by": "ann", "reason": "  ", "step": "third"}, "reason for 'Retry'.* is empty"),
        ("retry", {"by": "", "reason": "why", "step": "third"}, "name of the operator who asks for 'Retry' is empty"),
        ("retry", {"by": "a\x00", "reason": "why", "step": "third"}, "not a printable text"),
        ("retry", {"by": "ann", "reason": "y" * 2001, "step": "third"}, "at most 2000"),
        ("retry", ANN, "step for 'Retry' is empty"),
        ("retry_with_input", {**ANN, "input": {}}, "step for 'Edit input and retry' is empty"),
    ],
)
def test_a_request_without_what_it_needs_is_refused(verb, options, sentence):
    with pytest.raises(Refused, match=sentence):
        engine.operate(parked(), verb, **options)


def test_a_run_that_does_not_exist_cannot_be_operated():
    with pytest.raises(Refused, match="There is no run"):
        engine.operate(str(uuid.uuid4()), "cancel", **ANN)


def test_allowed_says_what_applies_and_why_not():
    run = parked()
    answers = engine.allowed(run, "third")
    assert answers["retry"] is None
    assert "no compensation of it is open" in answers["mark_done"]
    assert engine.allowed(run) == {"roll_back": None, "cancel": None}


@pytest.mark.parametrize(("approved", "end"), [(True, "completed"), (False, "rolled_back")])
def test_a_person_approves_or_refuses(approved, end):
    run = engine.start("approved", {})
    finish(run)
    engine.approve(run, "release", approved=approved, by="mo", reason="looks right")
    assert finish(run) == end


@pytest.mark.parametrize(
    ("step", "by", "sentence"),
    [("first", "mo", "is not an approval step"), ("release", " ", "operator who asks for 'Approve' is empty")],
)
def test_a_decision_that_cannot_be_taken_is_refused(step, by, sentence):
    run = engine.start("approved", {})
    finish(run)
    with pytest.raises(Refused, match=sentence):
        engine.approve(run, step, approved=True, by=by)


def test_a_decision_cannot_be_taken_twice():
    run = engine.start("approved", {})
    finish(run)
    engine.approve(run, "release", approved=True, by="mo")
    with pytest.raises(Refused, match="does not wait for a decision"):
        engine.approve(run, "release", approved=False, by="mo")


def test_a_run_that_goes_back_is_cancelled_and_not_tried_again():
    again = Saga("again", orchestrated("m", *ONE_UNDONE), after_rollback=retry_whole_run(times=3, delay=10.0))
    with registry.standing_in(again, *ACTIONS):
        run = engine.start("again", {})
        while status(run) == "running":
            engine.wake(run, go_on=once())
        assert status(run) == "rolling_back"
        act = engine.operate(run, "cancel", **ANN)
        assert (act.outcome, act.detail) == ("done", "the run was rolling back and is rolling back")
        assert finish(run) == "cancelled"
        assert store.runs(origin_id=run) == []
        assert OperatorAct.objects.get(run_id=run).verb == "cancel"


def test_the_run_that_waits_to_be_tried_again_is_the_one_to_cancel():
    again = Saga("again", orchestrated("m", *ONE_UNDONE), after_rollback=retry_whole_run(times=3, delay=10.0))
    with registry.standing_in(again, *ACTIONS):
        run = engine.start("again", {})
        assert finish(run) == "rolled_back"
        [waiting] = store.runs(origin_id=run)
        refused = engine.operate(run, "cancel", **ANN)
        assert refused.outcome == "refused"
        assert refused.detail.startswith("Cannot cancel a run of 'again': it is rolled back.")
        assert str(waiting.run_id) in refused.detail
        assert engine.operate(str(waiting.run_id), "cancel", **ANN).outcome == "done"
        assert finish(str(waiting.run_id)) == "cancelled"
        assert len(store.runs(origin_id=run)) == 1


def test_the_answer_to_a_cancellation_says_that_a_pivot_under_way_decides():
    pivot = Saga("decides", orchestrated("m", Step("wait", WaitForEvent("Come"), pivot=True)))
    with registry.standing_in(pivot):
        run = engine.start("decides", {})
        act = engine.operate(run, "cancel", **ANN)
        assert act.outcome == "done"
        assert "the pivot 'wait' is under way and decides" in act.detail
        engine.publish("Come", run)
        assert status(run) == "completed"


def refuse(context):
    raise BusinessError("no", "nope")


def once():
    answers = iter((True,))
    return lambda: next(answers, False)


ONE_UNDONE = (Step("one", "again.do", undo="again.undo"), Step("two", "again.no"))
ACTIONS = (
    Action(name="again.do", does=lambda context: {}),
    Action(name="again.undo", does=lambda context: {}),
    Action(name="again.no", does=refuse),
)

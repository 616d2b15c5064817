"""A sub-saga is a separate run: its end is the answer to the parent, and the parent's rollback rolls it back."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from designer.pages.actions import Viewer, offers_of
from sagaflow import engine, registry, run_view, store
from sagaflow.core.codec import encode
from sagaflow.core.definition.input_mapping import pick
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    Call,
    CompensateOn,
    Compensation,
    RollBackChild,
    Saga,
    Step,
    SubSaga,
    WaitForEvent,
    irreversible,
    nothing,
    orchestrated,
    retry_whole_run,
)
from sagaflow.core.mask import MASK
from sagaflow.core.participant import BusinessError
from sagaflow.core.payload import canonical
from sagaflow.core.run.reports import RunRequested
from sagaflow.core.run.skills import ALL
from sagaflow.core.run.state import StepStatus
from sagaflow.core.words.sentences import sentence
from sagaflow.engine.worker import Shift
from sagaflow.models import Run
from sagaflow.store.runs.relatives import Relatives, require
from sagaflow.testing import moving_clock
from tests.engine.conftest import BOTH, finish, kinds, status, sweep
from tests.engine.sagas import FIVE, effects

pytestmark = pytest.mark.django_db(databases=BOTH)


def swept(run):
    """Drop all hints, so that only the sweeper moves parent and child."""
    while sweep():
        pass
    return status(run)


def child_of(run):
    return str(Run.objects.get(parent_id=run).pk)


def test_the_parent_waits_for_its_child_and_goes_on():
    run = engine.start("parent", {})
    assert finish(run) == "running"
    child = child_of(run)
    assert child == store.child_id(run, "sub", 0)
    finish(child)
    assert list(store.overdue().runs) == [run]
    assert finish(run) == "completed"
    assert effects(child) == [f"{name}:do" for name in FIVE]
    assert set(engine.state(run)[1].steps["sub"].output) == set(FIVE)


@pytest.mark.parametrize("saga", ["five", "waiting"])
def test_a_child_whose_id_another_run_has_parks_the_step_and_says_so(saga):
    run = engine.start("parent", {})
    taken = store.child_id(run, "sub", 0)
    store.create(registry.get_saga(saga), taken, RunRequested(input={}))
    assert finish(run) == "parked"
    error = engine.state(run)[1].steps["sub"].error
    assert (error.code, taken in error.message) == ("taken-id", True)
    assert Run.objects.get(pk=run).attention == "parked"


def test_the_end_of_a_child_is_not_forgotten_when_the_parent_changes_in_between():
    run = engine.start("parent", {})
    finish(run)
    finish(child_of(run))
    engine.publish("Nonsense", run)
    assert swept(run) == "completed"


@pytest.mark.parametrize("input_", [{}, {"plan": {"third:do": ["business"]}}, {"plan": {"last:do": ["business"]}}])
def test_the_end_of_a_child_is_heard_once(input_):
    run = engine.start("parent", input_)
    assert swept(run) in ("completed", "rolled_back")
    assert "SignalIgnored" not in kinds(run)


def test_a_child_that_rolls_back_fails_the_step_of_its_parent():
    run = engine.start("parent", {"plan": {"third:do": ["business"]}})
    assert swept(run) == "rolled_back"
    assert status(child_of(run)) == "rolled_back"
    assert effects(run) == ["first:do", "first:undo"]


def test_the_rollback_of_the_parent_rolls_a_completed_child_back():
    run = engine.start("parent", {"plan": {"last:do": ["business"]}})
    assert swept(run) == "rolled_back"
    child = child_of(run)
    assert status(child) == "rolled_back"
    assert effects(child)[5:] == [f"{name}:undo" for name in reversed(FIVE)]
    assert effects(run)[-1] == "first:undo"


def test_cancelling_the_parent_rolls_a_running_child_back():
    run = engine.start("parent", {"plan": {"third:do": ["technical"] * 3}})
    swept(run)
    assert status(child_of(run)) == "parked"
    engine.operate(run, "cancel", by="ann", reason="no longer wanted")
    assert swept(run) == "cancelled"
    assert status(child_of(run)) == "rolled_back"


def test_a_child_is_created_once_however_often_the_step_is_tried():
    run = engine.start("parent", {})
    shift = engine.worker.Shift(run, ALL, "slow", lambda: True)
    work = shift.carry_out(shift.claim())
    shift.perform(work)
    shift.perform(work)
    shift.carry_out(work)
    assert Run.objects.filter(parent_id=run).count() == 1
    assert swept(run) == "completed"


def test_a_parent_hears_of_a_child_that_ended_before_it_began_to_wait():
    run = engine.start("parent", {})
    shift = engine.worker.Shift(run, ALL, "slow", lambda: True)
    work = shift.carry_out(shift.claim())
    outcome = shift.perform(work)
    finish(child_of(run))
    work = shift.record(outcome)
    assert work.context.step == "last"
    shift.carry_out(work)
    assert kinds(run)[-2:] == ["RunCompleted", "EventPublished"]


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_the_end_of_a_child_is_hinted_to_its_parent(hints):
    run = engine.start("parent", {})
    finish(run)
    finish(child_of(run))
    assert (hints[-1]["run_id"], hints[-1]["service"]) == (run, "")


def test_a_rolled_back_run_is_tried_again_as_a_whole():
    run = engine.start("again", {"plan": {"second:do": ["business"]}}, by="ann")
    assert finish(run) == "rolled_back"
    swept(run)
    chain = list(Run.objects.filter(saga="again").order_by("number").values_list("number", "status", "by"))
    assert chain == [(0, "rolled_back", "ann"), (1, "rolled_back", "ann"), (2, "rolled_back", "ann")]
    assert {str(found.origin_id) for found in store.runs(saga="again", number__gt=0)} == {run}


def test_a_parent_is_not_woken_again_and_again_for_a_child_that_it_outlived():
    run = engine.start("parent", {"plan": {"third:do": ["technical"] * 3}})
    swept(run)
    child = child_of(run)
    engine.operate(run, "skip", step="sub", by="ann", reason="done by phone")
    swept(run)
    assert status(run) == "completed"
    engine.operate(child, "skip", step="third", by="ann", reason="done by phone")
    finish(child)
    assert store.overdue().runs == {}


@pytest.mark.parametrize("verb", ["cancel", "roll_back"])
def test_a_parent_that_undoes_a_child_which_an_operator_ended_before_goes_on(verb):
    undo = Compensation(does=RollBackChild())
    sub = Step("sub", SubSaga("five"), undo=undo, compensate_on=CompensateOn.ATTEMPTED)
    registry.register(Saga("mum", orchestrated("main", sub)), replace=True)
    run = engine.start("mum", {"plan": {"third:do": ["technical"] * 3}})
    swept(run)
    engine.operate(child_of(run), verb, by="ann", reason="the supplier closed")
    assert swept(run) == "rolled_back"
    assert engine.state(run)[1].steps["sub"].status == "compensated"


def test_the_parent_says_why_its_child_went_back():
    run = engine.start("parent", {"plan": {"third:do": ["business"]}})
    assert swept(run) == "rolled_back"
    child = engine.state(child_of(run))[1]
    (record,) = run_view.of(run)["rollbacks"]
    quoted = f"its run {child_of(run)} ended rolled back: {child.rollback.error.code} at third"
    assert (record["failed_step"], record["error"]["code"]) == ("sub", "sub-saga-rolled_back")
    assert record["error"]["message"].startswith(quoted)
    assert quoted in record["message"]
    assert any(quoted in sentence(entry.fact) for entry in engine.journal(run))


def test_the_parent_tells_a_child_that_an_operator_turned_back_from_one_that_failed():
    run = engine.start("parent", {"plan": {"third:do": ["technical"] * 3}})
    swept(run)
    child = child_of(run)
    engine.operate(child, "roll_back", by="ann", reason="the supplier closed")
    assert swept(run) == "rolled_back"
    (record,) = run_view.of(run)["rollbacks"]
    assert "ended rolled back: requested, the supplier closed; third had failed: technical error" in record["message"]


def test_a_quoted_reason_keeps_the_secrets_of_child_and_parent():
    why = "card 4111-2222 of ada@example.org is refused, says ann"
    family = {"in_child": ("card",), "in_parent": ("mail",)}
    child = Saga("kid", orchestrated("main", Step("pay", "kid.pay")), sensitive=family["in_child"])
    parent = Saga("mum", orchestrated("main", Step("sub", SubSaga("kid"))), sensitive=family["in_parent"])

    def refuse(_):
        raise BusinessError("refused", why)

    with registry.standing_in(registry.Action(name="kid.pay", does=refuse)):
        registry.register(child, replace=True)
        registry.register(parent, replace=True)
        run = engine.start("mum", {"card": "4111-2222", "mail": "ada@example.org"})
        assert swept(run) == "rolled_back"
    (record,) = run_view.of(run)["rollbacks"]
    assert "refused at pay, card *** of *** is refused, says ann" in record["message"].replace(MASK, "***")
    told = " ".join(sentence(entry.fact) for entry in engine.journal(run))
    assert not any(secret in told for secret in ("4111", "ada@"))


def test_a_parent_reads_the_snapshot_of_a_child_once_and_only_when_it_has_ended():
    run = engine.start("parent", {})
    finish(run)
    [child] = store.runs(parent_id=run)
    with CaptureQueriesContext(connection) as while_it_runs:
        engine.publish("Unheard", run)
    finish(child.run_id)
    with CaptureQueriesContext(connection) as when_it_has_ended:
        engine.publish("Unheard", run)
    of_children = '"sagaflow_run"."snapshot"'
    assert [query for query in while_it_runs if of_children in query["sql"]] == []
    assert len([query for query in when_it_has_ended if of_children in query["sql"]]) == 1


def test_an_unknown_child_parks_its_step_after_one_attempt():
    parent = Saga("ewe", orchestrated("main", Step("sub", SubSaga("nowhere"))))
    with registry.standing_in(parent):
        run = engine.start("ewe", {})
        assert finish(run) == "parked"
    step = engine.state(run)[1].steps["sub"]
    assert (step.attempts, step.error.kind, step.error.code) == (1, "programming", "UnknownSaga")
    assert "There is no saga 'nowhere'" in step.error.message


def test_a_worker_claims_no_child_that_its_code_does_not_know_and_one_that_does_goes_on():
    parent = Saga("ewe", orchestrated("main", Step("sub", SubSaga("lamb"))))
    child = Saga("lamb", orchestrated("main", Step("pay", "kid.pay")))
    with registry.standing_in(parent):
        run = engine.start("ewe", {})
        assert engine.wake(run, known=registry.known()) == 0
        assert engine.state(run)[1].steps["sub"].attempts == 0
        with registry.standing_in(child):
            assert engine.wake(run, known=registry.known()) == 1
        assert engine.state(run)[1].steps["sub"].status == "waiting"


QUANTITY = {"type": "object", "required": ["q"], "properties": {"q": {"type": "integer"}}}


@pytest.mark.parametrize("mapped", [True, False])
def test_an_edited_input_of_a_sub_saga_has_to_match_the_schema_of_the_child(mapped):
    mapping = {"input": {"q": pick("/input/q")}} if mapped else {}
    parent = Saga("ewe", orchestrated("main", Step("sub", SubSaga("lamb"), **mapping)))
    child = Saga("lamb", orchestrated("main", Step("pay", "kid.pay")), input_schema=QUANTITY)
    with registry.standing_in(parent, child):
        run = engine.start("ewe", {"q": "x"})
        assert finish(run) == "parked"
        assert engine.state(run)[1].steps["sub"].error.code == "invalid-input"
        for wrong in ({"q": "y"}, {}, 7):
            act = engine.operate(run, "retry_with_input", by="ann", reason="typo", step="sub", input=wrong)
            assert (act.outcome, status(run)) == ("refused", "parked")
            assert "The input of saga 'lamb' is refused: at '/" in act.detail
        act = engine.operate(run, "retry_with_input", by="ann", reason="typo", step="sub", input={"q": 2})
        assert act.outcome == "done"
        assert finish(run) == "running"
        assert engine.state(child_of(run))[1].input == {"q": 2}


def test_an_edited_input_of_an_undo_with_its_own_mapping_is_not_an_input_of_the_child():
    undo = Compensation(does=Call("plain.undo"), input={"plan": pick("/input/plan")})
    sub = Step("sub", SubSaga("lamb"), input={"q": pick("/input/q")}, undo=undo)
    parent = Saga("ewe", orchestrated("main", sub, Step("pay", "plain.do")))
    child = Saga("lamb", orchestrated("main", Step("pay", "plain.do")), input_schema=QUANTITY)
    with registry.standing_in(parent, child):
        run = engine.start("ewe", {"q": 1, "plan": {"pay:do": ["business"], "sub:undo": ["business"]}})
        assert swept(run) == "stuck"
        act = engine.operate(run, "retry_with_input", by="ann", reason="typo", step="sub", input={"plan": {}})
        assert act.outcome == "done", act.detail
        assert engine.state(run)[1].steps["sub"].undo_input == {"plan": {}}
        assert swept(run) == "rolled_back"


def resume(run, step):
    return engine.operate(run, "resume", by="ann", reason="again", step=step)


def edit(run, value):
    return engine.operate(run, "retry_with_input", by="ann", reason="the amount was wrong", step="sub", input=value)


def is_offered(run, verb, step):
    """Say whether the verb is offered, by the API and on pages alike."""
    saga, state = engine.state(run)
    listed = {(act.verb, act.step) for act in run_view.acts(run, saga, state, store.now())}
    viewer = Viewer(User(is_superuser=True, is_active=True), run, saga, state, store.now())
    shown = {offer.verb: offer.why_not for offer in offers_of(viewer, step)}
    why_not = engine.allowed(run, step)[verb]
    assert (shown[verb] or None) == why_not
    assert ((verb, step) in listed) == (why_not is None)
    return why_not is None


def sub(**more):
    return Saga("ewe", orchestrated("main", Step("sub", SubSaga("lamb"), retry=RetryPolicy(attempts=1), **more)))


ONCE_MORE = retry_whole_run(times=1, delay=0.0)
LAMB = Saga("lamb", orchestrated("main", Step("hear", WaitForEvent("Go")), Step("pay", "plain.do")))


def test_an_edited_input_is_refused_as_long_as_the_child_that_was_started_is_the_outcome():
    with registry.standing_in(sub(timeout=50), LAMB), moving_clock() as clock:
        run = engine.start("ewe", {"n": 1})
        finish(run)
        for now in ("running", "parked"):
            assert status(run) == now
            assert not is_offered(run, "retry_with_input", "sub")
            act = edit(run, {"n": 2})
            assert (act.outcome, status(run)) == ("refused", now)
            assert "Cannot edit the input of step 'sub': the run that it started keeps the input" in act.detail
            assert engine.state(run)[1].steps["sub"].input is None
            clock.advance(60)
            engine.pass_time([run])
        engine.publish("Go", child_of(run))
        assert finish(child_of(run)) == "completed"
        assert not is_offered(run, "retry_with_input", "sub")
        assert f"run {child_of(run)}, which it started, is completed; retry the step" in edit(run, {"n": 2}).detail
        engine.operate(run, "retry", by="ann", reason="it is done", step="sub")
        assert finish(run) == "completed"


def test_an_edited_input_goes_to_the_next_child_once_the_one_before_has_gone_back():
    with registry.standing_in(sub(timeout=50), LAMB), moving_clock() as clock:
        run = engine.start("ewe", {"n": 1})
        finish(run)
        clock.advance(60)
        engine.pass_time([run])
        engine.operate(child_of(run), "cancel", by="ann", reason="the amount was wrong")
        assert is_offered(run, "retry_with_input", "sub")
        assert edit(run, {"n": 2}).outcome == "done"
        finish(run)
        assert [store.state(child.run_id)[1].input for child in store.runs(parent_id=run)] == [{"n": 2}, {"n": 1}]


def test_a_child_that_went_back_is_resumed_only_while_its_parent_can_still_take_its_end():
    with registry.standing_in(sub(timeout=50), LAMB), moving_clock() as clock:
        run = engine.start("ewe", {})
        finish(run)
        clock.advance(60)
        engine.pass_time([run])
        child = child_of(run)
        engine.operate(child, "roll_back", by="ann", reason="the supplier closed")
        assert (status(run), status(child)) == ("parked", "rolled_back")
        assert is_offered(child, "resume", "hear")
        engine.operate(run, "skip", by="ann", reason="done by phone", step="sub")
        assert status(run) == "completed"
        assert not is_offered(child, "resume", "hear")
        act = resume(child, "hear")
        assert (act.outcome, status(child)) == ("refused", "rolled_back")
        assert f"Cannot resume from step 'hear': its parent, run {run}, has gone on with its end" in act.detail


@pytest.mark.parametrize("plan", [{"third:do": ["business"]}, {"last:do": ["business"]}])
def test_a_child_that_went_back_before_its_parent_or_with_it_is_not_resumed(plan):
    run = engine.start("parent", {"plan": plan})
    assert swept(run) == "rolled_back"
    child = child_of(run)
    first = next(iter(engine.state(child)[0].steps))
    assert not is_offered(child, "resume", first)
    act = resume(child, first)
    assert (act.outcome, status(child)) == ("refused", "rolled_back")
    assert f"run {run}" in act.detail


@pytest.mark.parametrize("sweeps", [False, True])
def test_a_late_rollback_of_a_child_settles_the_undo_whoever_looked(sweeps):
    once = RetryPolicy(attempts=1)
    kid = Saga("lamb", orchestrated("main", *(Step(name, "plain.do", undo="plain.undo") for name in "ab")))
    undo = Compensation(does=RollBackChild())
    started = Step("sub", SubSaga("lamb"), undo=undo, timeout=50, undo_retry=once)
    parent = Saga("ewe", orchestrated("main", started, Step("pay", "plain.do")))
    with registry.standing_in(parent, kid), moving_clock() as clock:
        run = engine.start("ewe", {"plan": {"pay:do": ["business"], "a:undo": ["business"]}})
        swept(run)
        child = child_of(run)
        assert (status(run), status(child)) == ("rolling_back", "stuck")
        clock.advance(55)
        if sweeps:
            engine.pass_time([run])
            assert status(run) == "stuck"
        clock.advance(10)
        engine.operate(child, "mark_done", step="a", by="ann", reason="done by hand")
        assert swept(run) == "rolled_back"
        assert engine.state(run)[1].steps["sub"].status == "undone_by_hand"
        assert store.overdue().runs == {}


@pytest.mark.parametrize("fails", ["pay", "after"])
def test_a_parent_quotes_how_the_rollback_of_its_child_ended_where_something_stayed(fails):
    sealed = Step("seal", "plain.do", undo=irreversible("sealed"))
    registry.register(Saga("kid", orchestrated("main", sealed, Step("after", "plain.do"))), replace=True)
    sub = Step("sub", SubSaga("kid"), undo=Compensation(does=RollBackChild()))
    registry.register(Saga("mum", orchestrated("main", sub, Step("pay", "plain.do"))), replace=True)
    run = engine.start("mum", {"plan": {f"{fails}:do": ["business"]}})
    assert swept(run) == "rolled_back"
    (of_child,) = run_view.of(child_of(run))["rollbacks"]
    (of_parent,) = run_view.of(run)["rollbacks"]
    row = next(each for each in of_parent["steps"] if each["step"] == "sub")
    assert (row["outcome"], of_parent["summary"]) == ("irreversible", "1 irreversible")
    assert "irreversible" in of_child["summary"]
    assert of_child["summary"] in row["reason"]


def test_what_other_runs_forbid_is_asked_once_for_all_steps_of_a_run():
    """A page offers the verbs of each step: one statement for each would make it slow."""
    run = engine.start("five", {"plan": {"fifth:do": ["business"]}})
    assert swept(run) == "rolled_back"
    saga, state = engine.state(run)
    around, now = Relatives(run, saga, state), store.now()
    with CaptureQueriesContext(connection) as asked:
        assert [around.allowed(now, name)["resume"] for name in [FIVE[0]] * 3] == [None] * 3
    assert len(asked) == 1


def asked(**more):
    return {"by": "ann", "reason": "the amount was wrong", **more}


def test_a_run_that_was_tried_again_as_a_whole_is_not_resumed():
    again = Saga(
        "again", orchestrated("main", Step("pay", "exact.do"), Step("end", "exact.do")), after_rollback=ONCE_MORE
    )
    with registry.standing_in(again):
        run = engine.start("again", {"plan": {"end:do": ["business"]}})
        assert swept(run) == "rolled_back"
        [newer] = [other.run_id for other in store.runs(saga="again") if other.run_id != run]
        assert not is_offered(run, "resume", "pay")
        assert f"run {newer} tried the whole of it again, and is rolled back" in resume(run, "pay").detail
        assert is_offered(newer, "resume", "pay")


@pytest.mark.parametrize("undo", [None, Compensation(does=RollBackChild())], ids=["no undo", "rolls back"])
def test_a_parent_hears_what_every_try_of_its_child_left(undo):
    """The first try leaves a seal and the second one is refused at once: the seal is still there."""
    kid = Saga("kid", orchestrated("m", Step("seal", "x.do", undo=irreversible("sealed")), Step("pay", "x.do")))
    kid = replace(kid, after_rollback=retry_whole_run(times=1, delay=0.0))
    mum = Saga("mum", orchestrated("m", Step("sub", SubSaga("kid"), **({"undo": undo} if undo else {}))))
    tries = iter([None, "pay", "seal"])

    def do(context):
        if next(tries) == context.step:
            raise BusinessError("no", "no")
        return {}

    with registry.standing_in(kid, mum, registry.Action(name="x.do", does=do)):
        run = engine.start("mum", {})
        assert swept(run) == "rolled_back"
        first = min(store.runs(parent_id=run), key=lambda child: child.number)
        [record] = run_view.of(run)["rollbacks"]
        [row] = record["steps"]
        assert (record["summary"], row["outcome"]) == ("1 irreversible", "irreversible")
        assert f"run {first.run_id}: 1 irreversible" in row["reason"] + record["message"]


@pytest.mark.parametrize("late", ["retried", "timed out"])
def test_a_child_that_went_back_whole_leaves_nothing_however_often_it_was_asked_for(late):
    kid = Saga(
        "lamb", orchestrated("main", Step("pay", "exact.do", undo="exact.undo"), Step("hear", WaitForEvent("Go")))
    )
    with registry.standing_in(sub(timeout=50), kid), moving_clock() as clock:
        run = engine.start("ewe", {})
        finish(run)
        if late == "timed out":
            clock.advance(60)
            engine.pass_time([run])
        engine.operate(run, "retry", step="sub", **asked())
        finish(run)
        engine.operate(child_of(run), "roll_back", **asked())
        assert swept(run) == "rolled_back"
        [record] = run_view.of(run)["rollbacks"]
        assert (record["summary"], record["steps"][0]["outcome"]) == ("nothing to undo", "nothing to undo")


@pytest.mark.parametrize(
    "step",
    [Step("a", "nowhere.do"), Step("a", SubSaga("nowhere")), Step("a", SubSaga("lamb")), Step("a", "odd.do")],
    ids=["unknown action", "unknown saga", "refused input", "unknown kind"],
)
def test_what_could_not_begin_leaves_nothing_to_undo(step):
    lamb = replace(LAMB, input_schema={"required": ["n"]})
    odd = registry.Action(name="odd.do", does=None, kind="odd")
    with registry.standing_in(Saga("one", orchestrated("m", step)), lamb, odd):
        run = engine.start("one", {})
        assert finish(run) == "parked"
        assert engine.state(run)[1].steps["a"].unknown == 0
        assert engine.plan(run) == ()
        engine.operate(run, "roll_back", **asked())
        assert swept(run) == "rolled_back"
        [record] = run_view.of(run)["rollbacks"]
        assert (record["summary"], record["steps"][0]["outcome"]) == ("nothing to undo", "nothing to undo")
        assert "it took no effect: " in record["steps"][0]["reason"]


def test_an_action_that_asks_for_an_unknown_saga_had_begun():
    def do(context):
        return engine.start("nowhere", {})

    one = Saga("one", orchestrated("m", Step("a", "x.do")))
    with registry.standing_in(one, registry.Action(name="x.do", does=do)):
        run = engine.start("one", {})
        assert finish(run) == "parked"
        step = engine.state(run)[1].steps["a"]
        assert (step.error.kind, step.error.code, step.unknown) == ("programming", "UnknownSaga", 1)


@pytest.mark.parametrize(
    ("pivot", "why"), [(True, "starts it again with another input"), (False, "has gone on with its end")]
)
def test_a_child_is_not_resumed_once_its_parent_starts_it_again_with_another_input(pivot, why):
    one = RetryPolicy(attempts=1)
    steps = (Step("cut", "plain.do", pivot=pivot), Step("sub", SubSaga("lamb"), retry=one, timeout=50))
    with registry.standing_in(Saga("ewe", orchestrated("main", *steps)), LAMB), moving_clock() as clock:
        run = engine.start("ewe", {"n": 1})
        finish(run)
        clock.advance(60)
        engine.pass_time([run])
        child = child_of(run)
        engine.operate(child, "roll_back", **asked())
        assert is_offered(child, "resume", "hear")
        assert edit(run, {"n": 2}).outcome == "done"
        assert f"run {run}, {why}" in resume(child, "hear").detail
        finish(run)
        assert engine.state(store.runs(parent_id=run)[0].run_id)[1].input == {"n": 2}


def test_a_step_that_was_skipped_before_it_began_is_not_undone():
    one = Saga("one", orchestrated("m", Step("a", "exact.do", undo="exact.undo"), Step("pay", "exact.do")))
    with registry.standing_in(one):
        run = engine.start("one", {"plan": {"pay:do": ["business"]}})
        engine.operate(run, "skip", step="a", **asked())
        assert swept(run) == "rolled_back"
        [record] = run_view.of(run)["rollbacks"]
        assert ({row["outcome"] for row in record["steps"]}, effects(run)) == ({"nothing to undo"}, [])


def test_a_snapshot_that_an_earlier_version_wrote_without_what_earlier_rounds_left_is_whole():
    one = Saga("one", orchestrated("m", Step("seal", "exact.do", undo=irreversible("sealed")), Step("pay", "exact.do")))
    with registry.standing_in(one):
        run = engine.start("one", {"plan": {"pay:do": ["business"]}})
        assert swept(run) == "rolled_back"
        assert resume(run, "seal").outcome == "done"
        state = engine.state(run)[1]
        assert state.steps["seal"].left is StepStatus.IRREVERSIBLE
        before = {name: replace(step, left=None) for name, step in state.steps.items()}
        Run.objects.filter(pk=run).update(snapshot=canonical(encode(replace(state, steps=before))))
        assert engine.verify(run) == []
        broken = canonical(encode(replace(state, steps=before, restored={"m": 1})))
        Run.objects.filter(pk=run).update(snapshot=broken)
        assert len(engine.verify(run)) == 1
        Run.objects.filter(pk=run).update(snapshot=canonical(encode(state)))


def test_the_child_of_a_skipped_step_is_found_again_when_the_step_is_resumed():
    pay = Step("pay", "plain.do", retry=RetryPolicy(attempts=1))
    steps = (Step("sub", SubSaga("lamb"), undo=Compensation(does=RollBackChild())), pay)
    with registry.standing_in(Saga("ewe", orchestrated("main", *steps)), LAMB):
        run = engine.start("ewe", {"plan": {"pay:do": ["technical"]}})
        finish(run)
        engine.operate(run, "skip", step="sub", **asked())
        assert finish(run) == "parked"
        assert resume(run, "sub").outcome == "done"
        finish(run)
        [child] = store.runs(parent_id=run)
        engine.operate(run, "cancel", **asked())
        assert (swept(run), status(child.run_id)) == ("cancelled", "rolled_back")


def test_what_stayed_reaches_the_parent_of_a_parent_whose_step_has_no_undo():
    sealed = Step("seal", "plain.do", undo=irreversible("sealed"))
    kid = Saga("kid", orchestrated("m", sealed, Step("pay", "plain.do")))
    mum = Saga("mum", orchestrated("m", Step("sub", SubSaga("kid"), undo=nothing("a look"))))
    gran = Saga("gran", orchestrated("m", Step("mum", SubSaga("mum"), undo=Compensation(does=RollBackChild()))))
    with registry.standing_in(kid, mum, gran):
        run = engine.start("gran", {"plan": {"pay:do": ["business"]}})
        assert swept(run) == "rolled_back"
        for each in (run, child_of(run)):
            [record] = run_view.of(each)["rollbacks"]
            [row] = record["steps"]
            assert (record["summary"], row["outcome"]) == ("1 irreversible", "irreversible")
            assert "it took no effect" not in row["reason"]
            assert "1 irreversible" in row["reason"]


@pytest.mark.parametrize("undo", [None, "exact.undo"])
def test_a_child_that_went_back_whole_after_its_parent_had_waited_leaves_nothing_to_undo(undo):
    kid = Saga("lamb", orchestrated("main", Step("hear", WaitForEvent("Go"))))
    with registry.standing_in(sub(timeout=50, undo=undo), kid), moving_clock() as clock:
        run = engine.start("ewe", {})
        finish(run)
        clock.advance(60)
        engine.pass_time([run])
        child = child_of(run)
        engine.operate(child, "roll_back", **asked())
        assert swept(run) == "parked"
        assert store.overdue().runs == {}, "the end is taken once"
        assert engine.state(run)[1].steps["sub"].error.code == "sub-saga-rolled_back"
        assert not is_offered(child, "resume", "hear"), "the parent would not hear of another end"
        assert engine.plan(run) == ()
        engine.operate(run, "roll_back", **asked())
        assert swept(run) == "rolled_back"
        [record] = run_view.of(run)["rollbacks"]
        assert (record["summary"], record["steps"][0]["outcome"]) == ("nothing to undo", "nothing to undo")


@pytest.mark.parametrize("undo", [None, "exact.undo", irreversible("sent")], ids=["none", "action", "irreversible"])
def test_a_child_that_went_back_whole_before_another_attempt_leaves_nothing_to_undo(undo):
    twice = RetryPolicy(attempts=2, delay=100.0)
    step = Step("sub", SubSaga("lamb"), retry=twice, timeout=50, undo=undo)
    with registry.standing_in(Saga("ewe", orchestrated("main", step)), LAMB), moving_clock() as clock:
        run = engine.start("ewe", {})
        finish(run)
        clock.advance(51)
        assert swept(run) == "running"
        assert engine.state(run)[1].steps["sub"].status == "due"
        child = child_of(run)
        engine.operate(child, "roll_back", **asked())
        assert swept(run) == "running"
        assert kinds(run).count("ChildWentBack") == 1, "the end is taken once"
        assert not is_offered(child, "resume", "hear"), "a rollback of the parent would not hear of its effects"
        engine.operate(run, "roll_back", **asked())
        assert swept(run) == "rolled_back"
        [record] = run_view.of(run)["rollbacks"]
        assert (record["summary"], record["steps"][0]["outcome"]) == ("nothing to undo", "nothing to undo")
        assert effects(run) == []


def test_a_child_whose_end_its_parent_has_taken_is_not_resumed_although_the_step_is_tried_again():
    with registry.standing_in(sub(timeout=50), LAMB), moving_clock() as clock:
        run = engine.start("ewe", {})
        finish(run)
        clock.advance(60)
        engine.pass_time([run])
        child = child_of(run)
        engine.operate(child, "roll_back", **asked())
        assert swept(run) == "parked"
        engine.operate(run, "retry", step="sub", **asked())
        assert not is_offered(child, "resume", "hear"), "a rollback of the parent would not hear of its effects"
        assert "has gone on with its end; act on that run" in resume(child, "hear").detail
        assert swept(run) == "running"
        assert len(store.runs(parent_id=run)) == 2


def test_an_attempt_after_a_child_went_back_starts_another_one():
    twice = RetryPolicy(attempts=2, delay=0.0)
    step = Step("sub", SubSaga("lamb"), retry=twice, timeout=50)
    with registry.standing_in(Saga("ewe", orchestrated("main", step)), LAMB), moving_clock() as clock:
        run = engine.start("ewe", {})
        finish(run)
        clock.advance(51)
        engine.pass_time([run])
        first = child_of(run)
        engine.operate(first, "roll_back", **asked())
        assert swept(run) == "running"
        [second] = (child.run_id for child in store.runs(parent_id=run) if child.run_id != first)
        engine.publish("Go", second, {})
        assert swept(second) == "completed"
        assert swept(run) == "completed"


@pytest.mark.parametrize("verb", ["cancel", "roll_back"])
def test_a_run_whose_retry_was_cancelled_is_resumed_and_one_whose_retry_went_back_is_not(verb):
    steps = (Step("pay", "exact.do"), Step("end", "exact.do"))
    again = Saga("again", orchestrated("main", *steps), after_rollback=retry_whole_run(times=1, delay=1000.0))
    with registry.standing_in(again), moving_clock():
        run = engine.start("again", {"plan": {"end:do": ["business"]}})
        finish(run)
        [newer] = [other.run_id for other in store.runs(saga="again") if other.run_id != run]
        assert f"Run {newer} tries the whole of it again; cancel" in engine.operate(run, "cancel", **asked()).detail
        engine.operate(newer, verb, **asked())
        assert "tries the whole" not in engine.operate(run, "cancel", **asked()).detail
        assert is_offered(run, "resume", "pay") == (verb == "cancel")
        if verb == "cancel":
            assert resume(run, "pay").outcome == "done"
            assert finish(run) == "completed"
            assert not is_offered(run, "resume", "pay")
        else:
            assert f"run {newer} tried the whole of it again, and is rolled back" in resume(run, "pay").detail
            assert is_offered(newer, "resume", "pay")


def test_a_resume_asks_nothing_about_other_runs_if_there_can_be_none():
    run = engine.start("five", {"plan": {"fifth:do": ["business"]}})
    assert swept(run) == "rolled_back"
    with store.locked(run) as held, CaptureQueriesContext(connection) as asked_for:
        require(held, "resume", FIVE[0])
    assert not asked_for


@pytest.fixture
def living_child():
    """``(parent, child)``: the parent waited too long, and its step with an undo by an action is parked."""
    step = {"timeout": 50, "undo": "exact.undo", "undo_retry": RetryPolicy(attempts=1)}
    with registry.standing_in(sub(**step), LAMB), moving_clock() as clock:
        run = engine.start("ewe", {})
        finish(run)
        clock.advance(60)
        engine.pass_time([run])
        yield run, child_of(run)


def roll_back_meanwhile(run, child):
    """Roll the parent back: its undo has to wait for the child, and a person is asked."""
    engine.operate(run, "roll_back", **asked())
    assert swept(run) == "stuck"
    error = engine.state(run)[1].steps["sub"].error
    assert (error.code, child in error.message, effects(run)) == ("sub-saga-goes-on", True, [])


def test_an_undo_by_an_action_never_runs_while_the_child_goes_on(living_child):
    run, child = living_child
    roll_back_meanwhile(run, child)
    engine.publish("Go", child, {})
    assert swept(child) == "completed"
    engine.operate(run, "retry", step="sub", **asked())
    assert swept(run) == "rolled_back"
    assert effects(run) == ["sub:undo"]


def test_an_undo_by_an_action_has_nothing_to_do_once_the_child_went_back_whole(living_child):
    run, child = living_child
    roll_back_meanwhile(run, child)
    engine.operate(child, "cancel", **asked())
    assert swept(child) == "cancelled"
    engine.operate(run, "retry", step="sub", **asked())
    assert swept(run) == "rolled_back"
    assert (effects(run), run_view.of(run)["rollbacks"][-1]["summary"]) == ([], "nothing to undo")


def test_a_child_that_was_not_started_before_its_undo_cannot_be_started_later():
    with registry.standing_in(sub(undo="exact.undo"), LAMB), moving_clock() as clock:
        run = engine.start("ewe", {})
        shift = Shift(run, ALL, "slow", lambda: True)
        work = shift.claim()
        engine.operate(run, "roll_back", **asked())
        clock.advance(10_000)
        assert swept(run) == "rolled_back"
        shift.carry_out(work)
        assert (effects(run), store.runs(parent_id=run)) == ([], [])
        assert run_view.of(run)["rollbacks"][-1]["summary"] == "nothing to undo"


@pytest.fixture
def late():
    """``(run, clock)``: the deadline of a run that is then tried again as a whole has passed, and was not noticed."""
    saga = Saga(
        "late",
        orchestrated("main", Step("wait", WaitForEvent("Go"))),
        deadline=50,
        after_rollback=retry_whole_run(times=1, delay=5.0),
    )
    with registry.standing_in(saga), moving_clock() as clock:
        run = engine.start("late", {})
        clock.advance(60)
        yield run, clock


@pytest.mark.parametrize("noticed", [False, True])
def test_a_run_is_not_resumed_whose_deadline_has_another_run_try_it_again(late, noticed):
    """Otherwise both would go on, and both would take effect."""
    run, _ = late
    if noticed:
        engine.pass_time([run])
    assert not is_offered(run, "resume", "wait")
    told = resume(run, "wait").detail
    assert ("both would take effect" if noticed else "look at it again") in told
    engine.pass_time([run])
    assert status(run) == "rolled_back"
    assert sorted(each.status for each in store.runs(saga="late")) == ["rolled_back", "running"]


@pytest.mark.parametrize("noticed", [False, True])
def test_a_parent_rolls_back_the_run_that_tries_its_child_again(noticed):
    """The deadline of the child comes before the request of the parent, whether a sweeper noticed it or not."""
    steps = (Step("wait", WaitForEvent("Go")), Step("pay", "exact.do", pivot=True))
    kid = Saga("kid", orchestrated("main", *steps), deadline=50, after_rollback=retry_whole_run(times=1, delay=5.0))
    undo = {"undo": Compensation(does=RollBackChild()), "undo_retry": RetryPolicy(attempts=1)}
    mum = Saga("mum", orchestrated("main", Step("sub", SubSaga("kid"), **undo)))
    with registry.standing_in(kid, mum), moving_clock() as clock:
        run = engine.start("mum", {})
        finish(run)
        child = child_of(run)
        clock.advance(60)
        if noticed:
            finish(child)
        engine.operate(run, "roll_back", **asked())
        finish(run)
        clock.advance(10)
        [newer] = [each.run_id for each in store.runs(parent_id=run) if each.run_id != child]
        engine.publish("Go", newer, {})
        assert swept(run) == "rolled_back"
        assert {each.status for each in store.runs(parent_id=run)} == {"rolled_back"}

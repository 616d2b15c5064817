"""The tools for tests of sagas do what their documentation says, and explain each failed expectation."""

import re

import pytest

from sagaflow import (
    Accepted,
    Approval,
    BusinessError,
    Observer,
    RetryPolicy,
    Saga,
    Step,
    SubSaga,
    TechnicalError,
    Timer,
    engine,
    orchestrated,
    registry,
    store,
    subscribe,
)
from sagaflow.registry import Action, UnknownAction, UnknownSaga
from sagaflow.store.runs import outbox
from sagaflow.testing import REAL, StandsStill, crash, drive, given, in_status, moving_clock, seen, step_in

pytestmark = pytest.mark.django_db(databases=["default", "participant"])

DAY = 86_400
TWO = Saga(
    "shipped-two",
    orchestrated(
        "main",
        Step(
            "first", "nobody.first", undo="nobody.undo_first", retry=RetryPolicy(attempts=3, delay=DAY, max_delay=DAY)
        ),
        Step("second", "nobody.second"),
    ),
    observers=(Observer("watcher", "somebody.watch", on="SagaCompleted"),),
)
SLOW = Saga("shipped-slow", orchestrated("main", Step("rest", Timer(30 * DAY)), Step("end", "nobody.end")))


@pytest.fixture
def clock():
    with moving_clock() as moving:
        yield moving


def stood_in(saga=TWO):
    return given(saga, {}).with_stand_ins()


def test_stand_ins_let_a_definition_run_without_any_participant(clock):
    run = stood_in().run().is_("completed").did("first", "second").undid().has(first="done").published("SagaCompleted")
    assert run.state.outputs() == {"first": {}, "second": {}}


def test_a_step_may_have_any_name_in_an_expectation(clock):
    saga = Saga("shipped-any", orchestrated("main", Step("self", "nobody.one"), Step("steps", "nobody.two")))
    stood_in(saga).run().is_("completed").has(self="done", steps="done").tried(self=1, steps=1)


def test_without_stand_ins_an_action_that_is_not_registered_parks_its_step_at_once(clock):
    run = given(TWO, {}).run().is_("parked").tried(first=1)
    error = run.state.steps["first"].error
    assert (error.kind, error.code) == ("programming", "UnknownAction")


def test_a_step_answers_attempt_by_attempt_as_it_is_told(clock):
    scenario = stood_in().when("first", TechnicalError("down"), lambda context: {"attempt": context.attempt})
    run = scenario.when("second", BusinessError("no")).run().is_("rolled_back").undid("first").tried(first=2)
    assert run.state.steps["first"].output == {"attempt": 2}
    run.recorded(failed_step="second", steps={"first": "compensated", "second": "nothing to undo"})


def test_a_compensation_answers_as_it_is_told(clock):
    scenario = stood_in().when("second", BusinessError("no")).when_undone("first", *[TechnicalError("down")] * 12)
    scenario.run().is_("stuck", attention="stuck").has(first="stuck")


def test_an_observer_answers_as_it_is_told_and_changes_nothing(clock):
    run = stood_in().when("watcher", ValueError("blind")).run().is_("completed")
    (message,) = outbox.deliveries(run.run_id, "watcher")
    assert message.error == "ValueError: blind"


@pytest.fixture
def reader(monkeypatch):
    """A subscriber of another app, and the events that it got."""
    for kind in ("_actions", "_subscribers"):
        monkeypatch.setattr(registry, kind, dict(getattr(registry, kind)))
    got = []

    @subscribe("SagaCompleted", "MainStarted", saga="shipped-two", name="gazette.print")
    def print_it(context):
        got.append(context.input["event"])

    return got


def test_a_subscriber_of_another_app_gets_its_events_in_a_test_too(clock, reader):
    names = ("nobody.first", "nobody.second", "somebody.watch")
    with registry.standing_in(*[Action(name=name, does=lambda _: {}) for name in names]):
        run = given(TWO, {}).run().is_("completed")
    assert reader == ["MainStarted", "SagaCompleted"]
    run.heard("gazette.print", "MainStarted", "SagaCompleted").heard("watcher", "SagaCompleted")
    with pytest.raises(AssertionError, match=r"Expected 'gazette\.print' to hear SagaCompleted"):
        run.heard("gazette.print", "SagaCompleted")


def test_a_subscriber_answers_as_it_is_told_and_changes_nothing(clock, reader):
    run = stood_in().when("gazette.print", ValueError("no ink"), {}).run().is_("completed")
    assert reader == []
    run.heard("gazette.print", "SagaCompleted")
    with pytest.raises(AssertionError, match="MainStarted: ValueError: no ink"):
        run.heard("gazette.print")
    with pytest.raises(TypeError, match="makes no attempt of the run"):
        stood_in().when("gazette.print", crash())


def test_real_actions_answer_where_the_test_leaves_it_to_them(clock):
    answered = []
    action = registry.Action(
        name="nobody.first", does=lambda context: answered.append(context.attempt) or {"real": True}
    )
    with registry.standing_in(action, registry.Action(name="nobody.second", does=lambda _: {})):
        run = given(TWO, {}).when("first", TechnicalError("down"), REAL).run().is_("completed")
    assert (answered, run.state.steps["first"].output) == ([2], {"real": True})


def test_after_a_scenario_everything_answers_as_before(clock):
    stood_in().run()
    with pytest.raises(UnknownAction):
        registry.get_action("nobody.first")
    with pytest.raises(UnknownSaga):
        registry.get_saga("shipped-two")


def test_days_pass_in_no_time_and_no_timer_fires_early(clock):
    began = store.now()
    run = stood_in(SLOW).run(within=29 * DAY).is_("running").has(rest="waiting")
    with registry.standing_in(registry.Action(name="nobody.end", does=lambda _: {})):
        drive(run.run_id)
    seen(run.run_id).is_("completed")
    assert began + 30 * DAY <= store.now() < began + 31 * DAY


def test_time_goes_back_to_normal_when_the_clock_stops_and_never_backwards():
    before = store.now()
    with moving_clock() as clock:
        clock.advance(DAY)
        assert store.now() >= before + DAY
        with pytest.raises(ValueError, match="cannot go back"):
            clock.advance(-1)
    assert store.now() < before + DAY


def test_without_a_moving_clock_what_is_due_is_really_awaited():
    saga = Saga("shipped-short", orchestrated("main", Step("rest", Timer(0.3))))
    began = store.now()
    given(saga, {}).run().is_("completed")
    assert 0.3 <= store.now() - began < 30


def test_a_run_can_be_stopped_after_any_step(clock):
    run = stood_in().run(step_in("first", "done")).is_("running").did("first").has(second="due")
    with registry.standing_in(registry.Action(name="nobody.second", does=lambda _: {})):
        assert drive(run.run_id, in_status("completed")).status == "completed"


def test_what_never_comes_is_said_with_the_state_of_each_step(clock):
    approval = Saga("shipped-approval", orchestrated("main", Step("decide", Approval("managers"))))
    run = given(approval, {}).run().is_("running").has(decide="waiting")
    with pytest.raises(StandsStill, match=f"Run {run.run_id} is running .* nothing is due any more. decide waiting"):
        drive(run.run_id, in_status("completed"))
    engine.approve(run.run_id, "decide", approved=True, by="eve")
    seen(run.run_id).is_("completed")


def test_what_would_take_too_long_is_said_with_how_long(clock):
    run = stood_in(SLOW).run(within=1)
    with pytest.raises(StandsStill, match=r"the next thing is due in 25919\d\d s|in 2592000 s"):
        drive(run.run_id, in_status("completed"), within=DAY)


def test_the_runs_of_sub_sagas_are_driven_too(clock):
    parent = Saga("shipped-parent", orchestrated("main", Step("child", SubSaga("shipped-slow"))))
    with registry.standing_in(SLOW, registry.Action(name="nobody.end", does=lambda _: {})):
        given(parent, {}).run().is_("completed").has(child="done")


def test_a_callback_is_answered_through_the_engine(clock):
    tokens = []

    def later(context):
        tokens.append(context.callback())
        return Accepted()

    run = stood_in().when("first", later).run().is_("running").has(first="waiting")
    with registry.standing_in(registry.Action(name="nobody.second", does=lambda _: {})):
        engine.answer(tokens[0], output={"said": "later"})
        drive(run.run_id)
    assert seen(run.run_id).is_("completed").state.steps["first"].output == {"said": "later"}


def test_one_scenario_can_be_the_start_of_many(clock):
    plain = stood_in()
    failing = plain.when("second", BusinessError("no"))
    assert [each.run().state.status.value for each in (failing, plain, failing)] == [
        "rolled_back",
        "completed",
        "rolled_back",
    ]


@pytest.mark.parametrize(
    ("expect", "found"),
    [
        (lambda run: run.is_("rolled_back"), "Expected rolled_back .*completed.* first done, second done"),
        (lambda run: run.has(first="failed"), "Expected {'first': 'failed'}, found first done, second done"),
        (lambda run: run.did("second", "first"), "Expected do: second, first; found first, second"),
        (lambda run: run.undid("first"), "Expected undo: first; found "),
        (lambda run: run.tried(first=2), "Expected attempts {'first': 2}, found {'first': 1}"),
        (lambda run: run.published("SagaCompleted", "MainStarted"), "Expected MainStarted in its place among"),
        (lambda run: run.never_published("SagaCompleted"), "Did not expect SagaCompleted"),
        (lambda run: run.recorded(code="deadline"), "has no rollback record; it is completed"),
    ],
)
def test_an_expectation_that_does_not_hold_says_what_is_there(clock, expect, found):
    run = stood_in().run()
    with pytest.raises(AssertionError, match=found):
        expect(run)


def test_a_record_that_is_not_as_expected_says_what_it_says(clock):
    run = stood_in().when("second", BusinessError("no")).run()
    with pytest.raises(AssertionError, match=r"{'code': 'deadline'}, found {'code': 'business-error'}"):
        run.recorded(code="deadline")
    with pytest.raises(AssertionError, match=r"Expected the record to say {'first': 'stuck'}"):
        run.recorded(steps={"first": "stuck"})


def test_a_name_that_leads_nowhere_is_refused_with_those_that_do():
    with pytest.raises(UnknownSaga, match="no-such-saga"):
        given("no-such-saga")
    with pytest.raises(KeyError, match="its steps are first, second"):
        given(TWO).when("third", {})
    with pytest.raises(TypeError, match="Step 'rest' is not carried out by an action"):
        given(SLOW).when("rest", {})
    with pytest.raises(TypeError, match="The compensation of step 'second' is not carried out by an action"):
        given(TWO).when_undone("second", {})


@pytest.mark.parametrize(
    ("expectation", "said"),
    [
        (
            lambda run: run.heard("gazette.prnt"),
            "no observer or subscriber 'gazette.prnt'; did you mean 'gazette.print'?",
        ),
        (lambda run: run.never_published("FirstComplete"), "no event 'FirstComplete'; did you mean 'FirstCompleted'"),
        (lambda run: run.has(frist="done"), "no step 'frist'; did you mean 'first'? It has first, second."),
        (lambda run: run.tried(frist=0), "no step 'frist'; did you mean 'first'?"),
    ],
)
def test_an_expectation_about_a_name_that_the_saga_cannot_have_does_not_hold(clock, reader, expectation, said):
    with pytest.raises(KeyError, match=re.escape(said)):
        expectation(stood_in().run())


def test_an_expectation_may_name_what_the_saga_has_and_the_run_did_not_do(clock, reader):
    stood_in().run(until=step_in("second", "due")).heard("gazette.print", "MainStarted").never_published(
        "SagaRolledBack", "SagaRollingBack", "SecondFailed", "FirstCompensated", "SecondCompleted"
    )

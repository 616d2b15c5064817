"""The words for faults around an attempt, and answers for one step."""

from collections import Counter

import pytest

from sagaflow import (
    Accepted,
    BusinessError,
    Observer,
    OnExhausted,
    RetryPolicy,
    Saga,
    Step,
    engine,
    orchestrated,
    registry,
)
from sagaflow.core.run.facts import SignalIgnored
from sagaflow.store.runs import outbox
from sagaflow.testing import (
    REAL,
    arrives_late,
    crash,
    drive,
    duplicate,
    effect_done_answer_lost,
    given,
    moving_clock,
    seen,
)

pytestmark = pytest.mark.django_db(databases=["default", "participant"])

ONCE = RetryPolicy(attempts=1)
ACCOUNT = Saga("account", orchestrated("main", Step("charge", "bank.charge", undo="bank.refund")))
GIVING_UP = Saga(
    "giving-up",
    orchestrated(
        "main",
        Step("charge", "bank.charge", undo="bank.refund", retry=ONCE, on_exhausted=OnExhausted.ROLL_BACK),
    ),
)
TWICE = Saga(
    "twice",
    orchestrated("main", Step("a", "bank.charge", undo="bank.refund"), Step("b", "bank.charge", undo="bank.refund")),
)


@pytest.fixture(autouse=True)
def clock():
    with moving_clock() as moving:
        yield moving


@pytest.fixture
def bank():
    """The number of effects of each action."""
    return Counter()


@pytest.fixture(params=["plain", "transactional", "barrier"])
def guarded(request, bank):
    guard = {"plain": {}, "transactional": {"transactional": True}, "barrier": {"database": "participant"}}
    actions = [
        registry.Action(
            name=f"bank.{word}", does=lambda _, word=word: bank.update([word]) or {"did": word}, **guard[request.param]
        )
        for word in ("charge", "refund")
    ]
    with registry.standing_in(*actions):
        yield request.param


def ignored(run):
    return [entry.fact.why for entry in run.journal if isinstance(entry.fact, SignalIgnored)]


def test_a_worker_that_crashes_has_done_nothing_and_the_step_is_tried_again(guarded, bank):
    given(ACCOUNT).when("charge", crash(), REAL).run().is_("completed").tried(charge=2)
    assert bank == {"charge": 1}


def test_an_answer_that_is_lost_leaves_its_effect_unless_that_shares_the_transaction(guarded, bank):
    run = given(ACCOUNT).when("charge", effect_done_answer_lost(), REAL).run().is_("completed").tried(charge=2)
    assert run.state.steps["charge"].output == {"did": "charge"}
    assert bank["charge"] == (1 if guarded == "barrier" else 2)


def test_an_effect_whose_answer_was_lost_is_undone(guarded, bank):
    given(GIVING_UP).when("charge", effect_done_answer_lost()).run().is_("rolled_back")
    assert bank["refund"] == (0 if guarded == "transactional" else 1)


def test_an_attempt_that_arrives_after_its_successor_changes_nothing(guarded, bank):
    run = given(ACCOUNT).when("charge", arrives_late(), REAL).run().is_("completed").tried(charge=2)
    assert ignored(run) == ["late"]
    assert bank["charge"] == (1 if guarded == "barrier" else 2)


def test_a_barrier_bars_the_attempt_that_arrives_after_its_compensation(guarded, bank):
    run = given(GIVING_UP).when("charge", arrives_late()).run().is_("rolled_back")
    assert len(ignored(run)) == 1
    if guarded == "barrier":
        assert bank == {}


def test_an_outcome_that_is_reported_twice_counts_once(guarded, bank):
    run = given(ACCOUNT).when("charge", duplicate()).run().is_("completed").tried(charge=1)
    assert (bank, ignored(run)) == ({"charge": 1}, ["duplicate"])


def test_a_refusal_that_is_reported_twice_rolls_back_once(guarded, bank):
    run = given(ACCOUNT).when("charge", duplicate(BusinessError("no"))).run().is_("rolled_back")
    assert (len(run.records), ignored(run)) == (1, ["duplicate"])


def test_an_acceptance_that_is_reported_twice_still_awaits_its_answer(guarded):
    tokens = []

    def later(context):
        tokens.append(context.callback())
        return Accepted()

    run = given(ACCOUNT).when("charge", duplicate(later)).run().is_("running").has(charge="waiting")
    assert ignored(run) == ["duplicate"]
    engine.answer(tokens[0], output={})
    drive(run.run_id)
    seen(run.run_id).is_("completed")


def test_a_compensation_can_go_wrong_in_the_same_words(guarded, bank):
    scenario = given(TWICE).when("b", BusinessError("no"))
    run = scenario.when_undone("a", crash(), effect_done_answer_lost(), duplicate()).run().is_("rolled_back")
    assert (run.undid("a").state.steps["a"].undo_attempts, ignored(run)) == (3, ["duplicate"])


def test_an_answer_belongs_to_its_step_though_another_calls_the_same_action(guarded, bank):
    run = given(TWICE).when("b", BusinessError("no")).run().is_("rolled_back")
    run.did("a").undid("a").recorded(failed_step="b")
    assert bank == {"charge": 1, "refund": 1}


def test_an_answer_for_doing_is_not_one_for_undoing():
    again = Saga("again", orchestrated("main", Step("a", "bank.move", undo="bank.move"), Step("b", "bank.check")))
    scenario = given(again).with_stand_ins().when("a", {"moved": "there"}).when_undone("a", {"moved": "back"})
    run = scenario.when("b", BusinessError("no")).run().is_("rolled_back")
    assert (run.state.steps["a"].output, run.state.steps["a"].undo_output) == ({"moved": "there"}, {"moved": "back"})


def test_observers_that_share_an_action_answer_by_their_names():
    watchers = (Observer("good", "t.watch", on="SagaCompleted"), Observer("bad", "t.watch", on="SagaCompleted"))
    run = given(watched(*watchers)).with_stand_ins().when("bad", ValueError("blind")).run().is_("completed")
    errors = {row.observer: row.error for row in outbox.deliveries(run.run_id)}
    assert errors == {"good": "", "bad": "ValueError: blind"}


def watched(*observers):
    return Saga("watched", orchestrated("main", Step("a", "t.a")), observers=observers)


def test_a_faulty_attempt_is_refused_where_no_attempt_is_held():
    with pytest.raises(TypeError, match="'w' is an observer"):
        given(watched(Observer("w", "t.w", on="SagaCompleted"))).when("w", crash())


def test_a_name_of_a_step_and_of_an_observer_is_ambiguous():
    with pytest.raises(TypeError, match="names a step and an observer"):
        given(watched(Observer("a", "t.w", on="SagaCompleted"))).when("a", {})

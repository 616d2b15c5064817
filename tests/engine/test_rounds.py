"""A decision or an event that is sent twice counts once: never for the next round of the same step."""

import pytest

from sagaflow import engine, registry, store
from sagaflow.core.definition.saga import Approval, Recovery, Saga, Step, WaitForEvent, orchestrated
from sagaflow.core.errors import Refused
from sagaflow.core.participant import BusinessError
from sagaflow.registry import Action
from sagaflow.testing import drive

pytestmark = pytest.mark.db


def refuse(context):
    raise BusinessError("full", "the van is full")


@pytest.fixture
def run(db):
    """Return a run that asks again and waits again: it returned once to its save-point."""
    steps = (
        Step("agree", Approval("managers")),
        Step("scan", WaitForEvent("Scanned")),
        Step("load", "rounds.load"),
    )
    again = orchestrated("again", *steps, savepoint=True, recovery=Recovery.FORWARD, forward_attempts=3)
    saga = Saga("rounds", [orchestrated("first", Step("begin", "rounds.begin")), again])
    begin = Action(name="rounds.begin", does=lambda _: None)
    with registry.standing_in(saga, begin, Action(name="rounds.load", does=refuse)):
        run = engine.start("rounds", {})
        drive(run)
        engine.approve(run, "agree", approved=True, by="ann", round=0)
        assert engine.publish("Scanned", run, round=0) == "accepted"
        drive(run)
        yield run


def round_of(run, step="agree"):
    """Return the round and the status of the step."""
    now = engine.state(run)[1].steps[step]
    return now.round, now.status.value


def test_a_decision_sent_twice_does_not_decide_the_next_round(run):
    assert round_of(run) == (1, "waiting")
    with pytest.raises(Refused, match="This is for round 0, but step 'agree' is in round 1") as refused:
        engine.approve(run, "agree", approved=True, by="ann", round=0)
    assert refused.value.code == "outdated"
    assert round_of(run) == (1, "waiting")
    engine.approve(run, "agree", approved=True, by="ann", round=1)
    assert round_of(run) == (1, "done")


@pytest.mark.parametrize("verb", ["approve", "reject", "skip"])
def test_a_verb_sent_twice_is_refused_and_recorded(run, verb):
    act = engine.operate(run, verb, by="ann", reason="fine", step="agree", round=0)
    assert (act.outcome, act.detail.partition(",")[0]) == ("refused", "This is for round 0")
    assert round_of(run) == (1, "waiting")
    assert engine.operate(run, verb, by="ann", reason="fine", step="agree", round=1).outcome == "done"


def test_an_event_without_an_id_sent_twice_does_not_count_for_the_next_round(run):
    engine.approve(run, "agree", approved=True, by="ann")
    assert round_of(run, "scan") == (1, "waiting")
    with pytest.raises(Refused, match="step 'scan' is in round 1"):
        engine.publish("Scanned", run, round=0)
    act = engine.operate(run, "publish", by="ann", reason="seen", step="scan", round=0)
    assert act.outcome == "refused"
    assert round_of(run, "scan") == (1, "waiting")
    assert engine.publish("Scanned", run, round=1) == "accepted"


def test_who_names_no_round_decides_the_present_one(run):
    engine.approve(run, "agree", approved=True, by="ann")
    assert engine.publish("Scanned", run) == "accepted"


def test_an_event_that_no_step_waits_on_is_ignored_in_any_round(run):
    assert engine.publish("Unheard", run, round=7) == "ignored"


def test_an_event_for_a_round_of_a_run_that_has_ended_is_not_stored_for_a_resume(run):
    engine.operate(run, "cancel", by="ann", reason="enough")
    drive(run)
    with pytest.raises(Refused, match="This is for round 1 of a step, but the run has ended") as refused:
        engine.publish("Scanned", run, round=1)
    assert refused.value.code == "outdated"
    assert store.stored_events_for(run) == []
    assert engine.publish("Scanned", run) == "unmatched"
    assert len(store.stored_events_for(run)) == 1

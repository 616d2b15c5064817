"""A choreography that other processes perform: only its events come, by the API, in any order and more than once."""

import random

import pytest

from sagaflow import Saga, Step, WaitForEvent, choreographed, engine, registry
from sagaflow.core.run.facts import StepClaimed
from sagaflow.models import Run, UnmatchedEvent

START = "CustomerCreated"
REACTIONS = {
    "create_loyalty_account": "LoyaltyAccountCreated",
    "send_welcome_pack": "WelcomePackSent",
    "send_welcome_email": "WelcomeEmailSent",
}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def welcome(known):
    steps = [Step(name, WaitForEvent(event), after=(), timeout=3600) for name, event in REACTIONS.items()]
    correlate = {"*": "/customer", "CustomerClosed": "/customer"}
    registry.register(Saga("welcome", choreographed("welcome", *steps), correlate=correlate, starts_on=START))


def tell(boss, event, customer=7):
    body = {"event": event, "payload": {"customer": customer}, "event_id": f"{event} {customer}"}
    return boss.post("/events", body).json()["outcome"]


@pytest.mark.parametrize("seed", range(6))
def test_law_two_customers_are_told_apart_whatever_the_order_of_the_events_and_no_step_is_performed(boss, seed):
    told = [(event, customer) for event in (START, *REACTIONS.values()) for customer in (7, 8)] * 2
    random.Random(seed).shuffle(told)
    for event, customer in told:
        tell(boss, event, customer)
    runs = {run.key: str(run.pk) for run in Run.objects.all()}
    assert sorted(runs) == ["7", "8"]
    for run in runs.values():
        assert engine.state(run)[1].status == "completed"
        assert {str(step.standing) for step in engine.monitor(run).steps.values()} == {"done"}
        assert not [entry for entry in engine.journal(run) if isinstance(entry.fact, StepClaimed)]


def test_an_event_that_is_swallowed_is_expected_and_the_odd_ones_are_named(boss):
    outcomes = [tell(boss, event) for event in (START, "WelcomePackSent", "WelcomePackSent", "CustomerClosed")]
    assert outcomes == ["accepted", "accepted", "ignored", "ignored"]
    seen = engine.monitor(str(Run.objects.get().pk))
    assert seen.steps["create_loyalty_account"].standing == "expected"
    odd = [(str(finding.oddity), finding.event) for finding in seen.findings]
    assert odd == [("duplicate", "WelcomePackSent"), ("unexpected", "CustomerClosed")]
    assert not UnmatchedEvent.objects.exists()

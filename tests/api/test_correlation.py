"""An event by the API that names no run: it finds one by its payload, or starts it if its sender may start runs."""

import json

import pytest

from sagaflow import Saga, Step, WaitForEvent, orchestrated, registry
from sagaflow.models import Run, UnmatchedEvent
from tests.api.conftest import Caller
from tests.people import client_as, user_of

PLACED = {"event": "Placed", "payload": {"order": 17}}
PAID = {"event": "Paid", "payload": {"order": 17}}
CLOUD = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "Placed", "data": {"order": 17}}


@pytest.fixture(autouse=True)
def shop(known):
    wait = Step("paid", WaitForEvent("Paid"))
    registry.register(Saga("shop", orchestrated("main", wait), correlate={"*": "/order"}, starts_on="Placed"))


def test_events_start_a_run_and_find_it(boss):
    outcomes = [boss.post("/events", event).json()["outcome"] for event in (PLACED, PLACED, PAID)]
    assert outcomes == ["accepted", "ignored", "accepted"]
    [run] = boss.get("/runs").json()["runs"]
    assert (run["saga"], run["key"]) == ("shop", "17")


def test_a_cloud_event_without_a_subject_does_too(boss):
    answer = boss.post("/events", raw=json.dumps(CLOUD), content_type="application/cloudevents+json")
    assert (answer.json(), Run.objects.get().key) == ({"outcome": "accepted"}, "17")


def test_a_sender_who_may_publish_but_not_start_starts_nothing():
    sender = Caller(client_as(user_of("sender", "publish_event")))
    assert sender.post("/events", PLACED).json() == {"outcome": "unmatched"}
    assert "may not start runs" in UnmatchedEvent.objects.get().reason
    assert not Run.objects.exists()


def test_an_event_that_no_saga_correlates_and_an_empty_correlation_id_are_refused(boss):
    answer = boss.post("/events", {"event": "Rain"})
    assert (answer.status_code, answer.json()["code"]) == (422, "no-correlation")
    assert boss.post("/events", PAID | {"correlation_id": ""}).status_code == 422
    assert not UnmatchedEvent.objects.exists()

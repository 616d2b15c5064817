"""Events from outside, plain and as CloudEvents."""

import json

import pytest
from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from sagaflow.models import UnmatchedEvent

CLOUD = "application/cloudevents+json"


def cloud(run_id, **changes):
    fields = {"specversion": "1.0", "id": "1", "source": "/carrier", "type": "GoodsArrived", "correlationid": run_id}
    return {**fields, **changes}


def publish(caller, fields, content_type=CLOUD):
    return caller.post("/events", raw=json.dumps(fields), content_type=content_type)


def test_an_event_reaches_its_run(boss, started):
    run_id = started()
    answer = boss.post("/events", {"event": "GoodsArrived", "correlation_id": run_id, "payload": {"dock": 3}})
    assert (answer.status_code, answer.json()) == (202, {"outcome": "accepted"})
    kinds = [entry["kind"] for entry in boss.get(f"/runs/{run_id}/journal").json()["entries"]]
    assert "EventReceived" in kinds


def test_an_event_that_nobody_expects_is_ignored_and_one_without_a_run_is_kept(boss, started):
    assert boss.post("/events", {"event": "Rain", "correlation_id": started()}).json() == {"outcome": "ignored"}
    assert boss.post("/events", {"event": "Rain", "correlation_id": "order-7"}).json() == {"outcome": "unmatched"}
    assert UnmatchedEvent.objects.get().correlation_id == "order-7"


def test_an_event_finds_its_run_by_its_key_as_the_correlation_id_or_the_subject(boss):
    order = {"saga": "api_purchase", "input": {"item": "bread"}, "key": "order-17"}
    run_id = boss.post("/runs", order).json()["id"]
    assert publish(boss, cloud("order-17")).json() == {"outcome": "accepted"}
    assert publish(boss, cloud("", subject="order-17")).json() == {"outcome": "ignored"}
    kinds = [entry["kind"] for entry in boss.get(f"/runs/{run_id}/journal").json()["entries"]]
    assert kinds.count("EventReceived") == 1


def test_an_event_with_the_same_id_counts_once(boss, started):
    fields = {"event": "GoodsArrived", "correlation_id": started(), "event_id": "e-1"}
    assert [boss.post("/events", fields).json()["outcome"] for _ in range(2)] == ["accepted", "ignored"]


def test_a_cloud_event_made_by_the_reference_library_is_understood(boss, started):
    run_id = started()
    attributes = {
        "id": "1",
        "source": "/carrier",
        "type": "GoodsArrived",
        "specversion": "1.0",
        "correlationid": run_id,
    }
    message = to_structured_event(CloudEvent(attributes, {"dock": 3}), JSONFormat())
    body = message.body.decode() if isinstance(message.body, bytes) else message.body
    assert boss.post("/events", raw=body, content_type=message.headers["content-type"]).json() == {
        "outcome": "accepted"
    }


def test_a_cloud_event_may_name_its_run_as_the_subject(boss, started):
    fields = cloud("", subject=started())
    assert publish(boss, fields).json() == {"outcome": "accepted"}


def test_two_sources_may_use_the_same_id(boss, started):
    run_id = started()
    assert publish(boss, cloud(run_id)).json() == {"outcome": "accepted"}
    publish(boss, cloud("order-7"))
    publish(boss, cloud("order-7", source="/other"))
    publish(boss, cloud("order-7"))
    assert UnmatchedEvent.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": ""}, "id"),
        ({"source": ""}, "source"),
        ({"type": "two words"}, "type"),
        ({"correlationid": ""}, "correlation ID"),
        ({"correlationid": "x" * 201}, "correlationid"),
        ({"datacontenttype": "text/plain"}, "datacontenttype"),
        ({"data_base64": "AAAA"}, "data_base64"),
        ({"id": 7}, "id"),
    ],
)
def test_a_cloud_event_that_breaks_a_rule_is_refused(boss, changes, complaint):
    answer = publish(boss, cloud("order-7", **changes))
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert complaint in answer.json()["detail"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        [],
        {"event": "", "correlation_id": "x"},
        {"event": "a b", "correlation_id": "x"},
        {"event": "A"},
        {"event": "A", "correlation_id": ""},
        {"event": "A", "correlation_id": "x" * 201},
        {"event": "A", "correlation_id": "x", "event_id": "\x07"},
        {"event": "A", "correlation_id": "x", "data": 1},
    ],
)
def test_an_event_that_breaks_a_rule_is_refused(boss, fields):
    assert publish(boss, fields, "application/json").status_code == 422
    assert not UnmatchedEvent.objects.exists()


def test_a_long_identity_is_kept_apart_all_the_same(boss):
    for number in range(2):
        publish(boss, cloud("order-7", id="x" * 500 + str(number)))
    assert UnmatchedEvent.objects.count() == 2

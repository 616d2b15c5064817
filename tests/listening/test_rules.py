"""The rules of a source: the events that it takes, their runs, and their places in a message."""

import json

import pytest

from sagaflow import Saga, Step, WaitForEvent, choreographed, conf, engine, registry
from sagaflow.models import Run, UnmatchedEvent, UnreadableMessage
from sagaflow.processes import listener
from sagaflow.source_settings import Source, faults
from sagaflow.store import unreadable
from sagaflow.transport.streams import Message
from sagaflow.transport.streams.reading import Unreadable, read
from tests.listening.conftest import cloud_event
from tests.listening.test_listener import welcome

pytestmark = pytest.mark.django_db(transaction=True)
URL = {"url": "nats://broker.example:4222", "topic": "shop.>"}
TYPED = {"event": "/type", "id": "/id", "data": "/data"}


def source(**options):
    return Source(name="shop", **URL, **options)


def message(body, headers=None, place="SHOP 1"):
    return Message(body if isinstance(body, bytes) else json.dumps(body).encode(), headers or {}, place)


@pytest.fixture(autouse=True)
def sagas():
    with registry.standing_in(welcome()), registry.standing_in(welcome("other")):
        yield


def runs():
    return sorted((run.saga, run.key) for run in Run.objects.all())


def test_a_source_for_one_saga_starts_no_run_of_another():
    listener.hear(source(saga="welcome"), message(cloud_event("CustomerCreated", customer=7)))
    assert runs() == [("welcome", "7")]
    assert Run.objects.get().by == "source:shop"


def test_a_source_for_one_saga_gives_nothing_to_a_run_of_another_that_the_event_names():
    run = engine.start("other", {"customer": 7}, key="7")
    event = {**cloud_event("PackSent", customer=7), "correlationid": run}
    listener.hear(source(saga="welcome"), message(event))
    assert engine.state(run)[1].steps["packsent"].status != "done"
    listener.hear(source(saga="other"), message(event))
    assert engine.state(run)[1].steps["packsent"].status == "done"


def test_an_event_that_the_source_does_not_take_is_skipped():
    listener.hear(source(events=("PackSent",)), message(cloud_event("CustomerCreated", customer=7)))
    assert runs() == []


def test_an_event_that_no_saga_takes_is_skipped_and_the_log_says_so_once(caplog):
    for number in range(3):
        listener.hear(source(), message(cloud_event("Rained", number)))
    assert not UnreadableMessage.objects.exists()
    assert caplog.text.count("'Rained' is skipped, because no saga takes it") == 1


def test_a_subject_is_the_key_of_a_run_only_if_no_saga_looks_into_the_data():
    listener.hear(source(), message({**cloud_event("CustomerCreated", customer=7), "subject": "c-7"}))
    assert runs() == [("other", "7"), ("welcome", "7")]
    waits = Saga("waits", choreographed("all", Step("rain", WaitForEvent("Rained"))))
    with registry.standing_in(waits):
        run = engine.start("waits", None, key="field-3")
        listener.hear(source(), message({**cloud_event("Rained"), "subject": "field-3"}))
    assert engine.state(run)[1].status == "completed"


def test_an_event_that_a_run_here_published_is_not_given_to_it_again():
    run = engine.start("welcome", {"customer": 7}, key="7")
    event = {**cloud_event("PackSent", customer=7), "source": "/sagaflow/welcome/all", "correlationid": run}
    listener.hear(source(), message(event))
    assert engine.monitor(run).findings == ()
    assert engine.state(run)[1].steps["packsent"].status != "done"


def test_an_event_before_its_run_waits_in_the_inbox_and_counts_once():
    early = message(cloud_event("PackSent", customer=7))
    for _ in range(2):
        listener.hear(source(saga="welcome"), early)
    assert UnmatchedEvent.objects.count() == 1
    listener.hear(source(saga="welcome"), message(cloud_event("CustomerCreated", customer=7)))
    assert engine.state(str(Run.objects.get().pk))[1].steps["packsent"].status == "done"


BODY = {"type": "Paid", "id": 17, "data": {"amount": 3}, "order": "o-1", "by": "bank"}


@pytest.mark.parametrize(
    ("pointers", "expected"),
    [
        (TYPED, ("Paid", "shop 17", {"amount": 3}, "", "shop")),
        ({"event": "/type", "id": "/id"}, ("Paid", "shop 17", BODY, "", "shop")),
        ({**TYPED, "correlation": "/order", "source": "/by"}, ("Paid", "bank 17", {"amount": 3}, "o-1", "bank")),
        ({"event": "Charged", "id": "/id", "source": "till"}, ("Charged", "till 17", BODY, "", "till")),
    ],
)
def test_pointers_say_where_a_message_has_the_parts_of_its_event(pointers, expected):
    heard = read(message(BODY), source(message=pointers), 1000)
    assert (heard.event, heard.event_id, heard.payload, heard.correlation, heard.source) == expected


SECRET = "card-4111"


@pytest.mark.parametrize(
    ("body", "headers", "pointers", "reason"),
    [
        ({"type": SECRET * 50, "id": 1}, {}, TYPED | {"data": ""}, "not a valid name"),
        ({"type": [SECRET], "id": 1}, {}, TYPED | {"data": ""}, "At '/type', where its event should be, is neither"),
        ({"type": "Paid", "card": SECRET}, {}, TYPED | {"data": ""}, "nothing at '/id', where its id should be"),
        ({"type": "Paid", "id": True, "card": SECRET}, {}, TYPED | {"data": ""}, "At '/id', where its id should be"),
        ({"type": "Paid", "id": 1, "card": SECRET}, {}, TYPED, "nothing at '/data', where its data should be"),
        ({"specversion": "0.3", "id": SECRET}, {}, {}, "'specversion' is not 1.0"),
        ({**cloud_event(), "source": ""}, {}, {}, "no 'source'"),
        ({**cloud_event(), "type": 5}, {}, {}, "'type' of the CloudEvent is not a text"),
        ({**cloud_event(), "data_base64": SECRET}, {}, {}, "'data_base64'"),
        ({**cloud_event(), "correlationid": "a\nb" + SECRET}, {}, {}, "correlation ID is not a printable text"),
        (f"<{SECRET}>".encode(), {"ce-specversion": "1.0", "content-type": "text/xml"}, {}, "media type 'text/xml'"),
        (b'{"specversion": NaN}', {}, {}, "NaN"),
        (b"[" * 100_000, {}, {}, "nested"),
    ],
)
def test_a_message_without_an_event_is_refused_with_a_reason_that_quotes_none_of_it(body, headers, pointers, reason):
    with pytest.raises(Unreadable) as caught:
        read(message(body, headers), source(message=pointers), 200_000)
    assert reason in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("prefix", ["ce-", "ce_", "cloudEvents:", "cloudEvents_"])
def test_headers_of_every_binding_are_attributes(prefix):
    attributes = {"specversion": "1.0", "type": "Paid", "id": "1", "source": "/bank"}
    heard = read(message({"a": 1}, {prefix + name: value for name, value in attributes.items()}), source(), 1000)
    assert (heard.event, heard.event_id, heard.payload) == ("Paid", "/bank 1", {"a": 1})


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ("nats://x", "is a str, but it must be a dictionary"),
        ({}, "needs a 'url' with a host"),
        ({"url": "kafka://x", "topic": "a"}, "one of the schemes nats, tls, amqp"),
        ({"url": "nats://me:pa55word@x", "topic": "a"}, "has a password in its 'url'"),
        ({"url": "nats://x"}, "needs the key 'topic'"),
        ({"url": "amqp://x", "topic": "#"}, "needs the key 'exchange'"),
        ({**URL, "exchange": "x"}, "which its kind of broker does not know"),
        ({**URL, "topics": "x"}, "has the key 'topics', which does not exist"),
        ({**URL, "secret": "pa55word"}, "the name of a secret in capitals"),
        ({**URL, "group": "a.b"}, "letters, digits, - or _"),
        ({**URL, "events": "Paid"}, "a list of names of events"),
        ({**URL, "saga": 5}, "the name of a saga"),
        ({**URL, "message": "/type"}, "a value that must be a dictionary such as"),
        ({**URL, "message": {"event": "/type"}}, "needs 'event' and 'id' in 'message'"),
        ({**URL, "message": {**TYPED, "type": "/x"}}, "has 'type' in 'message', which does not exist"),
        ({**URL, "message": {**TYPED, "data": "data"}}, "is not a JSON pointer"),
        ({**URL, "message": {**TYPED, "event": "a b"}}, "not a valid name of an event"),
    ],
)
def test_a_wrong_source_is_named_with_the_rule_and_never_with_a_password(options, fault):
    found = faults({"shop": options})
    assert any(fault in each and each.startswith("the source 'shop'") for each in found), found
    assert "pa55word" not in "".join(found)
    with pytest.raises(conf.BadSettings):
        conf.Settings.from_mapping({"SOURCES": {"shop": options}})


def test_right_sources_have_no_faults():
    sources = {
        "a": {**URL, "stream": "SHOP", "saga": "welcome", "user": "me", "secret": "NATS_PASSWORD", "message": TYPED},
        "b": {"url": "amqps://x", "exchange": "shop", "topic": "order.#", "events": ["Paid"]},
        "c": {"url": "rediss://x:6380/1", "topic": "shop", "field": "json", "group": "team-1"},
    }
    assert faults(sources) == []
    assert [each.name for each in conf.Settings(sources=sources).listened] == ["a", "b", "c"]


def test_only_the_newest_unreadable_messages_are_kept(settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "MESSAGES_KEPT": 3}
    for number in range(5):
        listener.hear(source(), message(b"x", place=f"SHOP {number}"))
    assert [row.place for row in UnreadableMessage.objects.all()] == ["SHOP 2", "SHOP 3", "SHOP 4"]


def test_of_a_message_that_is_too_long_only_the_beginning_is_kept_and_it_is_not_replayed(settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SOURCES": {"shop": URL}}
    listener.hear(source(), message(b"x" * 400_000))
    row = UnreadableMessage.objects.get()
    assert (len(json.loads(row.body)), row.size, row.whole) == (4_096, 400_000, False)
    with pytest.raises(listener.NotReplayed, match="Only the beginning"):
        listener.replay(row.pk, by="vera")


def test_a_replay_reads_the_message_with_the_settings_of_now(settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SOURCES": {"shop": URL}}
    listener.hear(source(), message({"type": "CustomerCreated", "id": 1, "data": {"customer": 7}}))
    row = UnreadableMessage.objects.get()
    with pytest.raises(listener.NotReplayed, match="specversion"):
        listener.replay(row.pk, by="vera")
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SOURCES": {"shop": {**URL, "message": TYPED, "saga": "welcome"}}}
    assert listener.replay(row.pk, by="vera") == "CustomerCreated"
    assert runs() == [("welcome", "7")]
    assert unreadable.find(row.pk) is None
    with pytest.raises(listener.NotReplayed, match="does not exist any more"):
        listener.replay(row.pk, by="vera")


def test_a_replay_gives_back_the_bytes_that_came():
    for body in (b"\xff\x00\xfe", "Zoë \ud7ff".encode(), b""):
        unreadable.set_aside("shop", body, {"a": "b"}, repr(body), "why", longest=10)
        found = unreadable.find(UnreadableMessage.objects.order_by("-pk").first().pk)
        assert (found.body, found.headers) == (body, {"a": "b"})

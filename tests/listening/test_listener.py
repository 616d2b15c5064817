"""A listener publishes what it hears, once for each event, whatever the broker and the process go through."""

import random

import pytest
from django.db import DatabaseError, OperationalError

from sagaflow import Saga, Step, WaitForEvent, choreographed, conf, engine, registry, store
from sagaflow.models import Run, UnmatchedEvent, UnreadableMessage
from sagaflow.processes import listener
from sagaflow.processes.listener import Listener
from sagaflow.source_settings import Source
from tests.listening.conftest import cloud_event
from tests.servers.waiting import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]
REACTIONS = ("AccountOpened", "PackSent", "EmailSent")


def welcome(name="welcome"):
    steps = [Step(event.lower(), WaitForEvent(event), after=(), timeout=3600) for event in REACTIONS]
    return Saga(name, choreographed("all", *steps), correlate={"*": "/customer"}, starts_on="CustomerCreated")


@pytest.fixture(autouse=True)
def saga():
    with registry.standing_in(welcome()):
        yield


@pytest.fixture
def heard(source):
    """``heard()``: hear until nothing is outstanding."""
    made = []

    def heard(broker, **options):
        made.append(Listener(Source(name="shop", **broker.settings(**options))))
        until(lambda: made[-1].turn() or finished(broker, made[-1]), "the broker to owe nothing")

    yield heard
    for each in made:
        each.end()


def finished(broker, hearing):
    if type(broker).__name__ == "OverRabbitmq":  # the server counts only what no consumer holds
        hearing.close()
    return broker.owed() == 0


def told(customer, *events):
    return [cloud_event(event, f"{event}-{customer}", customer=customer) for event in events]


def test_events_start_a_run_and_move_it_on_in_any_order_and_any_number(broker, heard):
    events = [event for customer in (7, 8) for event in told(customer, "CustomerCreated", *REACTIONS)] * 3
    random.Random(4).shuffle(events)
    broker.publish(*events)
    heard(broker)
    runs = {run.key: str(run.pk) for run in Run.objects.all()}
    assert sorted(runs) == ["7", "8"]
    assert {engine.state(run)[1].status for run in runs.values()} == {"completed"}
    assert not UnreadableMessage.objects.exists()
    assert not UnmatchedEvent.objects.exists()


def test_messages_that_cannot_be_read_are_set_aside_and_block_nothing(broker, heard):
    [created] = told(7, "CustomerCreated")
    without_id = {**created, "id": ""}
    broker.publish(b"{no json", b"\xff\x00", [1], {"a": 1}, without_id, b"x" * 400_000, created)
    heard(broker)
    assert Run.objects.get().key == "7"
    reasons = [row.reason for row in UnreadableMessage.objects.all()]
    assert len(reasons) == 6
    for part in ("not JSON", "not UTF-8", "specversion", "specversion", "no 'id'", "400000 bytes"):
        assert any(part in reason for reason in reasons), (part, reasons)


def test_a_message_that_is_set_aside_and_comes_again_is_one_row(broker, heard, monkeypatch):
    broker.redeliver_soon(monkeypatch)
    broker.publish(b"{no json")
    first = Listener(Source(name="shop", **broker.settings()))
    [message] = until(lambda: first._connected().receive(1.0), "a message")
    listener.hear(first.source, message)
    first.end()
    heard(broker)
    assert UnreadableMessage.objects.count() == 1


def test_a_database_that_is_down_loses_nothing(broker, heard, monkeypatch):
    broker.redeliver_soon(monkeypatch)
    broker.publish(*told(7, "CustomerCreated"))
    with monkeypatch.context() as patch:
        patch.setattr(engine, "publish", failing(OperationalError("the database is away")))
        hearing = Listener(Source(name="shop", **broker.settings()))
        with pytest.raises(OperationalError):
            until(hearing.turn, "an error")
        hearing.end()
    assert not UnreadableMessage.objects.exists()
    heard(broker)
    assert Run.objects.get().key == "7"


def failing(error):
    def fail(*_args, **_options):
        raise error

    return fail


def test_an_event_that_the_database_will_never_take_is_set_aside(broker, heard, monkeypatch):
    broker.publish(*told(7, "CustomerCreated"))
    monkeypatch.setattr(engine, "publish", failing(DatabaseError("value too long: secret")))
    heard(broker)
    [row] = UnreadableMessage.objects.all()
    assert "DatabaseError" in row.reason
    assert "secret" not in row.reason


def test_a_listener_in_a_thread_connects_again_and_says_so_once(broker, caplog, settings, monkeypatch):
    broker.redeliver_soon(monkeypatch)
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SOURCES": {"shop": broker.settings()}}
    [loop] = listener.loops(conf.current().listened)
    with caplog.at_level("INFO", "sagaflow"):
        loop.start()
        try:
            broker.publish(*told(7, "CustomerCreated"))
            until(Run.objects.exists, "the run")
            until(lambda: store.heard() == {"shop"}, "a heartbeat")
            broker.server.kill()
            until(lambda: "tries again until it works" in caplog.text, "the warning")
            broker.server.start()
            until(lambda: "works again" in caplog.text, "the listener to come back")
            broker.publish(*told(8, "CustomerCreated"))
            until(lambda: Run.objects.count() == 2, "the second run")
        finally:
            loop.stop(timeout=20)
    assert caplog.text.count("tries again until it works") == 1
    assert store.heard() == frozenset()

"""An event is delivered if and only if its change was committed: to the output stream and to every observer."""

import pytest

from sagaflow import engine, store
from sagaflow.core.errors import Refused
from sagaflow.models import OutboxMessage
from tests.engine.conftest import BOTH, at_once, finish, status
from tests.engine.sagas import effects

pytestmark = pytest.mark.django_db(databases=BOTH)


def events(**columns):
    return list(OutboxMessage.objects.filter(**columns).order_by("pk").values_list("event", flat=True))


def test_every_published_event_has_one_row_for_the_stream_and_one_per_observer():
    run = engine.start("mixed", {})
    finish(run)
    published = [entry.fact.event for entry in engine.journal(run) if entry.kind == "EventPublished"]
    assert events(observer="") == published
    assert published[-1] == "SagaCompleted"
    assert events(observer="news") == ["FrontStarted", "FirstCompleted"]


def test_an_observer_sees_its_events_in_the_worker_of_its_service():
    run = engine.start("mixed", {})
    engine.wake(run, services={"plain"})
    assert OutboxMessage.objects.filter(observer="news", sent_at__isnull=False).count() == 0
    assert store.overdue().runs[run] == {"exact", "news"}
    engine.wake(run, services={"news"})
    assert OutboxMessage.objects.get(observer="news", event="FirstCompleted").sent_at


def test_an_observer_that_fails_is_tried_again_ten_times_and_never_touches_the_run():
    run = engine.start("mixed", {})
    assert finish(run) == "completed"
    failing = OutboxMessage.objects.filter(observer="news", event="FrontStarted")
    for attempt in range(2, 11):
        assert failing.get().due_at is not None
        failing.update(due_at=store.to_datetime(store.now()))
        engine.wake(run)
        assert failing.get().attempts == attempt
    left = failing.get()
    assert (left.due_at, left.sent_at) == (None, None)
    assert left.error == "technical: the observer is out of order"
    assert status(run) == "completed"
    assert store.overdue().runs == {}


def test_the_relay_gets_each_message_until_it_is_sent():
    run = engine.start("five", {})
    finish(run)
    first = store.take_pending()
    assert [(message.run_id, message.saga, message.observer) for message in first] == [(run, "five", "")] * 2
    assert [message.event for message in first] == ["MainStarted", "SagaCompleted"]
    assert store.take_pending() == []
    store.mark_failed(first[0].id, "the stream is away", retry_after=0.0)
    store.mark_sent([first[1].id])
    (again,) = store.take_pending()
    assert (again.id, again.attempts, again.payload) == (first[0].id, 2, None)


def test_a_refused_change_publishes_nothing():
    run = engine.start("five", {"plan": {"third:do": ["technical"] * 3}})
    finish(run)
    before = events()
    with pytest.raises(Refused):
        engine.approve(run, "first", approved=True, by="mo")
    assert events() == before


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_relays_at_once_share_the_messages():
    for _ in range(4):
        finish(engine.start("five", {}))
    taken = at_once(*[lambda: store.take_pending(limit=3)] * 4)
    ids = [message.id for messages in taken for message in messages]
    assert len(ids) == len(set(ids)) == 8


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_workers_at_once_show_an_observer_each_event_once():
    run = engine.start("mixed", {})
    at_once(*[lambda: engine.wake(run)] * 4)
    finish(run)
    assert effects(run).count("FirstCompleted:seen") == 1

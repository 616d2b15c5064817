"""Published events reach every sink at least once, as CloudEvents that another implementation can read."""

import json
from datetime import UTC, timedelta
from random import Random

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from sagaflow import engine, sinks, store
from sagaflow.models import OutboxMessage
from sagaflow.processes import relay, sink_workers
from sagaflow.processes.relay import Relayed
from sagaflow.store.clock import to_datetime
from sagaflow.store.runs import outbox
from tests.core.thoroughness import examples
from tests.engine.conftest import finish

pytestmark = pytest.mark.django_db(databases=["default", "participant"])


class Kept(list):
    """A sink in memory."""

    def __call__(self, event):
        self.append(event)


def stumbling(event):
    raise ConnectionError("the stream is away")


def published(run_id):
    """The types of the events of a run, in their order."""
    return [entry.fact.event for entry in engine.journal(run_id) if entry.kind == "EventPublished"]


@pytest.fixture
def run():
    run = engine.start("mixed", {"plan": {"fourth:do": ["business"]}})
    assert finish(run) == "rolled_back"
    return run


@pytest.fixture
def at_once(monkeypatch):
    """Failed events are due again immediately."""
    monkeypatch.setattr(relay, "FIRST_PAUSE", 0.0)


def test_every_published_event_arrives_once_and_in_order(run):
    kept = Kept()
    tally = relay.relay_once([kept])
    assert [event["type"] for event in kept] == published(run)
    assert published(run)[-1] == "SagaRolledBack"
    assert tally == Relayed(len(published(run)), 0)
    assert relay.relay_once([kept]) == Relayed(0, 0)


def test_a_batch_has_no_more_events_than_it_may(run):
    kept = Kept()
    assert relay.relay_once([kept], limit=2) == Relayed(2, 0)
    assert relay.relay_once([kept], limit=100) == Relayed(len(published(run)) - 2, 0)
    assert [event["type"] for event in kept] == published(run)


def test_batches_grow_while_many_events_are_due_and_every_sink_takes_them_quickly(monkeypatch):
    sizes, answers = [], [(50, 0), (100, 0), (200, 0), (400, 0), (400, 0), (399, 1), (50, 0), (99, 0), (50, 0)]
    monkeypatch.setattr(relay, "QUICK", 60.0)
    monkeypatch.setattr(relay, "relay_once", lambda *, limit: sizes.append(limit) or Relayed(*answers[len(sizes) - 1]))
    turns = relay.Turns()
    waits = [turns.turn() for _ in answers]
    assert sizes == [50, 100, 200, 400, 400, 400, 50, 100, 50]
    assert waits == [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, None, 0.0], "after a batch that is not full, nothing is due"
    monkeypatch.setattr(relay, "QUICK", -1.0)
    answers.append((100, 0))
    turns.turn()
    assert turns.size == 50, "it was full, but slow"


def test_an_event_is_a_cloud_event_tied_to_its_run_and_its_cause(run):
    kept = Kept()
    relay.relay_once([kept])
    journal = {entry.seq: entry for entry in engine.journal(run)}
    for event in kept:
        parsed = JSONFormat().read(CloudEvent, json.dumps(event))
        assert parsed.get_subject() == run
        assert parsed.get_extension("correlationid") == run
        assert parsed.get_time().utcoffset() == UTC.utcoffset(None)
        seq = int(parsed.get_id().rpartition(":")[2])
        assert journal[seq].fact.event == parsed.get_type()
        assert parsed.get_extension("causationid") == f"{run}:{journal[seq].cause}"
    assert len({event["id"] for event in kept}) == len(kept)
    assert kept[-1]["source"] == "/sagaflow/mixed"


def test_a_sink_that_refuses_makes_no_other_sink_get_an_event_again(run, at_once):
    healthy, late, away = Kept(), Kept(), [True]

    def sometimes(event):
        if away:
            raise ConnectionError("the stream is away")
        late(event)

    sinks = {"healthy": healthy, "sometimes": sometimes}
    first = relay.relay_once(sinks)
    assert (first.sent, first.failed) == (0, len(healthy))
    assert relay.relay_once(sinks) == first
    away.clear()
    sink_workers.forget()
    assert relay.relay_once(sinks) == Relayed(first.failed, 0)
    assert [event["type"] for event in healthy] == [event["type"] for event in late] == published(run)
    assert relay.relay_once(sinks) == Relayed(0, 0)


def test_a_sink_that_leaves_the_settings_is_waited_for_no_more_and_a_new_one_gets_what_is_pending(run, at_once):
    healthy, new = Kept(), Kept()
    count = relay.relay_once({"healthy": healthy, "away": stumbling}).failed
    assert relay.relay_once({"healthy": healthy, "new": new}) == Relayed(count, 0)
    assert (len(healthy), len(new)) == (count, count)


def test_an_event_that_failed_waits_before_it_is_tried_again(run):
    failed = relay.relay_once([stumbling]).failed
    assert failed > 0
    assert relay.relay_once([Kept()]) == Relayed(0, 0)


def choosy(kept, unwanted="FirstCompleted"):
    """A sink that refuses one type of events of the run that it saw first."""
    first = []

    def sink(event):
        first.append(event["subject"])
        if (event["type"], event["subject"]) == (unwanted, first[0]):
            raise ValueError("not this one")
        kept(event)

    return sink


def test_an_event_that_a_sink_refuses_holds_up_the_later_ones_of_its_run_and_no_other_run(run, at_once):
    other = engine.start("mixed", {})
    finish(other)
    kept, all_of_them = Kept(), Kept()
    sinks = {"choosy": choosy(kept), "other": all_of_them}
    for _ in range(3):
        relay.relay_once(sinks)
    got = [event["type"] for event in kept if event["subject"] == run]
    assert got == published(run)[: published(run).index("FirstCompleted")]
    assert [event["type"] for event in kept if event["subject"] == other] == published(other)
    assert [event["type"] for event in all_of_them if event["subject"] == run] == published(run)
    assert OutboxMessage.objects.filter(sent_at=None, observer="", error__startswith="Behind: ").count()


def test_after_a_day_the_later_events_go_on_and_the_refused_one_is_still_tried(run, at_once):
    kept = Kept()
    relay.relay_once([choosy(kept)])
    old = to_datetime(store.now() - outbox.HOLDS - 1.0)
    OutboxMessage.objects.filter(event="FirstCompleted", observer="").update(created_at=old)
    assert relay.relay_once([choosy(kept)]) == Relayed(len(published(run)) - 2, 1)
    assert [event["type"] for event in kept] == [name for name in published(run) if name != "FirstCompleted"]
    assert relay.relay_once([kept]) == Relayed(1, 0)


def test_an_event_that_waits_for_another_one_is_due_no_later_than_the_other(run):
    OutboxMessage.objects.filter(observer="").update(attempts=8)
    first = OutboxMessage.objects.filter(observer="").earliest("pk")
    OutboxMessage.objects.filter(pk=first.pk).update(attempts=3)
    relay.relay_once([stumbling])
    due = OutboxMessage.objects.filter(observer="").order_by("pk").values_list("due_at", flat=True)
    assert (max(due) - due[0]).total_seconds() < 2.0
    OutboxMessage.objects.exclude(pk=first.pk).update(due_at=to_datetime(store.now()))
    kept = Kept()
    assert relay.relay_once([kept]) == Relayed(0, len(due) - 1)
    assert kept == []
    assert max(OutboxMessage.objects.values_list("due_at", flat=True)) <= due[0] + timedelta(seconds=2)


@examples(8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seed=st.integers(0, 10**6), batch=st.integers(2, 9))
def test_whatever_sinks_refuse_and_whichever_events_are_due_each_sink_gets_those_of_a_run_in_order(
    monkeypatch, seed, batch
):
    """An event is not due while another relay has it, or while it waits for its next attempt.

    All examples share a transaction, whose old versions of rows no vacuum removes: many would take minutes.
    """
    monkeypatch.setattr(relay, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr(relay, "BATCH", batch)
    monkeypatch.setattr(sink_workers, "FAILURES", 10**6)
    OutboxMessage.objects.filter(sent_at=None).update(due_at=None)
    runs = [engine.start("mixed", {}) for _ in range(3)]
    for each in runs:
        finish(each)
    mine = OutboxMessage.objects.filter(run_id__in=runs, observer="")
    kept, chance = {"one": Kept(), "two": Kept()}, Random(seed)

    def unreliable(name):
        mood = Random(f"{seed} {name}")

        def sink(event):
            if mood.random() < 0.4:
                raise ConnectionError("the stream is away")
            kept[name](event)

        return sink

    sinks = {name: unreliable(name) for name in kept}
    for _ in range(200):
        pending = list(mine.filter(sent_at=None).values_list("pk", flat=True))
        if not pending:
            break
        now, due = store.now(), {pk for pk in pending if chance.random() < 0.6}
        mine.filter(pk__in=due).update(due_at=to_datetime(now))
        mine.filter(pk__in={*pending} - due).update(due_at=to_datetime(now + 60.0))
        relay.relay_once(sinks)
    for got in kept.values():
        for each in runs:
            assert [event["type"] for event in got if event["subject"] == each] == published(each)


def test_a_batch_costs_no_statement_more_where_no_event_waits_for_another(run):
    with CaptureQueriesContext(connection) as sent:
        relay.relay_once([Kept()])
    verbs = [each["sql"].split()[0] for each in sent if "SAVEPOINT" not in each["sql"]]
    assert verbs == ["SELECT", "UPDATE", "SELECT", "SELECT", "UPDATE", "UPDATE"]  # twice the time, the rows, the notes


def test_a_relay_that_dies_between_delivery_and_note_delivers_again_with_the_same_id(run, monkeypatch):
    kept = Kept()
    monkeypatch.setattr(outbox, "LEASE", 0.0)

    def die(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(store, "mark_sent", die)
        with pytest.raises(KeyboardInterrupt):
            relay.relay_once([kept])
    count = len(kept)
    assert relay.relay_once([kept]) == Relayed(count, 0)
    assert [event["id"] for event in kept[:count]] == [event["id"] for event in kept[count:]]


def test_the_settings_name_the_sinks(settings, run, monkeypatch):
    kept = Kept()
    monkeypatch.setattr(sinks, "kept", kept, raising=False)
    settings.SAGAFLOW = {**settings.SAGAFLOW, "OUTPUT_SINKS": ("sagaflow.sinks.kept",)}
    relay.relay_once()
    assert kept[-1]["type"] == "SagaRolledBack"

"""Published events reach every sink at least once, as CloudEvents that another implementation can read."""

import json
from datetime import UTC

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from sagaflow import engine, sinks, store
from sagaflow.processes import relay, sink_workers
from sagaflow.processes.relay import Relayed
from sagaflow.store.runs import outbox
from tests.engine.conftest import finish

pytestmark = pytest.mark.django_db(databases=["default", "participant"])


class Kept(list):
    """A sink in memory."""

    def __call__(self, event):
        self.append(event)


def stumbling(event):
    raise ConnectionError("the stream is away")


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
    published = [entry.fact.event for entry in engine.journal(run) if entry.kind == "EventPublished"]
    assert [event["type"] for event in kept] == published
    assert published[-1] == "SagaRolledBack"
    assert tally == Relayed(len(published), 0)
    assert relay.relay_once([kept]) == Relayed(0, 0)


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
    published = [entry.fact.event for entry in engine.journal(run) if entry.kind == "EventPublished"]
    assert [event["type"] for event in healthy] == [event["type"] for event in late] == published
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


def test_one_event_that_a_sink_refuses_does_not_hold_up_the_others(run):
    kept = Kept()

    def choosy(event):
        if event["type"] == "FirstCompleted":
            raise ValueError("not this one")
        kept(event)

    assert relay.relay_once([choosy]) == Relayed(len(kept), 1)
    assert kept[-1]["type"] == "SagaRolledBack"


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

"""SagaMissing leaves through the outbox once, with the run, the key, the step and the event that did not come."""

from datetime import UTC, datetime

import pytest

from sagaflow import engine, registry, store
from sagaflow.core.definition.saga import Observer, Saga, Step, WaitForEvent, choreographed
from sagaflow.models import OutboxMessage
from sagaflow.processes import relay
from sagaflow.testing import moving_clock
from tests.engine.conftest import BOTH, kinds, status

pytestmark = pytest.mark.django_db(databases=BOTH)
HOUR = 3600.0
WELCOME = Saga(
    "hear-welcome",
    choreographed(
        "welcome",
        Step("account", WaitForEvent("AccountOpened", service="loyalty"), after=(), timeout=HOUR),
        Step("email", WaitForEvent("EmailSent", service="email"), after="account", timeout=HOUR),
    ),
    correlate={"*": "/number"},
    starts_on="Registered",
    observers=(Observer("chat", "news.watch", on="SagaMissing"),),
)


@pytest.fixture
def clock():
    with registry.standing_in(WELCOME), moving_clock() as clock:
        yield clock


def hear(event, number=7):
    return engine.publish(event, payload={"number": number}, event_id=f"{event}-{number}")


def run_of(number=7):
    [run] = store.runs(saga=WELCOME.name, key=str(number))
    return run.run_id


def missing(run, observer=""):
    return list(OutboxMessage.objects.filter(run_id=run, event="SagaMissing", observer=observer).order_by("pk"))


def relayed():
    """The events that say what is missing, as the sinks get them."""
    got = []
    relay.relay_once([got.append])
    return [event for event in got if event["type"] == "SagaMissing"]


def test_it_leaves_once_for_the_stream_and_once_for_each_observer(clock):
    hear("Registered")
    run = run_of()
    hear("AccountOpened")
    due = engine.state(run)[1].steps["email"].deadline
    for _ in range(90):
        clock.advance(60.0)
        engine.pass_time([run])
        assert len(missing(run)) == len(missing(run, "chat")) == (store.now() >= due)
    assert store.run(run).attention == "missing"
    (event,) = relayed()
    assert (event["subject"], event["runkey"], event["source"]) == (run, "7", "/sagaflow/hear-welcome/email")
    since = datetime.fromtimestamp(due, UTC).isoformat(timespec="milliseconds")
    assert event["data"] == {"segment": "welcome", "direction": "do", "event": "EmailSent", "since": since}
    journal = {entry.seq: entry for entry in engine.journal(run)}
    assert journal[int(event["causationid"].rpartition(":")[2])].kind == "ReactionMissed"
    assert relayed() == []


def test_the_one_that_lacks_an_event_is_told_and_the_others_are_not(clock):
    for number in (1, 2, 3):
        hear("Registered", number)
        hear("AccountOpened", number)
        if number != 2:
            hear("EmailSent", number)
    clock.advance(HOUR + 1)
    engine.pass_time([run_of(number) for number in (1, 2, 3)])
    assert [event["subject"] for event in relayed()] == [run_of(2)]


def test_an_event_that_comes_late_and_then_again_tells_nothing_more(clock):
    hear("Registered")
    run = run_of()
    hear("AccountOpened")
    clock.advance(HOUR + 1)
    assert hear("EmailSent") == "accepted"
    assert hear("EmailSent") != "accepted"
    clock.advance(HOUR)
    engine.pass_time([run])
    assert (status(run), len(missing(run))) == ("completed", 1)
    assert kinds(run).count("ReactionMissed") == 1
    assert len(relayed()) == 1


def test_a_report_before_any_sweeper_tells_it_with_the_time_of_the_limit(clock):
    hear("Registered")
    run = run_of()
    due = engine.state(run)[1].steps["account"].deadline
    clock.advance(5 * HOUR)
    hear("AccountOpened")
    (row,) = missing(run)
    assert f'"since":"{datetime.fromtimestamp(due, UTC).isoformat(timespec="milliseconds")}"' in row.payload
    assert row.step == "account"


def test_what_an_operator_requests_again_is_published_again_if_it_does_not_come(clock):
    hear("Registered")
    run = run_of()
    for number in (1, 2, 3):
        clock.advance(HOUR + 1)
        engine.pass_time([run])
        assert (store.run(run).attention, len(missing(run))) == ("missing", number)
        engine.operate(run, "retry", step="account", by="ann", reason="the service is back")
        assert store.run(run).attention == ""
        assert engine.verify(run) == []
    hear("AccountOpened")
    hear("EmailSent")
    clock.advance(HOUR + 1)
    engine.pass_time([run])
    assert (status(run), len(relayed())) == ("completed", 3)

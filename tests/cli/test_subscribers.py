"""`sagaflow subscribers` lists subscribers of other apps, and removes one whose code is gone."""

from datetime import timedelta

import pytest

from sagaflow import store
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.models import OutboxMessage, Subscription
from sagaflow.store.subscriptions import NOBODY
from tests.cli.conftest import sf, started

LISTENER = Subscriber(name="letters.write", sagas=("cli-order",), on=("SagaCompleted", "MainStarted"), team="press")


@pytest.fixture
def listener(db):
    store.declare([LISTENER])


def away(**past):
    Subscription.objects.update(seen_at=store.to_datetime(store.now()) - timedelta(**past))


def test_nobody_listens_at_first(db):
    assert sf("subscribers", "--json").json == {"subscribers": []}
    assert sf("subscribers").out == "No app subscribes to events.\n"


def test_machines_and_people_see_who_listens_and_what_is_left(listener):
    run = started()
    saga = store.run(run).saga
    store.declare([Subscriber(name="letters.read", sagas=(saga,), on=("SagaCompleted",))])
    other = started()
    answer, written = sf("subscribers", "--saga", saga, "--json").json["subscribers"]
    assert (written["subscriber"], written["events"]) == ("letters.write", ["MainStarted", "SagaCompleted"])
    assert answer.pop("seen_at")
    assert answer == {
        "saga": saga,
        "subscriber": "letters.read",
        "team": "",
        "events": ["SagaCompleted"],
        "present": True,
        "pending": 1,
    }
    out = sf("subscribers").out
    assert "letters.write" in out
    assert "MainStarted, SagaCompleted" in out
    away(minutes=2)
    assert "last seen" in sf("subscribers").out
    removed = sf("subscribers", "--remove", "letters.read", "--json").json
    assert removed == {"removed": "letters.read", "ended": 1}
    assert OutboxMessage.objects.get(run_id=other, observer="letters.read").error == NOBODY


def test_one_that_is_there_or_unknown_is_not_removed(listener):
    live, unknown = (sf("subscribers", "--remove", name) for name in ("letters.write", "letters.rite"))
    assert (live.code, unknown.code) == (3, 3)
    assert "would subscribe it again" in live.err
    assert "There is no subscriber 'letters.rite'" in unknown.err
    usage = sf("subscribers", "--remove", "letters.write", "--saga", "cli-order")
    assert usage.code == 2
    assert "leave out --saga" in usage.err

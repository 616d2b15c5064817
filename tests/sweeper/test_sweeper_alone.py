"""Every hint of the engine is dropped: the sweeper alone finishes all runs, over any broker."""

import pytest

from sagaflow import engine, signals
from sagaflow.core.run.state import RunStatus
from sagaflow.models import Run
from sagaflow.processes import actors, sweeper
from sagaflow.processes.loop import Loop
from tests.engine import sagas
from tests.servers.waiting import until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.django_db(databases=["default", "participant"], transaction=True),
]

LATE = {"plan": {"third:do": ["business"]}}
CASES = [
    ("five", {}, "completed"),
    ("five", {"plan": {"second:do": ["technical", "crash"]}}, "completed"),
    ("five", LATE, "rolled_back"),
    ("five-exact", LATE, "rolled_back"),
    ("danced", {}, "completed"),
    ("danced", LATE, "rolled_back"),
    ("mixed", {}, "completed"),
    ("mixed", {"plan": {"fourth:do": ["business"]}}, "rolled_back"),
    ("fork", {}, "completed"),
    ("fork", {"plan": {"right:do": ["business"]}}, "rolled_back"),
    ("timed", {}, "completed"),
    ("parent", {}, "completed"),
    ("parent", {"plan": {"last:do": ["business"]}}, "rolled_back"),
]


@pytest.fixture
def publisher_that_drops_everything():
    assert signals.work_due.disconnect(dispatch_uid="sagaflow.processes.actors")
    yield
    actors.connect()


@pytest.fixture(params=["embedded", "redis_server", "rabbitmq"])
def transport(request):
    url = "embedded" if request.param == "embedded" else request.getfixturevalue(request.param).url
    transport = actors.Transport(url)
    yield transport
    transport.close()


@pytest.fixture
def sweeping(transport, publisher_that_drops_everything):
    worker = actors.HintWorker(transport, name="worker", threads=4)
    loop = Loop("sweeper", sweeper.Sweeper(transport).turn, 0.05)
    worker.start()
    loop.start()
    yield
    loop.stop(timeout=10)
    worker.stop(10)


def test_all_runs_end_as_they_would_with_every_hint(sweeping):
    expected = {engine.start(saga, given): status for _ in range(3) for saga, given, status in CASES}
    ends = [status for status in RunStatus if status.ended]
    until(lambda: Run.objects.exclude(status__in=ends).count() == 0, "all runs to end", seconds=60)
    assert {str(run.pk): run.status for run in Run.objects.filter(pk__in=expected)} == expected
    faults = [fault for run in expected for fault in engine.verify(run)]
    assert faults == []


def test_the_observers_get_their_events_too(sweeping):
    run = engine.start("mixed", {})
    until(lambda: "FirstCompleted:seen" in sagas.effects(run), "the observer to see its event")

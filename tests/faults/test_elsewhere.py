"""A choreography of services that know nothing of Sagaflow is watched, and no event is lost or counted twice."""

import json
from contextlib import ExitStack, contextmanager

import pytest

from examples.elsewhere.__main__ import FOLDER, SERVICES
from examples.elsewhere.messages import STREAM, SUBJECTS, event
from tests.faults.processes import running
from tests.servers.waiting import until

REACTIONS = {says for _, says, _ in SERVICES.values()}
KILLED = """
import os, signal, sys, django
django.setup()
from sagaflow import conf
from sagaflow.processes import listener
hear = listener.hear
def last(source, message):
    hear(source, message)
    os.kill(os.getpid(), signal.SIGKILL)
listener.hear = last
[source] = conf.current().listened
hearing = listener.Listener(source)
while True:
    hearing.turn()
"""
pytestmark = pytest.mark.parametrize("broker", ["redis_server"], indirect=True)


@pytest.fixture
def watched(site, nats_server):
    """A site that hears the topic, and the definition of the choreography."""
    nats_server.create(STREAM, SUBJECTS)
    site.environment |= {
        "SAGAFLOW_SOURCES": json.dumps({"crm": {"url": nats_server.url, "topic": SUBJECTS}}),
        "NATS_URL": nats_server.url,
    }
    file = FOLDER / "customer-welcome.yaml"
    called = site.call("manage.py", "sagaflow", "import", str(file), "--publish", "--by", "demo")
    assert called.returncode == 0, called.stdout + called.stderr
    return site


@contextmanager
def services(site, **swallows):
    with ExitStack() as stack:
        for name, (hears, says, _) in SERVICES.items():
            more = {"SWALLOWS": swallows.get(name, "0")}
            stack.enter_context(running(str(FOLDER / "service.py"), name, hears, says, **site.environment | more))
        yield


def customers(site, count, pause=0.0):
    return running(str(FOLDER / "customers.py"), str(count), str(pause), **site.environment)


def heard(site):
    """Key of the run → its status and the events that it has received."""
    entries = site.query("SELECT run_id, data FROM sagaflow_journalentry WHERE kind = 'EventReceived' ORDER BY seq")
    found = {str(run): (key, status, []) for run, key, status in site.query("SELECT id, key, status FROM sagaflow_run")}
    for run, data in entries:
        found[str(run)][2].append((data if isinstance(data, dict) else json.loads(data))["event"])
    return {key: (status, events) for key, status, events in found.values()}


def test_listener_and_broker_are_killed_again_and_again_and_each_event_counts_once(watched, nats_server):
    count = 40
    with services(watched), customers(watched, count, 0.05), watched.sweeper():
        for kills in range(1, 5):
            with watched.command("listen") as listener:
                until(lambda kills=kills: len(heard(watched)) >= 7 * kills, f"{7 * kills} runs")
                listener.kill()
            if kills == 2:
                nats_server.kill()
                nats_server.start()
        with watched.command("listen"):
            until(lambda: [one[0] for one in heard(watched).values()] == ["completed"] * count, "all runs to complete")
    runs = heard(watched)
    assert set(runs) == {str(number) for number in range(1, count + 1)}
    assert all(sorted(events) == sorted(REACTIONS) for _, events in runs.values())
    assert watched.query("SELECT count(*) FROM sagaflow_unmatchedevent") == [(0,)]
    assert watched.query("SELECT count(*) FROM sagaflow_unreadablemessage") == [(0,)]


def test_a_listener_that_dies_after_the_commit_hears_the_event_again_and_counts_it_once(watched, nats_server):
    nats_server.publish("crm.CustomerCreated", event("CustomerCreated", 7, "customer"))
    assert watched.call("-c", KILLED).returncode == -9
    assert nats_server.unfinished(STREAM, "sagaflow_crm") == 1, "the broker was not told"
    assert set(heard(watched)) == {"7"}
    with watched.command("listen"):
        until(lambda: nats_server.unfinished(STREAM, "sagaflow_crm") == 0, "the event to be done", seconds=90)
    assert watched.query("SELECT count(*) FROM sagaflow_run") == [(1,)]


def test_a_reaction_that_a_service_swallows_is_missing_and_the_others_are_not(watched):
    with services(watched, loyalty="3"), watched.sweeper(), watched.command("listen"), customers(watched, 3):
        until(lambda: [status for status, _ in heard(watched).values()].count("completed") == 2, "two to complete")
        until(lambda: missed(watched) == {"3": ["account"]}, "the account of customer 3 to be missing")


def missed(site):
    found = site.query(
        "SELECT key, data FROM sagaflow_journalentry JOIN sagaflow_run ON sagaflow_run.id = run_id "
        "WHERE kind = 'ReactionMissed'"
    )
    said = {}
    for key, data in found:
        said.setdefault(key, []).append((data if isinstance(data, dict) else json.loads(data))["step"])
    return said

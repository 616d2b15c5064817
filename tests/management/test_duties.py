"""`worker`, `sweeper` and `relay` as commands: their output and how they end."""

import io
import json

import pytest
from django.core.management import call_command

from sagaflow import engine
from sagaflow.management.output import Exit
from sagaflow.processes import actors
from tests.engine import sagas  # noqa: F401 - registers them
from tests.engine.conftest import finish

pytestmark = pytest.mark.django_db(databases=["default", "participant"])


def sagaflow(*arguments):
    """The exit code and the output."""
    stdout = io.StringIO()
    try:
        call_command("sagaflow", *arguments, "--json", stdout=stdout)
    except SystemExit as ended:
        return ended.code, json.loads(stdout.getvalue())
    return Exit.OK, json.loads(stdout.getvalue())


def test_a_worker_of_its_own_needs_a_broker():
    code, answer = sagaflow("worker")
    assert code == Exit.USAGE
    assert "SAGAFLOW_BROKER_URL" in answer["error"]["message"]


def test_one_sweep_says_how_many_hints_it_sent(monkeypatch):
    sent = []
    monkeypatch.setattr(actors.Transport, "_enqueue", lambda _, *hint: sent.append(hint))
    run = engine.start("five", {})
    sent.clear()
    assert sagaflow("sweeper", "--once") == (Exit.OK, {"hints": 1})
    assert sent == [([run], "sagaflow.plain")]


def test_one_relay_says_what_arrived():
    finish(engine.start("five", {}))
    assert sagaflow("relay", "--once") == (Exit.OK, {"sent": 2, "failed": 0})
    assert sagaflow("relay", "--once") == (Exit.OK, {"sent": 0, "failed": 0})


def test_one_relay_fails_when_a_sink_does(settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "OUTPUT_SINKS": ("tests.management.test_duties.refuse",)}
    finish(engine.start("five", {}))
    assert sagaflow("relay", "--once") == (Exit.FAILED, {"sent": 0, "failed": 2})


def refuse(event):
    raise ConnectionError("closed on Sundays")

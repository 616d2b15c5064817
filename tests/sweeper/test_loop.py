"""A duty is repeated, whatever happens between two rounds."""

import pytest
from django.db import OperationalError

from sagaflow.processes.loop import Loop
from tests.servers.waiting import until

pytestmark = pytest.mark.quick


def test_a_loop_survives_a_database_that_is_away_and_says_so_once(caplog):
    faults = [OperationalError("the server closed the connection"), OperationalError("connection refused")]
    loop = Loop("sweeper", lambda: fail(faults.pop()) if faults else None, 0.01)
    with caplog.at_level("INFO", logger="sagaflow.processes.loop"):
        loop.start()
        until(lambda: "works again" in caplog.text, "the loop to recover")
        loop.stop(timeout=5)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert caplog.messages[0].startswith("The sweeper failed (OperationalError: connection refused)")
    assert caplog.messages[1] == "The sweeper works again."


def test_a_duty_says_when_its_next_turn_is_but_no_later_than_the_interval():
    waits = iter([0.0, 0.0, 3600.0, 3600.0])
    turns = []
    loop = Loop("relay", lambda: turns.append(1) or next(waits), 0.02)
    loop.start()
    until(lambda: len(turns) == 4, "four turns", seconds=30)
    loop.stop(timeout=5)


def test_a_loop_that_sleeps_is_woken_by_a_nudge():
    turns = []
    loop = Loop("sweeper", lambda: turns.append(1), 3600.0)
    loop.start()
    until(lambda: turns, "the first turn")
    loop.wake()
    until(lambda: len(turns) == 2, "the second turn")
    loop.stop(timeout=5)


def fail(error):
    raise error

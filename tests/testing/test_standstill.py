"""A run is left only when nothing is due any more, whenever the next step becomes due."""

from itertools import count

import pytest
from django.db import connection

from sagaflow import RetryPolicy, Saga, Step, TechnicalError, Timer, orchestrated
from sagaflow.store.clock import NOW
from sagaflow.testing import drive, given, in_status, moving_clock, step_in

pytestmark = pytest.mark.django_db

TICK = 0.001
DELAYS = [tick / 1000 for tick in range(1, 41)]


@pytest.fixture
def ticking(monkeypatch):
    """The database's clock advances by a millisecond at each read, so each delay ends between two certain reads."""
    if connection.vendor == "sqlite":
        moments = count(1_800_000_000_000)
        connection.ensure_connection()
        connection.connection.create_function("ticks", 0, lambda: next(moments) * TICK)
        monkeypatch.setitem(NOW, "sqlite", "ticks()")
        return
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY SEQUENCE ticks START 1800000000000")
    monkeypatch.setitem(NOW, "postgresql", f"(nextval('ticks') * {TICK})::float8")


def retried(delay):
    policy = RetryPolicy(attempts=3, delay=delay, factor=1.0, jitter=0.0)
    return Saga("retried", orchestrated("main", Step("one", "t.one", retry=policy)))


def failing_twice(delay):
    return given(retried(delay)).with_stand_ins().when("one", TechnicalError("down"), TechnicalError("down"))


@pytest.mark.parametrize("delay", DELAYS)
def test_a_retry_that_comes_due_between_two_looks_is_performed(ticking, delay):
    with moving_clock():
        failing_twice(delay).run().is_("completed").tried(one=3)


@pytest.mark.parametrize("delay", DELAYS[:20])
def test_it_is_also_performed_where_time_is_awaited(ticking, delay):
    failing_twice(delay).run().is_("completed").tried(one=3)


@pytest.mark.parametrize("delay", DELAYS[:20])
def test_what_a_test_waits_for_is_reached_at_any_delay(ticking, delay):
    saga = Saga("timed", orchestrated("main", Step("rest", Timer(delay)), Step("end", "t.end")))
    with moving_clock():
        given(saga).with_stand_ins().run(until=step_in("end", "done"))


def test_what_is_due_for_another_service_is_left_to_it(ticking):
    with moving_clock():
        run = given(retried(1.0)).with_stand_ins().run(until=step_in("one", "due"))
        assert drive(run.run_id, services=["elsewhere"]).status == "running"


@pytest.mark.parametrize("_", range(20))
def test_short_delays_are_awaited_by_the_real_clock(_):
    failing_twice(0.002).run(until=in_status("completed"))

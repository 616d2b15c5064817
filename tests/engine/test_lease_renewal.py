"""The lease of long work is renewed while its worker lives, and no other lease is."""

import logging
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import accumulate, takewhile

import pytest
from django.db import connections

from sagaflow import conf, engine
from sagaflow.core.run.reports import StepFailed
from sagaflow.core.run.state import ErrorKind, StepError
from sagaflow.engine.lease_renewal import LONGEST, extension
from sagaflow.participants import Work
from tests.engine.conftest import BOTH, kinds, status
from tests.engine.sagas import begun, gate
from tests.servers.waiting import until

pytestmark = pytest.mark.django_db(databases=BOTH, transaction=True)

LEASE = 4.0


@pytest.fixture
def run(settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "LEASE_SECONDS": LEASE}
    conf.current.cache_clear()
    begun.clear()
    gate.clear()
    yield engine.start("long", {})
    gate.set()
    conf.current.cache_clear()


@contextmanager
def at_work(run_id: str) -> Iterator[Future[int]]:
    """A worker in its own thread, in the middle of its action."""

    def wake() -> int:
        try:
            return engine.wake(run_id, worker="digger")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(wake)
        try:
            assert begun.wait(30)
            yield future
        finally:
            gate.set()


def test_a_lease_is_renewed_until_the_work_is_done(run):
    with at_work(run) as digger:
        until(lambda: "LeaseRenewed" in kinds(run), "a renewal")
        claim, renewal = engine.journal(run)[-2:]
        assert claim.kind == "StepClaimed"
        _, state = engine.state(run)
        assert state.steps["dig"].lease_until == renewal.at + renewal.fact.lease > claim.at + LEASE
        assert engine.wake(run, worker="another") == 0
        gate.set()
        assert digger.result(30) == 1
    assert status(run) == "completed"
    assert kinds(run).count("StepClaimed") == 1


def test_who_lost_an_attempt_renews_it_no_more(run, caplog):
    caplog.set_level(logging.WARNING, "sagaflow.engine")
    with at_work(run):
        _, state = engine.state(run)
        given_up = StepError(ErrorKind.TECHNICAL, "timed-out", "it was given up")
        engine.deliver(run, StepFailed(step="dig", attempt=1, token=state.steps["dig"].token, error=given_up))
        until(lambda: "Stop the work; its outcome will not count." in caplog.text, "the refusal")
    assert "LeaseRenewed" not in kinds(run)
    assert engine.state(run)[1].steps["dig"].attempt == 2


def test_long_work_costs_few_renewals_and_ends_with_its_timeout():
    work = Work(token=1, action="slow.do", context=None, lease=30.0, timeout=3600.0)

    def renewed(elapsed: float, _: object) -> float:
        return elapsed + extension(work, elapsed)[0] / 2

    moments = list(takewhile(lambda elapsed: not extension(work, elapsed)[1], accumulate([15.0, *[0] * 99], renewed)))
    assert len(moments) < 40
    assert all(30.0 <= extension(work, moment)[0] <= LONGEST * 30.0 for moment in moments)
    assert all(moment + extension(work, moment)[0] <= work.timeout for moment in moments)
    assert extension(work, 3590.0) == (10.0, True)
    assert extension(work, 4000.0) == (0.0, True)

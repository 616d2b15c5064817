"""Old and new code run side by side, in either direction: each does what it can, and leaves the rest to the other."""

from contextlib import ExitStack

import pytest

from tests.servers.waiting import until

pytestmark = pytest.mark.parametrize("broker", ["redis_server"], indirect=True)
OLD = {"LACKING": "payment.take,payment.refund"}


def attention(site):
    return {reason for (reason,) in site.query("SELECT attention FROM sagaflow_run")}


def test_a_deployment_rolled_back_and_forth_under_load_parks_no_run(site):
    runs = []
    with site.sweeper(), site.workers(1, **OLD) as old:
        runs += site.start("buy_orchestrated", count=10)
        until(lambda: site.attempts, "the old code to begin")  # a process that has not begun dies of its signal
        with site.workers(1):
            runs += site.start("buy_choreographed", count=10)
            runs += site.start("buy_orchestrated", count=3, refuse=True)
            assert old.terminate() == 0
            with site.workers(1, **OLD):
                runs += site.start("buy_orchestrated", count=10)
                site.ends(*(run for run in runs if run not in runs[20:23]))
                site.ends(*runs[20:23], status="rolled_back")
    assert attention(site) == {""}
    assert [row for row in site.query("SELECT kind FROM sagaflow_journalentry") if row[0] == "StepFailed"] == [
        ("StepFailed",)
    ] * 3


def test_what_no_worker_can_do_is_shown_uses_up_no_attempt_and_goes_on_when_one_comes(site):
    [run] = site.start("buy_orchestrated")
    with site.workers(1, **OLD), ExitStack() as stack:
        until(lambda: site.attempts, "the old code to do the first step")
        stack.enter_context(site.sweeper())  # before, it would say of the first step too that no worker serves it
        until(lambda: attention(site) == {"no worker"}, "the run to say that no worker can do its step")
        shown = site.call("manage.py", "sagaflow", "show", run)
        assert "no worker for payment.take since" in shown.stdout
        with site.workers(1):
            site.ends(run)
    assert attention(site) == {""}
    kinds = [kind for (kind,) in site.query("SELECT kind FROM sagaflow_journalentry ORDER BY seq")]
    assert kinds.count("WorkUnserved") == 1
    assert kinds.count("StepClaimed") == 3

"""A step that kills its process is found, and the runs next to it lose nothing."""

import json

import pytest

pytestmark = pytest.mark.parametrize("broker", ["redis_server"], indirect=True)


def steps(site):
    """The state of the steps of each run, as stored."""
    rows = site.query("SELECT id, snapshot FROM sagaflow_run")
    return {str(key): json.loads(snapshot)["steps"] for key, snapshot in rows}


def test_runs_that_kill_their_process_are_parked_with_the_signal_and_their_neighbours_are_not(site):
    site.environment["SAGAFLOW_LEASE_SECONDS"] = "30.0"  # so that the supervisor notices the death, and not the clock
    guilty = site.start("crash", count=5)
    innocent = site.start("buy_orchestrated", count=20)
    with site.workers(2) as workers, site.sweeper():
        site.ends(*innocent, seconds=180)
        site.ends(*guilty, status="parked", seconds=180)
        workers.says("was killed by SIGSEGV")
    state = steps(site)
    for run in guilty:
        error = state[run]["crash"]["error"]
        assert error["message"] == "the process was killed by SIGSEGV while performing stock.crash"
        assert state[run]["crash"]["attempts"] == 3
    for step in (step for run in innocent for step in state[run].values()):
        assert step["attempts"] - step.get("forgiven", 0) == 1
    assert len(site.effects) == 40


def test_a_step_that_was_under_way_when_its_process_died_is_performed_alone_and_keeps_its_attempts(site):
    site.shut("after-reserve")
    [run] = site.start("buy_orchestrated")
    with site.sweeper(), site.worker() as worker:
        site.reached("after-reserve")
        worker.children[0].kill()
        site.open("after-reserve")
        site.ends(run)
    claims = site.query("SELECT data FROM sagaflow_journalentry WHERE kind = 'StepClaimed' ORDER BY seq")
    alone = [(data["step"], data.get("alone", False)) for (data,) in ((json.loads(text),) for (text,) in claims)]
    assert alone == [("reserve", False), ("reserve", True), ("take", False), ("send", False)]
    assert steps(site)[run]["reserve"]["forgiven"] == 1

"""Workers, servers and brokers are killed at the worst moment; every run ends as if they had not been."""

import pytest

from tests.servers.waiting import until

STYLES = ["buy_orchestrated", "buy_choreographed"]
# A worker's death concerns only the worker and the database, so one broker for each style is enough.
ONE_EACH = pytest.mark.parametrize(
    ("broker", "saga"), [("redis_server", STYLES[0]), ("rabbitmq", STYLES[1])], indirect=["broker"]
)
REDIS = pytest.mark.parametrize("broker", ["redis_server"], indirect=True)
BOTH = pytest.mark.parametrize("broker", ["redis_server", "rabbitmq"], indirect=True)


def kill_worker(supervisor):
    """Send SIGKILL to the process that works, not to the one that supervises it."""
    supervisor.children[0].kill()


@ONE_EACH
def test_a_worker_killed_between_effect_and_commit_costs_no_second_effect(site, saga):
    site.shut("after-reserve")
    [run] = site.start(saga)
    with site.sweeper(), site.worker() as worker:
        site.reached("after-reserve")
        kill_worker(worker)
        site.open("after-reserve")
        site.ends(run)
        worker.says("was killed by SIGKILL")
    assert site.attempts == [(f"{run}:reserve:do", 1), (f"{run}:reserve:do", 2), (f"{run}:send:do", 1)]
    assert site.effects == [f"{run}:reserve:do", f"{run}:send:do"]
    assert site.rows == [(f"{run}:take:do", 1)]


@REDIS
def test_a_worker_killed_inside_a_transactional_action_leaves_nothing_of_it(site):
    site.shut("after-take")
    [run] = site.start("buy_orchestrated")
    with site.sweeper(), site.worker() as worker:
        site.reached("after-take")
        kill_worker(worker)
        site.open("after-take")
        site.ends(run)
    assert site.rows == [(f"{run}:take:do", 2)]


@ONE_EACH
def test_a_worker_killed_while_it_compensates_leaves_the_rollback_to_another(site, saga):
    site.shut("after-release")
    [run] = site.start(saga, refuse=True)
    with site.sweeper(), site.worker() as worker:
        site.reached("after-release")
        kill_worker(worker)
        site.open("after-release")
        site.ends(run, status="rolled_back")
    assert site.attempts == [(f"{run}:reserve:do", 1), (f"{run}:reserve:undo", 1), (f"{run}:reserve:undo", 2)]
    assert site.effects == [f"{run}:reserve:do", f"{run}:reserve:undo"]
    assert site.rows == [(f"{run}:take:do", 1), (f"{run}:take:undo", 1)]


@BOTH
def test_a_worker_asked_to_end_finishes_its_step_and_claims_no_other(site):
    site.shut("after-reserve")
    [run] = site.start("buy_orchestrated")
    with site.worker() as worker:
        site.reached("after-reserve")
        child = worker.children[0]
        worker.popen.terminate()
        worker.says("stops after its running steps")
        site.open("after-reserve")
        assert worker.popen.wait(60) == 0
        assert not child.is_running()
    assert site.statuses() == {run: "running"}
    assert site.rows == []
    with site.sweeper(), site.worker():
        site.ends(run)
    assert site.attempts == [(f"{run}:reserve:do", 1), (f"{run}:send:do", 1)]


@REDIS
def test_a_child_asked_to_end_finishes_its_step_and_is_replaced(site):
    site.shut("after-reserve")
    [run] = site.start("buy_orchestrated")
    with site.worker() as worker, site.sweeper():
        site.reached("after-reserve")
        worker.children[0].terminate()
        worker.says("stops after its running steps")
        site.open("after-reserve")
        worker.says("ended with code 0; it is started again")
        site.ends(run)
    assert site.attempts == [(f"{run}:reserve:do", 1), (f"{run}:send:do", 1)]


@BOTH
def test_a_broker_that_forgets_every_hint_delays_runs_and_loses_none(site, broker):
    runs = site.start("buy_orchestrated", count=5) + site.start("buy_choreographed", count=5)
    broker.flush()
    with site.worker(), site.sweeper():
        site.ends(*runs)
    assert len(site.effects) == 20


@BOTH
def test_a_broker_that_is_killed_in_mid_run_is_missed_and_found_again(site, broker):
    site.shut("after-reserve")
    with site.worker(), site.sweeper():
        runs = site.start("buy_orchestrated", count=3)
        site.reached("after-reserve")
        broker.kill()
        site.open("after-reserve")
        later = site.start("buy_choreographed", count=2)
        broker.start()
        site.ends(*runs, *later)
    assert len(site.effects) == 10


@REDIS
def test_a_database_that_is_restarted_in_mid_run_stops_nobody_for_good(site, postgresql):
    site.shut("before-reserve")
    with site.worker() as worker, site.sweeper() as sweeper:
        runs = site.start("buy_orchestrated", count=3)
        site.reached("before-reserve")
        postgresql.kill()
        site.open("before-reserve")
        sweeper.says("tries again until it works")
        postgresql.start()
        site.ends(*runs)
        assert worker.popen.poll() is None
    assert len(site.effects) == 6


@REDIS
def test_a_worker_runs_only_the_actions_of_its_services(site):
    with site.sweeper(), site.worker("--services", "stock,post"):
        [run] = site.start("buy_orchestrated")
        until(lambda: site.attempts == [(f"{run}:reserve:do", 1)], "the first step")
        with site.worker("--services", "payment"):
            site.ends(run)
    assert site.attempts == [(f"{run}:reserve:do", 1), (f"{run}:send:do", 1)]

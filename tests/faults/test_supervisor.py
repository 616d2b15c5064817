"""The supervisor keeps its children alive, ends them in an orderly way, and leaves none behind."""

import signal

import psutil
import pytest

from tests.faults.processes import running
from tests.servers.waiting import until

pytestmark = [pytest.mark.servers, pytest.mark.faults]

CHILD = r"""
import sys
from sagaflow.processes.stop_signal import StopRequest
from sagaflow.processes.supervisor import Leash
stop = StopRequest().on_signals()
Leash(stop.set).start()
print(f"child {sys.argv[1]} runs\n", end="", flush=True)
stop.wait()
print(f"child {sys.argv[1]} ends\n", end="", flush=True)
"""
STUBBORN = r"""
import signal, sys
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
print(f"child {sys.argv[1]} runs\n", end="", flush=True)
while True:
    signal.pause()
"""
PARENT = """
import sys
from sagaflow.processes import supervisor
supervisor.MERCY = 0.2
supervisor.Supervisor(lambda n: [sys.executable, "-c", {child!r}, str(n)], {count}, grace={grace}, died=print).run()
print("all ended", flush=True)
"""


def supervising(child, *, count=2, grace=5.0):
    return running("-c", PARENT.format(child=child, count=count, grace=grace))


def test_a_child_that_is_killed_is_replaced_and_the_others_stay():
    with supervising(CHILD) as parent:
        parent.says("child 2 runs")
        parent.says("child 1 runs")
        before = {child.pid for child in parent.children}
        victim, survivor = sorted(before)
        psutil.Process(victim).kill()
        parent.says("was killed by SIGKILL")
        now = until(lambda: len(pids := {child.pid for child in parent.children}) == 2 and pids, "two children again")
        assert f"{victim} was killed by SIGKILL False" in parent.output
        assert survivor in now
        assert victim not in now


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_children_in_peace_and_then_the_supervisor(number):
    with supervising(CHILD) as parent:
        parent.says("child 1 runs")
        parent.says("child 2 runs")
        parent.popen.send_signal(number)
        assert parent.popen.wait(60) == 0
        for line in ("child 1 ends", "child 2 ends", "all ended"):
            assert line in parent.output


def test_a_child_that_will_not_end_is_killed_after_the_grace():
    with supervising(STUBBORN, count=1, grace=0.2) as parent:
        parent.says("child 1 runs")
        assert parent.terminate() == 0
        assert "is killed" in parent.output
        assert "was killed, because it did not stop in time True" in parent.output


def test_no_child_outlives_a_supervisor_that_is_killed():
    with supervising(CHILD) as parent:
        parent.says("child 1 runs")
        parent.says("child 2 runs")
        orphans = parent.children
        parent.kill()
        gone, alive = psutil.wait_procs(orphans, timeout=60)
        assert (len(gone), alive) == (2, [])


def test_a_child_that_dies_at_once_is_started_again_with_growing_pauses():
    with supervising("raise SystemExit(7)", count=1) as parent:
        parent.says("ended with code 7; it is started again in 0.0 s")
        parent.says("ended with code 7; it is started again in 1.0 s")
        parent.says("ended with code 7; it is started again in 2.0 s")
        assert parent.terminate() == 0

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from sagaflow.flowchart.dot import dot
from sagaflow.flowchart.graphviz_child import Graphviz
from sagaflow.flowchart.layout import LayoutFailed, Limits, Painter
from tests.flowchart.sagas import long, order_fulfilment

EXPLODING = "digraph {" + ";".join(f"n{a}->n{(a * b) % 150}" for a in range(150) for b in range(2, 30)) + "}"


@pytest.fixture
def painter():
    one = Painter(Limits(cpu=2, wall=30.0))
    yield one
    one.close()


def process_of(painter):
    """The process of the child that drew last."""
    return painter._idle[-1].process


def test_no_graphviz_of_the_system_is_needed(painter, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert b"<svg" in painter.lay_out(dot(order_fulfilment()))


def test_positions_come_as_json_and_pictures_as_png(painter):
    assert {"n1", "n2"} <= {
        one.get("name") for one in json.loads(painter.lay_out("digraph{n1->n2}", "json"))["objects"]
    }
    assert painter.lay_out("digraph{n1->n2}", "png").startswith(b"\x89PNG")


def test_the_same_drawing_is_made_once(painter):
    first = painter.lay_out("digraph{a}")
    child = process_of(painter).pid
    os.kill(child, signal.SIGKILL)
    assert painter.lay_out("digraph{a}") is first


def test_a_child_that_died_is_replaced(painter):
    painter.lay_out("digraph{a}")
    child = process_of(painter)
    child.kill()
    child.wait()
    assert b"<svg" in painter.lay_out("digraph{b}")
    assert process_of(painter).pid != child.pid


def test_what_explodes_is_given_up_in_time_and_the_next_drawing_works(painter):
    with pytest.raises(LayoutFailed, match="fold some segments"):
        painter.lay_out(EXPLODING)
    assert b"<svg" in painter.lay_out("digraph{a}")


def test_wall_time_is_limited_too():
    painter = Painter(Limits(cpu=60, wall=0.3))
    with pytest.raises(LayoutFailed, match=r"within 0\.3 s"):
        painter.lay_out(EXPLODING)
    painter.close()


def test_a_drawing_that_failed_is_not_tried_again_for_a_while(monkeypatch):
    painter, asked = Painter(Limits(cpu=60, wall=0.3, refused=600.0)), []
    draw = Graphviz.draw
    monkeypatch.setattr(Graphviz, "draw", lambda child, request: asked.append(request) or draw(child, request))
    with pytest.raises(LayoutFailed):
        painter.lay_out(EXPLODING)
    with pytest.raises(LayoutFailed, match=r"within 0\.3 s"):
        painter.lay_out(EXPLODING)
    assert len(asked) == 1
    painter._refused[next(iter(painter._refused))] = ("", time.monotonic())
    with pytest.raises(LayoutFailed, match=r"within 0\.3 s"):
        painter.lay_out(EXPLODING)
    assert len(asked) == 2
    painter.close()


def test_memory_is_limited():
    painter = Painter(Limits(memory=200 * 2**20))
    with pytest.raises(LayoutFailed):
        painter.lay_out("digraph {" + ";".join(f"n{number}->m{number}" for number in range(60_000)) + "}")
    painter.close()


def test_too_much_text_is_refused_before_anything_starts(painter):
    with pytest.raises(LayoutFailed, match="too large"):
        painter.lay_out("x" * 2**23)
    assert process_of(painter) is None


@pytest.mark.parametrize("broken", ["digraph {", "no graph at all", "digraph { a [label=<<b>] }"])
def test_broken_dot_is_an_error_and_not_the_end(painter, broken):
    with pytest.raises(LayoutFailed):
        painter.lay_out(broken)
    assert b"<svg" in painter.lay_out("digraph{a}")


def test_many_threads_may_draw_at_once():
    painter = Painter()
    found = {}

    def draw(number):
        found[number] = painter.lay_out(f"digraph{{ a{number} [id=a{number}] }}")

    threads = [threading.Thread(target=draw, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    painter.close()
    assert all(f'id="a{number}"'.encode() in found[number] for number in range(24))


class Held:
    """Drawings whose text has the word "slow" wait until they are freed."""

    def __init__(self, monkeypatch):
        self.freed, self.begun, self.asked = threading.Event(), threading.Semaphore(0), []
        draw = Graphviz.draw

        def held(child, request):
            self.asked.append(request)
            if b"slow" in request:
                self.begun.release()
                assert self.freed.wait(60)
            return draw(child, request)

        monkeypatch.setattr(Graphviz, "draw", held)


def test_a_slow_drawing_keeps_neither_other_drawings_nor_what_was_drawn_waiting(painter, monkeypatch):
    held = Held(monkeypatch)
    kept = painter.lay_out("digraph{kept}")
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(painter.lay_out, "digraph{slow}")
        assert held.begun.acquire(timeout=60)
        assert painter.lay_out("digraph{kept}") is kept
        assert b"<svg" in painter.lay_out("digraph{quick}")
        assert not slow.done()
        held.freed.set()
        assert b"slow" in slow.result(60)


def test_two_threads_that_ask_for_the_same_make_it_once(painter, monkeypatch):
    held = Held(monkeypatch)
    with ThreadPoolExecutor(2) as threads:
        drawings = [threads.submit(painter.lay_out, "digraph{slow}") for _ in range(2)]
        assert held.begun.acquire(timeout=60)
        assert not held.begun.acquire(timeout=0.2)
        held.freed.set()
        assert drawings[0].result(60) is drawings[1].result(60)
    assert len(held.asked) == 1


def test_a_drawing_for_which_no_child_is_free_is_refused_and_may_be_tried_again(monkeypatch):
    painter, held = Painter(Limits(wall=0.5)), Held(monkeypatch)
    with ThreadPoolExecutor(2) as threads:
        slow = [threads.submit(painter.lay_out, f"digraph{{slow{number}}}") for number in range(2)]
        for _ in slow:
            assert held.begun.acquire(timeout=60)
        with pytest.raises(LayoutFailed, match="this one did not begin: try again later"):
            painter.lay_out("digraph{late}")
        held.freed.set()
    assert b"late" in painter.lay_out("digraph{late}")
    painter.close()


def draw_in_a_fork(painter, answers):
    answers.put((painter.lay_out("digraph{forked}"), process_of(painter).pid))
    painter.close()


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_process_gets_a_child_of_its_own(painter):
    painter.lay_out("digraph{a}")
    forked = multiprocessing.get_context("fork")
    answers = forked.Queue()
    process = forked.Process(target=draw_in_a_fork, args=(painter, answers))
    process.start()
    drawn, child = answers.get(timeout=60)
    process.join(60)
    assert b"forked" in drawn
    assert child != process_of(painter).pid
    assert b"<svg" in painter.lay_out("digraph{b}")


def test_nothing_is_printed_and_nothing_is_left_when_the_process_ends():
    script = """
        from sagaflow.flowchart.layout import PAINTER, lay_out
        lay_out("digraph{a}")
        print(PAINTER._idle[-1].process.pid)
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stderr == ""
    assert not psutil.pid_exists(int(ended.stdout))


def test_the_child_ends_when_its_parent_is_killed():
    script = """
        import os
        from sagaflow.flowchart.layout import PAINTER, lay_out
        lay_out("digraph{a}")
        print(PAINTER._idle[-1].process.pid, flush=True)
        os.kill(os.getpid(), 9)
    """
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False, timeout=60
    )
    child = int(killed.stdout)
    if psutil.pid_exists(child):
        psutil.wait_procs([psutil.Process(child)], timeout=60)
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_secrets_of_the_environment_stay_out_of_the_child(painter, monkeypatch):
    monkeypatch.setenv("SECRET_CANARY", "canary")
    painter.lay_out("digraph{a}")
    assert "SECRET_CANARY" not in psutil.Process(process_of(painter).pid).environ()


def test_what_was_drawn_is_forgotten_when_it_gets_too_much():
    painter = Painter(Limits(kept=3000))
    for number in range(8):
        painter.lay_out(f"digraph{{a{number}}}")
    assert sum(map(len, painter._kept.values())) <= 3000
    painter.close()


def test_three_hundred_steps_do_not_explode(painter):
    assert painter.lay_out(dot(long(300))).count(b'class="node') == 602

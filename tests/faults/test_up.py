"""`sagaflow up`: everything in one process, which may be killed at any instruction."""

import json
import re
import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from sagaflow.management.output import Exit
from tests.servers.waiting import until

STYLES = ["buy_orchestrated", "buy_choreographed"]


def address(process):
    process.says("is up at")
    return re.search(r"http://[\d.:]+/", process.output)[0]


@pytest.mark.parametrize("saga", STYLES)
def test_one_that_is_killed_in_mid_run_finishes_its_runs_at_the_next_start(embedded, saga):
    embedded.shut("after-reserve")
    [run] = embedded.start(saga)
    with embedded.up() as first:
        embedded.reached("after-reserve")
        first.kill()
    embedded.open("after-reserve")
    with embedded.up() as second:
        embedded.ends(run)
        assert second.terminate() == 0
    assert embedded.attempts == [(f"{run}:reserve:do", 1), (f"{run}:reserve:do", 2), (f"{run}:send:do", 1)]
    assert embedded.effects == [f"{run}:reserve:do", f"{run}:send:do"]
    assert embedded.rows == [(f"{run}:take:do", 1)]


def test_one_killed_inside_a_transactional_action_leaves_nothing_of_it(embedded):
    embedded.shut("after-take")
    [run] = embedded.start("buy_orchestrated")
    with embedded.up() as first:
        embedded.reached("after-take")
        first.kill()
    embedded.open("after-take")
    with embedded.up():
        embedded.ends(run)
    assert embedded.rows == [(f"{run}:take:do", 2)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_the_step_that_runs(embedded, number):
    embedded.shut("after-reserve")
    [run] = embedded.start("buy_orchestrated")
    with embedded.up() as process:
        embedded.reached("after-reserve")
        process.popen.send_signal(number)
        embedded.open("after-reserve")
        assert process.popen.wait(60) == 0, process.output
        assert "Ended." in process.output
    with embedded.up():
        embedded.ends(run)
    assert embedded.attempts == [(f"{run}:reserve:do", 1), (f"{run}:send:do", 1)]


def test_an_idle_one_ends_within_seconds(embedded):
    with embedded.up() as process:
        address(process)
        assert process.terminate(seconds=5) == 0


def test_it_serves_the_site(embedded):
    with embedded.up() as process, urllib.request.urlopen(f"{address(process)}healthz/", timeout=60) as answer:
        assert json.load(answer) == {"process": "ok"}


def test_a_second_one_on_the_same_file_is_refused_until_the_first_is_gone(embedded):
    with embedded.up() as first:
        address(first)
        refused = embedded.call("manage.py", "sagaflow", "up", "--port", "0")
        assert refused.returncode == Exit.REFUSED
        assert (
            f"already runs on {embedded.database.removeprefix('sqlite:///')} (process {first.popen.pid})"
            in refused.stderr
        )
        first.kill()
    with embedded.up() as second:
        address(second)


@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to], ids=["symbolic", "hard"])
def test_a_second_one_on_the_same_file_by_another_name_is_refused(embedded, link):
    file = Path(embedded.database.removeprefix("sqlite:///"))
    (file.parent / "elsewhere").mkdir()
    other = file.parent / "elsewhere" / "other.sqlite3"
    link(other, file)
    with embedded.up() as first:
        address(first)
        embedded.environment["DATABASE_URL"] = f"sqlite:///{other}"
        refused = embedded.call("manage.py", "sagaflow", "up", "--port", "0")
    assert refused.returncode == Exit.REFUSED
    assert f"already runs on {other} (process {first.popen.pid})" in refused.stderr


def test_a_database_that_takes_no_writes_is_refused_with_a_sentence(embedded):
    embedded.environment["DATABASE_URL"] += "?init_command=PRAGMA%20query_only%3DON"
    refused = embedded.call("manage.py", "sagaflow", "up", "--port", "0")
    assert refused.returncode == Exit.REFUSED
    assert "cannot be written: attempt to write a readonly database. Give this user the right" in refused.stderr


def test_it_becomes_ready_once_its_sweeper_is_seen(embedded):
    def ready():
        with urllib.request.urlopen(f"{place}readyz/", timeout=60) as answer:
            return set(json.load(answer).values()) == {"ok"}

    def is_ready():
        try:
            return ready()
        except urllib.error.HTTPError:
            return False

    with embedded.up() as process:
        place = address(process)
        until(is_ready, "the site to be ready")


def test_a_port_that_is_taken_is_named(embedded):
    with embedded.up() as first:
        port = address(first).rstrip("/").rpartition(":")[2]
        embedded.environment["DATABASE_URL"] += ".other"
        refused = embedded.call("manage.py", "sagaflow", "up", "--port", port)
    assert refused.returncode == Exit.REFUSED
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use." in refused.stderr


def test_the_password_of_the_first_admin_is_shown_exactly_once(embedded):
    with embedded.command("up", "--port", "0") as first:
        first.says("shown only once")
        password = re.search(r"password (\S+) \(", first.output)[1]
        assert first.output.count(password) == 1
        assert first.terminate() == 0
    with embedded.command("up", "--port", "0") as second:
        second.says("Log in with your account")
        assert password not in second.output


def test_it_makes_its_database(embedded):
    embedded.environment["DATABASE_URL"] += ".new"
    with embedded.up() as process:
        process.says("Migrated the database default.")
        address(process)

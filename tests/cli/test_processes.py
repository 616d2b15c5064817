"""The command as people and scripts start it: as a process, in a pipe and in a terminal."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys

import pytest

from tests.servers.waiting import until

pytestmark = pytest.mark.one_database

ORDER = json.dumps({"order": "A-1", "customer": "ada", "sku": "alien", "quantity": 1, "amount": 100})


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The environment of a separate site, with its own database."""
    folder = tmp_path_factory.mktemp("site")
    urls = {
        "DATABASE_URL": f"sqlite:///{folder}/runs.sqlite3",
        "PARTICIPANT_DATABASE_URL": f"sqlite:///{folder}/p.sqlite3",
    }
    known = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**known, **urls, "TERM": "xterm-256color", "SECRET_KEY": "only for tests"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=environment, check=True)
    return environment


def command(*arguments):
    return [sys.executable, "manage.py", "sagaflow", *arguments]


def sf(site, *arguments, stdin=None):
    return subprocess.run(command(*arguments), env=site, input=stdin, capture_output=True, text=True, check=False)


def in_terminal(site, *arguments, typed=""):
    """The exit code, and everything that the terminal showed."""
    master, slave = pty.openpty()
    process = subprocess.Popen(command(*arguments), env=site, stdin=slave, stdout=slave, stderr=slave, close_fds=True)
    os.close(slave)
    if typed:
        os.write(master, typed.encode())
    seen = bytearray()
    with contextlib.suppress(OSError):  # the terminal closes with the process
        while part := os.read(master, 65536):
            seen += part
    os.close(master)
    return process.wait(), seen.decode()


@pytest.fixture
def run_id(site):
    return sf(site, "start", "order-fulfilment", "-", stdin=ORDER).stdout.strip()


def test_exit_codes_and_streams(site, run_id):
    for arguments, code in {
        ("show", run_id[:8]): 0,
        ("watch", run_id, "--timeout", "0.01"): 1,
        ("show",): 2,
        ("show", "00000000"): 3,
    }.items():
        result = sf(site, *arguments)
        assert result.returncode == code, result
        assert bool(result.stdout) == (code < 2)
        assert bool(result.stderr) == (code >= 2)
        assert "Traceback" not in result.stderr


def test_a_pipe_gets_no_colours_and_whole_lines(site, run_id):
    out = sf(site, "runs").stdout
    assert "\x1b" not in out
    assert run_id in out


def test_who_stops_reading_causes_no_traceback(site, run_id):
    with subprocess.Popen(
        command("show", run_id, "--journal"), env=site, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_arguments_that_are_no_text_cause_no_traceback(site):
    for arguments in (["show", b"\xff"], ["start", b"\xff", "--json"], ["publish", "E", "--run", b"\xff", "--json"]):
        result = subprocess.run(command(*arguments), env=site, capture_output=True, check=False)
        assert result.returncode in (2, 3)
        assert b"Traceback" not in result.stderr
        assert "--json" not in arguments or json.loads(result.stdout)["error"]["message"]


def test_a_database_without_tables_is_a_sentence(site, tmp_path):
    result = sf({**site, "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}, "runs")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "manage.py migrate" in result.stderr


def test_a_terminal_gets_colours_unless_it_wants_none(site, run_id):
    code, seen = in_terminal(site, "show", run_id)
    assert code == 0
    assert "\x1b[" in seen
    assert "\x1b[36m" not in in_terminal({**site, "NO_COLOR": "1"}, "show", run_id)[1]


def test_a_terminal_is_repainted_while_one_watches(site, run_id):
    code, seen = in_terminal(site, "watch", run_id, "--timeout", "1", "--interval", "0.05")
    assert code == 1
    assert "Steps" in seen
    assert "Journal" in seen
    assert "has not ended yet" in seen


def heeding_ctrl_c():
    """A shell that starts the tests in the background makes them, and all their children, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_the_watching_without_a_traceback(site, run_id):
    master, slave = pty.openpty()
    streams = {"stdin": slave, "stdout": slave, "stderr": slave}
    seen = bytearray()
    with subprocess.Popen(command("watch", run_id), env=site, preexec_fn=heeding_ctrl_c, **streams) as process:
        os.close(slave)
        try:
            while b"Journal" not in seen:
                seen += os.read(master, 65536)
            process.send_signal(signal.SIGINT)
            until(lambda: process.poll() is not None, "the end of the watching")
        finally:
            process.kill()
    with contextlib.suppress(OSError):
        seen += os.read(master, 65536)
    os.close(master)
    assert process.returncode == 130
    assert b"Traceback" not in seen


def test_a_terminal_shows_the_plan_and_asks_before_a_rollback(site, run_id):
    arguments = ("operate", "roll_back", run_id, "--reason", "ordered twice")
    code, seen = in_terminal(site, *arguments, typed="n\n")
    assert (code, "Continue?" in seen, "Nothing was done" in seen) == (1, True, True)
    assert json.loads(sf(site, "show", run_id, "--json").stdout)["acts"] == []
    code, seen = in_terminal(site, *arguments, typed="y\n")
    assert (code, "Done: roll_back" in seen) == (0, True)


def test_nobody_is_asked_where_nobody_could_answer(site, run_id):
    assert sf(site, "operate", "cancel", run_id, "--reason", "x").returncode == 0


def test_a_terminal_may_say_yes_beforehand(site, run_id):
    code, seen = in_terminal(site, "operate", "cancel", run_id, "--reason", "x", "--yes")
    assert (code, "Continue?" in seen) == (0, False)


def test_a_picture_does_not_land_in_a_terminal(site, run_id, tmp_path):
    code, seen = in_terminal(site, "draw", "--run", run_id, "--format", "png")
    assert (code, "name a file with --output" in seen) == (2, True)
    with (tmp_path / "a.png").open("wb") as file:
        subprocess.run(command("draw", "--run", run_id, "--format", "png"), env=site, stdout=file, check=True)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")

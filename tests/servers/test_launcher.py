"""The launcher runs a command against private servers, returns its exit code, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.servers.waiting import until

ROOT = Path(__file__).parents[2]
SHOW = "import json, os; print(json.dumps(dict(os.environ)), flush=True)"


def launch(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key not in {"CI", "DATABASE_URL"}} | variables
    command = [sys.executable, "-m", "tests.servers", "exec", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100, check=False)


def test_the_command_finds_postgresql_and_redis_in_its_environment(postgresql, redis_server):
    done = launch("--postgres", "--redis", "--", sys.executable, "-c", SHOW)
    seen = json.loads(done.stdout)
    assert seen["DATABASE_URL"].endswith("/sagaflow")
    assert seen["PARTICIPANT_DATABASE_URL"].endswith("/participant")
    assert seen["REDIS_URL"] == seen["SAGAFLOW_BROKER_URL"] == seen["CHANNEL_URL"]


def test_rabbitmq_is_the_broker_when_both_are_asked_for(rabbitmq, redis_server):
    seen = json.loads(launch("--redis", "--rabbitmq", "--", sys.executable, "-c", SHOW).stdout)
    assert seen["SAGAFLOW_BROKER_URL"] == seen["RABBITMQ_URL"]
    assert seen["CHANNEL_URL"] == seen["REDIS_URL"]


def test_the_site_accepts_what_the_launcher_says(postgresql, redis_server):
    done = launch("--postgres", "--redis", "--", sys.executable, "manage.py", "check", "--database", "default")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("code", [0, 3])
def test_the_exit_code_is_that_of_the_command(code):
    assert launch("--", sys.executable, "-c", f"raise SystemExit({code})").returncode == code


@pytest.mark.parametrize(
    ("arguments", "variables", "code"),
    [
        (["--skip-missing"], {}, 0),
        (["--skip-missing"], {"CI": "true"}, 69),
        ([], {}, 69),
    ],
)
def test_a_missing_server_skips_at_home_if_asked_to_and_fails_in_ci(arguments, variables, code):
    done = launch("--redis", *arguments, "--", "true", PATH="/nowhere", **variables)
    assert done.returncode == code
    assert "apt-get install redis-server" in done.stderr


def test_a_terminated_launcher_takes_command_and_servers_with_it(redis_server):
    script = "import time; print('up', flush=True); time.sleep(60)"
    command = [sys.executable, "-m", "tests.servers", "exec", "--redis", "--", sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout.readline() == "up\n"
        family = psutil.Process(launcher.pid).children(recursive=True)
        launcher.send_signal(signal.SIGTERM)
    assert len(family) == 2
    until(lambda: not any(child.is_running() for child in family), "command and server to end")

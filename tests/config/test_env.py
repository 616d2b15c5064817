"""A bad value of an environment variable gives one sentence: the variable, the value, the rule and an example."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import databases
from config.env import BadEnvironment, Environment, masked

ROOT = Path(__file__).parents[2]
NUMBER = {"default": 30.0, "least": 0.1, "most": 100}
WHOLE = {"default": 8, "least": 1, "most": 100}
BROKER = {"default": "embedded", "words": ("embedded",), "schemes": ("redis", "amqp")}
LEVEL = {"default": "INFO", "choices": ("INFO", "DEBUG")}

GOOD = [
    ("text", {}, "  spaced ", "spaced"),
    ("text", {"default": "x"}, "   ", "x"),
    ("words", {}, " a, b,,c ", ("a", "b", "c")),
    ("words", {"default": "a,b"}, "", ("a", "b")),
    ("origins", {}, "https://a.example, http://b.example:8000", ("https://a.example", "http://b.example:8000")),
    ("flag", {"default": False}, "", False),
    ("flag", {"default": True}, "Off", False),
    ("flag", {"default": False}, "YES", True),
    ("choice", LEVEL, "debug", "DEBUG"),
    ("integer", WHOLE, "", 8),
    ("integer", WHOLE, "100", 100),
    ("number", NUMBER, "0.1", 0.1),
    ("address", BROKER, "", "embedded"),
    ("address", BROKER, "redis://localhost:6379/0", "redis://localhost:6379/0"),
    ("address", BROKER, "amqp://user:secret@[::1]:5672/vhost", "amqp://user:secret@[::1]:5672/vhost"),
]
BAD = [
    ("flag", {"default": False}, "maybe", "one of 1, true, yes, on, 0, false, no, off"),
    ("choice", LEVEL, "loud", "one of INFO, DEBUG"),
    ("integer", WHOLE, "0", "a whole number from 1 to 100"),
    ("integer", WHOLE, "1.5", "a whole number from 1 to 100"),
    ("integer", WHOLE, "-3", "a whole number from 1 to 100"),
    ("integer", WHOLE, "²", "a whole number from 1 to 100"),
    ("number", NUMBER, "soon", "a number from 0.1 to 100"),
    ("number", NUMBER, "nan", "a number from 0.1 to 100"),
    ("number", NUMBER, "inf", "a number from 0.1 to 100"),
    ("origins", {}, "example.com", "a list of origins"),
    ("origins", {}, "https://example.com/path", "a list of origins"),
    ("address", BROKER, "kafka://localhost", 'the word "embedded" or a redis:// URL or a amqp:// URL'),
    ("address", BROKER, "redis:localhost", "redis:// URL"),
    ("address", BROKER, "redis://", "redis:// URL"),
    ("address", BROKER, "redis://localhost:no", "redis:// URL"),
    ("address", BROKER, "redis://localhost:70000", "redis:// URL"),
    ("address", BROKER, "redis://[::1", "redis:// URL"),
]
BAD_DATABASES = [
    "",
    "mysql://localhost/sagaflow",
    "/srv/sagaflow.sqlite3",
    "sqlite://:memory:",
    "sqlite:///",
    "sqlite:////no/such/folder/sagaflow.sqlite3",
    "postgres://localhost",
    "postgres://localhost:no/sagaflow",
    "postgres://[::1/sagaflow",
]
BAD_SITES = [
    ({"DATABASE_URL": "mysql://localhost/x"}, "DATABASE_URL"),
    ({"PARTICIPANT_DATABASE_URL": "oracle://localhost/x"}, "PARTICIPANT_DATABASE_URL"),
    ({"SAGAFLOW_BROKER_URL": "kafka://localhost"}, "SAGAFLOW_BROKER_URL"),
    ({"SAGAFLOW_BROKER_URL": "redis://localhost", "SECRET_KEY": ""}, "SECRET_KEY"),
    ({"CHANNEL_URL": "amqp://localhost"}, "CHANNEL_URL"),
    ({"DEBUG": "perhaps"}, "DEBUG"),
    ({"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
    ({"SAGAFLOW_LEASE_SECONDS": "0"}, "SAGAFLOW_LEASE_SECONDS"),
    ({"SAGAFLOW_PAYLOAD_LIMIT": "many"}, "SAGAFLOW_PAYLOAD_LIMIT"),
    ({"CSRF_TRUSTED_ORIGINS": "example.com"}, "CSRF_TRUSTED_ORIGINS"),
]


@pytest.mark.parametrize(("verb", "options", "raw", "value"), GOOD)
def test_a_good_value_is_read_with_its_type(verb, options, raw, value):
    assert getattr(Environment({"NAME": raw}), verb)("NAME", **options) == value


@pytest.mark.parametrize(("verb", "options", "raw", "rule"), BAD)
def test_a_bad_value_is_named_with_its_rule_and_an_example(verb, options, raw, rule):
    with pytest.raises(BadEnvironment) as caught:
        getattr(Environment({"NAME": raw}), verb)("NAME", **options)
    message = str(caught.value)
    assert message.startswith("The environment variable NAME is ")
    assert rule in message
    assert "For example: NAME=" in message


@pytest.mark.parametrize("url", BAD_DATABASES)
def test_a_database_that_is_none_is_refused(url):
    with pytest.raises(BadEnvironment, match="DATABASE_URL"):
        databases.from_url(Environment({}), "DATABASE_URL", url)


def test_sqlite_begins_immediately_and_syncs_every_commit(tmp_path):
    database = databases.from_url(Environment({}), "DATABASE_URL", f"sqlite:///{tmp_path}/a.sqlite3?timeout=5")
    assert database["NAME"] == f"{tmp_path}/a.sqlite3"
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert database["OPTIONS"]["timeout"] == 5
    assert "synchronous=FULL" in database["OPTIONS"]["init_command"]


@pytest.mark.parametrize(("pooler", "threshold"), [("off", 5), ("on", None)])
def test_postgresql_prepares_on_the_server_unless_a_transaction_pooler_is_between(pooler, threshold):
    environment = Environment({"DATABASE_TRANSACTION_POOLER": pooler, "DATABASE_POOL_SIZE": "7"})
    database = databases.from_url(environment, "DATABASE_URL", "postgres://me:p%40ss@db.example:5433/sagas")
    assert database["PASSWORD"] == "p@ss"
    assert database["OPTIONS"]["server_side_binding"]
    assert database["OPTIONS"]["prepare_threshold"] == threshold
    assert database["OPTIONS"]["pool"]["max_size"] == 7
    assert database["DISABLE_SERVER_SIDE_CURSORS"] is (pooler == "on")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://me:secret@host/0", "redis://me:***@host/0"),
        ("redis://:se@cret@host/0", "redis://:***@host/0"),
        ("redis://me@host/0", "redis://me@host/0"),
        ("plain", "plain"),
    ],
)
def test_an_error_never_repeats_a_password(text, shown):
    assert masked(text) == shown


@pytest.mark.parametrize(("variables", "culprit"), BAD_SITES)
def test_manage_py_ends_with_one_sentence_about_a_bad_variable(variables, culprit):
    environment = {"PATH": os.environ["PATH"], **variables}
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"The environment variable {culprit} is ")
    assert done.stderr.count("\n") == 1

"""Runs a command against private servers and ends with its exit code.

    python -m tests.servers exec --postgres --redis -- pytest -m db

The command finds them in DATABASE_URL, PARTICIPANT_DATABASE_URL, REDIS_URL, RABBITMQ_URL, CHANNEL_URL and
SAGAFLOW_BROKER_URL, which is RabbitMQ's, if asked for, else that of Redis.
"""

import argparse
import os
import secrets
import signal
import subprocess
import sys
from contextlib import ExitStack

from tests.servers.binaries import MissingServer
from tests.servers.fixtures import in_ci
from tests.servers.postgresql import PostgreSQL
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis
from tests.servers.server import dying_with_parent

UNAVAILABLE = 69  # EX_UNAVAILABLE of sysexits.h


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with ExitStack() as servers:
        try:
            environment = start(options, servers)
        except MissingServer as missing:
            skipped = options.skip_missing and not in_ci()
            print(f"{'Skipped' if skipped else 'Failed'}: {' '.join(options.command)}\n{missing}", file=sys.stderr)
            return 0 if skipped else UNAVAILABLE
        return run(options.command, environment)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(required=True, metavar="exec")
    verb = verbs.add_parser("exec", help="run a command against private servers")
    for server in ("postgres", "redis", "rabbitmq"):
        verb.add_argument(f"--{server}", action="store_true", help=f"start a private {server}")
    verb.add_argument("--skip-missing", action="store_true", help="outside CI, a server not installed is no failure")
    verb.add_argument("command", nargs="+", help="what to run, after --")
    return parser.parse_args(arguments)


def start(options: argparse.Namespace, servers: ExitStack) -> dict[str, str]:
    """Start the servers that were asked for. Return the variables with their addresses."""
    found = {"SECRET_KEY": secrets.token_urlsafe(48)}
    if options.postgres:
        postgresql = servers.enter_context(PostgreSQL())
        found["DATABASE_URL"] = postgresql.database_url
        found["PARTICIPANT_DATABASE_URL"] = postgresql.create_database("participant")
    if options.redis:
        url = servers.enter_context(Redis()).url
        found |= {"REDIS_URL": url, "SAGAFLOW_BROKER_URL": url, "CHANNEL_URL": url}
    if options.rabbitmq:
        url = servers.enter_context(RabbitMQ()).url
        found |= {"RABBITMQ_URL": url, "SAGAFLOW_BROKER_URL": url}
    return found


def run(command: list[str], environment: dict[str, str]) -> int:
    """Run the command and return its exit code. Ctrl-C reaches the command too, so wait for its end."""
    with subprocess.Popen(
        command, env={**os.environ, **environment}, preexec_fn=dying_with_parent(signal.SIGTERM)
    ) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            return process.wait()
        finally:
            process.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

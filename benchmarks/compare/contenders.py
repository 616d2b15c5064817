"""The contenders: which processes each needs, and how many of its sagas have ended."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil
import psycopg
import redis

from tests.servers.postgresql import PostgreSQL
from tests.servers.redis import Redis
from tests.servers.server import end

__all__ = ["CONTENDERS", "Contender", "Durable", "Running", "running"]

ROOT = Path(__file__).parents[2]
DBOS = ROOT / "var" / "bench" / "dbos" / "bin" / "python"
PROCESSES, THREADS = 2, 8
PYTHON = (sys.executable,)


class Durable(PostgreSQL):
    """A private PostgreSQL whose commits reach the disk, unlike that of the tests."""

    def command(self) -> list[str]:
        return ["--fsync=on" if word == "--fsync=off" else word for word in super().command()]


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A tool with its commands. In a command ``{url}`` is the database, and ``{number}`` the number of the worker."""

    name: str
    client: tuple[str, ...]
    workers: tuple[tuple[str, ...], ...] = ()
    set_up: tuple[str, ...] = ()
    ended: str = ""
    """The query that counts the sagas that have ended."""
    counter: str = ""
    """The key in Redis that counts them instead."""
    variants: tuple[str, ...] = ("ok",)


MANAGE = (*PYTHON, "manage.py")
CONTENDERS = (
    Contender(
        name="Sagaflow",
        set_up=(*MANAGE, "migrate", "--verbosity", "0"),
        client=(*PYTHON, "-m", "benchmarks.compare.ours"),
        workers=(
            (*MANAGE, "sagaflow", "worker", "--processes", str(PROCESSES), "--threads", str(THREADS)),
            (*MANAGE, "sagaflow", "sweeper"),
            (*MANAGE, "sagaflow", "relay"),
        ),
        ended="SELECT count(*) FROM sagaflow_run WHERE ended_at IS NOT NULL",
        variants=("ok", "failing", "together"),
    ),
    Contender(
        name="DBOS",
        client=(str(DBOS), "benchmarks/compare/dbos_side.py", "client", "{url}"),
        workers=((str(DBOS), "benchmarks/compare/dbos_side.py", "worker", "{url}", "{number}"),) * PROCESSES,
        ended="SELECT count(*) FROM dbos.workflow_status WHERE status IN ('SUCCESS', 'ERROR')",
        variants=("ok", "failing"),
    ),
    Contender(
        name="Dramatiq alone, not durable",
        client=(*PYTHON, "-m", "benchmarks.compare.dramatiq_side"),
        workers=(
            (*PYTHON, "-m", "dramatiq", "-p", str(PROCESSES), "-t", str(THREADS), "benchmarks.compare.dramatiq_side"),
        ),
        counter="compare-done",
    ),
    Contender(
        name="bare loop",
        client=(*PYTHON, "-m", "benchmarks.compare.bare"),
        ended="SELECT count(*) FROM bare_saga WHERE status = 'done'",
        variants=("ok", "failing"),
    ),
)


@dataclass(frozen=True)
class Running:
    """A contender whose processes run."""

    start: Callable[[int, str], None]
    done: Callable[[], int]
    pids: tuple[int, ...]


@contextmanager
def running(contender: Contender, url: str, postgresql: Durable, broker: Redis, log: IO[bytes]) -> Iterator[Running]:
    """Start the processes of a contender on its database, and end them after the block."""
    environment = {**os.environ, **variables(url, broker)}
    if contender.set_up:
        subprocess.run(contender.set_up, cwd=ROOT, env=environment, stdout=log, stderr=log, check=True)  # noqa: S603

    def begun(command: tuple[str, ...], number: int, **pipes: int) -> "subprocess.Popen[str]":
        words = [word.format(url=url.replace("postgres://", "postgresql://"), number=number) for word in command]
        output = pipes.pop("stdout", None) or log
        return subprocess.Popen(words, cwd=ROOT, env=environment, stdout=output, stderr=log, text=True, **pipes)  # noqa: S603

    client = begun(contender.client, 0, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    processes = [client]
    try:
        expect(client, "ready")
        processes += [begun(command, number) for number, command in enumerate(contender.workers, 1)]

        def start(number: int, variant: str) -> None:
            assert client.stdin is not None
            client.stdin.write(f"{number} {variant}\n")
            client.stdin.flush()
            expect(client, "started")

        pids = (postgresql.pids[0], broker.pids[0], *(process.pid for process in processes))
        with psycopg.connect(url.replace("postgres://", "postgresql://"), autocommit=True) as connection:
            yield Running(start, lambda: ended(contender, connection, broker), pids)
    finally:
        for process in reversed(processes):
            # A master that is killed leaves its workers behind, so they are listed first.
            workers = psutil.Process(process.pid).children(recursive=True)
            for pid in (process.pid, *(worker.pid for worker in workers)):
                end(pid)
            process.wait(timeout=30)


def variables(url: str, broker: Redis) -> Mapping[str, str]:
    """Return the environment of every process."""
    return {
        "DATABASE_URL": url,
        "PARTICIPANT_DATABASE_URL": url,
        "REDIS_URL": broker.url,
        "SAGAFLOW_BROKER_URL": broker.url,
        "CHANNEL_URL": broker.url,
        "SAGAFLOW_EXAMPLES": "off",
        "SECRET_KEY": "only for the benchmark, and long enough for every check",
        "DJANGO_SETTINGS_MODULE": "benchmarks.compare.settings",
    }


def ended(contender: Contender, connection: "psycopg.Connection[tuple[int, ...]]", broker: Redis) -> int:
    """Return how many sagas of the contender have ended."""
    if contender.counter:
        with redis.Redis.from_url(broker.url) as client:
            return int(client.get(contender.counter) or 0)
    row = connection.execute(contender.ended).fetchone()
    return int(row[0])


def expect(client: "subprocess.Popen[str]", word: str) -> None:
    """Wait for the next line of a client."""
    assert client.stdout is not None
    line = client.stdout.readline().strip()
    if line != word:
        raise SystemExit(f"The client {client.args} said '{line}' instead of '{word}'; see its log.")

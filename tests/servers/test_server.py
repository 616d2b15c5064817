"""One contract for every private server: it answers, it can be broken and repaired, and it leaves nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pika
import psutil
import psycopg
import pytest
import redis

from tests.servers.binaries import MissingServer, find
from tests.servers.ports import free_port
from tests.servers.redis import Redis
from tests.servers.server import DidNotStart, Server
from tests.servers.waiting import WaitedInVain, until

ROOT = Path(__file__).parents[2]


class MisconfiguredRedis(Redis):
    def command(self) -> list[str]:
        return [*super().command(), "--no-such-option"]


@pytest.fixture(params=["postgresql", "redis_server", "rabbitmq"])
def server(request: pytest.FixtureRequest) -> Server:
    return request.getfixturevalue(request.param)


def test_a_started_server_answers(server):
    assert server.is_running
    assert server.answers()


def test_a_killed_server_leaves_no_process_and_does_not_answer(server):
    pids = server.pids
    server.kill()
    assert not server.answers()
    assert not [pid for pid in pids if psutil.pid_exists(pid)]


def test_a_server_restarts_on_the_same_port(server):
    port = server.port
    server.restart()
    assert server.answers()
    assert server.port == port


def test_killing_twice_and_starting_twice_change_nothing(server):
    server.kill()
    server.kill()
    server.start()
    assert server.start().answers()


def test_a_stopped_server_leaves_neither_process_nor_folder(server):
    with type(server)() as other:
        pids = other.pids
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
    assert not other.folder.exists()


def test_a_server_dies_with_the_process_that_started_it(redis_server):
    script = "from tests.servers.redis import Redis; s = Redis().start(); print(*s.pids, s.folder, flush=True); input()"
    owner = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with owner:
        orphan, folder = owner.stdout.readline().split()
        owner.kill()
    until(lambda: not psutil.pid_exists(int(orphan)), "the orphaned server to die")
    shutil.rmtree(folder)


def test_a_server_that_cannot_start_shows_its_log(redis_server):
    other = MisconfiguredRedis()
    with pytest.raises(DidNotStart, match="no-such-option"):
        other.start()
    other.stop()


def test_a_server_whose_port_was_taken_does_not_take_the_other_one_for_itself(redis_server):
    other = Redis()
    other.port = redis_server.port
    with pytest.raises(DidNotStart, match="Address already in use"):
        other.start()
    other.stop()


def test_postgresql_keeps_committed_rows_when_it_is_killed(postgresql):
    url = postgresql.create_database("kept")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    postgresql.restart()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]
    postgresql.drop_database("kept")


def test_postgresql_copies_a_template(postgresql):
    with psycopg.connect(postgresql.create_database("template")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    with psycopg.connect(postgresql.create_database("copy", template="template")) as connection:
        assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]
    postgresql.drop_database("copy")
    postgresql.drop_database("template")


def test_redis_forgets_by_flush_and_by_restart(redis_server):
    with redis.Redis.from_url(redis_server.url) as client:
        for forget in (redis_server.flush, redis_server.restart):
            client.set("key", "value")
            forget()
            assert client.get("key") is None


def test_rabbitmq_keeps_durable_messages_when_killed_and_loses_them_by_flush(rabbitmq):
    waiting = pika.URLParameters(rabbitmq.url)
    with pika.BlockingConnection(waiting) as connection:
        channel = connection.channel()
        channel.queue_declare("kept", durable=True)
        channel.confirm_delivery()
        channel.basic_publish("", "kept", b"hello", pika.BasicProperties(delivery_mode=2))
    rabbitmq.save_queues()
    rabbitmq.restart()
    assert depth(waiting) == 1
    rabbitmq.flush()
    assert depth(waiting) == 0


def depth(parameters) -> int:
    with pika.BlockingConnection(parameters) as connection:
        return connection.channel().queue_declare("kept", passive=True).method.message_count


def test_a_missing_program_is_named_with_the_package_that_brings_it():
    with pytest.raises(MissingServer, match=r"There is no no-such-server .* apt-get install some-package"):
        find("no-such-server", "some-package", "/nowhere/*/bin")


def test_a_port_is_given_once_and_to_one_process():
    given = sorted(free_port() for _ in range(50))
    assert len(set(given)) == len(given)
    asking = f"from tests.servers import ports; print([port for port in {given} if ports._is_ours(port)])"
    other = subprocess.run([sys.executable, "-c", asking], cwd=ROOT, capture_output=True, text=True, check=True)
    assert other.stdout == "[]\n"


def test_waiting_in_vain_says_for_what():
    with pytest.raises(WaitedInVain, match="for the moon"):
        until(lambda: False, "the moon", seconds=0.05)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be anybody else")
def test_servers_that_refuse_root_run_under_an_account_of_their_own(postgresql):
    assert psutil.Process(postgresql.pids[0]).username() == "postgres"
    assert postgresql.parting_signal == signal.SIGQUIT

"""Pages that never read what they ask for harm only themselves, under each server that the site is known to run on."""

import json
import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import connect

from tests.browser.site import SERVERS, Site, sqlite
from tests.servers.ports import free_port
from tests.servers.waiting import until

pytestmark = [pytest.mark.servers]

READERS = 50
PACE = 0.4
"""Seconds between two questions of a client, which may send 30 messages in 10 s. An answer has about 190 KB."""
CATCH_UP = Frame(Opcode.TEXT, b'{"type": "catch_up"}').serialize(mask=True)
MOST = 96 * 2**20
"""The system takes about 4 MB for each client. Without a limit the server has to hold the rest: 20 MB a second."""
PREPARE = """
import json, django; django.setup()
from django.core.management import call_command
for alias in ("default", "participant"):
    call_command("migrate", database=alias, interactive=False, verbosity=0)
from django.contrib.auth.models import Permission, User
from django.test import Client
from sagaflow import engine
found = {}
for name in ("sloth", "quick"):
    user = User.objects.create_user(name, password="only for tests")
    user.user_permissions.add(Permission.objects.get(codename="view_run"))
    client = Client()
    client.force_login(user)
    found[name] = client.cookies["sessionid"].value
print(json.dumps(found | {"run": engine.start("long", {})}))
"""
WITHDRAW = """
import django; django.setup()
from django.contrib.auth.models import User
User.objects.get(username="quick").user_permissions.clear()
"""


def never_reads(url, path, session):
    """A socket with a tiny buffer that asks for everything again and again, and reads nothing."""
    asking = socket.socket()
    asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    asking.connect((urlsplit(url).hostname, urlsplit(url).port))
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {urlsplit(url).netloc}",
        f"Origin: {url}",
        f"Cookie: sessionid={session}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    asking.sendall("\r\n".join((*lines, "", "")).encode())
    return asking


def ask(readers):
    """Return the sockets that could still ask."""
    left = []
    for one in readers:
        try:
            one.sendall(CATCH_UP)
        except OSError:
            continue
        left.append(one)
    return left


def answers_of(process):
    """The open connections of the server, by their other end."""
    return {
        connection.raddr.port
        for connection in process.net_connections(kind="tcp")
        if connection.status == psutil.CONN_ESTABLISHED and connection.raddr
    }


def all_dropped(process, readers, healthy):
    """Let everyone ask once more; return True if only the client that reads is left."""
    readers[:] = ask(readers)
    healthy.send('{"type": "catch_up"}')
    while json.loads(healthy.recv(60))["type"] != "snapshot":
        pass
    time.sleep(PACE)
    return len(answers_of(process)) <= 1


def last_word(socket):
    """Read to the end; return the close of the server."""
    try:
        while True:
            socket.recv(60)
    except ConnectionClosed as closed:
        return closed.rcvd


@pytest.mark.parametrize(("server", "option"), SERVERS)
def test_clients_that_never_read_are_dropped_and_delay_no_revocation(tmp_path, server, option):
    site = Site(
        tmp_path,
        **sqlite(tmp_path),
        DJANGO_SETTINGS_MODULE="tests.faults.long_settings",
        SAGAFLOW_EXAMPLES="off",
        SAGAFLOW_SOCKETS_PER_USER=str(READERS),
        SAGAFLOW_SOCKET_RECHECK="1",
    )
    known, port = json.loads(site.call("-c", PREPARE)), free_port()
    url, path = f"http://127.0.0.1:{port}", f"/ws/runs/{known['run']}/"
    with ExitStack() as stack:
        running = stack.enter_context(
            site.server("-m", server, option, str(port), "config.asgi:application", port=port)
        )
        process = psutil.Process(running.popen.pid)
        healthy = stack.enter_context(
            connect(
                f"ws://127.0.0.1:{port}{path}",
                origin=url,
                additional_headers={"Cookie": f"sessionid={known['quick']}"},
                compression=None,
            )
        )
        assert json.loads(healthy.recv(60))["type"] == "snapshot"
        before = process.memory_info().rss
        readers = [stack.enter_context(never_reads(url, path, known["sloth"])) for _ in range(READERS)]
        until(lambda: len(answers_of(process)) > READERS, "all sockets to be open")
        until(lambda: all_dropped(process, readers, healthy), "the clients that never read to be dropped", seconds=90)
        grown = process.memory_info().rss - before
        assert grown < MOST
        site.call("-c", WITHDRAW)
        closed = last_word(healthy)
    assert (closed.code, "view_run" in closed.reason) == (4403, True)

"""The whole site in one process reads no body that it will refuse."""

import socket
from contextlib import ExitStack

import pytest

from tests.browser.site import Site, sqlite

pytestmark = [pytest.mark.servers]

LINES = "POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"


def ask(site, lines, *pieces):
    """Send a request piece by piece, until the site has answered; return the first line of the answer."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as asking:
        asking.sendall((lines + "\r\n").encode())
        try:
            for piece in pieces:
                asking.sendall(piece)
        except OSError:  # the site has closed the connection
            pass
        return asking.makefile("rb").readline()


def test_a_long_body_is_refused_before_it_is_read(tmp_path):
    site = Site(tmp_path, **sqlite(tmp_path), DJANGO_SETTINGS_MODULE="config.settings", SAGAFLOW_EXAMPLES="off")
    with site.up():
        assert b" 413 " in ask(site, LINES + "Content-Length: 150000000\r\n")
        chunk = b"40000\r\n" + b"x" * 0x40000 + b"\r\n"
        assert ask(site, LINES + "Transfer-Encoding: chunked\r\n", *[chunk] * 11)[:12] in (b"HTTP/1.1 413", b"")
        assert b" 400 " in ask(site, LINES + "Content-Length: 4\r\n", b"a=b&")


def test_bodies_that_never_end_are_cut_before_they_fill_the_machine(tmp_path):
    site = Site(tmp_path, **sqlite(tmp_path), DJANGO_SETTINGS_MODULE="config.settings", SAGAFLOW_EXAMPLES="off")
    head = (LINES + "Content-Length: 2500000\r\n\r\n").encode()
    with site.up(), ExitStack() as asking:
        senders = [asking.enter_context(socket.create_connection(("127.0.0.1", site.port), 60)) for _ in range(30)]
        for each in senders:
            each.sendall(head + b"x" * 2_499_999)
        assert b" 408 " in senders[0].makefile("rb").readline()
        assert b" 400 " in ask(site, LINES + "Content-Length: 4\r\n", b"a=b&")

"""Published events as CloudEvents, in Redis and as signed webhooks, checked with independent libraries."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from sagaflow import signals, sinks

pytestmark = pytest.mark.quick

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LOCAL = ("127.0.0.0/8",)
OLDER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
EVENT = {
    "specversion": "1.0",
    "id": "0b1f:12",
    "source": "/sagaflow/order/take_payment",
    "type": "PaymentTaken",
    "subject": "0b1f",
    "time": "2026-01-02T03:04:05.678+00:00",
    "correlationid": "0b1f",
    "causationid": "0b1f:11",
    "datacontenttype": "application/json",
    "data": {"amount": 12, "währung": "€"},
}


class Receiver(HTTPServer):
    """Records the requests that are posted to it, and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.status = 204

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/events"


class Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append(({key.lower(): value for key, value in self.headers.items()}, text))
        self.send_response(self.server.status)
        self.send_header("location", self.server.url)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_webhook_gets_a_cloud_event_whose_signature_the_reference_library_accepts(receiver):
    sinks.Webhook(receiver.url, secrets=(SECRET,), allow=LOCAL)(EVENT)
    headers, text = receiver.received[0]
    assert Verifier(SECRET).verify(text, headers) == EVENT
    parsed = from_http_event(HTTPMessage(headers=headers, body=text))
    assert (parsed.get_id(), parsed.get_type(), parsed.get_data()) == ("0b1f:12", "PaymentTaken", EVENT["data"])


@pytest.mark.parametrize("secret", [SECRET, OLDER])
def test_while_keys_are_rotated_a_webhook_is_signed_with_both(receiver, secret):
    sinks.Webhook(receiver.url, secrets=(SECRET, OLDER), allow=LOCAL)(EVENT)
    headers, text = receiver.received[0]
    Verifier(secret).verify(text, headers)


def test_a_changed_event_is_not_verified(receiver):
    sinks.Webhook(receiver.url, secrets=(SECRET,), allow=LOCAL)(EVENT)
    headers, text = receiver.received[0]
    with pytest.raises(WebhookVerificationError):
        Verifier(SECRET).verify(text.replace(b"12", b"13"), headers)


@pytest.mark.parametrize("status", [301, 404, 410, 500, 503])
def test_any_answer_but_success_is_not_delivered_and_no_redirect_is_followed(receiver, status):
    receiver.status = status
    with pytest.raises(sinks.NotDelivered, match=f"{status}"):
        sinks.Webhook(receiver.url, secrets=(SECRET,), allow=LOCAL)(EVENT)
    assert len(receiver.received) == 1


def test_a_webhook_reaches_public_addresses_only_unless_its_list_names_the_network(receiver):
    with pytest.raises(sinks.NotDelivered, match="denied"):
        sinks.Webhook(receiver.url, secrets=(SECRET,))(EVENT)
    with pytest.raises(sinks.NotDelivered, match="denied"):
        sinks.Webhook(receiver.url, secrets=(SECRET,), allow=("10.0.0.0/8",))(EVENT)
    assert receiver.received == []


@pytest.mark.parametrize(
    "network", ["0.0.0.0/0", "::/0", "169.254.169.254", "fe80::/10", "10.1.2.3/8", "nonsense", "10.0.0.0/8 0.0.0.0/1"]
)
def test_a_webhook_takes_no_network_that_a_connection_would_not_take(network):
    with pytest.raises(ValueError, match=r"network|too many addresses|never reached"):
        sinks.Webhook("https://shop.example/", secrets=(SECRET,), allow=(network,))


@pytest.mark.parametrize("url", ["https://a:hunter2@shop.example/", "https://shop.example:0/hunter2", "ftp://hunter2"])
def test_a_faulty_address_of_a_webhook_is_refused_and_not_quoted(url):
    with pytest.raises(ValueError, match=r"^The URL of a webhook") as refused:
        sinks.Webhook(url, secrets=(SECRET,))
    assert "hunter2" not in str(refused.value)
    with pytest.raises(ValueError, match="ort"):
        sinks.Webhook("https://shop.example:99999/", secrets=(SECRET,))


def test_the_path_of_a_webhook_stands_in_no_message(receiver):
    receiver.status = 500
    for secrets, allow in (((SECRET,), LOCAL), ((SECRET,), ()), ((), ())):
        with pytest.raises((sinks.NotDelivered, ValueError), match="127") as failed:
            sinks.Webhook(f"{receiver.url}?token=hunter2", secrets=secrets, allow=allow)(EVENT)
        assert "events" not in str(failed.value)
        assert "hunter2" not in str(failed.value)


@contextmanager
def hostile(answer):
    """A receiver that runs ``answer(connection)`` for one request; yields its URL."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            try:
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    answer(connection)
            except OSError:
                return

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join(5)


def test_a_receiver_that_drips_is_left_at_the_deadline():
    gone = Event()

    def drip(connection):
        while not gone.wait(0.02):
            connection.sendall(b"H")

    with hostile(drip) as url:
        began = time.monotonic()
        with pytest.raises(sinks.NotDelivered):
            sinks.Webhook(url, secrets=(SECRET,), timeout=0.3, allow=LOCAL)(EVENT)
        assert time.monotonic() - began < 10
        gone.set()


def test_the_body_of_an_answer_is_not_read_however_long_it_is():
    sent = []

    def flood(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(4096):
            connection.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")
            sent.append(1)

    with hostile(flood) as url:
        sinks.Webhook(url, secrets=(SECRET,), timeout=5, allow=LOCAL)(EVENT)
    assert len(sent) < 4096


@pytest.mark.parametrize("url", ["ftp://example.org", "https://", "example.org/events", ""])
def test_a_webhook_needs_a_url_of_http(url):
    with pytest.raises(ValueError, match="begins with http"):
        sinks.Webhook(url, secrets=(SECRET,))


def test_a_webhook_without_a_secret_or_with_a_bad_one_says_how_to_make_one():
    with pytest.raises(ValueError, match="has no secret"):
        sinks.Webhook("http://localhost", secrets=())
    with pytest.raises(ValueError, match="openssl rand -base64 32"):
        sinks.Webhook("http://localhost", secrets=("not base64",))


def test_the_secrets_of_a_webhook_are_not_in_its_representation():
    assert "MfKQ" not in repr(sinks.Webhook("http://localhost", secrets=(SECRET,)))


def test_the_default_sink_is_a_django_signal():
    heard = []

    def hear(event, **_):
        heard.append(event)

    signals.event_published.connect(hear)
    sinks.announce(EVENT)
    signals.event_published.disconnect(hear)
    assert heard == [EVENT]


def test_a_receiver_of_the_signal_that_raises_makes_the_event_not_delivered():
    def stumble(**_):
        raise RuntimeError("not now")

    signals.event_published.connect(stumble)
    try:
        with pytest.raises(RuntimeError, match="not now"):
            sinks.announce(EVENT)
    finally:
        signals.event_published.disconnect(stumble)

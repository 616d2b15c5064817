"""Published events as CloudEvents, in Redis and as signed webhooks, checked with independent libraries."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from sagaflow import signals, sinks

pytestmark = pytest.mark.quick

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
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
    sinks.Webhook(receiver.url, secrets=(SECRET,))(EVENT)
    headers, text = receiver.received[0]
    assert Verifier(SECRET).verify(text, headers) == EVENT
    parsed = from_http_event(HTTPMessage(headers=headers, body=text))
    assert (parsed.get_id(), parsed.get_type(), parsed.get_data()) == ("0b1f:12", "PaymentTaken", EVENT["data"])


@pytest.mark.parametrize("secret", [SECRET, OLDER])
def test_while_keys_are_rotated_a_webhook_is_signed_with_both(receiver, secret):
    sinks.Webhook(receiver.url, secrets=(SECRET, OLDER))(EVENT)
    headers, text = receiver.received[0]
    Verifier(secret).verify(text, headers)


def test_a_changed_event_is_not_verified(receiver):
    sinks.Webhook(receiver.url, secrets=(SECRET,))(EVENT)
    headers, text = receiver.received[0]
    with pytest.raises(WebhookVerificationError):
        Verifier(SECRET).verify(text.replace(b"12", b"13"), headers)


@pytest.mark.parametrize("status", [301, 404, 410, 500, 503])
def test_any_answer_but_success_is_not_delivered_and_no_redirect_is_followed(receiver, status):
    receiver.status = status
    with pytest.raises(sinks.NotDelivered, match=f"{status}"):
        sinks.Webhook(receiver.url, secrets=(SECRET,))(EVENT)
    assert len(receiver.received) == 1


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

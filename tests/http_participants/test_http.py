"""HTTP participants: the requests they get, the meaning of their answers, and the effect of misbehaviour."""

import base64
import logging
import socket
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from standardwebhooks.webhooks import Webhook

from sagaflow import Saga, Step, orchestrated
from sagaflow.core.participant import Accepted, BusinessError, TechnicalError
from sagaflow.core.payload import MAX_SIZE
from sagaflow.core.run.state import Direction
from sagaflow.participants.answers import CannotBegin, ProgrammingError
from sagaflow.participants.wire import exchange
from sagaflow.registry import Action, HttpCall, standing_in
from sagaflow.testing import given
from tests.http_participants.conftest import RUN
from tests.http_participants.participant import Participant

CHARGES = "/v1/charges"
CALL = HttpCall(connection="payments", path="/charges")
REDIRECTS = [(status, "redirects are not followed") for status in (301, 302, 303, 307, 308)]
FAILURES = [
    *REDIRECTS,
    (400, "400"),
    (401, "401"),
    (404, "404"),
    (409, "409"),
    (422, "422"),
    (500, "500"),
    (503, "503"),
]
NO_CODES = [b"", b"no", b"[]", b"{}", b'{"code": 7}', b'{"code": ""}', b'{"code": "%s"}' % (b"x" * 200)]
NO_HTTP = [b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, b"HTTP/1.1 abc OK\r\n\r\n"]
BAD_BODIES = [b"OK", b"{", b'{"a": NaN}', b'{"a": 1, "a": 2}', b'"\\u0000"', b"\xff\xfe", b"[" * 500, b'{"a":' * 40]


def test_the_participant_is_told_everything_about_the_attempt(participant, connection, attempt):
    participant.answers(CHARGES, 200, {"charge": "C-1"})
    assert attempt() == {"charge": "C-1"}
    (request,) = participant.requests
    assert (request.method, request.path) == ("POST", "/v1/charges")
    assert request.json == {
        "run_id": RUN,
        "saga": "order",
        "step": "take_payment",
        "direction": "do",
        "attempt": 2,
        "input": {"amount": 12},
        "outputs": {"reserve_stock": {"reservation": "R-1"}},
        "output": None,
        "reason": {},
    }


def test_the_headers_carry_the_key_and_the_ids_that_tie_the_messages_of_a_run(participant, connection, attempt):
    participant.answers(CHARGES, 204)
    assert attempt() is None
    headers = participant.requests[0].headers
    assert headers["idempotency-key"] == f"{RUN}:take_payment:do"
    assert headers["sagaflow-correlation-id"] == RUN
    assert headers["sagaflow-causation-id"] == f"{RUN}:7"
    version, trace, span, flags = headers["traceparent"].split("-")
    assert (version, trace, len(span), flags) == ("00", RUN.replace("-", ""), 16, "01")
    assert headers["host"] == f"127.0.0.1:{participant.port}"
    assert headers["content-type"] == "application/json"


def test_a_compensation_is_told_what_the_action_returned_and_why_it_is_undone(
    participant, connection, attempt, context
):
    participant.answers(CHARGES, 200, {})
    undo = replace(context, direction=Direction.UNDO, output={"charge": "C-1"}, reason={"code": "off-shelf"})
    attempt(context=undo)
    told = participant.requests[0].json
    assert (told["direction"], told["output"], told["reason"]) == ("undo", {"charge": "C-1"}, {"code": "off-shelf"})


def test_202_means_that_a_callback_answers_later(participant, connection, attempt, settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "PUBLIC_URL": "https://sagas.example.org"}
    participant.answers(CHARGES, 202)
    assert attempt(callback=True) == Accepted()
    url = participant.requests[0].json["callback_url"]
    assert url == "https://sagas.example.org/api/callbacks/a-one-time-token"


@pytest.mark.parametrize("addresses", ["django.contrib.auth.urls", None])
def test_without_an_address_for_the_answer_nothing_is_sent(participant, connection, attempt, settings, addresses):
    if addresses:
        settings.ROOT_URLCONF = addresses
    else:
        del settings.ROOT_URLCONF
    with pytest.raises(CannotBegin, match=r"include sagaflow\.api\.urls"):
        attempt(callback=True)
    assert participant.requests == []


def test_202_without_a_callback_is_a_technical_error_because_nobody_could_answer(participant, connection, attempt):
    participant.answers(CHARGES, 202)
    with pytest.raises(TechnicalError, match="callback=True"):
        attempt()


@pytest.mark.parametrize("status", [409, 422])
def test_a_refusal_with_a_code_is_a_business_error(participant, connection, attempt, status):
    problem = {"code": "insufficient-funds", "title": "Refused", "detail": "The account lacks 3 EUR."}
    participant.answers(CHARGES, status, problem, Content_Type="application/problem+json")
    with pytest.raises(BusinessError) as caught:
        attempt()
    assert (caught.value.code, caught.value.message) == ("insufficient-funds", "The account lacks 3 EUR.")


@pytest.mark.parametrize(
    "body", [b"", b"no", b"[]", b"{}", b'{"code": 7}', b'{"code": ""}', b'{"code": "%s"}' % (b"x" * 200)]
)
def test_a_refusal_without_a_code_is_a_technical_error(participant, connection, attempt, body):
    participant.answers(CHARGES, 422, body)
    with pytest.raises(TechnicalError) as caught:
        attempt()
    assert caught.value.code == "http-422"


@pytest.mark.parametrize(("status", "said"), FAILURES)
def test_every_other_status_is_a_technical_error_that_names_it(participant, connection, attempt, status, said):
    other = "http://127.0.0.1:1/elsewhere"
    participant.answers(CHARGES, status, b"secret details", Location=other)
    with pytest.raises(TechnicalError, match=said) as caught:
        attempt()
    assert caught.value.code == f"http-{status}"
    assert "secret details" not in str(caught.value)
    assert len(participant.requests) == 1


@pytest.mark.parametrize(("status", "asked", "kept"), [(429, "120", 120), (503, "9" * 30, 86_400), (503, "0", 0)])
def test_the_pause_that_the_participant_asks_for_is_kept(participant, attempt, status, asked, kept):
    participant.answers(CHARGES, status, Retry_After=asked)
    with pytest.raises(TechnicalError) as caught:
        attempt()
    assert caught.value.retry_after == kept


def test_the_pause_may_be_given_as_a_date(participant, connection, attempt):
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    participant.answers(CHARGES, 503, Retry_After=until)
    with pytest.raises(TechnicalError) as caught:
        attempt()
    assert 80 < caught.value.retry_after <= 90


@pytest.mark.parametrize(
    "asked", ["soon", "-5", "", "١٢", "Thu, 99 Foo 2026", "Mon, 01 Jan 2024 00:00:00 +9999999999999"]
)
def test_a_pause_that_cannot_be_understood_is_left_to_the_retry_policy(participant, connection, attempt, asked):
    participant.answers(CHARGES, 503, Retry_After=asked.encode().decode("latin-1"))
    with pytest.raises(TechnicalError) as caught:
        attempt()
    assert caught.value.retry_after is None


@pytest.mark.parametrize("body", BAD_BODIES)
def test_a_body_that_is_not_strict_json_is_an_error_of_the_code(participant, connection, attempt, body):
    participant.answers(CHARGES, 200, body)
    with pytest.raises(ProgrammingError, match="Its effect stays in place") as caught:
        attempt()
    assert caught.value.code == "bad-answer"


def test_a_run_is_parked_after_one_request_that_was_answered_so(participant, connection):
    participant.answers(CHARGES, 200, b'{"rate": NaN}')
    charge = Action(name="odd.charge", does=HttpCall(connection="payments", path="/charges"), kind="http")
    with standing_in(charge):
        run = given(Saga("odd", orchestrated("main", Step("charge", "odd.charge"))), {}).run().is_("parked")
    error = run.state.steps["charge"].error
    assert (error.kind, error.code, run.state.steps["charge"].attempts) == ("programming", "bad-answer", 1)


def test_a_huge_body_is_cut_off_before_it_fills_the_memory(participant, connection, attempt):
    sent = []

    def flood(handler, _):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        while not participant.released.is_set():
            handler.wfile.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            sent.append(65_536)

    participant.behaviours[CHARGES] = flood
    with pytest.raises(ProgrammingError, match=f"{MAX_SIZE} bytes.*Its effect stays in place"):
        attempt()
    assert sum(sent) < 100 * MAX_SIZE


@pytest.mark.parametrize("where", ["head", "body"])
def test_a_participant_that_drips_byte_by_byte_is_left_when_the_time_is_over(participant, connection, attempt, where):
    def drip(handler, _):
        start = b"HTTP/1.1 200 OK\r\n" + (b"" if where == "head" else b"Content-Length: 1000\r\n\r\n")
        handler.wfile.write(start)
        while not participant.released.wait(0.05):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    participant.behaviours[CHARGES] = drip
    began = time.monotonic()
    with pytest.raises(TechnicalError, match=r"did not answer within 0\.4 s"):
        attempt(timeout=0.4)
    assert time.monotonic() - began < 15


def test_a_participant_that_says_nothing_is_left_when_the_time_is_over(participant, connection, attempt):
    participant.behaviours[CHARGES] = lambda *_: participant.released.wait(30)
    with pytest.raises(TechnicalError) as caught:
        attempt(timeout=0.2)
    assert caught.value.code == "timeout"


def test_a_participant_that_hangs_up_is_a_technical_error(participant, connection, attempt):
    def hang_up(handler, _):
        handler.close_connection = True

    participant.behaviours[CHARGES] = hang_up
    with pytest.raises(TechnicalError) as caught:
        attempt()
    assert caught.value.code == "protocol"


@pytest.mark.parametrize(
    "said", [b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, b"HTTP/1.1 abc OK\r\n\r\n"]
)
def test_a_participant_that_speaks_no_http_is_a_technical_error(participant, connection, attempt, said):
    participant.behaviours[CHARGES] = lambda handler, _: handler.wfile.write(said)
    with pytest.raises(TechnicalError) as caught:
        attempt()
    assert caught.value.code == "protocol"


def test_nobody_listening_is_a_technical_error(participant, connection, attempt):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        connection.port = free.getsockname()[1]
        connection.save()
        with pytest.raises(TechnicalError) as caught:
            attempt()
    assert caught.value.code == "unreachable"


def test_a_loopback_participant_is_denied_unless_an_administrator_allows_it(participant, connection, attempt):
    connection.allow = ""
    connection.save()
    with pytest.raises(TechnicalError, match=r"127\.0\.0\.1, which is denied"):
        attempt()
    assert participant.requests == []


def test_a_name_is_resolved_once_so_that_it_cannot_point_elsewhere_after_the_check(
    participant, connection, attempt, monkeypatch
):
    """DNS rebinding: the second answer of the resolver points at a participant inside the network."""
    asked, resolve = [], socket.getaddrinfo
    with Participant() as inside:
        connection.host = "shop.example"
        connection.port = inside.port
        connection.save()

        def rebinding(host, port, *args, **kwargs):
            if host != "shop.example":
                return resolve(host, port, *args, **kwargs)
            asked.append(host)
            address = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        reached = []
        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        monkeypatch.setattr(socket, "create_connection", lambda address, **_: reached.append(address) or refuse())
        connection.allow = ""
        connection.save()
        with pytest.raises(TechnicalError):
            attempt(timeout=0.5)
        assert (asked, reached) == (["shop.example"], [("93.184.215.14", inside.port)])
        assert inside.requests == []


def test_a_resolver_that_is_late_holds_a_request_no_longer_than_its_timeout(
    participant, connection, attempt, monkeypatch
):
    resolve, late = socket.getaddrinfo, threading.Event()

    def slow(host, *given, **more):
        if host == "shop.internal":
            assert late.wait(20)
        return resolve("127.0.0.1" if host == "shop.internal" else host, *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    connection.host = "shop.internal"
    connection.save()
    participant.answers(CHARGES, 200, {})
    began = time.monotonic()
    try:
        with pytest.raises(TechnicalError, match=r"not resolved within 0\.2 s") as failed:
            attempt(timeout=0.2)
    finally:
        late.set()
    assert failed.value.code == "timeout"
    assert time.monotonic() - began < 10
    assert participant.requests == [], "nothing is sent when its time is over"


def refuse():
    raise ConnectionRefusedError(111, "Connection refused")


def test_a_named_participant_sees_its_name_although_the_address_is_what_is_connected_to(
    participant, connection, attempt, monkeypatch
):
    resolve = socket.getaddrinfo
    known = {"shop.internal": "127.0.0.1"}
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **k: resolve(known.get(host, host), *a, **k))
    connection.host = "shop.internal"
    connection.save()
    participant.answers(CHARGES, 200, {})
    assert attempt() == {}
    assert participant.requests[0].headers["host"] == f"shop.internal:{participant.port}"


def test_proxies_of_the_environment_are_not_used(participant, connection, attempt, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    participant.answers(CHARGES, 200, {})
    assert attempt() == {}


def test_the_secret_is_sent_in_the_header_that_the_connection_names(
    participant, connection, attempt, monkeypatch, caplog
):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SAGAFLOW_SECRET_PAYMENTS", "Bearer top-secret")
    connection.header, connection.secret = "X-Api-Key", "PAYMENTS"
    connection.save()
    participant.answers(CHARGES, 500, b"internals")
    with pytest.raises(TechnicalError) as caught:
        attempt()
    assert participant.requests[0].headers["x-api-key"] == "Bearer top-secret"
    logged = caplog.text + str(caught.value)
    assert "top-secret" not in logged
    assert "internals" not in logged
    assert "reservation" not in logged


def test_a_secret_may_also_stand_in_the_settings(participant, connection, attempt, settings):
    settings.SAGAFLOW_SECRETS = {"PAYMENTS": "Bearer from-settings"}
    connection.secret = "PAYMENTS"
    connection.save()
    participant.answers(CHARGES, 200, {})
    attempt()
    assert participant.requests[0].headers["authorization"] == "Bearer from-settings"


def test_a_connection_cannot_name_another_variable_of_the_environment(participant, connection, attempt, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://owner:password@db/sagas")
    connection.secret = "DATABASE_URL"
    connection.save()
    with pytest.raises(TechnicalError, match="SAGAFLOW_SECRET_DATABASE_URL"):
        attempt()
    assert participant.requests == []


@pytest.mark.parametrize("value", ["two\r\nX-Injected: lines", "schlüssel", "bell\x07"])
def test_a_secret_that_no_header_can_carry_is_refused_without_showing_it(
    participant, connection, attempt, monkeypatch, value
):
    monkeypatch.setenv("SAGAFLOW_SECRET_PAYMENTS", value)
    connection.secret = "PAYMENTS"
    connection.save()
    with pytest.raises(TechnicalError, match="has characters that no header can carry") as caught:
        attempt()
    assert value not in str(caught.value)
    assert participant.requests == []


def test_requests_are_signed_when_the_connection_has_a_signing_secret(participant, connection, attempt, monkeypatch):
    key = "whsec_" + base64.b64encode(b"k" * 32).decode()
    monkeypatch.setenv("SAGAFLOW_SECRET_SIGNING", key)
    connection.signing_secret = "SIGNING"
    connection.save()
    participant.answers(CHARGES, 200, {})
    attempt()
    (request,) = participant.requests
    assert Webhook(key).verify(request.body, request.headers)["run_id"] == RUN
    assert request.headers["webhook-id"] == f"{RUN}:take_payment:do"


def test_an_unknown_connection_says_where_to_add_it(connection, attempt):
    connection.delete()
    with pytest.raises(TechnicalError, match=r"'take_payment' needs the connection 'payments'.*add it in the admin"):
        attempt()


def test_attempts_at_once_do_not_disturb_each_other(participant, connection, attempt):
    together = threading.Barrier(4, timeout=60)

    def meet(handler, request):
        together.wait()
        content = str(request.json["attempt"]).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    participant.behaviours[CHARGES] = meet

    def once(number):
        found[number] = exchange(
            connection, CALL.method, CALL.path, {}, b'{"attempt": %d}' % number, timeout=CALL.timeout
        ).body

    found = {}
    threads = [threading.Thread(target=once, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: str(number).encode() for number in range(4)}

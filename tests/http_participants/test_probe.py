"""The probe of an HTTP action: a GET to the address of one key, which takes no effect."""

from dataclasses import replace

import pytest

from sagaflow import BusinessError, NotDone, TechnicalError, registry
from sagaflow.models.connection import Connection
from sagaflow.participants.answers import ProgrammingError
from sagaflow.participants.http import ask
from sagaflow.registry import Action, BadAction, HttpCall

PLACE = "/v1/charges/0f8fad5b-d9cb-469f-a165-70867728950e%3Atake_payment%3Ado"


@pytest.fixture
def probe(connection, context):
    call = HttpCall(connection="payments", path="/charges")
    return lambda: ask(Action(name="payment.charge", does=call, kind="http", probe="/charges/{key}"), context)


def test_an_effect_that_the_participant_knows_is_the_output(participant, probe, context):
    participant.answers(PLACE, 200, {"payment": 7})
    assert probe() == {"payment": 7}
    [request] = participant.requests
    assert (request.method, request.body) == ("GET", b"")
    assert request.headers["idempotency-key"] == context.key


def test_a_probe_is_signed_and_has_the_credentials_of_the_connection(participant, probe, monkeypatch):
    Connection.objects.update(signing_secret="bank")
    monkeypatch.setenv("SAGAFLOW_SECRET_bank", "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0")
    participant.answers(PLACE, 200)
    assert probe() is None
    assert participant.requests[0].headers["webhook-signature"].startswith("v1,")


def test_what_it_does_not_know_is_not_done(participant, probe):
    participant.answers(PLACE, 404, {"code": "unknown"})
    assert probe() == NotDone()


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        ((202,), TechnicalError, "at-work"),
        ((409, {"code": "card-refused"}), BusinessError, "card-refused"),
        ((500,), TechnicalError, "http-500"),
        ((301,), TechnicalError, "http-301"),
        ((200, b"<p>"), ProgrammingError, "bad-answer"),
    ],
)
def test_another_answer_is_an_error_of_the_attempt(participant, probe, answer, error, code):
    participant.answers(PLACE, *answer)
    with pytest.raises(error) as raised:
        probe()
    assert raised.value.code == code
    assert "GET /charges/" in str(raised.value) or error is BusinessError


def test_the_key_of_a_later_round_stays_one_part_of_the_path(participant, connection, context):
    participant.answers(PLACE.replace("payment", "payment%231"), 404)
    call = HttpCall(connection="payments", path="/charges")
    action = Action(name="payment.charge", does=call, kind="http", probe="/charges/{key}")
    later = replace(context, key=context.key.replace("payment", "payment#1"))
    assert ask(action, later) == NotDone()


@pytest.mark.parametrize(
    "path", ["/charges", "charges/{key}", "/{key}/{key}", "/../{key}", "/charges?key={key}", len, ""]
)
def test_a_path_without_one_place_for_the_key_is_refused(monkeypatch, path):
    monkeypatch.setattr(registry, "_actions", {})
    with pytest.raises(BadAction, match="is not a path for the probe of action"):
        registry.http_action("payment.charge", connection="payments", path="/charges", probe=path)

"""Guesses and unmatched events are counted before the costly check, so that many at the same time are limited too."""

import json

import pytest
from django.core.cache import cache
from django.test import Client

from sagaflow.api import body
from sagaflow.api.limits import FAILURES, Counter
from sagaflow.core.errors import Refused
from sagaflow.core.payload import parse
from tests.people import user_of

pytestmark = pytest.mark.django_db
EVENT = {"event": "Paid", "correlation_id": "order-1", "payload": {}}


@pytest.fixture(autouse=True)
def _no_failures():
    cache.clear()
    yield
    cache.clear()


def guessed_token(client):
    return client.get("/api/runs", headers={"Authorization": "Bearer guess"})


def guessed_callback(client):
    return client.post("/api/callbacks/guess", "{}", content_type="application/json")


def unmatched_event(client):
    client.force_login(user_of("ada", "publish_event"))
    return client.post("/api/events", json.dumps(EVENT), content_type="application/json")


def refused(*_, **__):
    raise Refused("no")


DOORS = {
    "token": (guessed_token, "sagaflow.api.auth.holder", lambda _: None),
    "callback": (guessed_callback, "sagaflow.engine.answer", refused),
    "event": (unmatched_event, "sagaflow.engine.publish", lambda *_, **__: "unmatched"),
}


@pytest.mark.parametrize(("ask", "check", "does"), DOORS.values(), ids=DOORS)
def test_a_try_is_counted_before_it_is_checked_and_stays_counted(ask, check, does, monkeypatch):
    order, take, give_back = [], Counter.take, Counter.give_back

    def checked(*args, **options):
        order.append("checked")
        return does(*args, **options)

    monkeypatch.setattr(Counter, "take", lambda counter: order.append("counted") or take(counter))
    monkeypatch.setattr(Counter, "give_back", lambda counter: order.append("given back") or give_back(counter))
    monkeypatch.setattr(check, checked)
    ask(Client())
    assert order[order.index("counted") :] == ["counted", "checked"]  # the login before it gives something back


@pytest.mark.parametrize(("ask", "check"), [each[:2] for each in DOORS.values()], ids=DOORS)
def test_a_success_uses_nothing_up(ask, check, monkeypatch, settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "EVENTS_KEPT_PER_USER": 2}
    user = user_of("bob", "view_run", root=True)
    monkeypatch.setattr(check, lambda *_, **__: user if check.endswith("holder") else "accepted")
    codes = {ask(Client()).status_code for _ in range(FAILURES + 2)}
    assert codes <= {200, 202, 204}


def test_a_body_that_cannot_be_read_is_counted_and_one_too_many_is_not_read(monkeypatch):
    read = []
    monkeypatch.setattr(body, "parse", lambda *given, **more: read.append(given) or parse(*given, **more))

    def answered(text):
        return Client().post("/api/callbacks/guess", text, content_type="application/json").status_code

    texts = ("{", '{"output": NaN}', '{"outputs": 1}', "")
    assert {answered(texts[number % 4]) for number in range(FAILURES)} == {400, 422}
    del read[:]
    assert [answered(text) for text in (*texts, "{}")] == [429] * 5
    assert read == []


def test_a_fault_of_the_site_uses_nothing_up(monkeypatch):
    def breaks(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("sagaflow.engine.answer", breaks)
    client = Client(raise_request_exception=False)
    assert {guessed_callback(client).status_code for _ in range(FAILURES + 2)} == {500}

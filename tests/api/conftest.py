"""Shared fixtures of the API tests: a saga, users with one permission each, and an HTTP participant."""

import json

import pytest
from django.core.cache import cache
from django.test import Client

from sagaflow import engine, registry
from sagaflow.api.openapi import openapi_document
from sagaflow.api.urls import api
from sagaflow.models import ApiToken, Connection
from tests.api import sagas
from tests.http_participants.participant import Participant
from tests.people import client_as, user_of

PUBLISHED = {
    f"{method} {path.removeprefix('/')}": {int(status) for status in operation["responses"]}
    for path, operations in openapi_document(api, "/")["paths"].items()
    for method, operation in operations.items()
}
"""The statuses that the tests got, by operation."""


@pytest.fixture(autouse=True)
def known(monkeypatch, db):
    monkeypatch.setattr(registry, "_actions", {})
    monkeypatch.setattr(registry, "_sagas", {})
    sagas.put_into(registry)
    cache.clear()


@pytest.fixture
def participant():
    with Participant() as started:
        port = started.port
        Connection.objects.create(name="payments", scheme="http", host="127.0.0.1", port=port, allow="127.0.0.1")
        started.answers("/charges", 202)
        yield started


class Caller:
    """A user of the API, who sends and receives JSON."""

    def __init__(self, client, **headers):
        self.client = client
        self.headers = headers

    def get(self, path, **query):
        return as_published(self.client.get(f"/api{path}", query, headers=self.headers))

    def post(self, path, body=None, *, raw=None, content_type="application/json", **headers):
        content = json.dumps(body) if raw is None else raw
        headers = self.headers | headers
        return as_published(self.client.post(f"/api{path}", content, content_type=content_type, headers=headers))


def operation_of(answer):
    """The operation: ``post runs/{run_id}/verbs/{verb}``. ``None`` if that address has no such method."""
    match = answer.resolver_match
    route = match.route.removeprefix("api/") if match else ""
    name = f"{answer.request['REQUEST_METHOD'].lower()} {route.replace('<', '{').replace('>', '}')}"
    return name if name in PUBLISHED else None


def as_published(answer):
    """Check every response in the tests of the API against the published description of its operation."""
    if name := operation_of(answer):
        assert answer.status_code in PUBLISHED[name], f"{name} answered {answer.status_code}, which is not published."
    return answer


@pytest.fixture
def someone(db):
    """``someone("start_run", groups=["buyers"])``: a caller with these permissions only."""

    def someone(*permissions, groups=(), name="sam"):
        return Caller(client_as(user_of(name, *permissions, groups=groups)))

    return someone


@pytest.fixture
def admin_user(db):
    """A superuser without a password, because checking one is slow."""
    return user_of("admin", staff=True, root=True)


@pytest.fixture
def boss(admin_user):
    return Caller(client_as(admin_user))


@pytest.fixture
def stranger():
    return Caller(Client())


@pytest.fixture
def token(admin_user):
    row = ApiToken(name="shop", user=admin_user)
    secret = row.renew()
    row.save()
    return secret


@pytest.fixture
def started():
    """``started(item="bread")``: the ID of a run that has done every step it can do without input from outside."""

    def started(**told):
        run_id = engine.start("api_purchase", {"item": "bread", "card": "card-of-input", **told}, by="somebody")
        while engine.wake(run_id):
            pass
        return run_id

    return started

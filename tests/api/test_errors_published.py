"""Each operation publishes exactly the errors that it returns. Each error is caused here, and no other is published."""

import pytest
from django.db import OperationalError, connection
from django.test import Client

from sagaflow import engine
from sagaflow.api.limits import FAILURES
from sagaflow.api.openapi import openapi_document
from sagaflow.api.urls import api
from sagaflow.store.runs import saving
from tests.api.conftest import PUBLISHED, Caller, operation_of

pytestmark = pytest.mark.one_database

RUN = "3d7c2f9a-5a53-4a0b-9a9e-6f2a7a1b0c22"
START = {"saga": "api_purchase", "input": {"item": "bread"}}
EVENT = {"event": "GoodsArrived", "correlation_id": RUN}
ACT = {"reason": "no longer wanted"}
BODIES = {
    "post runs": START,
    "post runs/batch": {"saga": "api_purchase", "runs": [{"input": {"item": "bread"}}]},
    "post events": EVENT,
    "post runs/{run_id}/verbs/{verb}": ACT,
    "post runs/{run_id}/approvals": {"step": "agree", "approved": True},
    "post runs/{run_id}/delegations": {"step": "agree", "to": "", "reason": "away"},
    "post callbacks/{token}": {"output": {"charge": "C-1"}},
    "post runs/{run_id}/requests": ACT | {"verb": "cancel"},
    "post requests/{request_id}/answer": {"given": True},
}
CODES = {
    f"{method} {path.removeprefix('/')}": {
        int(status): each["content"]["application/problem+json"]["example"]["code"]
        for status, each in operation["responses"].items()
        if int(status) >= 400
    }
    for path, operations in openapi_document(api, "/")["paths"].items()
    for method, operation in operations.items()
}
EVERY = [(name, status) for name, codes in CODES.items() for status in codes]


@pytest.fixture
def world(started, participant):
    """``(run, token)``: a run that is waiting for a callback."""
    run = started()
    return run, participant.requests[-1].json["callback_url"].rpartition("/")[2]


@pytest.fixture
def request_id(world, settings):
    """``request_id(name)``: what another user asked for, where the operation is about a second person."""
    made = []

    def request_id(name):
        if "requests" in name:
            settings.SAGAFLOW = {**settings.SAGAFLOW, "SECOND_PERSON": ("cancel",)}
        if "{request_id}" in name and not made:
            made.append(engine.ask(world[0], "cancel", by="someone-else", reason="no longer wanted").request_id)
        return made[0] if made else ""

    return request_id


@pytest.fixture
def ask(boss, world, request_id):
    """``ask(name, caller=…, run=…)``: a correct request for the operation, except for the arguments that are given."""
    run, token = world

    def ask(name, caller=boss, *, run=run, token=token, asked=None, query="", body=None, raw=None, **more):
        method, path = name.split(" ")
        asked, saga = asked or request_id(name), more.pop("saga", "api_purchase")
        path = "/" + path.format(run_id=run, verb="cancel", token=token, request_id=asked, name=saga) + query
        if method == "get":
            return caller.get(path)
        body = {**BODIES[name], **({"correlation_id": run} if name == "post events" else {})} if body is None else body
        return caller.post(path, body, raw=raw, **more)

    return ask


def unauthenticated(name, ask, **_):
    return ask(name, Caller(Client()))


def forbidden(name, ask, someone, **_):
    return ask(name, someone())


def not_found(name, ask, someone, monkeypatch, **_):
    match name:
        case "post runs" | "post runs/batch":
            return ask(name, body=BODIES[name] | {"saga": "api_purchse"})
        case "get sagas/{name}/asyncapi":
            return ask(name, saga="api_purchse")
        case "post events":
            monkeypatch.setattr("sagaflow.api.events.access.visible_runs", lambda *_: None)
            return ask(name, run=RUN)
        case "post callbacks/{token}":
            return ask(name, token="x" * 43)
        case "post requests/{request_id}/answer":
            return ask(name, asked=RUN)
    return ask(name, run=RUN)


def conflict(name, ask, monkeypatch, **_):
    match name:
        case "post runs":
            ask(name, body=START | {"run_id": RUN})
            return ask(name, body=START | {"run_id": RUN, "input": {"item": "cake"}})
        case "post runs/{run_id}/verbs/{verb}" | "post requests/{request_id}/answer":
            ask(name)
            return ask(name)
        case "post runs/{run_id}/approvals" | "post runs/{run_id}/delegations":
            return ask(name)
        case "post runs/{run_id}/requests":
            return ask(name, body=ACT | {"verb": "mark_done", "step": "reserve"})
    monkeypatch.setattr(saving.writing, "write", lambda *_: None)
    return ask(name)


def used(name, ask, **_):
    ask(name)
    return ask(name)


def too_many(name, ask, **_):
    if name != "post callbacks/{token}":
        guessing = Caller(Client(headers={"Authorization": "Bearer guess"}))
        return [ask(name, guessing) for _ in range(FAILURES + 1)][-1]
    for _ in range(FAILURES):
        ask(name, token="x" * 43)
    return ask(name)


def failed(name, ask, monkeypatch, **_):
    monkeypatch.setattr("sagaflow.access.why_not", _breaks)
    monkeypatch.setattr("sagaflow.engine.answer", _breaks)
    return ask(name)


def _breaks(*_, **__):
    raise ZeroDivisionError


def unavailable(name, ask, someone, **_):
    caller = {"caller": someone("view_run")} if name == "get sagas/{name}/asyncapi" else {}  # others read no run

    def away(execute, sql, *rest):
        if "sagaflow_" in sql:
            raise OperationalError("the database is locked")
        return execute(sql, *rest)

    with connection.execute_wrapper(away):
        return ask(name, **caller)


PROVOKED = {
    400: lambda name, ask, **_: ask(name, raw=b"{"),
    401: unauthenticated,
    403: forbidden,
    404: not_found,
    409: conflict,
    410: used,
    412: lambda name, ask, **_: ask(name, **{"If-Match": '"1"'}),
    413: lambda name, ask, settings, **_: _too_long(name, ask, settings),
    415: lambda name, ask, **_: ask(name, raw=b"x", content_type="text/plain"),
    422: lambda name, ask, **_: ask(name, query="?stats=1"),
    429: too_many,
    500: failed,
    503: unavailable,
}


def _too_long(name, ask, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 4
    return ask(name)


@pytest.fixture
def given(ask, someone, monkeypatch, settings):
    """The arguments that a request may use to cause an error."""
    return {"ask": ask, "someone": someone, "monkeypatch": monkeypatch, "settings": settings}


@pytest.mark.parametrize(("name", "status"), EVERY)
def test_each_published_error_is_given_with_the_code_of_its_example(name, status, boss, given, request_id):
    request_id(name)  # It exists before the database fails.
    boss.client.raise_request_exception = False
    answer = PROVOKED[status](name=name, **given)
    assert operation_of(answer) == name
    assert (answer.status_code, answer.json()["code"]) == (status, CODES[name][status])


def test_all_operations_are_published():
    assert PUBLISHED.keys() == CODES.keys()
    assert len(EVERY) > 60


def test_an_answer_that_is_not_published_would_be_noticed(boss, monkeypatch):
    monkeypatch.setitem(PUBLISHED, "get runs", {200})
    with pytest.raises(AssertionError, match="answered 422"):
        boss.get("/runs", limit=0)

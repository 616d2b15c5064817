"""Any input to any address gets a planned answer, never a 500."""

import json
import uuid

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from sagaflow import engine
from sagaflow.api.urls import api
from sagaflow.core.run.verbs import OPERATE_VERBS
from tests.core.thoroughness import examples

VERBS = list(OPERATE_VERBS)
TEXT = st.text(max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
FIELDS = {
    "saga": st.sampled_from(["api_purchase", "x", ""]) | JSON,
    "input": st.fixed_dictionaries({"item": TEXT}) | JSON,
    "run_id": st.uuids().map(str) | JSON,
    "not_before": st.datetimes().map(str)
    | st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00"])
    | JSON,
    "reason": TEXT | JSON,
    "step": st.sampled_from(["reserve", "charge", "agree", "arrive"]) | JSON,
    "output": JSON,
    "approved": st.booleans() | JSON,
    "event": st.sampled_from(["GoodsArrived", "Rain"]) | JSON,
    "correlation_id": TEXT | JSON,
    "payload": JSON,
    "event_id": TEXT | JSON,
    "error": st.fixed_dictionaries({"code": TEXT}) | JSON,
    "type": st.just("GoodsArrived") | JSON,
    "id": TEXT | JSON,
    "source": TEXT | JSON,
    "specversion": st.just("1.0") | JSON,
    "subject": TEXT | JSON,
    "given": st.booleans() | JSON,
    "note": TEXT | JSON,
    "verb": st.sampled_from(VERBS) | JSON,
}
BODIES = st.sets(st.sampled_from(sorted(FIELDS)), max_size=6).flatmap(
    lambda names: st.fixed_dictionaries({name: FIELDS[name] for name in sorted(names)})
)
QUERIES = st.dictionaries(
    st.sampled_from(["saga", "status", "attention", "search", "limit", "cursor", "after", "step", "x"]),
    TEXT | st.integers().map(str) | st.sampled_from(["item=bread", "any", "running"]),
    max_size=3,
)


def operations():
    document = api.get_openapi_schema(path_prefix="/")
    return [(path, method) for path, methods in document["paths"].items() for method in methods]


@pytest.mark.parametrize(("path", "method"), operations())
def test_no_request_fails_unforeseen(boss, started, settings, path, method):
    run_id = started()
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SECOND_PERSON": ("skip",)}
    asked = engine.ask(run_id, "skip", by="someone-else", reason="paid in cash", step="charge").request_id

    @examples(25, suppress_health_check=list(HealthCheck))
    @given(
        body=BODIES | JSON,
        query=QUERIES,
        run=st.sampled_from([run_id, str(uuid.UUID(int=1))]) | TEXT.filter(lambda text: "/" not in text),
        verb=st.sampled_from(VERBS) | TEXT.filter(lambda text: "/" not in text),
        cloud=st.booleans(),
    )
    def send(body, query, run, verb, cloud):
        known = {"request_id": asked, "name": "api_purchase"} if run == run_id else {"request_id": run, "name": run}
        address = path.format(run_id=run, verb=verb, token=run, **known)
        if method == "get":
            answer = boss.get(address, **query)
        else:
            kind = "application/cloudevents+json" if cloud else "application/json"
            answer = boss.post(address, raw=json.dumps(body), content_type=kind)
        assert answer.status_code < 500, (address, body, query, answer.content)
        assert answer.status_code < 400 or answer["Content-Type"] == "application/problem+json"

    send()


@pytest.mark.parametrize(("path", "method"), operations())
def test_no_bytes_fail_unforeseen(boss, path, method):
    @examples(10, suppress_health_check=list(HealthCheck))
    @given(
        raw=st.binary(max_size=200),
        kind=st.sampled_from(["application/json", "", "x", "application/xml"]),
    )
    def send(raw, kind):
        address = path.format(run_id=str(uuid.UUID(int=1)), verb="cancel", token="x", request_id="x", name="x")
        answer = boss.post(address, raw=raw, content_type=kind) if method == "post" else boss.get(address)
        assert answer.status_code < 500, (address, raw, answer.content)

    send()

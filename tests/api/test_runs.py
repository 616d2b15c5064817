"""Starting and reading runs."""

import json
import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from sagaflow.api.body import ENVELOPE
from sagaflow.core.payload import MAX_SIZE
from sagaflow.core.run.state import RunStatus

BAD_JSON = [
    (b"", 400, "is empty; send a JSON object"),
    (b"{", 400, "is not JSON"),
    (b'{"saga": "api_purchase", "saga": "x"}', 400, "'saga' twice"),
    (b'{"saga": "api_purchase", "input": NaN}', 400, "NaN"),
    (b'{"saga": "api_purchase", "input": 1e999}', 400, "inf"),
    (b'{"saga": "api_purchase", "input": "\\u0000"}', 400, "NUL"),
    (b'{"saga": "api_purchase", "input": "\\ud800"}', 400, "surrogate"),
    (b'{"saga": "api_purchase", "input": 99999999999999999999}', 400, "64 bits"),
    (b'{"saga": "api_purchase", "input": ' + b"[" * 40 + b"]" * 40 + b"}", 400, "nested deeper"),
    (b"[" * 100_000, 400, "nested deeper"),
    (b'"' + b"x" * (MAX_SIZE + ENVELOPE) + b'"', 400, "the limit is"),
    (b"\xff\xfe", 400, "UTF-8"),
    (b"[]", 422, "body"),
    (b"null", 422, "body"),
    (b"{}", 422, "saga"),
    (b'{"saga": "api_purchase", "inputs": {}}', 422, "inputs"),
    (b'{"saga": "a b"}', 422, "saga"),
    (b'{"saga": "api_purchase", "input": {}}', 422, "'item' is a required property"),
    (b'{"saga": "api_purchase", "input": {"item": "x"}, "run_id": "seven"}', 422, "UUID"),
    (b'{"saga": "api_purchase", "input": {"item": "x"}, "key": ""}', 422, "key"),
    (b'{"saga": "api_purchase", "input": {"item": "x"}, "key": 17}', 422, "key"),
    (b'{"saga": "api_purchase", "input": {"item": "x"}, "key": "a\\n"}', 422, "without a blank"),
    (b'{"saga": "api_purchase", "input": {"item": "x"}, "not_before": "2026-01-01T00:00"}', 422, "timezone"),
    (b'{"saga": "api_purchase", "input": {"item": "x"}, "not_before": "9999-01-01T00:00:00Z"}', 422, "ten years"),
    (b'{"saga": "api_purchse", "input": {"item": "x"}}', 404, "Did you mean 'api_purchase'"),
]


def test_a_run_starts_and_can_be_looked_at(boss):
    answer = boss.post("/runs", {"saga": "api_purchase", "input": {"item": "bread"}})
    assert answer.status_code == 201
    run_id = answer.json()["id"]
    assert answer["Location"] == f"/api/runs/{run_id}"
    shown = boss.get(f"/runs/{run_id}").json()
    assert (shown["run"]["saga"], shown["run"]["status"], shown["run"]["by"]) == ("api_purchase", "running", "admin")
    assert [step["step"] for step in shown["steps"]] == ["reserve", "charge", "agree", "arrive"]
    assert shown["outstanding"][0]["service"] == "api_stock"


def test_the_same_start_again_is_the_same_run(boss):
    request_body = {"saga": "api_purchase", "input": {"item": "bread"}, "run_id": str(uuid.uuid4())}
    assert [boss.post("/runs", request_body).json()["id"] for _ in range(2)] == [request_body["run_id"]] * 2
    assert len(boss.get("/runs").json()["runs"]) == 1
    refused = boss.post("/runs", {**request_body, "input": {"item": "cheese"}})
    assert (refused.status_code, refused.json()["code"]) == (409, "duplicate")


def test_the_same_key_is_the_same_run_and_lists_find_it(boss):
    order = {"saga": "api_purchase", "input": {"item": "bread"}, "key": "order-17"}
    first, again = (boss.post("/runs", order).json()["id"] for _ in range(2))
    boss.post("/runs", {**order, "key": None})
    assert first == again
    for query in ("key=order-17", "q=key:order-17", "q=order-17"):
        assert [(run["id"], run["key"]) for run in boss.get(f"/runs?{query}").json()["runs"]] == [(first, "order-17")]
    refused = boss.post("/runs", {**order, "input": {"item": "cheese"}})
    assert (refused.status_code, refused.json()["code"]) == (409, "duplicate")
    assert first in refused.json()["detail"]


@pytest.mark.parametrize(("raw", "status", "message"), BAD_JSON)
def test_a_bad_body_is_refused_with_a_sentence(boss, raw, status, message):
    answer = boss.post("/runs", raw=raw)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert message in problem["detail"]
    assert boss.get("/runs").json()["runs"] == []


def test_a_body_of_megabytes_is_not_even_read(boss):
    assert boss.post("/runs", raw=b"x" * 3_000_000).status_code == 413


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_another_media_type_is_refused(boss, media_type):
    answer = boss.post("/runs", raw=b"{}", content_type=media_type)
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["", "/journal", "/rollbacks", "/plan", "/allowed"])
@pytest.mark.parametrize("run_id", [str(uuid.UUID(int=7)), "seven", "%00", "😀", "x" * 300])
def test_an_unknown_run_is_404(boss, path, run_id):
    answer = boss.get(f"/runs/{run_id}{path}")
    assert answer.status_code == 404
    assert "There is no run" in answer.json()["detail"]


def test_pages_follow_each_other_without_gaps_while_new_runs_come(boss, started):
    first = [started() for _ in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = boss.get("/runs", limit=2, cursor=cursor).json()
        seen += [run["id"] for run in page["runs"]]
        cursor = page["next"]
        started()
    assert [run_id for run_id in reversed(first) if run_id in seen] == list(reversed(first))
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("cursor", ["x", "====", "MjAyNg", "fHw", "é", "MjAyNi0wMS0wMVQwMDowMDowMHw3"])
def test_a_cursor_that_is_none_is_refused(boss, cursor):
    assert boss.get("/runs", cursor=cursor).json()["code"] == "bad-cursor"


def test_runs_are_found_by_saga_status_attention_and_search_attribute(boss, started, participant):
    bread, sold_out = started(amount=3), started(item="sold-out")
    found = {
        "all": boss.get("/runs", saga="api_purchase"),
        "back": boss.get("/runs", status="rolled_back"),
        "search": boss.get("/runs", search="item=bread"),
        "number": boss.get("/runs", search=["item=bread", "amount=3"]),
        "none": boss.get("/runs", search="item=cheese"),
        "attention": boss.get("/runs", attention="any"),
        "other": boss.get("/runs", saga="other"),
    }
    ids = {name: [run["id"] for run in answer.json()["runs"]] for name, answer in found.items()}
    assert ids == {
        "all": [sold_out, bread],
        "back": [sold_out],
        "search": [bread],
        "number": [bread],
        "none": [],
        "attention": [],
        "other": [],
    }


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": "x"},
        {"status": "done"},
        {"attention": "maybe"},
        {"saga": "a\x00b"},
        {"search": "item"},
        {"search": "=bread"},
        {"search": "it\x00em=bread"},
        {"search": "x" * 300},
    ],
)
def test_a_filter_that_cannot_be_is_refused(boss, query):
    assert boss.get("/runs", **query).status_code == 422


def test_the_journal_is_read_by_number(boss, started):
    run_id = started()
    whole = boss.get(f"/runs/{run_id}/journal").json()
    assert [entry["seq"] for entry in whole["entries"]] == list(range(1, whole["head"] + 1))
    part = boss.get(f"/runs/{run_id}/journal", after=2, limit=3).json()
    assert [entry["seq"] for entry in part["entries"]] == [3, 4, 5]
    assert boss.get(f"/runs/{run_id}/journal", after=2**62).json()["entries"] == []
    assert boss.get(f"/runs/{run_id}/journal", after=2**63).status_code == 422


def test_a_rollback_leaves_its_record(boss, started):
    (record,) = boss.get(f"/runs/{started(item='sold-out')}/rollbacks").json()["rollbacks"]
    assert (record["outcome"], record["failed_step"], record["error"]["code"]) == (
        RunStatus.ROLLED_BACK,
        "reserve",
        "insufficient-stock",
    )


def test_the_plan_and_what_is_allowed_are_questions_that_change_nothing(boss, started, participant):
    run_id = started()
    head = boss.get(f"/runs/{run_id}").json()["run"]["seq"]
    assert [undo["step"] for undo in boss.get(f"/runs/{run_id}/plan").json()["undo"]] == ["charge", "reserve"]
    verbs = boss.get(f"/runs/{run_id}/allowed", step="charge").json()["verbs"]
    assert verbs["retry"] is None
    assert "no compensation" in verbs["mark_done"]
    assert boss.get(f"/runs/{run_id}/allowed", step="nothing").status_code == 404
    assert boss.get(f"/runs/{run_id}/allowed").json()["verbs"]["cancel"] is None
    assert boss.get(f"/runs/{run_id}").json()["run"]["seq"] == head


@pytest.mark.parametrize("path", ["/runs", "/runs/{}", "/runs/{}/journal", "/runs/{}/rollbacks"])
def test_sensitive_fields_are_masked_unless_one_may_see_them(someone, started, path):
    path = path.format(started(item="sold-out"))
    hidden = json.dumps(someone("view_run").get(path).json())
    open_ = json.dumps(someone("view_run", "view_sensitive").get(path).json())
    assert "card-of-input" not in hidden
    assert "card-of-output" not in hidden
    assert path == "/runs" or path.endswith("rollbacks") or "card-of-input" in open_


def batch(*runs, **more):
    return {"saga": "api_purchase", "runs": list(runs), **more}


def test_many_runs_are_started_and_one_that_is_refused_stops_no_other(boss):
    bread, cake = {"item": "bread"}, {"item": "cake"}
    body = batch({"input": bread, "key": "o-1"}, {"input": {}}, {"input": cake}, {"input": cake, "key": "o-1"})
    answer = boss.post("/runs/batch", body)
    assert answer.status_code == 200
    first, faulty, second, taken = answer.json()["runs"]
    assert [each["error"] for each in (first, second)] == [None, None]
    assert (faulty["id"], "'item' is a required property" in faulty["error"]["detail"]) == (None, True)
    assert (taken["id"], "has the key 'o-1' and another input" in taken["error"]["detail"]) == (None, True)
    assert {run["id"] for run in boss.get("/runs").json()["runs"]} == {first["id"], second["id"]}
    assert boss.get(f"/runs/{second['id']}").json()["run"]["by"] == "admin"


def test_a_batch_that_is_sent_again_starts_what_is_missing(boss):
    body = batch(*({"input": {"item": "bread"}, "key": key} for key in ("o-1", "o-2")))
    assert boss.post("/runs/batch", body).json() == boss.post("/runs/batch", body).json()
    assert len(boss.get("/runs").json()["runs"]) == 2


def test_a_batch_for_later_waits_until_then(boss):
    body = batch({"input": {"item": "bread"}}, not_before="2100-01-01T00:00:00Z")
    assert boss.post("/runs/batch", body).status_code == 422
    later = (timezone.now() + timedelta(days=1)).isoformat()
    [started] = boss.post("/runs/batch", body | {"not_before": later}).json()["runs"]
    assert boss.get(f"/runs/{started['id']}").json()["run"]["starts_at"]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (batch(), "runs"),
        (batch(*[{"input": 1}] * 101), "runs"),
        (batch({"inputs": 1}), "runs/0/inputs"),
        (batch(7), "runs/0"),
        ({"saga": "api_purchase"}, "runs"),
    ],
)
def test_a_batch_with_a_fault_in_its_form_starts_nothing(boss, body, word):
    answer = boss.post("/runs/batch", body)
    assert (answer.status_code, word in answer.json()["detail"]) == (422, True)
    assert boss.get("/runs").json()["runs"] == []


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_the_database_refuses_halfway_starts_nothing(boss, monkeypatch):
    def away(*_, **__):
        raise OperationalError("the database is locked")

    monkeypatch.setattr("sagaflow.store.create", away)  # of the runs whose key is taken
    again = {"input": {"item": "bread"}, "key": "o-1"}
    answer = boss.post("/runs/batch", batch({"input": {"item": "cake"}}, again, again))
    assert (answer.status_code, boss.get("/runs").json()["runs"]) == (503, [])

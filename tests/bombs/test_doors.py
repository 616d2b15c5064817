"""Bombs at the doors: the admin, pages, the API, the designer and its text. Each is answered within a limit."""

import json
import time

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from designer.pages import definitions, sagas, simulation
from sagaflow import registry
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.registry import Action
from tests.bombs.test_core import LONG, PATTERNS, SCHEMAS, TAGGED, TEXTS
from tests.designer.conftest import TRIP, Designer
from tests.people import boss, client_as, user_of  # noqa: F401 - fixtures

pytestmark = pytest.mark.one_database

SECONDS = 15.0
WORDS = " ".join(f"w{at}" for at in range(1_200))


@pytest.fixture(autouse=True)
def limit():
    begun = time.process_time()
    yield
    assert time.process_time() - begun < SECONDS


@pytest.fixture
def known(monkeypatch, db):
    for name in ("_actions", "_sagas", "_subscribers"):
        monkeypatch.setattr(registry, name, {})
    for name in ("draft_air.book", "draft_air.cancel", "draft_bed.book", "draft_bed.cancel", "draft_post.send"):
        registry.add(Action(name=name, does=lambda _: None))
    registry.register(TRIP)


@pytest.fixture
def designer(known):
    client = client_as(user_of("dora", "view_run", "start_run", "design_saga"))
    return Designer(client, client.post("/definitions/draft_trip/design/")["Location"])


def test_no_search_of_the_admin_is_too_long_for_the_database(boss):  # noqa: F811
    ours = [model for model in admin.site._registry if model._meta.app_label == "sagaflow"]
    assert len(ours) > 10
    for model in ours:
        path = reverse(f"admin:{model._meta.db_table}_changelist")
        answer = boss.get(path, {"q": WORDS}, follow=True)
        assert answer.status_code == 200, path
        assert "1200 words, and the limit is 20" in answer.content.decode(), path


def test_no_filter_of_runs_is_too_long_for_the_database(known):
    client = client_as(user_of("vera", "view_run", "operate_run"))
    few = " ".join("ab" for _ in range(300))
    for path in ("/", "/repairs/new/", "/jump/", "/runs/complete/", "/failures/"):
        for query in ({"q": WORDS}, {"q": few}, {"find": few}, {"q": "(" * 900}, {"q": '"\\' * 400}):
            assert client.get(path, query).status_code < 500, (path, query)
    assert "more than 30 terms" in client.get("/", {"q": few}).content.decode()
    answer = client.get("/api/runs", {"search": [f"a{at}=1" for at in range(500)]})
    assert answer.status_code == 422
    assert client.get("/api/runs", {"q": few}).status_code == 422
    picked = [f"00000000-0000-4000-8000-{at:012d}" for at in range(3_000)]
    assert client.get("/repairs/new/", {"run": picked[:900]}).status_code == 200
    assert client.get("/repairs/new/", {"run": picked}).status_code == 400


def test_the_search_attributes_of_a_query_do_not_multiply(known):
    client = client_as(user_of("vera", "view_run", "operate_run"))
    query = {"q": " ".join(f"a{at}=1" for at in range(28)) + " status:open attention:needed"}
    for path in ("/", "/repairs/new/", "/api/runs", "/api/runs/counts", "/failures/", "/jump/"):
        with CaptureQueriesContext(connection) as sent:
            assert client.get(path, query).status_code < 500, path
        assert len(sent) < 100, path


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_draft_may_hold_a_bad_schema_and_says_what_is_wrong(designer, schema):
    document = designer.state["document"] | {"input_schema": schema}
    answer = designer.type(json.dumps(document))
    assert answer.status_code == 200
    assert any("input_schema" in problem["message"] for problem in answer.json()["problems"])


@pytest.mark.parametrize("text", [text for _, text in TEXTS.values()], ids=TEXTS)
def test_the_text_of_a_draft_is_read_with_limits(designer, text):
    assert designer.type(text).status_code in (400, 409)
    assert designer.client.post(f"{designer.address}code/", {"text": text, "revision": "1"}).status_code in (400, 409)


@pytest.mark.parametrize("text", TAGGED)
def test_a_tag_in_the_text_of_a_draft_is_refused_with_its_place(designer, text):
    answer = designer.type(f"name: x\na: {text}")
    assert answer.status_code == 400
    assert "a tag; leave it out at line 2 column" in answer.json()["error"]["message"]


OPERATIONS = {
    "a deep value": {"kind": "set", "element": "saga", "field": "note", "value": json.loads("[" * 500 + "]" * 500)},
    "a long value": {"kind": "set", "element": "saga", "field": "title", "value": LONG * 4},
    "unknown": {"kind": LONG},
    "a list": [[[]]] * 1000,
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_an_edit_is_read_with_limits(designer, operation):
    answer = designer.post("edit/", operation=operation, revision=designer.state["revision"])
    assert answer.status_code in (400, 409, 413)


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_an_input_cannot_stop_a_process_by_a_pattern(known, pattern):
    schema = {"type": "object", "properties": {"x": {"type": "string", "pattern": pattern}}}
    registry.register(Saga("matched", orchestrated("m", Step("a", "draft_air.book")), input_schema=schema))
    client = client_as(user_of("vera", "view_run", "start_run"))
    body = {"saga": "matched", "input": {"x": LONG + "!"}}
    answer = client.post("/api/runs", json.dumps(body), content_type="application/json")
    assert answer.status_code in (201, 422)


def test_a_saga_that_is_too_large_to_simulate_on_a_page_says_so(known, monkeypatch):
    """The size that is too large depends on the machine. Here, a page has no time at all."""
    steps = [Step(f"s{at}", "draft_air.book", undo="draft_air.cancel", after=()) for at in range(400)]
    registry.register(Saga("wide", orchestrated("main", *steps)))
    client = client_as(user_of("vera", "view_run"))
    monkeypatch.setattr(simulation, "LONGEST", 0.0)
    answer = client.get("/definitions/wide/simulation/")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "too large to simulate step &#x27;s0&#x27; on a page" in text
    assert "only timers" not in text


def test_pages_without_time_for_the_linter_say_so(known, designer, monkeypatch):
    monkeypatch.setattr(sagas, "LINTING", 0.0)
    monkeypatch.setattr(definitions, "LINTING", 0.0)
    listed = designer.client.get("/definitions/").content.decode()
    assert "not checked in full" in listed
    assert "no findings" not in listed
    assert (
        "The linter stopped because its time was up" in designer.client.get("/definitions/draft_trip/").content.decode()
    )


def test_the_forms_of_a_draft_take_no_more_than_they_show(designer):
    document = designer.state["document"] | {"note": "ab" * 40_000, "title": "a" * 150}
    assert designer.type(json.dumps(document)).status_code == 200
    page = designer.get("replace/?find=a&replace=" + "x" * 5_000)
    assert page.status_code == 200
    assert len(page.content) < 500_000
    grown = designer.client.post(designer.address + "replace/", {"find": "a", "replace": "x" * 500})
    assert grown.status_code == 409
    assert "more than 262144 characters longer" in grown.content.decode()
    steps = "&".join(f"step=s{at}" for at in range(20_000))
    for path in (f"extract/?{steps}", f"inline/?{steps}", f"replace/?find={'a' * 100_000}"):
        assert designer.get(path).status_code in (200, 400, 414), path[:20]

"""Bombs for the answers of the designer: the largest drafts, at every address that calculates something of them."""

import json
import time

import pytest

from designer import urls
from designer.canvas.draft import Draft
from designer.canvas.groups import extracted
from designer.canvas.places import spots
from designer.drafts import time_limit
from designer.pages import door
from sagaflow import registry
from sagaflow.core.halting import Stopped, halted_by
from sagaflow.models import Draft as Row
from sagaflow.sources import yaml_text
from sagaflow.store import drafts, sketches
from sagaflow.store.drafts import NewDraft
from tests.bombs.test_definitions import GRAPHS, saga, step
from tests.people import client_as, user_of

pytestmark = pytest.mark.one_database

SECONDS = 5.0
IN_A_ROW, PARALLEL = saga(*GRAPHS["five hundred in a row"]), saga(*GRAPHS["five hundred parallel steps"])
DENSE = saga(*(step(at, after=[f"s{earlier}" for earlier in range(at)]) for at in range(200)))
REACTING = saga(step(0), *(step(at, on=[f"S{n}Done" for n in range(max(0, at - 8), at)]) for at in range(1, 250)))
REACTING["segments"][0]["style"] = "choreographed"
EVERY_OTHER = [f"s{at}" for at in range(0, 500, 2)]

CALCULATED = {
    "places in a row": lambda: spots(IN_A_ROW),
    "places between all": lambda: spots(DENSE),
    "places for every other step": lambda: spots(IN_A_ROW, EVERY_OTHER),
    "places for every other parallel step": lambda: spots(PARALLEL, EVERY_OTHER),
    "places that have to be tried": lambda: spots(REACTING, halt=time_limit.passed(0.5)),
    "places for a step that have to be tried": lambda: spots(REACTING, ["s3"], halt=time_limit.passed(0.5)),
    "two steps out of five hundred": lambda: extracted(IN_A_ROW, ("s1", "s2"), "part"),
    "two hundred steps out of five hundred": lambda: extracted(IN_A_ROW, tuple(f"s{n}" for n in range(200)), "part"),
}


@pytest.mark.parametrize("calculate", CALCULATED.values(), ids=CALCULATED)
def test_what_is_calculated_of_the_largest_drafts_takes_seconds(calculate):
    begun = time.process_time()
    assert calculate()
    assert time.process_time() - begun < SECONDS


def test_a_place_that_there_is_no_time_to_try_is_offered():
    few = saga(step(0), step(1, on=["S0Done"]), step(2, on=["S1Done"]))
    few["segments"][0]["style"] = "choreographed"
    tried = {spot.key for spot in spots(few)}
    assert {spot.key for spot in spots(few, halt=lambda: True)} >= tried


STOPPED = {
    "places": lambda: spots(DENSE, ["s1"]),
    "reading": lambda: sketches._loaded.__wrapped__(json.dumps(PARALLEL)),
    "steps": lambda: Draft(json.loads(json.dumps(IN_A_ROW | {"title": "once"}))).parts(),
    "text": lambda: yaml_text.parse(json.dumps(PARALLEL), what="The text"),
}


@pytest.mark.parametrize("calculate", STOPPED.values(), ids=STOPPED)
def test_calculations_end_when_the_answer_has_no_more_time(calculate):
    with halted_by(lambda: True), pytest.raises(Stopped):
        calculate()


def test_a_limit_within_a_limit_ends_with_the_outer_one():
    with halted_by(lambda: True), halted_by(lambda: False), pytest.raises(Stopped):
        spots(DENSE)


@pytest.fixture
def dora(monkeypatch, db):
    for name in ("_actions", "_sagas", "_subscribers"):
        monkeypatch.setattr(registry, name, {})
    return client_as(user_of("dora", "view_run", "design_saga", "publish_saga"))


PAGES = ("", "review/", "as/python/", "as/patch/", "extract/?step=s1", "replace/?find=s&replace=t")
PARTS = ("state/", "places/", "inspector/", "code/?as=json", "failures/", "film/?step=s1", "ghost/?step=s1")
TITLE = {"kind": "set-field", "element": "saga", "field": "title", "value": "x"}


@pytest.mark.parametrize("path", [*PAGES, *PARTS, "edit/", "code/", "publish/"])
def test_an_answer_that_takes_too_long_is_stopped_with_a_reason_and_the_draft_stays(dora, path, monkeypatch):
    line = drafts.create(NewDraft(source="new", document=saga(step(0), step(1), step(2))), "dora")
    before = Row.objects.values().get()
    address = f"/design/{line.id}/{path}"
    for kept in (sketches._loaded, sketches._sketched):
        kept.cache_clear()
    monkeypatch.setattr(time_limit, "ANSWER", 0.0)
    if path == "edit/":
        answer = dora.post(address, {"operation": TITLE, "revision": 0}, content_type="application/json")
    elif path == "code/":
        text = json.dumps(saga(step(0)))
        answer = dora.post(address, {"text": text, "revision": 0}, content_type="application/json")
    else:
        answer = dora.post(address) if path == "publish/" else dora.get(address)
    assert answer.status_code == 503
    said = answer.content.decode()
    assert "longer than 0 seconds, the limit of a page, and was stopped. Nothing is lost" in said
    assert ("This took too long" in said) == (path in {*PAGES, "publish/"})
    assert Row.objects.values().get() == before


def test_every_address_has_the_limit():
    """A page has it from its entrance, and an address for scripts from what makes its errors JSON."""
    for _, view, name in urls.ANSWERS:
        names, inner = set[str](), view
        while inner is not None:
            names |= set(inner.__code__.co_names)
            inner = getattr(inner, "__wrapped__", None)
        assert "limited" in names, name
    assert "limited" in door.entered(lambda _: None).__code__.co_names

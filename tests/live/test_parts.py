"""The page of a run in parts: a part that is fetched again equals the part of the whole page."""

import re

import pytest
from django.contrib.auth.models import User
from django.urls import NoReverseMatch

from designer import audit
from designer.pages.run_page import TABS
from designer.pages.run_parts import PARTS
from sagaflow import engine
from tests.live.conftest import finish, start

SCRIPT = "&lt;img src=x onerror=alert(1)&gt;"


@pytest.mark.parametrize("ends", ["ok", "refused", "broken", "stuck"])
def test_a_part_is_what_the_page_shows(viewer, ends):
    run_id = finish(start(ends))
    pages = {name: viewer.get(f"/runs/{run_id}/?step=post&tab={name}").content.decode() for name in TABS}
    names = [name for name in PARTS if name not in ("when", "trouble", "repair", "timeline")]
    answer = viewer.get(f"/runs/{run_id}/parts/{','.join(names)}/?step=post")
    assert answer.headers["X-Run-Seq"] == str(engine.state(run_id)[1].seq)
    assert answer.headers["Cache-Control"] == "no-store"
    for name in names:
        tab = name if name in TABS else "steps"
        part = viewer.get(f"/runs/{run_id}/parts/{name}/?step=post&tab={tab}").content.decode()
        inner = part.removeprefix(f'<div data-part="{name}">').removesuffix("</div>")
        assert inner in pages[tab], name
        if name in TABS:
            assert all(inner not in page for other, page in pages.items() if other != tab), "only one tab is filled"


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("ends", ["ok", "stuck"])
def test_every_part_is_there_before_and_after_a_run(viewer, name, ends):
    run_id = start(ends)
    assert viewer.get(f"/runs/{run_id}/parts/{name}/").status_code == 200
    finish(run_id)
    answer = viewer.get(f"/runs/{run_id}/parts/{name}/?step=draft&fold=write&scale=even")
    assert answer.status_code == 200
    assert "<img" not in answer.content.decode()


@pytest.mark.parametrize(
    "query", ["?step=nonsense", "?fold=nonsense,,", "?scale=x", "?step=%00", "?fold=" + "a," * 999]
)
def test_an_address_that_cannot_be_shows_the_plain_page(viewer, query):
    run_id = start()
    assert viewer.get(f"/runs/{run_id}/{query}").status_code == 200


def test_a_part_that_is_not_there_is_named(viewer):
    run_id = start()
    assert viewer.get(f"/runs/{run_id}/parts/status,nonsense/").status_code == 404
    assert viewer.get("/runs/00000000-0000-0000-0000-000000000000/parts/status/").status_code == 404


def test_parts_are_for_those_who_may_see_runs(person, client):
    run_id = start()
    path = f"/runs/{run_id}/parts/status/"
    assert client.get(path).status_code == 302
    assert person("operate_run").get(path).status_code == 403
    assert person("view_run").post(path).status_code == 405


def test_sensitive_fields_are_masked_in_every_part_unless_one_may_see_them(person):
    run_id = finish(start("refused"))
    path = f"/runs/{run_id}/parts/{','.join(PARTS)}/?step=draft"
    masked = person("view_run").get(path).content.decode()
    assert "canary" not in masked
    assert "•••" in masked
    seen = person("view_run", "view_sensitive", name="ann").get(path).content.decode()
    assert "input-canary" in seen
    assert "output-canary" in seen


def test_the_step_panel_tells_everything_about_a_step(viewer):
    run_id = finish(start("refused"))
    text = viewer.get(f"/runs/{run_id}/parts/step/?step=post").content.decode()
    for part in (
        "Summary",
        "Input",
        "Output",
        "Attempts",
        "Journal",
        "Definition",
        "no-address",
        SCRIPT,
        "Attempt 1: failed",
    ):
        assert part in text, part
    assert viewer.get(f"/runs/{run_id}/parts/step/").content.decode() == '<div data-part="step"></div>'


def test_events_tell_what_caused_them_and_what_they_caused(viewer):
    run_id = finish(start("refused"))
    text = viewer.get(f"/runs/{run_id}/parts/events/").content.decode()
    assert "DraftCompleted was published by draft" in text
    assert "draft succeeded" in text
    assert "stamp reacts to DraftCompleted" in text


def test_before_a_rollback_its_plan_is_shown_and_afterwards_its_record(viewer):
    run_id = finish(start("broken"))
    assert "What a rollback would undo now" in viewer.get(f"/runs/{run_id}/parts/rollback/").content.decode()
    engine.operate(run_id, "roll_back", by="ann", reason="enough")
    finish(run_id)
    text = viewer.get(f"/runs/{run_id}/parts/rollback/").content.decode()
    assert "Rollback record 1: rolled back" in text
    assert "(by ann)" in text


@pytest.mark.parametrize(
    ("rights", "staff", "is_linked"),
    [
        (("view_run", "view_rollbackrecord"), True, True),
        (("view_run", "view_rollbackrecord"), False, False),
        (("view_run",), True, False),
    ],
)
def test_the_sealed_record_is_linked_for_who_may_see_it_in_the_admin(person, rights, staff, is_linked):
    run_id = finish(start("broken"))
    engine.operate(run_id, "roll_back", by="ann", reason="enough")
    finish(run_id)
    client = person(*rights, name="carl", staff=staff)
    text = client.get(f"/runs/{run_id}/parts/rollback/").content.decode()
    links = re.findall(r'<h3[^>]*><a href="([^"]+)"', text)
    assert bool(links) is is_linked
    for link in links:
        assert run_id in client.get(link).content.decode()


def test_without_the_admin_no_record_is_linked(viewer, monkeypatch):
    def away(*_, **__):
        raise NoReverseMatch

    monkeypatch.setattr(audit, "reverse", away)
    run_id = finish(start("broken"))
    engine.operate(run_id, "roll_back", by="ann", reason="enough")
    finish(run_id)
    assert audit.record_addresses(User(is_staff=True, is_superuser=True), run_id) == {}


def test_every_part_stands_in_the_page_and_all_but_the_painted_one_grow_old(viewer):
    page = viewer.get(f"/runs/{start()}/").content.decode()
    found = re.findall(r'<div data-part="(\w+)"( data-painted)?', page)
    assert sorted(name for name, _ in found) == sorted(PARTS)
    assert [name for name, painted in found if painted] == ["picture"]

"""The pages: their content, access to them, and a strict content security policy."""

import re
import uuid

import pytest
from django.db import IntegrityError
from django.test import Client

from designer.pages import home
from sagaflow import engine, registry
from sagaflow.store import refusals
from tests.pages.reading import whole

INLINE = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", re.IGNORECASE)


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


@pytest.mark.parametrize("path", ["/", "/definitions/", "/definitions/page_parcel/", f"/runs/{uuid.UUID(int=1)}/"])
def test_a_stranger_is_led_to_the_login(path, db):
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")


def test_the_login_leads_on_to_the_page_that_was_wanted(boss, db):
    from django.contrib.auth.models import User

    User.objects.create_user("kim", password="a long password")
    client = Client(enforce_csrf_checks=True)
    page = client.get("/accounts/login/?next=/definitions/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode()).group(1)
    told = {"username": "kim", "password": "wrong", "next": "/definitions/", "csrfmiddlewaretoken": token}
    refused = client.post("/accounts/login/", told)
    assert 'role="alert"' in refused.content.decode()
    assert 'value="kim"' in refused.content.decode()
    answer = client.post("/accounts/login/", told | {"password": "a long password"})
    assert (answer.status_code, answer["Location"]) == (302, "/definitions/")


@pytest.mark.parametrize("path", ["/", "/runs/{}/"])
def test_runs_are_for_those_who_may_see_them(person, run_of, path):
    path = path.format(run_of())
    refused = person().get(path)
    assert refused.status_code == 403
    assert "Can view run" in refused.content.decode()
    assert person("view_run").get(path).status_code == 200


def test_an_empty_site_says_what_to_do(boss):
    assert "manage.py sagaflow start page_parcel" in text_of(boss.get("/"))


def test_a_site_without_sagas_says_where_to_write_one(boss, monkeypatch):
    monkeypatch.setattr(registry, "_sagas", {})
    assert "sagas.py" in text_of(boss.get("/"))
    assert "sagas.py" in text_of(boss.get("/definitions/"))


def test_what_needs_a_person_has_a_tab_of_its_own(boss, run_of):
    fine, parked, stuck = run_of(), run_of("heavy"), run_of("glass")
    needed, below = (boss.get(path).content.decode() for path in ("/?q=attention:needed", "/"))
    assert all(run_id[:8] in needed for run_id in (parked, stuck))
    assert fine[:8] not in needed
    assert all(run_id[:8] in below for run_id in (fine, parked, stuck))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("saga=page_parcel", {"book", "heavy", "feather"}),
        ("saga=other", set()),
        ("status=rolled_back", {"feather"}),
        ("attention=parked", {"heavy"}),
        ("attention=any", {"heavy"}),
        ("find=item=book", {"book"}),
        ("find=item=nothing", set()),
        ("status=completed&find=item=heavy", set()),
    ],
)
def test_the_list_is_narrowed_by_what_is_asked(boss, run_of, query, shown):
    ids = {item: run_of(item) for item in ("book", "heavy", "feather")}
    html = boss.get(f"/?{query}").content.decode().split('<form class="run-search')[1]
    assert {item for item, run_id in ids.items() if run_id[:8] in html} == shown


def test_the_beginning_of_an_id_leads_to_its_run(boss, run_of):
    run_id = run_of()
    assert boss.get(f"/?find={run_id[:8]}")["Location"] == f"/runs/{run_id}/"


@pytest.mark.parametrize("query", ["find==1", "find=%00=1", "find=a%00", "cursor=x"])
def test_a_question_that_cannot_be_is_answered_with_a_sentence(boss, query):
    answer = boss.get(f"/?{query}")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()


def test_the_list_has_pages(boss, run_of, monkeypatch):
    monkeypatch.setattr(home, "PAGE", 2)
    ids = [run_of() for _ in range(5)]
    seen, query = [], ""
    while query is not None:
        html = boss.get(f"/?status=completed{query}").content.decode()
        seen += re.findall(r'href="/runs/([0-9a-f-]{36})/"', html)
        following = re.search(r'href="\?q=status%3Acompleted&amp;(cursor=[^"]+)">Older', html)
        query = f"&{following.group(1)}" if following else None
    assert seen == list(reversed(ids))


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("book", ["✓ completed", "P-1", "ShipCompleted"]),
        (
            "heavy",
            ["Action required", "flat-tyre", "the van has a flat tyre", "manage.py sagaflow operate retry"],
        ),
        ("feather", ["Why it rolled back", "too-light", "Rollback record 1: rolled back", "1 compensated"]),
        ("glass", ["Action required", "broken", "operate mark_done"]),
    ],
)
def test_the_page_of_a_run_tells_how_it_went(boss, run_of, item, said):
    answer = whole(boss, f"/runs/{run_of(item)}/")
    html, text = answer.content.decode(), text_of(answer)
    assert all(words in text for words in said)
    assert re.search(r'<svg[^>]* class="sf-flowchart', html)
    assert "the run of &#x27;page_parcel&#x27; started" in html


@pytest.mark.parametrize("path", ["/", "/runs/{}/", "/definitions/", "/definitions/page_parcel/", "/nowhere/"])
def test_the_pages_hold_with_a_policy_without_anything_inline(boss, run_of, path):
    answer = boss.get(path.format(run_of("glass")))
    html = answer.content.decode()
    assert not INLINE.search(html), INLINE.search(html)
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "<parcel>" not in html
    assert "<script>alert" not in html
    assert "<b>It</b>" not in html


def test_sensitive_fields_are_masked_unless_one_may_see_them(person, run_of):
    path = f"/runs/{run_of()}/"
    masked, open_ = (
        whole(person(*more), path).content.decode() for more in [["view_run"], ["view_run", "view_sensitive"]]
    )
    assert "card-of-" not in masked
    assert "•••" in masked
    assert "card-of-input" in open_
    assert "card-of-output" in open_


def test_the_acts_of_persons_are_shown(boss, run_of):
    run_id = run_of("heavy")
    engine.operate(run_id, "skip", by="vera", reason="carried by hand", step="ship")
    text = text_of(whole(boss, f"/runs/{run_id}/"))
    assert "carried by hand" in text
    assert "vera" in text


@pytest.mark.parametrize(
    "path", [f"/runs/{uuid.UUID(int=1)}/", "/definitions/nothing/", "/definitions/page_parcel/abc/", "/x/"]
)
def test_what_is_not_there_is_told_with_a_way_back(boss, path):
    answer = boss.get(path)
    assert answer.status_code == 404
    assert "Go to the list of runs" in text_of(answer)
    assert ("Go to Sagas" in text_of(answer)) == path.startswith("/definitions/")


def test_a_definition_shows_its_picture_and_what_the_linter_says(boss):
    answer = boss.get("/definitions/page_parcel/")
    assert "sf-flowchart" in answer.content.decode()
    assert "Problems" in text_of(answer)
    assert "manage.py sagaflow start page_parcel" in text_of(answer)


def test_a_run_leads_to_the_version_that_it_is_pinned_to(boss, run_of, monkeypatch):
    from dataclasses import replace

    run_id = run_of()
    old = registry.get_saga("page_parcel")
    registry.register(replace(old, title="Send it quickly"), replace=True)
    answer = boss.get(f"/definitions/page_parcel/{old.digest}/")
    assert "earlier version" in text_of(answer)
    assert f"/definitions/page_parcel/{old.digest}/" in boss.get(f"/runs/{run_id}/").content.decode()


def test_a_picture_that_cannot_be_drawn_leaves_the_text(boss, run_of, monkeypatch):
    from sagaflow.flowchart import draw
    from sagaflow.flowchart.layout import LayoutFailed

    def fail(*_, **__):
        raise LayoutFailed("It took too long.")

    monkeypatch.setattr(draw, "drawn", fail)
    text = text_of(boss.get(f"/runs/{run_of()}/"))
    assert "The flowchart is not available: It took too long." in text
    assert "Fetch" in text


@pytest.mark.parametrize("path", ["/", "/runs/{}/", "/definitions/", "/definitions/page_parcel/"])
def test_pages_are_only_looked_at(boss, run_of, path):
    assert boss.post(path.format(run_of())).status_code == 405


def test_a_run_that_the_database_refuses_says_what_the_database_says(boss, run_of):
    run = run_of()
    for _ in range(refusals.LIMIT):
        refusals.note(run, IntegrityError("duplicate key <b>value</b>"))
    told = boss.get(f"/runs/{run}/").content.decode()
    assert "IntegrityError: duplicate key &lt;b&gt;value&lt;/b&gt;" in told
    assert "3 times since" in told
    assert run[:8] in boss.get("/?attention=refused").content.decode()


@pytest.mark.parametrize("item", ["feather", "heavy", "glass"])
def test_no_space_stands_before_a_comma_or_a_colon(item, boss, run_of):
    html = whole(boss, f"/runs/{run_of(item)}/").content.decode()
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html))
    assert re.findall(r".{20} [,:;] .{10}", words) == []

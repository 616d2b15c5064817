"""The frame of the pages: the rail, the breadcrumbs, the theme, and the pages of users who may see little."""

import re

import pytest
from django.test import Client, override_settings

from designer.preferences import THEME
from tests.pages.test_pages import text_of

RAIL = re.compile(r'<nav class="rail".*?</nav>', re.DOTALL)
CRUMBS = re.compile(r'<nav class="crumbs".*?</nav>', re.DOTALL)


def rail(answer):
    """The words of the rail; ``None`` without one."""
    found = RAIL.search(answer.content.decode())
    return None if found is None else re.findall(r"<span>([A-Z]\w+)</span>", found[0])


def crumbs(answer):
    found = CRUMBS.search(answer.content.decode())[0]
    return re.findall(r"<li[^>]*>(?:<a[^>]*>)?([^<]+)", found)


def test_the_rail_leads_to_the_places_that_the_user_can_use(person, boss):
    assert rail(boss.get("/")) == ["Runs", "Sagas", "Failures", "Admin"]
    assert rail(person("view_run").get("/")) == ["Runs", "Sagas", "Failures"]


@pytest.mark.parametrize("path", ["/", "/failures/", "/definitions/"])
def test_a_refused_user_gets_no_navigation_that_cannot_be_used(person, path):
    answer = person().get(path)
    assert (answer.status_code, rail(answer)) == (403, None)
    assert not re.search(r'href="/(?!static)', answer.content.decode().replace('href="#main"', ""))
    staff = person(name="clerk", staff=True).get(path)
    assert (staff.status_code, rail(staff)) == (403, ["Admin"])


def test_the_badge_counts_the_runs_that_need_attention(boss, run_of):
    assert "data-attention hidden" in boss.get("/definitions/").content.decode()
    run_of("heavy"), run_of("glass"), run_of("book")
    assert "<span data-count>2</span>" in boss.get("/definitions/").content.decode()


def test_breadcrumbs_say_where_the_page_is(boss, run_of):
    run = run_of("heavy")
    assert crumbs(boss.get("/")) == ["Runs"]
    assert crumbs(boss.get(f"/runs/{run}/")) == ["Runs", "page_parcel", run[:8]]
    assert crumbs(boss.get(f"/runs/{run}/repair/cancel/"))[0] == "Runs"
    assert crumbs(boss.get("/definitions/page_parcel/simulation/")) == ["Sagas", "page_parcel", "Failure simulation"]
    assert crumbs(boss.get("/nowhere/")) == ["Not found"]


@pytest.mark.parametrize(("theme", "kept"), [("dark", "dark"), ("light", "light"), ("", ""), ("pink", "")])
def test_the_theme_is_kept_in_a_cookie_and_written_into_the_next_page(boss, theme, kept):
    boss.cookies[THEME] = "light"
    answer = boss.post("/preferences/", {"theme": theme}, HTTP_REFERER="http://testserver/failures/?within=day")
    assert (answer.status_code, answer["Location"]) == (302, "http://testserver/failures/?within=day")
    assert answer.cookies[THEME].value == kept
    html = boss.get("/").content.decode()
    assert (f'data-theme="{kept}"' in html) == bool(kept)
    assert f'name="color-scheme" content="{kept or "light dark"}"' in html


def test_a_choice_never_leads_to_another_site(boss):
    assert boss.post("/preferences/", {"theme": "dark"}, HTTP_REFERER="https://evil.example/")["Location"] == "/"


def test_a_cookie_with_nonsense_changes_nothing(boss):
    boss.cookies[THEME] = '"><script>'
    assert "data-theme" not in boss.get("/").content.decode()


def test_the_login_tells_how_to_create_an_account_only_to_developers(db):
    assert "createsuperuser" not in text_of(Client().get("/accounts/login/"))
    with override_settings(DEBUG=True):
        assert "createsuperuser" in text_of(Client().get("/accounts/login/"))

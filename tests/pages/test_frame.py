"""The frame of the pages: the rail, the breadcrumbs, the theme, and the pages of users who may see little."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client, override_settings

from designer.preferences import BROWSER_ZONE, THEME, ZONE
from sagaflow.models import Run
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
    assert rail(boss.get("/")) == ["Runs", "Sagas", "Failures", "Approvals", "Design", "Admin"]
    assert rail(person("view_run").get("/")) == ["Runs", "Sagas", "Failures"]


@pytest.mark.parametrize("path", ["/", "/failures/", "/definitions/"])
def test_a_refused_user_gets_no_navigation_that_cannot_be_used(person, path):
    answer = person().get(path)
    assert (answer.status_code, rail(answer)) == (403, None)
    main = answer.content.decode().partition("<main")[2]
    assert "Log out</button>" in main  # the next step
    assert not re.search(r'href="/(?!static)', answer.content.decode().replace('href="#main"', ""))
    staff = person(name="clerk", staff=True).get(path)
    assert (staff.status_code, rail(staff)) == (403, ["Admin"])


def test_the_badge_counts_the_runs_that_need_attention(boss, run_of):
    assert 'data-attention="/attention/" hidden' in boss.get("/definitions/").content.decode()
    run_of("heavy"), run_of("glass"), run_of("book")
    assert "<span data-count>2</span>" in boss.get("/definitions/").content.decode()


def test_breadcrumbs_say_where_the_page_is(boss, run_of):
    run = run_of("heavy")
    assert crumbs(boss.get("/")) == ["Runs"]
    assert crumbs(boss.get(f"/runs/{run}/")) == ["Runs", "page_parcel", run[:8]]
    assert crumbs(boss.get(f"/runs/{run}/repair/cancel/"))[0] == "Runs"
    assert crumbs(boss.get("/definitions/page_parcel/simulation/")) == ["Sagas", "page_parcel", "Failure simulation"]
    assert crumbs(boss.get("/nowhere/")) == ["Not found"]


@pytest.mark.parametrize(
    "path", ["/", "/views/", "/repairs/", "/failures/", "/approvals/", "/design/", "/definitions/page_parcel/"]
)
def test_the_rail_marks_the_place_with_which_the_breadcrumbs_begin(boss, path):
    answer = boss.get(path)
    marked = re.findall(r'class="place" href="[^"]*" aria-current="page".*?<span>(\w+)</span>', answer.content.decode())
    assert marked == crumbs(answer)[:1]


@pytest.mark.parametrize(("theme", "kept"), [("dark", "dark"), ("light", "light"), ("", ""), ("pink", "")])
def test_the_theme_is_kept_in_a_cookie_and_written_into_the_next_page(boss, theme, kept):
    boss.cookies[THEME] = "light"
    answer = boss.post("/preferences/", {"theme": theme}, HTTP_REFERER="http://testserver/failures/?within=day")
    assert (answer.status_code, answer["Location"]) == (302, "http://testserver/failures/?within=day")
    assert answer.cookies[THEME].value == kept
    html = boss.get("/").content.decode()
    assert (f'data-theme="{kept}"' in html) == bool(kept)
    assert f'name="color-scheme" content="{kept or "light dark"}"' in html


@pytest.mark.parametrize(
    ("zone", "kept"), [("UTC", "UTC"), ("Asia/Kathmandu", "Asia/Kathmandu"), ("", ""), ("a/b", "")]
)
def test_the_zone_is_kept_in_a_cookie(boss, zone, kept):
    answer = boss.post("/preferences/", {"zone": zone})
    assert (answer["Location"], answer.cookies[ZONE].value) == ("/", kept)


@pytest.mark.parametrize(
    ("cookies", "name", "text"),
    [
        ({}, "UTC", "2026-03-01 23:30:00 UTC"),
        ({BROWSER_ZONE: "Europe%2FBerlin"}, "Europe/Berlin", "2026-03-02 00:30:00"),
        ({BROWSER_ZONE: "Europe%2FBerlin", ZONE: "UTC"}, "UTC", "2026-03-01 23:30:00"),
        ({ZONE: "Asia/Kathmandu"}, "Asia/Kathmandu", "2026-03-02 05:15:00"),
        ({ZONE: "../../etc/passwd"}, "UTC", "2026-03-01 23:30:00 UTC"),
    ],
)
def test_times_are_written_in_the_zone_that_the_top_bar_names(boss, run_of, cookies, name, text):
    run = run_of("heavy")
    Run.objects.filter(pk=run).update(created_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    for cookie, value in cookies.items():
        boss.cookies[cookie] = value
    html = boss.get(f"/runs/{run}/").content.decode()
    assert f"data-zone-name>{name}<" in html
    assert f">{text}</time>" in html


def test_the_filter_reads_times_in_the_same_zone(boss, run_of):
    run = run_of("heavy")
    Run.objects.filter(pk=run).update(created_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    query = {"since": "2026-03-02T05:00", "until": "2026-03-02T05:30"}
    assert run not in boss.get("/", query).content.decode()
    boss.cookies[ZONE] = "Asia/Kathmandu"
    assert run in boss.get("/", query).content.decode()


def test_an_open_page_can_ask_how_many_runs_need_attention(boss, run_of):
    assert boss.get("/attention/").json() == {"count": 0, "approvals": 0, "reminded": 0}
    run_of("heavy"), run_of("glass"), run_of("book")
    assert boss.get("/attention/").json() == {"count": 2, "approvals": 0, "reminded": 0}


def test_a_choice_never_leads_to_another_site(boss):
    assert boss.post("/preferences/", {"theme": "dark"}, HTTP_REFERER="https://evil.example/")["Location"] == "/"


def test_a_cookie_with_nonsense_changes_nothing(boss):
    boss.cookies[THEME] = '"><script>'
    assert "data-theme" not in boss.get("/").content.decode()


def test_the_login_tells_where_passwords_and_accounts_come_from_only_where_it_is_wanted(db):
    assert "createsuperuser" not in text_of(Client().get("/accounts/login/"))
    with override_settings(LOGIN_HINT=True):
        told = text_of(Client().get("/accounts/login/"))
    assert "createsuperuser" in told
    assert "make run and manage.py sagaflow up create the account admin at their first start, and print its" in told


def test_a_message_can_be_closed_and_is_read_without_its_button(starter_page):
    told = re.search(r'<li class="callout good">(.*?)</li>', starter_page, re.DOTALL)[1]
    assert re.search(r'<span role="status">Started: [^<]*</span><button type="button"[^>]* data-dismiss', told)


@pytest.fixture
def starter_page(boss):
    answer = boss.post("/definitions/page_parcel/start/", {"in.": '{"item": "book"}'}, follow=True)
    return answer.content.decode()

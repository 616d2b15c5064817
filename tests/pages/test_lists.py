"""The list of runs: filters in the address, attention, groups of failures, and access."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus

import pytest
from django.test import Client

from designer.pages import home, totals
from sagaflow import Approval, Saga, Step, engine, orchestrated, registry
from sagaflow.core.run.verbs import VERBS
from sagaflow.models import Run
from sagaflow.testing import moving_clock
from tests.pages.test_pages import text_of

NOBODY = uuid.UUID(int=1)
CANARY = "</script><img src=x onerror=alert(1)>"

LOOKS = [
    "/",
    "/failures/",
    "/repairs/",
    f"/repairs/{NOBODY}/",
    f"/repairs/{NOBODY}/progress/",
    "/definitions/page_parcel/",
    "/definitions/page_parcel/simulation/",
    "/definitions/page_parcel/abc/to/def/",
    "/definitions/page_parcel/abc/simulation/",
]
ACTS = {
    f"/runs/{NOBODY}/repair/retry/": {"view_run"},
    "/repairs/new/": {"view_run", "operate_run"},
    f"/repairs/{NOBODY}/stop/": {"operate_run"},
    "/definitions/page_parcel/start/": {"start_run"},
    "/approvals/": {"view_run", "approve_step"},
}
EVERY = {"view_run", "operate_run", "start_run", "approve_step", "publish_event", "view_sensitive", "change_run"}


@pytest.mark.parametrize("path", [*LOOKS, *ACTS])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_led_to_the_login(path, method, db):
    answer = getattr(Client(), method)(path)
    assert (answer.status_code, answer["Location"].startswith("/accounts/login/")) == (302, True)


@pytest.mark.parametrize(("path", "needs"), [*((path, {"view_run"}) for path in LOOKS), *ACTS.items()])
def test_each_page_takes_its_permissions_and_no_other_will_do(person, path, needs):
    for lacking in needs:
        assert person(*(EVERY - {lacking})).get(path).status_code in (403, 405)
        assert person(*(EVERY - {lacking})).post(path).status_code in (403, 405)
    assert person(*needs).get(path).status_code in (200, 404, 405)


@pytest.mark.parametrize("path", LOOKS)
def test_what_is_only_looked_at_takes_no_post(boss, path):
    assert boss.post(path).status_code == 405


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("team=hall", {"book", "heavy", "feather"}),
        ("team=sales", set()),
        ("find=boo", {"book"}),
        ("find=BOO", {"book"}),
        ("find=ook", {"book"}),
        ("find=zzz", set()),
        ("find=item=book", {"book"}),
        ("find=item=boo", set()),
        ("failure=ship|flat-tyre|the van has a flat tyre", {"heavy"}),
        ("since=2020-01-01T00:00", {"book", "heavy", "feather"}),
        ("until=2020-01-01T00:00", set()),
        ("until=tomorrow", {"book", "heavy", "feather"}),
        ("since=0001-01-01T00:00%2B14:00", {"book", "heavy", "feather"}),
        ("until=9999-12-31T23:59-14:00", {"book", "heavy", "feather"}),
        ("status=nonsense&attention=nonsense", {"book", "heavy", "feather"}),
    ],
)
def test_the_list_is_narrowed_by_what_stands_in_the_address(boss, run_of, query, shown):
    ids = {item: run_of(item) for item in ("book", "heavy", "feather")}
    html = boss.get(f"/?{query}").content.decode().split('data-part="list"')[1]
    assert {item for item, run_id in ids.items() if run_id[:8] in html} == shown


def test_the_list_is_narrowed_by_the_version(boss, run_of):
    run_id = run_of()
    digest = Run.objects.get(pk=run_id).definition_id
    assert run_id[:8] in boss.get(f"/?version={digest}").content.decode()
    assert run_id[:8] not in boss.get("/?version=abc").content.decode()


def test_the_filters_stay_in_the_form_and_in_the_links(boss, run_of):
    run_of("heavy")
    query = "find=hea&saga=page_parcel&status=parked&attention=parked&team=hall&since=2020-01-01T00%3A00"
    html = boss.get(f"/?{query}").content.decode()
    terms = "saga:page_parcel status:parked attention:parked"
    assert f'value="{terms} team:hall since:&quot;2020-01-01T00:00&quot; hea"' in html
    assert f"/repairs/new/?q={quote_plus(f'{terms} team:hall since:2020-01-01T00:00 hea')}" in html


def test_the_counters_say_how_many_runs_have_which_status(boss, run_of):
    for item in ("book", "book", "heavy"):
        run_of(item)
    text = text_of(boss.get("/"))
    assert re.search(r"parked 1", text)
    assert re.search(r"completed 2", text)


def test_a_run_that_is_retrying_says_when_its_next_try_is(boss, monkeypatch):
    from dataclasses import replace

    from sagaflow.core.definition.retry import RetryPolicy
    from tests.pages.conftest import PARCEL

    patient = RetryPolicy(attempts=3, delay=500, max_delay=500)
    send = replace(PARCEL.segments[1], steps=(replace(PARCEL.segments[1].steps[0], retry=patient),))
    registry.register(replace(PARCEL, segments=(PARCEL.segments[0], send)), replace=True)
    run_id = engine.start("page_parcel", {"item": "heavy"})
    while engine.wake(run_id):
        pass
    text = text_of(boss.get("/"))
    assert re.search(r"retrying running .* next attempt \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", text)
    assert "next attempt" in text_of(boss.get(f"/runs/{run_id}/"))
    with moving_clock() as clock:
        clock.advance(600.0)
        for path in ("/", f"/runs/{run_id}/"):
            text = text_of(boss.get(path))
            assert ("retrying" in text, "next attempt" in text, "attempt 2 at" in text) == (True, False, False)


def test_a_step_that_waits_for_a_decision_has_no_next_attempt(boss, known):
    registry.register(Saga("page_ask", (orchestrated("ask", Step("agree", Approval("managers"), timeout=600)),)))
    run_id = engine.start("page_ask", {})
    text = text_of(boss.get(f"/runs/{run_id}/"))
    assert "waits for a decision by managers" in text
    assert "next attempt" not in text


def test_failures_that_are_alike_are_one_line_that_leads_to_their_runs(boss, run_of):
    parked, other = [run_of("heavy") for _ in range(3)], run_of("feather")
    page = boss.get("/failures/")
    assert re.search(
        r"3 runs with flat-tyre at ship open Send a &lt;parcel&gt; Ship flat-tyre the van has a flat tyre",
        text_of(page),
    )
    link = re.search(r'href="(/\?saga=page_parcel&amp;failure=ship%7Cflat-tyre[^"]*)"', page.content.decode()).group(1)
    found = boss.get(link.replace("&amp;", "&")).content.decode()
    assert all(run_id[:8] in found for run_id in parked)
    assert other[:8] not in found
    assert "flat-tyre at ship: the van has a flat tyre" in found


def test_a_group_of_failures_tells_team_direction_and_times_and_leads_to_its_repair(boss, person, run_of):
    old, _ = run_of("glass"), run_of("glass")
    Run.objects.filter(pk=old).update(created_at=datetime.now(UTC) - timedelta(days=3))
    run_of("feather")
    page = boss.get("/failures/")
    assert re.search(r"undo of Fetch broken \S+It\S+ fell down\. hall", text_of(page))
    (path,) = re.findall(
        r'aria-label="2 runs over time"><path class="base" d="M0 19.5H95"/><path d="([^"]*)"', page.content.decode()
    )
    assert path == "M52 20v-20h3v20zM92 20v-20h3v20z"
    (link,) = re.findall(r'<a class="button quiet small" href="([^"]*)">Repair 2…', page.content.decode())
    form = text_of(boss.get(link.replace("&amp;", "&")))
    assert "Repair 2 runs" in form
    assert "2 at undo of Fetch" in form
    assert f"Undoing: {VERBS['retry'].undo_effect}" in form
    assert "Doing:" not in form
    assert "Repair 2…" not in person("view_run").get("/failures/").content.decode()


def test_a_repair_of_both_directions_says_what_it_does_in_each(boss, run_of):
    run_of("glass"), run_of("heavy"), run_of("book")
    form = text_of(boss.get("/repairs/new/?saga=page_parcel"))
    assert "An action does not mean the same for both" in form
    assert f"Doing: {VERBS['retry'].effect} Undoing: {VERBS['retry'].undo_effect}" in form


def test_failures_are_of_a_time(boss, run_of):
    Run.objects.filter(pk=run_of("heavy")).update(created_at=datetime.now(UTC) - timedelta(days=3))
    assert "flat-tyre" not in text_of(boss.get("/failures/?within=day"))
    text = text_of(boss.get("/failures/?within=day"))
    assert "No run that started in the last 24 hours has failed. Show all failures" in text
    assert "24 hours 7 days 30 days Any time" in text
    assert "flat-tyre" in text_of(boss.get("/failures/?within=week"))
    assert "flat-tyre" in text_of(boss.get("/failures/?within=nonsense"))
    assert "flat-tyre" not in text_of(boss.get("/failures/?within=ever&saga=other"))


def test_an_empty_page_says_what_to_do(boss):
    assert "page_parcel" in text_of(boss.get("/"))
    assert 'href="/definitions/page_parcel/start/"' in boss.get("/").content.decode()
    assert "Remove a filter" in text_of(boss.get("/?status=parked"))
    assert "No failures" in text_of(boss.get("/failures/"))
    assert "No bulk repairs yet" in text_of(boss.get("/repairs/"))


@pytest.mark.parametrize("name", ["find", "saga", "team", "failure", "version", "since", "cursor", "status"])
def test_whatever_stands_in_the_address_is_shown_as_text(boss, run_of, name):
    run_of("heavy")
    answer = boss.get("/", {name: CANARY})
    assert answer.status_code == 200
    assert "<img src=x" not in answer.content.decode()


def test_search_values_and_failures_are_shown_as_text(boss, run_of):
    run_id = run_of(CANARY)
    Run.objects.filter(pk=run_id).update(failure=f"ship|{CANARY}|{CANARY}")
    for path in ("/", "/failures/", f"/?failure=ship|{CANARY}"):
        html = boss.get(path).content.decode()
        assert "<img src=x" not in html
        assert "&lt;img src=x" in html


@pytest.mark.parametrize("path", [*LOOKS, "/definitions/page_parcel/start/", "/repairs/new/?status=parked"])
def test_pages_hold_with_a_policy_without_anything_inline(boss, run_of, path):
    from tests.pages.test_pages import INLINE

    run_of("heavy")
    answer = boss.get(path)
    assert not INLINE.search(answer.content.decode())
    assert "unsafe" not in answer["Content-Security-Policy"]


@pytest.mark.parametrize("permissions", [("view_run", "view_sensitive"), ("view_run",)])
def test_a_list_of_runs_builds_and_checks_no_definition(person, run_of, monkeypatch, permissions):
    run_id = run_of("book")
    client = person(*permissions)
    client.get("/")
    built = []
    monkeypatch.setattr(Saga, "__post_init__", lambda saga: built.append(saga.name))
    for path in ("/", "/api/runs", f"/api/runs/{run_id}", f"/runs/{run_id}/"):
        assert client.get(path).status_code == 200
    assert built == []


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("saga:page_parcel", {"book", "heavy", "feather"}),
        ("status:open", {"heavy"}),
        ("attention:needed", {"heavy"}),
        ("step:ship direction:do", {"heavy", "feather"}),
        ("error:TYRE", {"heavy"}),
        ("item=book", {"book"}),
        ("eath", {"feather"}),
        ("flat-ty", {"heavy"}),
        ("since:1h heavy", {"heavy"}),
    ],
)
def test_the_query_finds_runs_and_stays_in_the_search_field(boss, run_of, query, shown):
    ids = {item: run_of(item) for item in ("book", "heavy", "feather")}
    html = boss.get("/", {"q": query}).content.decode()
    assert {item for item, run_id in ids.items() if f'data-run="{run_id}"' in html} == shown
    assert f'value="{query}"' in html


def test_a_query_that_cannot_be_read_shows_no_runs_and_says_why(boss, run_of):
    run_id = run_of("heavy")
    answer = boss.get("/", {"q": "stauts:parked"})
    html = answer.content.decode()
    assert "There is no filter <code>stauts</code>. Did you mean <code>status</code>?" in html
    assert not re.search(r'class="list-tabs".*?</nav>', html, re.DOTALL)[0].count("aria-current")
    assert not re.search(r'class="presets".*?</p>', html, re.DOTALL)[0].count("aria-current")
    assert run_id not in answer.content.decode()
    assert boss.get("/repairs/new/", {"q": "stauts:parked"}).status_code in (403, 404)


def test_the_tabs_count_runs_and_name_the_one_that_is_shown(boss, run_of):
    for item in ("book", "heavy", "glass"):
        run_of(item)
    page = boss.get("/", {"q": "attention:needed"})
    assert "2 runs" in text_of(page)
    assert "Needs attention 2 Running 0 Retrying 0 All 3" in text_of(page)
    assert (
        '<a href="?q=attention%3Aneeded" aria-current="page" class="urgent"><span class="long">Needs </span>attention'
        in page.content.decode()
    )


def test_a_line_says_step_direction_and_error_and_offers_a_retry_to_those_who_may(boss, person, run_of):
    stuck = run_of("glass")
    assert "Put back (undo) broken" in text_of(boss.get("/"))
    retry = f'href="/runs/{stuck}/repair/retry/?step=fetch"'
    assert retry in boss.get("/").content.decode()
    assert retry not in person("view_run").get("/").content.decode()


@pytest.mark.parametrize("sort", ["started", "updated", "ended"])
def test_a_list_is_sorted_by_a_time_from_either_end(boss, run_of, sort):
    for item in ("book", "heavy", "feather"):
        run_of(item)
    ways = [
        re.findall(r'data-run="(.*?)"', boss.get(f"/?sort={sort}{end}").content.decode()) for end in ("", "-oldest")
    ]
    assert len(ways[0]) == (2 if sort == "ended" else 3)
    assert ways[0] == ways[1][::-1]


def test_a_run_is_started_from_an_example_of_the_input_schema(boss):
    from dataclasses import replace

    from sagaflow import registry
    from tests.pages.conftest import PARCEL

    schema = {"type": "object", "properties": {"item": {"type": "string"}}, "examples": [{"item": "book"}]}
    registry.register(replace(PARCEL, input_schema=schema), replace=True)
    assert '<a class="example" href="/definitions/page_parcel/start/?example=0" title="book">' in (
        boss.get("/").content.decode()
    )
    assert 'value="book"' in boss.get("/definitions/page_parcel/start/?example=0").content.decode()
    assert 'value="book"' not in boss.get("/definitions/page_parcel/start/?example=1").content.decode()


@pytest.mark.parametrize("designs", [True, False])
def test_a_designer_without_runs_is_led_to_the_designer(person, designs):
    client = person("view_run", "start_run", *["design_saga"][: 1 if designs else 0])
    page = client.get("/").content.decode()
    assert "No runs yet" in page
    assert ("design a saga of your own</a>" in page) == designs


CHIP = re.compile(r'aria-hidden="true">[^<]*</span> ([a-z ]+)</span> <strong>(\d+)</strong>')


@pytest.mark.parametrize("page", [2, 50])
@pytest.mark.parametrize(
    "case",
    [
        ("", {"completed": 3, "parked": 2, "rolled back": 1}, 6),
        ("item=book", {"completed": 3}, 3),
        ("status:parked", {"completed": 3, "parked": 2, "rolled back": 1}, 2),
        ("heavy", {"parked": 2}, 2),
        ("heavy attention:needed", {"parked": 2}, 2),
        ("saga:page_parcel status:open", {"completed": 3, "parked": 2, "rolled back": 1}, 2),
        ("direction:sideways", {"completed": 3, "parked": 2, "rolled back": 1}, None),
        ("item=nothing", {}, None),
    ],
)
def test_the_counts_are_those_of_all_runs_that_match_the_query(boss, run_of, monkeypatch, page, case):
    query, counted, total = case
    monkeypatch.setattr(home, "PAGE", page)
    for item in ("book", "book", "book", "heavy", "heavy", "feather"):
        run_of(item)
    html = boss.get("/", {"q": query}).content.decode()
    found = {status: int(count) for status, count in CHIP.findall(html)}
    assert len(found) == 7
    assert {status: count for status, count in found.items() if count} == counted
    shown = re.search(r'<nav class="pages".*?<span class="muted">(.*?)</span>', html, re.DOTALL)
    runs = total and (f"{page} of " if total > page else "") + f"{total} runs"
    assert (shown and shown[1]) == runs


@pytest.mark.parametrize(
    "case",
    [
        ("parcel", {"parked": "2+", "rolled back": "1+"}, "2 of 3+ runs"),
        ("parcel status:parked", {"parked": "2+", "rolled back": "1+"}, "2 runs"),
        ("parcel attention:needed", {"parked": "2+", "rolled back": "1+"}, "2 runs"),
        ("parcel status:completed", {"parked": "2+", "rolled back": "1+"}, "2 of 3+ runs"),
        ("item=book", {"completed": "3"}, "2 of 3 runs"),
    ],
)
def test_where_text_is_searched_for_counting_stops_and_says_so(boss, run_of, monkeypatch, case):
    query, counted, total = case
    monkeypatch.setattr(home, "PAGE", 2)
    monkeypatch.setattr(totals, "MOST_COUNTED", 3)
    for item in ("book", "book", "book", "feather", "heavy", "heavy"):
        run_of(item)
    html = boss.get("/", {"q": query}).content.decode()
    chips = re.findall(CHIP.pattern.replace(r"\d", r"[\d+…]"), html)
    assert {status: count for status, count in chips if count not in ("0", "…")} == counted
    assert ("…" in dict(chips).values()) == ("item" not in query)
    assert f'<span class="muted">{total}</span>' in html


def test_a_selection_is_told_once(boss, run_of):
    runs = [run_of("heavy"), run_of("heavy")]
    text = text_of(boss.get("/repairs/new/", {"run": runs}))
    assert "2 selected runs" in text
    assert "Selected: 2 selected" not in text

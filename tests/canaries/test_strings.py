"""Any text in any field stays text on every page: Chromium executes none of it, and shows all of it."""

import json
from urllib.parse import quote, urlencode

import pytest
from django.contrib import admin

from designer import urls as designer_urls
from designer.pages.run_page import VIEW
from designer.pages.run_parts import PARTS
from sagaflow.engine import VERBS
from tests.browser.conftest import Visitor, launched, run_is
from tests.browser.site import Site, sqlite
from tests.canaries.markup import FIELDS, canary
from tests.canaries.post_only import POST_ONLY

pytestmark = pytest.mark.browser

TYPED = canary("typed")
"""Texts that a visitor types into an address or a form."""
NO_GET = (*POST_ONLY, "preferences")
ASKED = (
    "find",
    "saga",
    "status",
    "attention",
    "team",
    "version",
    "failure",
    "since",
    "until",
    "cursor",
    "within",
    "like",
)
SHAPE = """() => ({
    owned: window.__owned, text: document.documentElement.textContent,
    values: [...document.querySelectorAll('input, textarea, option')].map(one => one.value).join(' '),
    alien: [...document.querySelectorAll('[onerror], [onload], img[src="x"], body svg[onload]')].length,
    icon: document.querySelector('link[rel~=icon]')?.href ?? new URL('/favicon.ico', location.href).href,
})"""


@pytest.fixture
def nasty(tmp_path):
    """A running site, and the address of each text on it."""
    site = Site(tmp_path, **sqlite(tmp_path) | {"DJANGO_SETTINGS_MODULE": "tests.canaries.settings"})
    site.prepare()
    filled = json.loads(site.call("-m", "tests.canaries.filling").splitlines()[-1])
    with site.up():
        yield site, filled


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture
def visitor(nasty, chromium):
    """A user whose name is a canary."""
    site, filled = nasty
    visitor = Visitor(chromium, site.url)
    visitor.context.add_cookies([{"name": "sessionid", "value": filled["session"], "url": site.url}])
    yield visitor
    visitor.context.close()


def designer_pages(filled):
    """Every address of the pages that takes a GET."""
    saga, digest = {"name": "nasty"}, filled["digest"]
    given = {
        "definition": saga,
        "start": saga,
        "simulation": saga,
        "versions": saga,
        "design_versions": saga,
        "version": saga | {"digest": digest},
        "simulation_of": saga | {"digest": digest},
        "definition_film": saga | {"digest": digest},
        "difference": saga | {"old": digest, "new": digest},
        "bulk": {"repair_id": filled["repair"]},
        "bulk_part": {"repair_id": filled["repair"]},
        "run_parts": {"names": ",".join(PARTS)},
        "request": {"request_id": filled["request"]},
    }
    for pattern in designer_urls.urlpatterns:
        route = str(pattern.pattern)
        if pattern.name in (*NO_GET, "run_flowchart", "definition_flowchart", "design_as"):
            continue  # the last three answer with a file, which no page opens
        route = route.replace("<uuid:draft_id>", filled["draft"])
        for part, value in given.get(pattern.name, {}).items():
            route = route.replace(f"<{_kind(route, part)}{part}>", value)
        routes = [route.replace("<slug:verb>", verb) for verb in VERBS] if "<slug:verb>" in route else [route]
        for each in routes:
            for run in filled["runs"].values() if "<uuid:run_id>" in each else [""]:
                path = "/" + each.replace("<uuid:run_id>", run)
                assert "<" not in path, path
                yield path
                if pattern.name in ("run", "repair"):
                    yield f"{path}?step=end"
                    yield f"{path}?step=give"
    yield f"/repairs/new/?run={filled['runs']['stuck']}"
    yield "/definitions/nasty/?tab=versions"
    yield f"/definitions/nasty/start/?like={filled['runs']['refused']}"


def admin_pages(filled):
    """Every list, and every row of every list except those of the other sagas."""
    yield "/admin/"
    yield "/admin/sagaflow/"
    yield f"/admin/auth/user/{filled['user']}/change/"
    yield f"/admin/auth/group/{filled['group']}/change/"
    for model in admin.site._registry:
        yield f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield f"/admin/{model._meta.app_label}/{model._meta.model_name}/?{urlencode({'q': TYPED})}"
        for pk in filled["rows"].get(model._meta.model_name, []) if model._meta.app_label == "sagaflow" else []:
            yield f"/admin/sagaflow/{model._meta.model_name}/{quote(pk, safe='')}/change/"
    yield from (f"/admin/sagaflow/run/{run}/report/" for run in filled["runs"].values())


def other_pages(filled):
    """Texts that visitors type into addresses; the JSON API, opened as a page; pages that do not exist."""
    yield from (f"/?{urlencode({name: TYPED})}" for name in ASKED)
    yield from (f"/failures/?{urlencode({name: TYPED})}" for name in ASKED)
    yield from (f"/repairs/new/?{urlencode({name: TYPED})}" for name in (*ASKED, "run"))
    for run in filled["runs"].values():
        yield from (f"/runs/{run}/?{urlencode({name: TYPED})}" for name in (*VIEW, "verb"))
        yield from (f"/api/runs/{run}{part}" for part in ("", "/journal", "/rollbacks", "/plan", "/allowed"))
    yield from (f"/jump/?{urlencode({'q': typed})}" for typed in ("", TYPED, *filled["runs"].values()))
    yield f"/accounts/login/?{urlencode({'next': TYPED})}"
    yield f"/admin/login/?{urlencode({'next': TYPED})}"
    yield f"/{quote(TYPED)}/"
    yield f"/definitions/{quote(TYPED)}/"
    yield f"/admin/{quote(TYPED)}/"
    yield f"/admin/sagaflow/run/{quote(TYPED, safe='')}/change/"
    yield f"/api/runs?{urlencode({'search': TYPED})}"
    yield f"/api/{quote(TYPED, safe='')}"


def faults_of(visitor):
    """The messages of the console. A page that answered 404 or 422 is not an error of the page."""
    return [fault for fault in visitor.faults if not fault.startswith("Failed to load resource")]


@pytest.mark.long
@pytest.mark.timeout(900)  # about a hundred pages
def test_no_page_executes_what_anybody_wrote_and_every_field_is_shown_as_text(nasty, visitor):
    _, filled = nasty
    seen, broken, icons = [], [], set()
    page = visitor.context.new_page()
    lost = []
    page.on(
        "response", lambda answer: answer.request.is_navigation_request() or lost.append((answer.status, answer.url))
    )
    for path in dict.fromkeys([*designer_pages(filled), *admin_pages(filled), *other_pages(filled)]):
        answer = page.goto(visitor.url + path)
        assert answer.status < 500, path
        found = page.evaluate(SHAPE)
        if found["owned"] is not None or found["alien"]:
            broken.append(path)
        seen.append(found["text"] + found["values"])
        icons.add(found["icon"])
    assert broken == []
    assert [(status, url) for status, url in lost if status >= 400] == [], "asked for, and not there"
    assert faults_of(visitor) == []
    everything = "\n".join(seen)
    assert [field for field in (*FIELDS, "typed") if _mark(field) not in everything] == []
    assert {url: page.request.get(url).status for url in icons} == dict.fromkeys(icons, 200)


def test_what_arrives_while_a_page_is_live_is_text_too(nasty, visitor):
    site, filled = nasty
    home, run = visitor.live("/"), visitor.live(f"/runs/{filled['runs']['live']}/?step=agree")
    approve = (
        "import django; django.setup()\nfrom sagaflow import engine\nfrom tests.canaries.markup import canary\n"
        f"engine.approve({filled['runs']['live']!r}, 'agree', approved=False, by=canary('by'), reason=canary('late'))\n"
    )
    site.call("-c", approve)
    run_is(run, "rolled_back")
    for tab in run.locator("[data-tabs=run] > .tablist").get_by_role("tab").all():
        tab.click()
        assert run.evaluate(SHAPE)["owned"] is None
    run.get_by_text(canary("late")).first.wait_for()
    started = site.start(saga="nasty", sku="x", mode="refused", note=canary("input.value"))
    home.locator(f'tr[data-run="{started}"]').first.wait_for()
    for page in (home, run):
        found = page.evaluate(SHAPE)
        assert (found["owned"], found["alien"]) == (None, 0)
        assert "#" in found["text"]
    assert faults_of(visitor) == []


def test_what_is_typed_into_a_form_comes_back_as_text(visitor):
    page = visitor.visit("/definitions/nasty/start/")
    for field in page.locator("main form input:visible, main form textarea:visible").all():
        if field.get_attribute("type") not in ("checkbox", "radio", "hidden"):
            field.fill(TYPED)
    page.get_by_role("button", name="Start run").click()
    page.wait_for_load_state()
    assert (page.evaluate(SHAPE)["owned"], page.evaluate(SHAPE)["alien"]) == (None, 0)
    stranger = Visitor(page.context.browser, visitor.url)
    login = stranger.visit("/accounts/login/")
    login.locator("[name=username]").fill(TYPED)
    login.locator("[name=password]").fill(TYPED)
    login.locator("main [type=submit]").click()
    login.get_by_role("alert").wait_for()
    assert login.locator("[name=username]").input_value() == TYPED
    assert (login.evaluate(SHAPE)["owned"], login.evaluate(SHAPE)["alien"]) == (None, 0)
    assert faults_of(stranger) == faults_of(visitor) == []
    stranger.context.close()


def _kind(route, part):
    return next(kind for kind in ("slug:", "uuid:", "str:") if f"<{kind}{part}>" in route)


def _mark(field):
    """The canary as text, or as a program writes it into JSON."""
    return f"__owned=1>#{field}"

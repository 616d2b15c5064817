"""A site that lives under a prefix (FORCE_SCRIPT_NAME): every address on a page has the prefix."""

import importlib.util
import re

import pytest
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import clear_script_prefix, set_script_prefix

from designer.live import routing

PREFIX = "/ops"
ADDRESS = re.compile(r'(?:href|src|action|data-[a-z-]+)="(/[^"]*)"')
PAGES = [
    "/",
    "/?state=rolled_back",
    "/failures/",
    "/approvals/",
    "/repairs/",
    "/definitions/",
    "/definitions/page_parcel/",
    "/definitions/page_parcel/start/",
    "/admin/",
    "/admin/sagaflow/run/",
]


@pytest.fixture
def under_prefix(settings):
    assert static("") == "/static/"  # read now, because Django keeps it for the following tests
    settings.FORCE_SCRIPT_NAME = PREFIX
    set_script_prefix(f"{PREFIX}/")  # as django.setup does
    yield
    clear_script_prefix()


def leaving(html):
    """The addresses without the prefix. Those of static files follow STATIC_URL, which Django reads only once."""
    found = ADDRESS.findall(html)
    assert found
    return [each for each in found if not f"{each}/".startswith((f"{PREFIX}/", "/static/"))]


def test_every_address_of_every_page_begins_with_the_prefix(boss, run_of, under_prefix):
    parked, stuck = run_of("heavy"), run_of("glass")
    for page in [*PAGES, f"/runs/{parked}/", f"/runs/{stuck}/", f"/runs/{parked}/repair/retry/"]:
        answer = boss.get(page)
        assert answer.status_code == 200, page
        assert leaving(answer.content.decode()) == [], page


def test_the_live_pages_open_their_sockets_under_the_prefix(boss, run_of, under_prefix):
    run = run_of("heavy")
    assert f'data-socket="{PREFIX}/ws/runs/{run}/"' in boss.get(f"/runs/{run}/").content.decode()
    assert f'data-socket="{PREFIX}/ws/runs/"' in boss.get("/").content.decode()


def test_the_page_of_an_error_and_the_login_lead_back_to_the_site(boss, under_prefix):
    assert boss.get("/accounts/login/")["Location"] == f"{PREFIX}/"
    assert leaving(render_to_string("500.html")) == []


@pytest.mark.parametrize("asked", ["ops/ws/runs/", "ws/runs/"])
def test_the_sockets_answer_whether_or_not_the_proxy_cuts_the_prefix(settings, asked):
    settings.FORCE_SCRIPT_NAME = PREFIX
    fresh = importlib.util.module_from_spec(routing.__spec__)
    routing.__spec__.loader.exec_module(fresh)
    assert [pattern.pattern.match(asked) for pattern in fresh.websocket_urlpatterns if pattern.pattern.match(asked)]
    assert len(routing.websocket_urlpatterns) == 2

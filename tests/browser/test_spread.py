"""Live pages over PostgreSQL and Redis: two web processes, two workers, and a channel layer between them."""

import re

import pytest

from tests.browser.conftest import Visitor, is_live, picture, run_is, shows
from tests.browser.site import Site, spread
from tests.browser.test_live_run import UNDONE


@pytest.fixture
def wide(tmp_path, postgresql, redis_server):
    """A site with its own databases."""
    names = [f"browser_{tmp_path.name.strip('_')}_{alias}".lower()[:60] for alias in ("runs", "partner")]
    site = Site(
        tmp_path,
        DATABASE_URL=postgresql.create_database(names[0]),
        PARTICIPANT_DATABASE_URL=postgresql.create_database(names[1]),
        SAGAFLOW_BROKER_URL=redis_server.url,
        CHANNEL_URL=redis_server.url,
    )
    site.prepare()
    yield site
    for name in names:
        postgresql.drop_database(name)


def test_two_web_processes_show_the_same_failure_as_it_happens(wide, visitor):
    wide.shut("payment.take_payment")
    with spread(wide) as urls:
        run = wide.start("metropolis")
        pages = [visitor(url).live(f"/runs/{run}/") for url in urls]
        for page in pages:
            shows(page, take_payment="running", package_order="expected")
        wide.open("payment.take_payment")
        for page in pages:
            shows(page, **UNDONE)
            run_is(page, "rolled_back")
        assert picture(pages[0]) == picture(pages[1])


def test_pages_go_on_when_the_channel_layer_was_wiped_and_restarted(wide, visitor, redis_server):
    wide.shut("payment.take_payment")
    with spread(wide, web=1) as [url]:
        run = wide.start("metropolis")
        who: Visitor = visitor(url)
        page = who.live(f"/runs/{run}/")
        shows(page, take_payment="running")
        redis_server.kill()
        redis_server.start()
        wide.open("payment.take_payment")
        shows(page, **UNDONE)
        run_is(page, "rolled_back")
        is_live(page)
        assert re.search(r"/runs/", page.url)

"""A run with more journal entries than a page shows: a tab pages through them, and the newest are live."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import is_live, run_is, shows
from tests.browser.test_accessible import findings

MANY = """
import sys, django; django.setup()
from sagaflow import engine
for number in range(int(sys.argv[2])):
    engine.publish("Knock", sys.argv[1], {"number": number})
"""
TABS = ("Timeline", "Events", "Sequence", "Journal")


@pytest.fixture
def long_run(up):
    """A run that is waiting at a gate, after hundreds of events that no step asked for."""
    up.shut("payment.take_payment")
    run = up.start("alien")
    up.call("-c", MANY, run, "600")
    return run


def test_every_part_moves_through_the_journal_and_stays_in_its_tab(up, long_run, visitor, axe):
    page = visitor(up).live(f"/runs/{long_run}/")
    for name in TABS:
        tab = page.get_by_role("tab", name=name, exact=True)
        tab.click()
        entries = page.get_by_role("navigation", name=f"Entries shown, {name.lower()}")
        expect(entries).to_be_visible()
        assert findings(page, axe) == []
        entries.get_by_role("link", name="First").click()
        expect(entries).to_contain_text("Entries 1 to 200 of")
        is_live(page)
        expect(tab).to_have_attribute("aria-selected", "true")
        expect(tab).to_be_in_viewport()
        entries.get_by_role("link", name="Newest").click()
        expect(entries).not_to_contain_text("Entries 1 to 200 of")
        is_live(page)
        assert "after" not in page.url


SEEN = """window.seen = '';
new MutationObserver(() => { window.seen += document.querySelector('[data-part=journal]').textContent; })
    .observe(document.querySelector('[data-part=journal]'), { childList: true, subtree: true })"""


def test_an_answer_that_was_overtaken_is_not_shown(up, long_run, visitor):
    page = visitor(up).live(f"/runs/{long_run}/?tab=journal")
    late = []
    page.route(lambda url: "after=0" in url, lambda route: late.append(route))  # noqa: PLW0108 - Playwright marks it
    entries = page.get_by_role("navigation", name="Entries shown, journal")
    with page.expect_request(lambda request: "after=0" in request.url):
        entries.get_by_role("link", name="First").click()
    page.go_back()
    expect(page).not_to_have_url(re.compile("after=0"))
    page.evaluate(SEEN)
    with page.expect_response(lambda response: "after=0" in response.url) as answer:
        for route in late:
            route.continue_()
    answer.value.finished()
    page.get_by_role("tab", name="Events", exact=True).click()
    expect(page.get_by_role("navigation", name="Entries shown, events")).to_be_visible()
    assert "Entries 1 to 200 of" not in page.evaluate("window.seen")


def test_the_newest_entries_follow_the_run(up, long_run, visitor):
    page = visitor(up).live(f"/runs/{long_run}/#journal")
    shows(page, take_payment="running")
    entries = page.get_by_role("navigation", name="Entries shown, journal")
    before = int(re.search(r"of (\d+)", entries.inner_text())[1])
    up.open("payment.take_payment")
    run_is(page, "completed")
    expect(page.locator("[data-part=journal]")).to_contain_text("RunCompleted")
    first, last, head = map(int, re.search(r"(\d+) to (\d+) of (\d+)", entries.inner_text()).groups())
    assert head > before
    assert (first, last) == (head - 199, head)


def test_the_number_of_an_entry_that_is_not_shown_leads_to_it(up, long_run, visitor):
    page = visitor(up).live(f"/runs/{long_run}/?after=2#events")
    page.locator("[data-part=events] a", has_text=re.compile("^1$")).first.click()
    expect(page.locator("#entry-1")).to_be_in_viewport()


def test_the_data_of_an_entry_among_many_comes_when_it_is_opened(up, long_run, visitor):
    page = visitor(up).live(f"/runs/{long_run}/?tab=journal")
    entry = page.locator("[data-part=journal] tr", has_text="Knock").last
    expect(entry.locator("pre")).to_have_text("")
    entry.locator("summary").click()
    expect(entry.locator(".json.is-tree")).to_contain_text("Knock")
    expect(entry.get_by_role("link", name="As JSON")).to_have_count(0)

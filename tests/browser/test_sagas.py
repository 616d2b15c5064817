"""The pages of a saga in a real browser: tabs, folds, the walk along the drawing, and the simulation on it."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessible import LOOKS, findings
from tests.browser.test_run_page import MORE

SAGA = "/definitions/order-fulfilment/"


def test_a_saga_has_one_address_with_tabs_and_each_has_a_title_of_its_own(up, visitor):
    page = visitor(up).visit(SAGA)
    tabs = page.get_by_role("navigation", name="Saga")
    titles = [page.title()]
    for name in ("Versions", "Simulate"):
        tabs.get_by_role("link", name=name).click()
        expect(tabs.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
        titles.append(page.title())
    with page.expect_navigation():
        tabs.get_by_role("link", name="Runs").click()
    titles.append(page.title())
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_the_tabs_of_a_saga_are_in_sight_or_say_that_there_are_more(up, visitor, width):
    up.ends(up.start(), "completed")
    page = visitor(up, viewport={"width": width, "height": 844}).visit(SAGA + "?tab=versions")
    tabs = page.get_by_role("navigation", name="Saga")
    expect(tabs.get_by_role("link", name="Versions")).to_be_in_viewport(ratio=1)
    if width == 390:
        for name in ("Overview", "Simulate", "Runs"):
            expect(tabs.get_by_role("link", name=name)).to_be_in_viewport(ratio=1)
    else:
        assert page.evaluate(MORE, ".saga-tabs") == [[False, True], [True, False]]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_list_of_sagas_counts_runs_by_status_and_finds_by_team(up, visitor):
    up.ends(up.start("alien", order="S-1"), "completed")
    up.ends(up.start("metropolis", order="S-2"), "rolled_back")
    page = visitor(up).visit("/definitions/?sort=runs")
    card = page.locator(".definition").first
    expect(card).to_contain_text("completed")
    expect(card).to_contain_text("rolled back")
    page.get_by_label("Search", exact=True).fill("purchasing")
    page.keyboard.press("Enter")
    expect(page.locator(".definition")).to_have_count(1)
    page.locator(".definition").get_by_role("link", name="Goods Receiving").click()
    page.wait_for_url("**/definitions/goods-receiving/")


@pytest.mark.parametrize("path", ["", "simulation/"])
def test_the_drawing_of_a_definition_is_walked_and_folded_by_keys(up, visitor, path):
    up.ends(up.start("alien", order="S-1"), "completed")
    page = visitor(up).visit(SAGA + path)
    page.locator("saga-drawing[data-ready]").wait_for()
    page.locator("[data-element='step/place_order']").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-element='step/reserve_stock']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("td[data-tells='step/reserve_stock']")).to_be_focused()
    page.get_by_role("link", name="Fold segment order").click()
    page.locator("saga-drawing[data-ready]").wait_for()
    page.locator("[role=button][data-segment=order]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[role=button][data-segment=order]")).to_have_count(0)


UNDER_EACH_OTHER = """[...document.querySelectorAll('td[data-film]')].filter(cell =>
    cell.querySelector('[title^=Play]').offsetTop >= cell.firstChild.offsetTop + cell.firstChild.offsetHeight).length"""
"""The steps whose film is on a line of its own."""


def test_a_simulated_failure_is_shown_on_the_drawing(up, visitor):
    page = visitor(up).visit(f"{SAGA}simulation/")
    page.locator("saga-drawing[data-ready]").wait_for()
    assert page.evaluate(UNDER_EACH_OTHER) == 0
    row = page.locator("tr", has=page.locator("td[data-shows=package_order]")).filter(has_text="rolled back").first
    row.get_by_role("button", name="package_order", exact=True).click()
    expect(page.locator("[data-element='step/package_order'].sf-is-failed")).to_have_count(1)
    expect(page.locator("[data-element='step/take_payment'].sf-is-compensated")).to_have_count(1)
    row.get_by_role("button", name="package_order", exact=True).click()
    expect(page.locator(".sf-is-failed, .sf-is-compensated")).to_have_count(0)


MANY = """
import json, django; django.setup()
from sagaflow import registry
from sagaflow.core.definition.document import load
from sagaflow.core.definition.writer import dump
from sagaflow.store import definitions
old = registry.get_saga("order-fulfilment")
document = dump(old)
for segment in document["segments"]:
    for step in segment["steps"]:
        step["timeout"] = 4711
new = load(document)
for saga in (old, new):
    definitions.pin(saga)
print(json.dumps({"old": old.digest, "new": new.digest}))
"""


@pytest.mark.parametrize("look", ["light", "dark phone"])
def test_many_equal_changes_are_said_once_and_both_drawings_stand_side_by_side(up, visitor, axe, look):
    told = json.loads(up.call("-c", MANY))
    page = visitor(up, **LOOKS[look]).visit(f"{SAGA}?tab=versions")
    page.get_by_label("Before").select_option(told["old"])
    page.get_by_label("After").select_option(told["new"])
    page.get_by_role("button", name="Show side by side").click()
    page.wait_for_url("**/to/**")
    words = page.get_by_role("region", name="Changes").get_by_role("listitem")
    assert words.count() < 7
    expect(words.filter(has_text="steps in the same way").first).to_contain_text("4711")
    expect(page.locator("saga-drawing[data-ready]")).to_have_count(2)
    assert findings(page, axe) == []
    for address in (SAGA, f"{SAGA}?tab=versions", f"{SAGA}simulation/", "/definitions/"):
        page.goto(up.url + address)
        assert findings(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

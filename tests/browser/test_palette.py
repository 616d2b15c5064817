"""The command palette and the keyboard shortcuts in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import held
from tests.browser.test_accessible import LOOKS, findings


def palette(page):
    return page.get_by_role("dialog", name="Search or jump")


def test_from_any_page_a_run_is_reached_by_a_few_letters(up, visitor):
    run = up.start("alien", order="O-4711")
    page = visitor(up).visit("/failures/")
    page.keyboard.press("Control+k")
    field = palette(page).get_by_role("combobox")
    expect(field).to_be_focused()
    field.press_sequentially("o-47")
    option = palette(page).get_by_role("option", name=re.compile(run[:8]))
    expect(option).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", option.get_attribute("id"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{up.url}/runs/{run}/")


def test_arrows_choose_escape_closes_and_the_focus_returns(up, visitor):
    page = visitor(up).visit("/failures/")
    page.locator("[data-jump]").click()
    field = palette(page).get_by_role("combobox")
    field.fill("failure")
    options = palette(page).get_by_role("option")
    expect(options.first).to_contain_text("Failures")
    field.fill("order")
    expect(options.nth(3)).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(palette(page)).to_be_hidden()
    expect(page.locator("[data-jump]")).to_be_focused()


def test_enter_opens_nothing_of_an_older_text(up, visitor):
    page = visitor(up).visit("/")
    page.keyboard.press("Control+k")
    field, options = page.get_by_role("combobox", name="Search or jump"), page.get_by_role("option")
    field.press_sequentially("fail")
    expect(options.first).to_contain_text("Failures")
    release = held(page, "**/jump/?q=appro*")
    field.fill("appro")
    with page.expect_request("**/jump/?q=appro*"):
        field.press("Enter")
    assert page.url == f"{up.url}/"
    release()
    page.wait_for_url("**/approvals/")


def test_what_is_typed_before_the_palette_has_loaded_counts(up, visitor):
    page = visitor(up).visit("/")
    release = held(page, "**/frame/palette.*js")
    page.keyboard.press("Control+k")
    page.keyboard.type("appro")
    page.keyboard.press("Enter")
    release()
    page.wait_for_url("**/approvals/")


def test_it_says_when_nothing_is_found_and_when_the_server_does_not_answer(up, visitor):
    who = visitor(up)
    page = who.visit("/failures/")
    page.keyboard.press("Control+k")
    field = palette(page).get_by_role("combobox")
    field.fill("nothing like this")
    said = palette(page).get_by_role("status")
    expect(said).to_have_text("Nothing found for “nothing like this”")
    expect(field).to_have_attribute("aria-expanded", "false")
    page.route("**/jump/*", lambda route: route.abort())
    field.fill("order")
    expect(said).to_have_text("The search failed. The server does not answer.")
    page.unroute("**/jump/*")
    field.fill("orders")
    field.fill("order")
    expect(palette(page).get_by_role("option").first).to_be_visible()
    who.expected.append("ERR_FAILED")


def test_single_keys_go_to_places_and_walk_through_lists(up, visitor):
    runs = [up.start("alien", order=f"O-{number}") for number in range(2)]
    page = visitor(up).visit("/failures/")
    page.keyboard.type("gs")
    page.wait_for_url(f"{up.url}/definitions/")
    page.keyboard.type("gr")
    page.wait_for_url(f"{up.url}/")
    page.locator(f'[data-part=list] tr[data-run="{runs[1]}"]').wait_for()
    page.keyboard.press("k")
    last = page.locator("[data-part=list] tr[data-run]").last.locator("a.strong")
    expect(last).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/runs/"))


def test_keys_that_are_typed_into_a_field_are_text(up, visitor):
    page = visitor(up).visit("/definitions/order-fulfilment/start/")
    field = page.get_by_label("Customer", exact=True)
    field.press_sequentially("gr/?jk")
    expect(field).to_have_value("gr/?jk")
    assert page.url.endswith("/start/")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_the_help_lists_the_shortcuts_and_switches_single_keys_off(up, visitor):
    page = visitor(up).visit("/failures/")
    page.keyboard.press("?")
    shown = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shown).to_contain_text("Go to sagas")
    shown.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    expect(shown).to_be_hidden()
    page.keyboard.type("gs?")
    page.keyboard.press("Control+k")
    expect(palette(page)).to_be_visible()
    page.keyboard.press("Escape")
    assert page.url == f"{up.url}/failures/"
    page.locator("[data-menu=account] > summary").click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(shown.get_by_role("checkbox")).not_to_be_checked()
    expect(shown).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_the_palette_and_the_help(up, visitor, axe, look):
    up.start("metropolis")
    page = visitor(up, **LOOKS[look]).visit("/repairs/")
    page.keyboard.press("?")
    assert findings(page, axe) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    for typed in ("", "order", "nothing like this"):
        palette(page).get_by_role("combobox").fill(typed)
        expect(palette(page).get_by_role("status")).to_have_text(re.compile("result|Nothing"))
        assert (typed, findings(page, axe)) == (typed, [])

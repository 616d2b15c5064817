"""Gestures of the designer in a real browser, on one site: the ghost of a rollback, and failures as films."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessible import findings
from tests.browser.test_admin import BROKEN
from tests.browser.test_design import Hand, ready


@pytest.fixture
def hand(up, visitor, request):
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name)[:60].strip("-")
    page = visitor(up).visit("/design/")
    page.locator("#new-name").fill(name)
    page.get_by_role("radio", name="Book a trip").check()
    page.get_by_role("button", name="Create draft").click()
    ready(page)
    return Hand(page)


def select(hand, name, **how):
    hand.step(name).click(**how)
    expect(hand.step(name)).to_have_class(re.compile("sf-selected"))
    hand.step(name).focus()


def test_what_is_selected_has_a_ring_and_keeps_its_own_line_which_is_heavy_for_the_pivot_alone(hand):
    style = "one => (({ strokeWidth, filter }) => [strokeWidth, filter])(getComputedStyle(one))"
    shape = hand.step("rent_car").locator("> :is(path, polygon)").first
    line, plain = shape.evaluate(style)
    select(hand, "rent_car")
    assert shape.evaluate(style)[0] == line
    assert "drop-shadow" in shape.evaluate(style)[1]
    assert plain == "none"
    text = hand.step("rent_car").locator("text").first
    assert text.evaluate("one => getComputedStyle(one).textRendering") == "geometricprecision"


def test_a_held_z_shows_the_rollback_as_a_ghost_and_lets_it_go(hand, axe):
    select(hand, "rent_car")
    page, lines = hand.page, hand.page.locator(".ghost-lines li")
    page.keyboard.down("z")
    expect(lines).to_have_text(
        ["Book hotel: undone by hotels.cancel_hotel", "Book flight: undone by flights.cancel_flight"]
    )
    expect(page.locator("[data-element='undo/book_flight'] .sd-badge text")).to_have_text("2")
    assert findings(page, axe) == []
    page.keyboard.up("z")
    expect(lines).to_have_count(0)
    page.get_by_role("button", name="Rollback", exact=True).click()
    expect(lines).to_have_count(2)
    expect(page.locator("#announcer")).to_contain_text("1. Book hotel: undone by")
    select(hand, "book_flight")
    expect(lines).to_have_count(0)


def test_a_failure_is_played_on_the_drawing_and_closing_gives_the_drawing_back(hand, axe):
    page = hand.page
    select(hand, "rent_car")
    page.keyboard.press("y")
    film = page.get_by_role("region", name="Simulation: Rent car: business error")
    film.get_by_role("button", name="Pause").click()
    slider = film.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    expect(film).to_contain_text("The run is rolled back.")
    expect(page.locator("[data-element='step/rent_car'].sf-is-failed")).to_have_count(1)
    expect(page.locator("[data-element='undo/book_flight'].sf-is-done")).to_have_count(1)
    assert findings(page, axe) == []
    film.get_by_role("button", name="Previous picture").click()
    expect(film).not_to_contain_text("The run is rolled back.")
    page.keyboard.press("Home")
    expect(page.locator("[data-element='step/rent_car'].sf-is-failed")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(film).to_have_count(0)
    expect(page.locator(".sf-node[class*=sf-is-]")).to_have_count(0)
    assert page.evaluate(BROKEN, ".failures thead") == []
    cell = page.get_by_role("button", name="Play technical error until exhausted of Book hotel")
    cell.click()
    expect(page.get_by_role("region", name="Simulation: Book hotel")).to_contain_text("of")
    assert hand.document()["segments"][0]["steps"][0]["name"] == "book_flight"


def test_with_reduced_motion_a_film_waits_for_the_reader(up, visitor):
    page = visitor(up, reduced_motion="reduce").visit("/definitions/order-fulfilment/simulation/")
    page.locator("saga-drawing[data-ready]").wait_for()
    page.get_by_role("button", name="Play business error of package_order").first.click()
    film = page.get_by_role("region", name="Simulation: Package order: business error")
    expect(film.get_by_role("button", name="Play", exact=True)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(film).to_contain_text("Place order is under way.")
    page.keyboard.press("End")
    expect(film).to_contain_text("The run is rolled back.")
    page.keyboard.press("Escape")
    expect(page.locator(".sf-node[class*=sf-is-]")).to_have_count(0)

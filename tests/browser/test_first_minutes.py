"""The first minutes in the designer, in a real browser: a new saga, a finger, and a hand that is fast."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessible import LOOKS, findings
from tests.browser.test_design import Hand, forgive, ready

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize("look", LOOKS)
def test_a_new_saga_begins_as_a_template_that_is_seen_and_chosen_by_keyboard(up, visitor, axe, look):
    page = visitor(up, **LOOKS[look]).visit("/design/")
    expect(page.locator(".template .sketch svg")).to_have_count(6)
    assert findings(page, axe) == []
    page.locator("#new-name").fill(f"a-trip-{len(look)}-{look}".replace(" ", "-"))
    page.get_by_role("radio", name="From a list").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Empty")).to_be_checked()
    expect(page.locator("#new-steps")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Book a trip")).to_be_checked()
    page.keyboard.press("Enter")
    ready(page)
    expect(Hand(page).step("book_flight")).to_have_count(1)


def test_a_list_becomes_steps_with_their_undos_and_a_bad_line_is_kept_and_named(up, visitor, axe):
    someone = visitor(up)
    page = someone.visit("/design/")
    page.locator("#new-name").fill("from-a-list")
    page.locator("#new-steps").fill("undo: Send it back\nPack parcel")
    page.get_by_role("button", name="Create draft").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 1, 'Send it back', is an undo")
    assert findings(page, axe) == []
    forgive(someone, 400)
    page.locator("#new-steps").fill("Pack parcel\nundo: Unpack parcel\nSend parcel < Call it back")
    page.get_by_role("button", name="Create draft").click()
    ready(page)
    steps = Hand(page).document()["segments"][0]["steps"]
    assert [(step["title"], step.get("undo")) for step in steps] == [
        ("Pack parcel", "from_a_list.unpack_parcel"),
        ("Send parcel", "from_a_list.call_it_back"),
    ]


def test_the_outline_reads_a_line_as_the_list_does(up, visitor):
    page = visitor(up).visit("/design/")
    page.locator("#new-name").fill("in-the-outline")
    page.locator("#new-steps").fill("First")
    page.get_by_role("button", name="Create draft").click()
    ready(page)
    page.locator("[data-to-mode=outline]").click()
    page.locator('[data-key="segments/main/steps/first"]').press("Enter")
    page.locator('[data-key="new"]').fill("Second undo: shop.back")
    with page.expect_response(re.compile("/edit/")):
        page.locator('[data-key="new"]').press("Enter")
    hand = Hand(page)
    hand.done()
    assert hand.document()["segments"][0]["steps"][1] == {
        "name": "second",
        "title": "Second",
        "action": "service.second",
        "undo": "shop.back",
    }


def test_a_search_that_finds_no_action_plans_one(up, visitor):
    hand = trip(visitor(up), "planned-by-search")
    page, search = hand.page, hand.page.locator("#palette-search")
    search.fill("insurances.insure_trip")
    expect(page.locator("#design-palette h2:visible")).to_have_count(0)
    expect(page.locator("#design-palette .item:visible")).to_contain_text("a new action to write")
    for wanted, begin in (("insurances.insure_trip", "press"), ("Water the plants", "click")):
        search.fill(wanted)
        search.press("Enter") if begin == "press" else page.locator("#design-palette .item:visible").click()
        page.locator(".design-place:focus").wait_for()
        with page.expect_response(re.compile("/edit/")):
            page.keyboard.press("Enter")
        hand.done()
    steps = {step["name"]: step for step in hand.document()["segments"][0]["steps"]}
    assert steps["insure_trip"]["action"] == "insurances.insure_trip"
    assert steps["water_the_plants"] == {
        "name": "water_the_plants",
        "title": "Water the plants",
        "action": "service.water_the_plants",
    }
    search.fill("")
    expect(page.locator("[data-plan]")).to_be_hidden()


@pytest.mark.parametrize("window", [{}, PHONE])
def test_a_draft_that_does_not_fit_into_its_pane_opens_at_its_start(up, visitor, window):
    page = visitor(up, **window).visit("/design/")
    page.locator("#new-name").fill(f"tall-{len(window)}")
    page.locator("#new-steps").fill("\n".join(f"Step {number} < Undo {number}" for number in range(12)))
    page.get_by_role("button", name="Create draft").click()
    ready(page)
    expect(page.locator("[data-hint]")).to_be_visible(visible=not window)
    assert page.locator("[data-undo]").evaluate("one => getComputedStyle(one).opacity") == "0.5"
    if not window:
        assert page.locator("saga-drawing > .sd-map").evaluate("one => getComputedStyle(one).zIndex") == "1"
    pane, start = page.locator("saga-drawing").bounding_box(), page.locator(".sf-node.sf-start").bounding_box()
    assert pane["y"] <= start["y"] <= pane["y"] + pane["height"] / 3
    assert pane["x"] <= start["x"] <= pane["x"] + pane["width"]


class Finger:
    """One finger on a touch screen, as the browser receives it."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)

    def _send(self, kind, *points):
        places = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    def down(self, x, y):
        self._send("touchStart", (x, y))

    def move(self, x, y):
        self._send("touchMove", (x, y))

    def up(self):
        self._send("touchEnd")


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def trip(someone, name):
    """A draft of the travel template."""
    page = someone.visit("/design/")
    page.locator("#new-name").fill(name)
    page.get_by_role("radio", name="Book a trip").check()
    page.get_by_role("button", name="Create draft").click()
    ready(page)
    return Hand(page)


def order(hand):
    return [step["name"] for step in hand.document()["segments"][0]["steps"]]


def test_a_long_press_takes_a_step_up_and_a_finger_that_moves_at_once_does_not(up, visitor, axe):
    hand = trip(visitor(up, **PHONE), "by-finger")
    page, finger = hand.page, Finger(hand.page)
    x, y = middle(hand.step("rent_car"))
    finger.down(x, y)
    for far in (10, 30, 60):
        finger.move(x + far, y - far)
    finger.up()
    expect(page.locator(".design-ghost")).to_have_count(0)
    expect(page.locator(".design-place")).to_have_count(0)
    x, y = middle(hand.step("rent_car"))
    finger.down(x, y)
    expect(page.locator(".design-ghost")).to_have_text("Rent car")
    place = page.locator('.design-place[data-key="before/book_flight"]')
    place.wait_for()
    assert findings(page, axe) == []
    finger.move(x, y - 20)
    finger.move(*middle(place))
    expect(place).to_have_class(re.compile("design-hot"))
    with page.expect_response(re.compile("/edit/")):
        finger.up()
    hand.done()
    assert order(hand)[:2] == ["rent_car", "book_flight"]


def test_a_long_press_that_does_not_move_opens_the_menu_and_never_clicks_in_it(up, visitor):
    hand = trip(visitor(up, **PHONE), "by-long-press")
    hand.page.evaluate("() => { addEventListener('touchend', (event) => { window.taps = !event.defaultPrevented; }); }")
    finger = Finger(hand.page)
    finger.down(*middle(hand.step("rent_car")))
    hand.page.locator(".design-ghost").wait_for()
    finger.up()
    expect(hand.page.get_by_role("menuitem", name="Move")).to_be_visible()
    hand.page.wait_for_function("() => 'taps' in window")
    assert hand.page.evaluate("() => window.taps") is False  # the browser sends a click after a tap, however late
    expect(hand.page.locator(".design-place")).to_have_count(0)


def test_a_drop_before_the_places_are_known_waits_for_them(up, visitor):
    hand = trip(visitor(up), "faster-than-places")
    page, waiting = hand.page, []
    x, y = middle(hand.step("send_itinerary"))
    to_x, to_y = middle(hand.step("book_flight"))

    def hold(route):
        waiting.append(route)

    page.route("**/places/**", hold)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y - 20, steps=3)
    page.mouse.move(to_x, to_y - 40)
    page.mouse.up()
    expect(page.locator(".design-ghost")).to_have_count(0)
    assert order(hand)[0] == "book_flight"
    with page.expect_response(re.compile("/edit/")):
        waiting[0].continue_()
    hand.done()
    assert order(hand)[:2] == ["send_itinerary", "book_flight"]

"""The tour of the designer in a real browser, from its card to a run that is rolled back."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import run_is
from tests.browser.test_accessible import findings
from tests.browser.test_design import Hand, ready

UNKNOWN = """import django; django.setup()
from examples.musiccorp.models import UnknownAddress
UnknownAddress.objects.get_or_create(address="Nowhere 1")
"""


def at(page, number):
    expect(page.locator(".tour h2")).to_have_text(re.compile(f"^{number} of 5 "))


def marked(page, selector):
    """True if the tour points at an element that is there."""
    return page.locator(selector).evaluate("one => getComputedStyle(one).outlineStyle === 'dashed'")


POINTED_AT = """() => [...document.querySelectorAll("main *")]
    .filter((one) => getComputedStyle(one).outlineStyle === "dashed")
    .filter((one) => {
        const box = one.getBoundingClientRect();
        const on = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return one.contains(on);
    }).map((one) => one.id || one.textContent.trim() || one.className)"""


def pointed_at(page):
    """Everything in sight that the tour points at."""
    return page.evaluate(POINTED_AT)


def is_dashed(box):
    return box.evaluate("one => getComputedStyle(one.querySelector('path, polygon')).strokeDasharray !== 'none'")


def test_the_five_steps_end_in_a_run_that_is_rolled_back(up, visitor, axe):
    up.call("-c", UNKNOWN)
    page = visitor(up).visit("/design/")
    page.get_by_role("button", name="Take the tour").click()
    ready(page)
    at(page, 1)
    hand, link = Hand(page), page.locator(".tour-does a")
    height = page.locator(".tour").bounding_box()["height"]
    expect(link).to_be_hidden()
    assert marked(page, "#design-canvas")
    expect(page.locator("[id='in-title']")).to_be_hidden()
    hand.step("create_customer").click()
    page.locator('#design-inspector form[data-element$="/create_customer"]').wait_for()
    assert marked(page, "[id='in-title']")
    assert not marked(page, "#design-canvas")
    hand.field("title", "Greet the customer")
    at(page, 2)
    assert findings(page, axe) == []
    page.locator(".design-style").click()
    at(page, 3)
    assert is_dashed(hand.step("send_welcome_pack"))
    assert not is_dashed(hand.step("create_loyalty_account"))
    assert not marked(page, "[data-ghost]")
    page.locator("[data-ghost]").click()  # of the step that is still selected
    expect(page.locator(".ghost-lines")).to_contain_text("no earlier step has anything to undo")
    at(page, 3)
    hand.step("send_welcome_pack").click()
    expect(page.locator("[data-ghost]")).to_have_css("outline-style", "dashed")
    assert not is_dashed(hand.step("send_welcome_pack"))
    page.locator("[data-ghost]").click()
    at(page, 4)
    assert abs(page.locator(".tour").bounding_box()["height"] - height) < 1
    page.get_by_role("link", name="Review and publish").click()  # there is one
    expect(link).to_be_hidden()
    assert marked(page, "[data-publish] button")
    page.get_by_role("button", name="Publish").click()
    at(page, 5)
    page.get_by_role("link", name="Open the filled-in form").click()
    expect(link).to_be_hidden()
    assert marked(page, "[data-start] [type=submit]")
    page.locator("main form [type=submit]").last.click()
    run_is(page, "rolled_back")
    expect(page.locator(".tour h2")).to_have_text("The tour is done")
    page.get_by_role("button", name="Close the tour").click()
    expect(page.locator(".tour")).to_have_count(0)
    run_is(page, "rolled_back")


def test_on_a_phone_the_tour_leaves_room_for_the_drawing(up, visitor, axe):
    page = visitor(up, viewport={"width": 390, "height": 844}).visit("/design/")
    page.get_by_role("button", name="Take the tour").click()
    ready(page)
    at(page, 1)
    assert findings(page, axe) == []
    room = page.locator("#design-canvas").bounding_box()
    assert room["height"] > 300
    assert room["y"] >= (tour := page.locator(".tour").bounding_box())["y"] + tour["height"]
    assert pointed_at(page) == ["design-canvas"]
    hand = Hand(page)
    hand.step("create_customer").click()
    page.locator('#design-inspector form[data-element$="/create_customer"]').wait_for(state="attached")
    assert pointed_at(page) == ["Form"]
    page.get_by_role("button", name="Form", exact=True).click()
    assert pointed_at(page) == ["in-title"]
    hand.field("title", "Greet the customer")
    at(page, 2)
    assert pointed_at(page) == ["Drawing"]
    page.get_by_role("button", name="Drawing", exact=True).click()
    assert pointed_at(page) == ["design-style"]
    page.get_by_role("button", name="Close the tour").click()
    expect(page.locator(".tour")).to_have_count(0)
    assert pointed_at(page) == []

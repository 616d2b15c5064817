"""The first minutes in the designer, in a real browser on one site: a new saga from a template and from a list."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.site import embedded
from tests.browser.test_accessible import LOOKS, findings
from tests.browser.test_design import Hand, forgive, ready

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def up(tmp_path_factory, prepared):
    """One site for all tests of this file; each begins drafts of its own."""
    site = embedded(tmp_path_factory.mktemp("first"), prepared)
    with site.up():
        yield site


@pytest.mark.parametrize("look", LOOKS)
def test_a_new_saga_begins_as_a_template_that_is_seen_and_chosen_by_keyboard(up, visitor, axe, look):
    page = visitor(up.url, **LOOKS[look]).visit("/design/")
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
    someone = visitor(up.url)
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
    page = visitor(up.url).visit("/design/")
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

"""Gestures on the drawing in a real browser, on one site: several steps at once, and a name changed in place."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.site import embedded
from tests.browser.test_accessible import findings
from tests.browser.test_design import Hand, begin, forgive

STEPS = "Alpha\nBeta\nGamma\nDelta"


@pytest.fixture(scope="module")
def up(tmp_path_factory, prepared):
    """One site for all tests of this file; each begins drafts of its own."""
    site = embedded(tmp_path_factory.mktemp("several"), prepared)
    with site.up():
        yield site


@pytest.fixture(scope="module")
def person(up, chromium):
    """One user who is logged in once."""
    visitor = Visitor(chromium, up.url)
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.log_in()
    yield visitor
    visitor.context.close()
    assert visitor.unexpected() == []


@pytest.fixture
def hand(person, request):
    hand: Hand = begin(person, re.sub(r"[^a-z0-9]+", "-", request.node.name)[:60].strip("-"), STEPS)
    yield hand
    hand.page.close()


def names(hand):
    return [step["name"] for segment in hand.document()["segments"] for step in segment["steps"]]


def chosen(hand):
    return hand.page.locator(".sf-node.design-chosen[aria-pressed=true]")


def choose(hand, *steps):
    first, *others = steps
    hand.step(first).click()
    for step in others:
        hand.step(step).click(modifiers=["Shift"])
    expect(chosen(hand)).to_have_count(len(steps))


def press(hand, keys):
    """Press keys that send an edit, and wait for its answer."""
    with hand.page.expect_response(re.compile("/(edit|undo)/")):
        hand.page.keyboard.press(keys)
    hand.done()


def test_several_steps_are_selected_by_mouse_and_deleted_and_an_undo_selects_them_again(hand, axe):
    page = hand.page
    choose(hand, "alpha", "beta", "delta")
    expect(page.locator("#announcer")).to_contain_text("Delta added. 3 steps selected")
    form = page.locator("#design-inspector")
    expect(form.get_by_role("heading")).to_have_text("3 steps selected")
    expect(form.locator("li > button:first-child")).to_have_text(["Alpha", "Beta", "Delta"])
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert findings(page, axe) == []
    hand.step("beta").click(modifiers=["ControlOrMeta"])
    expect(chosen(hand)).to_have_count(2)
    form.get_by_role("button", name="Delete").click()
    expect(page.locator(".sf-node[data-step]")).to_have_count(2)
    hand.done()
    assert names(hand) == ["beta", "gamma"]
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(chosen(hand)).to_have_count(2)
    assert names(hand) == ["alpha", "beta", "gamma", "delta"]
    form.get_by_role("button", name="Remove Alpha from the selection").click()
    expect(chosen(hand)).to_have_count(0)
    expect(form.get_by_role("heading")).to_contain_text("Delta")


def test_several_steps_are_selected_and_moved_by_the_keyboard_alone(hand):
    page = hand.page
    hand.step("alpha").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowDown")
    expect(chosen(hand)).to_have_count(2)
    page.keyboard.press("Shift+ArrowDown")
    expect(chosen(hand)).to_have_count(3)
    page.keyboard.press("Shift+ArrowUp")
    expect(chosen(hand)).to_have_count(2)
    expect(hand.step("beta")).to_be_focused()
    page.keyboard.press("m")
    expect(page.locator("[data-hint]")).to_contain_text("2 steps: choose a place")
    page.keyboard.press("End")
    page.keyboard.type("after delta")
    expect(page.locator('.design-place[aria-label="after Delta"]')).to_be_focused()
    press(hand, "Enter")
    assert names(hand) == ["gamma", "delta", "alpha", "beta"]
    expect(chosen(hand)).to_have_count(2)
    page.keyboard.press("Escape")
    expect(chosen(hand)).to_have_count(0)
    page.keyboard.press("Space")
    page.keyboard.press("ControlOrMeta+a")
    expect(chosen(hand)).to_have_count(4)
    press(hand, "x")
    assert names(hand) == []
    press(hand, "ControlOrMeta+z")
    expect(chosen(hand)).to_have_count(4)


def test_a_dragged_step_takes_the_others_of_the_selection_along(hand):
    choose(hand, "alpha", "beta")
    hand.move("beta", "after/delta")
    assert names(hand) == ["gamma", "delta", "alpha", "beta"]
    press(hand, "ControlOrMeta+d")
    assert len(names(hand)) == 6


def test_on_a_phone_the_menu_begins_a_selection_and_taps_add_to_it(up, chromium, axe):
    visitor = Visitor(chromium, up.url, viewport={"width": 390, "height": 844}, has_touch=True)
    visitor.log_in()
    hand = begin(visitor, "on-a-phone", STEPS)
    page, bar = hand.page, hand.page.get_by_role("group", name="Selected steps")
    hand.step("alpha").tap()
    hand.step("alpha").dispatch_event("contextmenu", {"clientX": 100, "clientY": 300})
    page.get_by_role("menuitem", name="Select several steps").click()
    expect(bar).to_contain_text("1 step selected")
    hand.step("gamma").tap()
    expect(bar).to_contain_text("2 steps selected")
    assert findings(page, axe) == []
    bar.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Set aside").click()
    hand.done()
    assert names(hand) == ["beta", "delta"]
    bar.get_by_role("button", name="Done").click()
    expect(bar).to_be_hidden()
    assert visitor.unexpected() == []
    visitor.context.close()


def test_steps_are_copied_cut_and_pasted_as_yaml_by_keys_and_menu(hand, person, axe):
    page, announcer = hand.page, hand.page.locator("[data-told]")
    choose(hand, "beta", "gamma")
    page.keyboard.press("ControlOrMeta+c")
    expect(announcer).to_have_text("Copied 2 steps.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("- name: beta\n  title: Beta\n")
    hand.step("delta").click()
    press(hand, "ControlOrMeta+v")
    assert names(hand) == ["alpha", "beta", "gamma", "delta", "beta_2", "gamma_2"]
    press(hand, "ControlOrMeta+z")
    assert names(hand) == ["alpha", "beta", "gamma", "delta"]
    hand.step("alpha").click()
    press(hand, "ControlOrMeta+x")
    assert names(hand) == ["beta", "gamma", "delta"]
    assert "name: alpha" in page.evaluate("navigator.clipboard.readText()")
    hand.step("gamma").click(button="right")
    assert findings(page, axe) == []
    page.get_by_role("menuitem", name="Paste after").click()
    expect(hand.step("alpha")).to_have_count(1)
    hand.done()
    assert names(hand) == ["beta", "gamma", "alpha", "delta"]
    page.evaluate("navigator.clipboard.writeText('- name: x\\n  actoin: a.b')")
    hand.step("alpha").click()
    press(hand, "ControlOrMeta+v")
    expect(announcer).to_contain_text("The pasted text, line 1: 'actoin' is not a key of a step")
    assert names(hand) == ["beta", "gamma", "alpha", "delta"]
    forgive(person, 409)


def test_a_browser_that_keeps_its_clipboard_from_the_menu_is_told_the_keys_that_need_no_permission(hand, person):
    page, announcer = hand.page, hand.page.locator("[data-told]")
    hand.step("alpha").click()
    page.keyboard.press("ControlOrMeta+c")
    expect(announcer).to_have_text("Copied Alpha.")
    person.context.clear_permissions()
    try:
        hand.step("beta").click(button="right")
        page.get_by_role("menuitem", name="Paste after").click()
        expect(announcer).to_contain_text("press Ctrl V")
        assert names(hand) == ["alpha", "beta", "gamma", "delta"]
        page.keyboard.press("Escape")
        hand.step("beta").click()
        press(hand, "ControlOrMeta+v")
        assert names(hand) == ["alpha", "beta", "alpha_2", "gamma", "delta"]
    finally:
        person.context.grant_permissions(["clipboard-read", "clipboard-write"])


def test_f2_renames_in_place_with_the_name_and_one_undo_takes_both_back(hand, axe):
    page, field = hand.page, hand.page.locator("#design-ask")
    hand.step("beta").click()
    hand.step("beta").focus()
    page.keyboard.press("F2")
    expect(field).to_be_focused()
    expect(page.get_by_label("New name of Beta")).to_have_value("Beta")
    box, node = field.bounding_box(), hand.step("beta").bounding_box()
    assert node["y"] < box["y"] + box["height"] / 2 < node["y"] + node["height"], "the field lies over the step"
    assert findings(page, axe) == []
    page.keyboard.type("Left alone")
    page.keyboard.press("Escape")
    expect(hand.step("beta")).to_be_focused()
    page.keyboard.press("F2")
    page.keyboard.type("Charge the card (EU)")
    press(hand, "Enter")
    expect(hand.step("charge_the_card_eu")).to_be_focused()
    step = hand.document()["segments"][0]["steps"][1]
    assert (step["name"], step["title"]) == ("charge_the_card_eu", "Charge the card (EU)")
    page.keyboard.press("F2")
    page.keyboard.type("Alpha")
    press(hand, "Enter")
    assert names(hand) == ["alpha", "alpha_2", "gamma", "delta"]
    press(hand, "ControlOrMeta+z")
    press(hand, "ControlOrMeta+z")
    assert names(hand) == ["alpha", "beta", "gamma", "delta"]
    expect(hand.step("beta")).to_have_count(1)


def test_chosen_steps_become_a_sub_saga_and_its_steps_come_back(hand, axe):
    page, draft = hand.page, hand.page.url
    choose(hand, "beta", "gamma")
    page.locator("#design-inspector").get_by_role("button", name="Extract into a sub-saga").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Extract into a sub-saga")
    expect(page.get_by_role("main")).to_contain_text("Beta, Gamma")
    expect(page.locator("saga-drawing .sf-node[data-step=beta]")).to_be_visible()
    assert findings(page, axe) == []
    page.get_by_label("Name of the new saga").fill("middle-part")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="a draft of its own now")).to_be_visible()
    hand.step("middle-part").click()
    page.keyboard.press("i")
    expect(page.get_by_role("heading", level=1)).to_have_text("Put the steps of a sub-saga here")
    assert findings(page, axe) == []
    page.get_by_role("button", name="Put the steps here").click()
    page.wait_for_url(draft)
    assert names(hand) == ["alpha", "beta", "gamma", "delta"]


def test_a_text_is_found_and_replaced(hand, axe):
    page = hand.page
    hand.step("beta").click(button="right")
    page.get_by_role("menuitem", name="Find and replace").click()
    page.get_by_role("textbox", name="Find").fill("Beta")
    page.get_by_label("Replace by").fill("Better")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 place", exact=True)).to_be_visible()
    assert findings(page, axe) == []
    page.get_by_role("button", name="Replace in 1 place").click()
    expect(hand.step("beta")).to_contain_text("Better")
    expect(page.get_by_role("status").filter(has_text="Replaced 'Beta' by 'Better' in 1 place.")).to_be_visible()

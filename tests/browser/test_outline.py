"""A saga is built in the outline alone, with the keyboard, wide and on a phone; screen readers hear what happens."""

import re

import pytest

from tests.browser.test_accessible import LOOKS, findings
from tests.browser.test_design import MIXED, begin, shape


class Outline:
    """The outline of a draft, edited by its keys."""

    def __init__(self, browser, name, steps=""):
        self.hand = begin(browser, name, steps)
        self.page = self.hand.page
        narrow = self.page.viewport_size["width"] < 500
        self.page.locator("[data-show=outline]" if narrow else "[data-to-mode=outline]").click()
        self.room = self.page.locator("#design-outline")
        self.room.wait_for()

    def at(self, path):
        return self.room.locator(f'[data-key="{path}"]')

    def line(self, path):
        return self.room.locator(".line", has=self.page.locator(f'[data-key="{path}"]'))

    def focused(self):
        return self.page.evaluate("() => document.activeElement.dataset.key")

    def is_at(self, key):
        """Wait for the focus, which moves when the answer to an edit is drawn."""
        self.page.wait_for_function("(key) => document.activeElement.dataset.key === key", arg=key)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def edit(self, *keys):
        with self.page.expect_response(re.compile("/(edit|undo|redo)/")):
            self.press(*keys)
        self.hand.done()

    def new(self, name, step):
        """Type the name of a new line and wait for its step."""
        self.at("new").wait_for()
        self.page.keyboard.type(name)
        self.edit("Enter")
        self.room.locator(f'[data-key$="/{step}"]').wait_for()

    def heard(self, words):
        self.page.locator("#announcer", has_text=words).wait_for(state="attached")


@pytest.mark.parametrize("look", ["light", "phone"])
def test_a_mixed_saga_is_built_from_an_empty_draft_by_the_outline_only(up, visitor, axe, look):
    outline = Outline(visitor(up, **LOOKS[look]), f"outlined-{look}")
    press, edit, new = outline.press, outline.edit, outline.new
    outline.at("segments/main").focus()
    press("Enter")
    new("Place order", "place_order")
    new("Reserve stock", "reserve_stock")
    new("Take payment", "take_payment")
    press("Escape")
    outline.room.locator(".word").first.click()
    outline.room.locator('.word[data-style="choreographed"]').wait_for()
    for name in ("segment", "segment_2"):
        outline.room.locator("[data-tool=segment]").click()
        new(name.replace("_", " ").capitalize(), name)
        if name == "segment":
            new("Award points", "award_points")
            press("Tab")
            outline.heard("parallel to the line above")
            new("Notify customer", "notify_customer")
    new("Package order", "package_order")
    new("Dispatch order", "dispatch_order")
    press("Escape")
    outline.at("segments/segment").focus()
    outline.line("segments/segment").locator(".word").click()
    outline.hand.done()
    outline.at("segments/segment_2").focus()
    edit("Tab")
    outline.heard("Set")
    outline.at("segments/segment_2/steps/package_order").focus()
    edit("!")
    document = outline.hand.document()
    assert shape(document) == MIXED
    steps = {step["name"]: step for segment in document["segments"] for step in segment["steps"]}
    assert steps["take_payment"]["undo"]["compensate"] == "payment.refund_payment"
    assert steps["package_order"]["pivot"] is True
    assert steps["notify_customer"]["after"] == []
    assert findings(outline.page, axe) == []
    assert outline.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_lines_are_renamed_moved_made_parallel_undone_and_deleted(up, visitor):
    outline = Outline(visitor(up), "lines", "First\nSecond\nThird")
    edit = outline.edit

    def names():
        return [step.get("title") for step in outline.hand.document()["segments"][0]["steps"]]

    second = "segments/main/steps/second"
    outline.at(second).fill("Other")
    edit("Enter")
    assert names()[1] == "Other"
    outline.is_at("new")
    outline.press("Escape")
    outline.is_at(second)
    edit("Alt+ArrowUp")
    assert names() == ["Other", "First", "Third"]
    outline.is_at(second)
    edit("Alt+ArrowDown")
    assert names() == ["First", "Other", "Third"]
    edit("Tab")
    outline.room.locator(".parallel").wait_for()
    assert outline.line(second).inner_text().startswith("parallel to First")
    assert outline.hand.document()["segments"][0]["steps"][1]["after"] == []
    edit("Shift+Tab")
    outline.room.locator(".parallel").wait_for(state="detached")
    outline.press("<")
    outline.is_at("undo")
    outline.page.keyboard.type("post.recall")
    edit("Enter")
    assert outline.hand.document()["segments"][0]["steps"][1]["undo"] == "post.recall"
    outline.room.get_by_role("button", name="Undo of Other: post.recall").wait_for()
    outline.is_at(second)
    edit("Control+Z")
    assert "undo" not in outline.hand.document()["segments"][0]["steps"][1]
    edit("Control+Delete")
    assert names() == ["First", "Third"]
    outline.is_at("segments/main/steps/first")
    outline.press("ArrowDown")
    outline.is_at("segments/main/steps/third")
    outline.heard("Deleted")


def test_the_selection_follows_and_escape_and_tab_leave_the_line(up, visitor):
    outline = Outline(visitor(up), "leave", "First\nSecond")
    outline.at("segments/main/steps/second").focus()
    outline.page.locator('.sf-node.sf-selected[data-element="step/second"]').wait_for()
    outline.page.locator("#design-inspector h2", has_text="Second").wait_for()
    outline.press("Escape", "Tab")
    assert outline.focused() != "segments/main/steps/second"
    assert outline.hand.document()["segments"][0]["steps"][1].get("after") is None
    outline.at("segments/main/steps/second").focus()
    outline.hand.step("first").click()
    outline.page.locator("#design-inspector h2", has_text="First").wait_for()


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_the_outline(up, visitor, axe, look):
    outline = Outline(visitor(up, **LOOKS[look]), "axe", "First\nSecond")
    outline.at("segments/main/steps/second").focus()
    assert findings(outline.page, axe) == []
    outline.press("<")
    assert findings(outline.page, axe) == []
    outline.press("Escape", "Enter")
    outline.at("new").wait_for()
    assert findings(outline.page, axe) == []

"""The text of a draft in a real browser: typed, completed, refused, merged with what others change, and undone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import held
from tests.browser.test_accessible import LOOKS, findings
from tests.browser.test_design import begin, forgive, ready


class Writer:
    """A draft of two steps whose text is open."""

    def __init__(self, browser, name="write", steps="First\nSecond"):
        self.hand = begin(browser, name, steps)
        self.page = self.hand.page
        self.area = self.page.locator(".cm-content")
        self.fault = self.page.locator("#design-text-fault")
        self.open()

    def open(self):
        if self.page.viewport_size["width"] < 500:
            self.page.locator("[data-show=code]").click()
        else:
            self.page.locator("[data-to-mode=code]").click()
        self.area.wait_for()

    def text(self):
        return self.page.request.get(f"{self.root()}code/").text()

    def root(self):
        return self.page.url.partition("#")[0]

    def go(self, words):
        """Put the cursor behind the first occurrence of ``words``, as a reader does."""
        line = self.page.locator(".cm-line", has_text=words).first
        line.click()
        self.page.keyboard.press("End")

    def type(self, *keys):
        for key in keys:
            self.page.keyboard.press(key) if key in ("Enter", "Tab", "Escape", "Home") else self.page.keyboard.type(key)

    def accepted(self):
        return self.page.expect_response(lambda answer: answer.url.endswith("/code/") and answer.status == 200)


def selected(page):
    return page.locator(".sf-node.sf-selected").get_attribute("data-element")


def test_what_is_typed_before_the_editor_has_loaded_is_kept_and_the_cursor_stays(up, visitor):
    hand = begin(visitor(up), "write", "First\nSecond")
    page = hand.page
    release = held(page, "**/design/code_editor.*js")
    page.locator("[data-to-mode=code]").click()
    field = page.get_by_label("The definition as YAML")
    field.evaluate("(field) => field.setSelectionRange(...Array(2).fill(field.value.indexOf('title: Second') + 13))")
    field.focus()
    page.keyboard.type(" of")
    release()
    page.locator(".cm-content").wait_for()
    with page.expect_response(lambda answer: answer.url.endswith("/code/") and answer.status == 200):
        page.keyboard.type(" all")
    page.locator(".sf-node", has_text="Second of all").wait_for()


def test_the_first_look_at_the_code_shows_what_was_drawn_since_the_page_came_and_sends_nothing(up, visitor):
    hand = begin(visitor(up), "looked-at", "First\nSecond")
    hand.step("second").click()
    hand.add("a", "Third", "third")
    sent = []
    hand.page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    hand.page.locator("[data-to-mode=code]").click()
    expect(hand.page.locator(".cm-content")).to_contain_text("title: Third")
    hand.page.locator("[data-to-mode=design]").click()
    hand.step("first").click()
    with hand.page.expect_response(re.compile("/edit/")):
        hand.page.keyboard.press("x")
    assert [url.rpartition("/design/")[2].partition("/")[2] for url in sent] == ["edit/"]
    assert [step["name"] for step in hand.document()["segments"][0]["steps"]] == ["second", "third"]


def test_typed_text_is_drawn_and_is_one_edit_that_undo_takes_back(up, visitor):
    writer = Writer(visitor(up))
    before = writer.text()
    writer.go("title: Second")
    with writer.accepted():
        writer.type(" of all")
    writer.page.locator(".sf-node", has_text="Second of all").wait_for()
    expect(writer.page.locator("#panel-history li")).to_have_count(1)
    assert "title: Second of all" in writer.text()
    writer.area.press("Control+Z")
    writer.page.locator(".cm-line", has_text=re.compile("title: Second$")).wait_for()
    writer.hand.done()
    assert writer.text() == before


def test_keys_actions_events_and_steps_are_completed_where_they_can_stand(up, visitor):
    browser = visitor(up)
    writer = Writer(browser)
    options = writer.page.locator(".cm-tooltip-autocomplete li .cm-completionLabel")

    def offers(*keys, word, alone=False):
        """Wait for the word: the offers for the letters before may still be there."""
        writer.type(*keys)
        wanted = re.compile(rf"^{re.escape(word)}(?= |$)")
        if alone:
            expect(options).to_have_text([wanted])
        else:
            expect(options.filter(has_text=wanted)).to_have_count(1)
        writer.page.keyboard.press("Escape")
        options.first.wait_for(state="detached")
        writer.page.keyboard.press("Shift+Home")

    writer.go("title: Second")
    offers("Enter", "ti", word="timeout")
    offers("undo: take_p", word="payment.take_payment")
    offers("after: [fi", word="first", alone=True)
    offers("on: [Fir", word="FirstCompleted", alone=True)
    offers("retry:", "Enter", "Tab", "att", word="attempts")
    forgive(browser, 400)


def test_hover_says_what_a_key_means_and_what_is_wrong(up, visitor):
    writer = Writer(visitor(up))
    writer.page.locator(".cm-line", has_text="style:").locator(".is-key").hover()
    writer.page.locator(".code-help", has_text="One of orchestrated, choreographed.").wait_for()
    help_ = writer.page.locator(".code-help")
    help_.hover()  # it stays under the pointer, and goes with it
    expect(help_).to_have_count(1)
    writer.page.mouse.move(1, 1)
    expect(help_).to_have_count(0)
    writer.page.locator(".cm-content").focus()
    writer.page.locator(".cm-line", has_text="style:").locator(".is-key").hover()
    help_.wait_for()
    writer.page.keyboard.press("Escape")
    expect(help_).to_have_count(0)
    with writer.accepted():
        writer.go("title: Second")
        writer.type("Enter", "timeout: -5")
    line = writer.page.locator(".cm-line.is-fault", has_text="timeout: -5")
    line.locator(".is-key").hover()
    writer.page.locator(".code-help .fault", has_text="timeout").wait_for()
    writer.page.locator(".problem", has_text="timeout").first.click()
    assert writer.page.evaluate("() => document.querySelector('.design-editor').shadowRoot.activeElement !== null")


def test_the_lines_of_the_selection_become_comments_and_text_again(up, visitor):
    writer = Writer(visitor(up))
    before = writer.page.locator(".cm-line").all_inner_texts()
    writer.go("name: first")
    writer.page.keyboard.press("Shift+ArrowDown")
    for _ in range(2):
        writer.page.keyboard.press("Control+/")
    assert writer.page.locator(".cm-line").all_inner_texts() == before
    with writer.accepted():
        writer.go("title: Second")
        writer.page.keyboard.press("Control+/")
    writer.page.locator(".cm-line", has_text="# title: Second").locator(".is-comment").wait_for()
    assert "title" not in writer.hand.document()["segments"][0]["steps"][1]


def test_the_selection_follows_between_the_drawing_and_the_text(up, visitor):
    writer = Writer(visitor(up))
    writer.hand.step("second").click()
    writer.page.locator(".cm-line.is-element", has_text="name: second").wait_for()
    writer.go("name: first")
    writer.page.locator('.sf-node.sf-selected[data-element="step/first"]').wait_for()
    assert writer.page.evaluate("() => document.querySelector('.design-editor').shadowRoot.activeElement !== null")


def test_a_text_that_cannot_be_read_keeps_the_drawing_and_marks_its_line(up, visitor):
    browser = visitor(up)
    writer = Writer(browser)
    writer.go("name: write")
    writer.type("Enter", "title: [")
    writer.page.locator("#design-text-fault", has_text="The drawing shows the last text").wait_for()
    writer.page.locator(".cm-line.is-fault").wait_for()
    writer.page.locator("[data-saved]", has_text="Not saved").wait_for()
    writer.hand.step("second").wait_for()
    with writer.accepted():
        writer.type("]")
    writer.fault.wait_for(state="hidden")
    writer.hand.done()
    forgive(browser, 400)


def test_a_text_that_cannot_be_read_is_still_there_after_a_reload_with_what_others_changed_meanwhile(up, visitor):
    browser = visitor(up)
    writer = Writer(browser, steps="First\nSecond\nThird")
    writer.go("name: write")
    writer.type("Enter", "title: [My sagas")
    writer.fault.wait_for()
    address = writer.root()
    writer.page.goto(f"{up.url}/design/")
    other = browser.context.new_page()
    other.goto(address)
    ready(other)
    other.locator('[data-element="step/second"]').click()
    with other.expect_response(re.compile("/edit/")):
        other.keyboard.press("Delete")
    writer.page.goto(address)
    ready(writer.page)
    writer.open()
    writer.fault.wait_for()
    writer.page.locator(".cm-line", has_text="title: [My sagas").wait_for()
    with writer.accepted():
        writer.go("title: [My sagas")
        writer.type("]")
    writer.fault.wait_for(state="hidden")
    writer.hand.done()
    assert "[My sagas]" in writer.text()
    assert "name: second" not in writer.text()
    writer.page.reload()
    ready(writer.page)
    writer.open()
    writer.page.locator(".cm-line", has_text="title: [My sagas]").wait_for()
    assert writer.fault.is_hidden()
    forgive(browser, 400)


def test_what_another_tab_changes_is_merged_into_what_is_typed(up, visitor):
    browser = visitor(up)
    writer = Writer(browser, steps="First\nSecond\nThird")
    other = browser.context.new_page()
    other.goto(writer.root())
    ready(other)
    writer.go("title: Third")
    other.locator('[data-element="step/first"]').click()
    with other.expect_response(re.compile("/edit/")):
        other.keyboard.press("x")
    with writer.accepted():
        writer.type(" one")
    writer.page.locator(".sf-node", has_text="Third one").wait_for()
    steps = writer.hand.page.request.get(f"{writer.root()}state/").json()["document"]["segments"][0]["steps"]
    assert [step.get("title") for step in steps] == ["Second", "Third one"]
    assert writer.page.locator(".cm-line", has_text="title: First").count() == 0 or "title: First" in writer.text()
    forgive(browser, 409)


def test_escape_and_tab_leave_the_editor_and_its_keys_are_its_own(up, visitor):
    writer = Writer(visitor(up))
    writer.go("title: Second")
    inside = "() => document.activeElement.classList.contains('design-editor')"
    with writer.accepted():
        writer.type(" ?/gr")
    assert writer.page.locator("dialog[open]").count() == 0
    assert writer.page.evaluate(inside)
    writer.type("Escape", "Tab")
    assert not writer.page.evaluate(inside)
    assert writer.page.locator(".code-hint", has_text="leaves the editor").is_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_the_text_and_the_policy_of_the_site_holds(up, visitor, axe, look):
    browser = visitor(up, **LOOKS[look])
    browser.context.add_init_script(
        "addEventListener('securitypolicyviolation', (event) => console.error(event.violatedDirective))"
    )
    writer = Writer(browser)
    assert findings(writer.page, axe) == []
    writer.go("title: Second")
    writer.type("Enter", "ti")
    writer.page.locator(".cm-tooltip-autocomplete").wait_for()
    assert findings(writer.page, axe) == []
    writer.type("Escape", ": [")
    writer.fault.wait_for()
    assert findings(writer.page, axe) == []
    assert writer.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    forgive(browser, 400)


def test_without_scripts_the_text_is_a_form(up, visitor):
    browser = visitor(up, java_script_enabled=False)
    page = browser.visit("/design/")
    page.locator("#new-name").fill("plain")
    page.locator("#new-steps").fill("First")
    page.get_by_role("button", name="Create draft").click()
    area = page.locator("#design-text")
    area.fill(area.input_value().replace("title: First", "title: Only"))
    page.get_by_role("button", name="Save text").click()
    page.locator(".sf-node", has_text="Only").wait_for()

"""The designer in a real browser: a saga is drawn by mouse and by keyboard, edited, undone, and kept when offline."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import run_is, shows
from tests.browser.test_accessible import LOOKS, findings


class Hand:
    """The mouse and the keyboard of a designer. It counts gestures; names that are typed count as one."""

    def __init__(self, page):
        self.page = page
        self.count = 0

    def step(self, name):
        return self.page.locator(f'.sf-node[data-element="step/{name}"]')

    def done(self):
        """Wait until the server has everything."""
        self.page.wait_for_function("() => document.querySelector('[data-saved]').textContent === 'Saved'")

    def drag(self, text, key):
        """Drag an action of the palette to a place."""
        self.count += 1
        item = self.page.locator(".item", has_text=text).first
        item.scroll_into_view_if_needed()
        box = item.bounding_box()
        self.page.mouse.move(box["x"] + 30, box["y"] + 10)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 60, box["y"] + 20, steps=3)
        self.drop(key)

    def move(self, name, key):
        """Drag a step to a place."""
        self.count += 1
        box = self.step(name).bounding_box()
        self.page.mouse.move(box["x"] + 12, box["y"] + 12)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 30, box["y"] + 30, steps=3)
        self.drop(key)

    def drop(self, key):
        place = self.page.locator(f'.design-place[data-key="{key}"]')
        place.wait_for()
        pane = self.page.locator("saga-drawing").bounding_box()
        for _ in range(200):  # a place outside the pane comes nearer while the pointer is at the edge
            box = place.bounding_box()
            x = min(max(box["x"] + box["width"] / 2, pane["x"] + 5), pane["x"] + pane["width"] - 5)
            y = min(max(box["y"] + box["height"] / 2, pane["y"] + 5), pane["y"] + pane["height"] - 5)
            self.page.mouse.move(x, y)
            self.page.evaluate("() => new Promise(requestAnimationFrame)")
            if place.evaluate("one => one.classList.contains('design-hot')") and place.bounding_box() == box:
                break  # the drawing moves no more, so that no other place comes under the pointer
        with self.page.expect_response(re.compile("/edit/")):
            self.page.mouse.up()
        self.done()

    def click(self, target):
        self.count += 1
        target.click()

    def field(self, name, value):
        """Fill a field of the form and leave it."""
        self.count += 1
        control = self.page.locator(f'#design-inspector [id="in-{name}"]')
        with self.page.expect_response(re.compile("/edit/")):
            if control.evaluate("one => one.type") == "checkbox":
                control.check()
            elif control.evaluate("one => one.tagName") == "SELECT":
                control.select_option(value)
            else:
                control.fill(value)
                control.press("Enter")
        self.done()

    def press(self, *keys):
        for key in keys:
            self.count += 1
            self.page.keyboard.press(key)

    def add(self, key, text, name):
        """Add a step with the keyboard; the typed name does not count."""
        self.press(key)
        self.page.locator("#design-ask").wait_for()
        self.page.keyboard.type(text)
        self.press("Enter")
        self.step(name).wait_for()
        self.done()

    def add_segment(self, name):
        self.press("n")
        self.page.locator("#design-ask").wait_for()
        self.page.keyboard.type(name)
        with self.page.expect_response(re.compile("/edit/")):
            self.press("Enter")
        self.done()
        self.page.locator("#design-inspector h2", has_text=name.capitalize()).wait_for()

    def told(self):
        """Wait for the next announcement to screen readers, and return it without its consequence line.

        The line follows the edit: on a busy server in an announcement of its own, or not at all.
        """
        self.page.wait_for_function(
            "() => document.getElementById('announcer').textContent.replace(/^\\d+ ends? (better|worse).*/, '')"
        )
        text = self.page.evaluate(
            "() => { const one = document.getElementById('announcer'), text = one.textContent;"
            " one.textContent = ''; return text; }"
        )
        return re.sub(r" \d+ ends? (better|worse).*", "", text)

    def document(self):
        return self.page.request.get(f"{self.page.url.partition('#')[0]}state/").json()["document"]


def begin(visitor, name, steps=""):
    page = visitor.visit("/design/")
    page.locator("#new-name").fill(name)
    page.locator("#new-steps").fill(steps)
    page.get_by_role("button", name="Create draft").click()
    ready(page)
    return Hand(page)


def ready(page):
    page.locator("#design[data-ready]").wait_for()
    page.locator("#design-palette .item").first.wait_for(state="attached")
    page.locator("#design-inspector form").wait_for(state="attached")


def forgive(browser, status):
    """Expect lines in the console about an answer that the test provokes."""
    browser.expected.append(f"status of {status}")


def shape(document):
    return {
        segment["name"]: (segment["style"], segment.get("after"), [step["name"] for step in segment["steps"]])
        for segment in document["segments"]
    }


TOLD = Path(__file__).parent / "announcements.txt"
"""The words that a screen reader is told while the saga is built with the keyboard: a line for each act."""
MIXED = {
    "main": ("choreographed", None, ["place_order", "reserve_stock", "take_payment"]),
    "segment": ("choreographed", None, ["award_points", "notify_customer"]),
    "segment_2": ("orchestrated", ["main"], ["package_order", "dispatch_order"]),
}


def test_a_mixed_saga_is_built_from_an_empty_canvas_by_mouse_and_all_of_it_is_undone(up, visitor):
    hand = begin(visitor(up), "orders-by-mouse")
    hand.drag("Place order", "inside/main")
    hand.drag("Reserve stock", "after/place_order")
    hand.drag("Take payment", "after/reserve_stock")
    hand.click(hand.page.locator('.design-style[data-segment="main"]'))
    hand.page.locator('.design-style[data-style="choreographed"]').wait_for()
    hand.drag("Segment, choreographed", "gap/main")
    hand.drag("Award points", "inside/segment")
    hand.drag("Notify customer", "beside/award_points")
    hand.drag("Package order", "gap/segment")
    hand.drag("Dispatch order", "after/package_order")
    hand.click(hand.step("package_order"))
    hand.page.locator("#design-inspector h2", has_text="Package order").wait_for()
    expect(hand.page.locator("#design-inspector details[data-group=Order]")).to_have_attribute("open", "")
    hand.field("pivot", "true")
    outline = hand.page.locator("[data-to-mode=outline]")
    hand.click(outline)
    hand.click(hand.page.locator('#design-outline [data-key="segments/segment_2"]'))
    hand.page.locator("#design-inspector [data-sort=segment] [id='in-after']").wait_for()
    hand.page.locator("#design-inspector h2", has_text="Segment 2").wait_for()
    hand.field("style", "orchestrated")
    hand.field("after", "main")
    document = hand.document()
    assert shape(document) == MIXED
    steps = {step["name"]: step for segment in document["segments"] for step in segment["steps"]}
    assert steps["take_payment"]["undo"]["compensate"] == "payment.refund_payment"
    assert "semantic" in steps["notify_customer"]["undo"]
    assert "irreversible" in steps["package_order"]["undo"]
    assert hand.count <= 45, hand.count
    undo = hand.page.locator("[data-undo]")
    while undo.is_enabled():
        with hand.page.expect_response(re.compile("/undo/")):
            undo.click()
        hand.done()
    assert shape(hand.document()) == {"main": ("orchestrated", None, [])}


def test_a_mixed_saga_is_built_with_the_keyboard_alone_and_each_act_is_announced(up, visitor):
    hand, told = begin(visitor(up), "orders-by-keys"), []
    page = hand.page

    def add(key, text, name):
        hand.add(key, text, name)
        told.append(hand.told())

    add("a", "place order", "place_order")
    add("a", "reserve stock", "reserve_stock")
    add("a", "take payment", "take_payment")
    hand.press("s")
    page.locator('.design-style[data-segment="main"][data-style="choreographed"]').wait_for()
    told.append(hand.told())
    for name in ("customer", "warehouse"):
        hand.add_segment(name)
        told.append(hand.told())
        if name == "customer":
            add("a", "award points", "award_points")
            add("p", "notify customer", "notify_customer")
        else:
            add("a", "package order", "package_order")
            add("a", "dispatch order", "dispatch_order")
    found = shape(hand.document())
    assert found["customer"] == ("orchestrated", None, ["award_points", "notify_customer"])
    assert found["warehouse"][2] == ["package_order", "dispatch_order"]
    hand.press("m")
    page.locator(".design-place:focus").wait_for()
    told.append(hand.told())
    page.keyboard.type("parallel to pa")
    page.locator('.design-place:focus[data-key="beside/package_order"]').wait_for()
    with page.expect_response(re.compile("/edit/")):
        hand.press("Enter")
    hand.done()
    told.append(hand.told())
    steps = {step["name"]: step for segment in hand.document()["segments"] for step in segment["steps"]}
    assert steps["dispatch_order"]["after"] == []
    with page.expect_response(re.compile("/undo/")):
        hand.press("Control+z")
    hand.done()
    told.append(hand.told())
    assert shape(hand.document()) == found
    hand.press("c")
    page.locator(".design-source").wait_for()
    hand.press("Escape")
    told.append(hand.told())
    with page.expect_response(re.compile("/edit/")):
        hand.press("Delete")
    hand.done()
    told.append(hand.told())
    assert shape(hand.document())["warehouse"][2] == ["package_order"]
    assert hand.count <= 120, hand.count
    assert told == TOLD.read_text().splitlines()


def test_the_consequence_line_follows_an_edit_that_is_on_screen(up, visitor):
    hand = begin(visitor(up), "consequence", "First\nSecond")
    hand.step("first").click()
    hand.press("u")
    hand.page.locator("#design-ask").wait_for()
    hand.page.keyboard.type("cancel first")
    with hand.page.expect_response(re.compile("/edit/")) as edit:
        hand.press("Enter")
    assert "consequence" not in edit.value.json()
    told = hand.page.locator("[data-told]")
    expect(told).to_contain_text(re.compile(r"\. \d+ ends? better$"))
    expect(told).to_have_attribute("title", told.inner_text())  # all of it, also where the bar has no room
    expect(hand.page.locator("#announcer")).to_contain_text(re.compile(r"\d+ ends? better"))


FRAMES = """() => { window.changed = []; let frame = 0;
    const count = () => { frame += 1; requestAnimationFrame(count); };
    count();
    for (const what of ['saga-drawing', '#panel-problems', '#panel-history', '.sd-map'])
        new MutationObserver(() => window.changed.push([what, frame])).observe(
            document.querySelector(what), {childList: true}); }"""


def test_the_lists_of_an_edit_wait_until_its_drawing_is_painted(up, visitor):
    hand = begin(visitor(up), "first-the-drawing", "\n".join(f"Step {number}" for number in range(30)))
    page = hand.page
    hand.step("step_3").click()
    page.locator("#design-inspector h2", has_text="Step 3").wait_for()
    expect(page.locator("#panel-history")).to_have_text("No changes yet.")
    page.evaluate(FRAMES)
    page.keyboard.press("Delete")
    expect(page.locator("#panel-history li")).to_have_count(1)
    page.wait_for_function("() => new Set(window.changed.map(([what]) => what)).size === 4")
    frames = dict(page.evaluate("() => window.changed.reverse()"))
    drawn = frames.pop("saga-drawing")
    assert all(frame >= drawn + 2 for frame in frames.values()), (drawn, frames)


def test_a_title_is_on_the_drawing_while_it_is_typed_and_moves_nothing(up, visitor):
    browser = visitor(up)
    hand = begin(browser, "typing", "First\nSecond")
    page, title = hand.page, hand.step("second").locator(".sf-title")
    hand.step("second").click()
    field = page.locator("#design-inspector [id='in-title']")
    field.wait_for()
    outline = hand.step("second").locator("path").first
    before = outline.get_attribute("d"), page.request.get(f"{page.url}state/").json()["revision"]
    field.fill("")
    expect(title).to_have_text("Second")
    field.press_sequentially("<b>bold")
    expect(title).to_have_text("<b>bold")
    assert title.locator("*").count() == 0
    assert (outline.get_attribute("d"), page.request.get(f"{page.url}state/").json()["revision"]) == before
    page.route("**/edit/", lambda route: route.fulfill(status=409, json={"error": {"message": "No.", "element": ""}}))
    forgive(browser, 409)
    field.press("Enter")
    expect(page.locator(".told.refused")).to_have_text("No.")
    expect(title).to_have_text("Second")
    page.unroute("**/edit/")
    field.fill("Another")
    with page.expect_response(re.compile("/edit/")):
        field.press("Enter")
    hand.done()
    expect(title).to_have_text("Another")


def test_a_title_that_is_being_typed_is_no_edit_when_the_form_comes_again_but_when_it_is_left(up, visitor):
    hand = begin(visitor(up), "half-typed", "First\nSecond")
    page, held = hand.page, []
    hand.step("second").click()
    title = page.locator("#design-inspector [id='in-title']")
    title.wait_for()
    page.route("**/edit/", lambda route: route.continue_() if held else held.append(route))
    pivot = page.locator("#design-inspector [id='in-pivot']")
    pivot.check()
    title.press_sequentially("Half")
    with page.expect_response(re.compile("/inspector/")):
        held[0].continue_()
    hand.done()
    expect(title).to_have_value("HalfSecond")
    expect(title).to_be_focused()
    assert hand.document()["segments"][0]["steps"][1]["title"] == "Second"
    with page.expect_response(re.compile("/edit/")):
        title.press("Enter")  # nothing was typed into the field that came
    hand.done()
    assert hand.document()["segments"][0]["steps"][1]["title"] == "HalfSecond"


def test_a_title_that_is_typed_when_the_page_is_loaded_again_is_not_lost(up, visitor):
    hand = begin(visitor(up), "reloaded", "First\nSecond")
    hand.step("second").click()
    hand.page.locator("#design-inspector h2", has_text="Second").wait_for()
    title = hand.page.locator("#design-inspector [id='in-title']")
    title.fill("Another")
    hand.page.reload()
    ready(hand.page)
    expect(hand.step("second").locator(".sf-title")).to_have_text("Another")
    hand.done()
    assert hand.document()["segments"][0]["steps"][1]["title"] == "Another"


def test_after_a_drop_the_keys_go_on_at_the_new_step(up, visitor):
    hand = begin(visitor(up), "dropped", "First\nSecond")
    hand.drag("Wait for an event", "after/second")
    expect(hand.page.locator(".sf-node.sf-selected")).to_be_focused()
    hand.add("a", "Last", "last")
    assert shape(hand.document())["main"][2] == ["first", "second", "wait", "last"]


def test_a_draft_is_discarded_only_after_a_second_click(up, visitor):
    page = begin(visitor(up), "unwanted", "First").page
    page.locator("summary", has_text="Discard draft").click()
    expect(page.get_by_text("All changes of this draft are lost. That cannot be undone.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Discard draft")).to_be_hidden()
    page.locator("summary", has_text="Discard draft").click()
    page.get_by_role("button", name="Discard draft").click()
    expect(page.get_by_text("Discarded the draft of 'unwanted'.")).to_be_visible()


def middle(node):
    """Where the middle of a node is on screen, when nothing glides any more."""
    node.page.evaluate("() => Promise.all(document.getAnimations().map(each => each.finished.catch(() => null)))")
    box = node.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_edited_step_stays_where_the_eye_is(up, visitor):
    hand = begin(visitor(up), "standing", "\n".join(f"Step {number}" for number in range(30)))
    page, node = hand.page, hand.step("step_20")
    page.locator("[data-to-mode=outline]").click()
    page.locator('#design-outline [data-key$="/step_20"]').click()
    page.locator("[data-to-mode=design]").click()
    page.locator("#design-inspector h2", has_text="Step 20").wait_for()
    before = middle(node)
    hand.field("title", "A title that is much longer than it was before")
    titled = middle(node)
    with page.expect_response(re.compile("/edit/")):
        page.locator(".design-style").click()
    hand.done()
    for now in (titled, middle(node)):
        assert max(abs(one - other) for one, other in zip(before, now, strict=True)) <= 24, (before, now)


def test_after_a_deletion_and_its_undo_the_keys_go_on_where_the_eye_is(up, visitor):
    """Otherwise a second deletion would delete the whole segment."""
    hand = begin(visitor(up), "deletions", "First\nSecond\nThird")
    hand.step("second").click()
    for key, left, selected in (
        ("Delete", ["first", "third"], "first"),
        ("Control+z", ["first", "second", "third"], "second"),
        ("Delete", ["first", "third"], "first"),
        ("Delete", ["third"], "third"),
    ):
        with hand.page.expect_response(re.compile("/(edit|undo)/")):
            hand.page.keyboard.press(key)
        hand.done()
        assert shape(hand.document())["main"][2] == left
        hand.page.locator(f'.sf-node.sf-selected[data-element="step/{selected}"]:focus').wait_for()


def test_steps_are_moved_by_mouse_and_a_place_says_where_it_is(up, visitor):
    hand = begin(visitor(up), "moves", "First\nSecond\nThird")
    hand.move("first", "after/third")
    assert shape(hand.document())["main"][2] == ["second", "third", "first"]
    hand.page.locator("[data-told]", has_text="Moved 'first' after 'third'.").wait_for()
    hand.step("second").click(button="right")
    hand.page.get_by_role("menuitem", name="Move").click()
    place = hand.page.locator('.design-place[data-key="beside/first"]')
    assert place.get_attribute("aria-label") == "parallel to First"
    hand.page.keyboard.press("Escape")
    assert hand.page.locator(".design-place").count() == 0


def test_edits_made_without_a_connection_are_kept_and_sent_when_it_is_back(up, visitor):
    browser = visitor(up)
    hand = begin(browser, "offline", "First\nSecond")
    hand.step("first").click()
    hand.page.locator("#design-inspector h2", has_text="First").wait_for()
    browser.context.set_offline(True)
    hand.page.keyboard.press("s")
    saved = hand.page.locator("[data-saved]")
    hand.page.wait_for_function("() => document.querySelector('[data-saved]').textContent.startsWith('Offline')")
    title = hand.page.locator("[id='in-title']")
    title.fill("The very first")
    title.press("Enter")
    hand.page.wait_for_function(
        """() => Object.entries(localStorage).some(
            ([key, kept]) => key.startsWith("sagaflow.design") && JSON.parse(kept).length === 2)"""
    )
    browser.context.set_offline(False)
    hand.done()
    assert saved.inner_text() == "Saved"
    document = hand.document()
    assert document["segments"][0]["style"] == "choreographed"
    assert document["segments"][0]["steps"][0]["title"] == "The very first"


def test_two_tabs_of_one_draft_heal_and_a_refused_edit_says_why(up, visitor):
    browser = visitor(up)
    hand = begin(browser, "tabs", "First\nSecond")
    other = browser.context.new_page()
    other.goto(hand.page.url)
    ready(other)
    other.locator('[data-element="step/second"]').click()
    other.locator("#design-inspector h2", has_text="Second").wait_for()
    hand.step("second").click()
    hand.page.locator("#design-inspector h2", has_text="Second").wait_for()
    with hand.page.expect_response(re.compile("/edit/")):
        hand.page.keyboard.press("Delete")
    hand.done()
    other.keyboard.press("Delete")
    told = other.locator(".told.refused", has_text="There is no step 'second' any more.")
    told.wait_for()
    assert told.evaluate("one => one.scrollWidth <= one.clientWidth"), "the reason is cut off"
    other.set_viewport_size({"width": 390, "height": 844})
    expect(told).to_be_in_viewport(ratio=1)
    other.locator('[data-element="step/second"]').wait_for(state="detached")
    forgive(browser, 409)


def test_a_fault_of_the_review_opens_the_draft_at_its_field(up, visitor):
    hand = begin(visitor(up), "faulty", "First\nSecond")
    hand.step("second").click()
    hand.page.locator("#design-inspector h2", has_text="Second").wait_for()
    with hand.page.expect_response(re.compile("/edit/")):
        hand.page.keyboard.press("x")
    hand.done()
    draft = hand.page.url
    hand.page.goto(f"{draft}?element=segments%2Fmain%2Fsteps%2Ffirst&field=name")
    hand.page.locator("#design-inspector h2", has_text="First").wait_for()
    expect(hand.page.locator("#design-inspector [id='in-name']")).to_be_focused()
    hand.page.goto(f"{draft}?element=segments%2Fmain%2Fsteps%2Fgone&field=name")
    hand.page.locator("#design-inspector h2", has_text="Faulty").wait_for()


def test_a_problem_leads_to_its_element_and_text_that_cannot_be_read_keeps_the_drawing(up, visitor):
    browser = visitor(up)
    hand = begin(browser, "problems", "First\nSecond")
    page = hand.page
    page.locator(".problem", has_text="First").first.click()
    page.locator("#design-inspector h2", has_text="First").wait_for()
    assert "sf-selected" in hand.step("first").get_attribute("class")
    page.locator("[data-to-mode=code]").click()
    area = page.locator(".cm-content")
    area.press("Control+A")
    page.keyboard.insert_text("name: problems\nsegments: [")
    page.locator("#design-text-fault", has_text="The drawing shows the last text").wait_for()
    hand.step("first").wait_for()
    text = "name: problems\nsegments:\n- name: main\n  style: orchestrated\n  steps:\n  - {name: only, action: a.b}\n"
    area.press("Control+A")
    page.keyboard.insert_text(text)
    hand.step("only").wait_for()
    page.locator("#design-text-fault").wait_for(state="hidden")
    assert shape(hand.document())["main"][2] == ["only"]
    forgive(browser, 400)


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_any_state_of_the_designer(up, visitor, axe, look):
    hand = begin(visitor(up, **LOOKS[look]), "axe", "First\nSecond")
    page = hand.page
    narrow = "phone" in look
    assert findings(page, axe) == []
    hand.step("second").click()
    page.locator("#design-inspector h2", has_text="Second").wait_for(state="attached")
    for pane in ("palette", "inspector", "bottom", "canvas") if narrow else ():
        page.locator(f'[data-show="{pane}"]').click()
        assert findings(page, axe) == []
        if pane == "bottom":
            words = page.locator(".problem > span:last-child").first.bounding_box()
            assert words["width"] > 300, "a problem runs down a narrow column"
    for tab in ("history", "problems") if not narrow else ():
        page.locator(f"#tab-{tab}").click()
        assert findings(page, axe) == []
    hand.step("second").focus()
    page.keyboard.press("m")
    place = page.locator(".design-place:focus")
    place.wait_for()
    assert min(place.bounding_box()["width"], place.bounding_box()["height"]) >= 24
    assert findings(page, axe) == []
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.locator("#design-ask").wait_for()
    assert findings(page, axe) == []


ROWS = """
import json, sys, django; django.setup()
from examples.streamtech.models import OrderEntry, StockItem, StockMovement
print(json.dumps([
    [*OrderEntry.objects.filter(order=sys.argv[1]).order_by("pk").values_list("what", flat=True)],
    [*StockMovement.objects.filter(reference=sys.argv[1]).order_by("pk").values_list("sku", "quantity", "what")],
    [*StockItem.objects.order_by("pk").values_list("sku", "counted", "reserved", "on_shelf")],
]))
"""
"""The rows of an order, and those of the stock."""


def published(hand, note):
    hand.page.locator("[data-review]").click()
    hand.page.locator("#note").fill(note)
    hand.page.get_by_role("button", name="Publish").click()
    hand.page.wait_for_url(re.compile("/definitions/drawn-orders/"))


def test_a_saga_is_drawn_published_watched_to_its_rollback_and_does_the_same_in_the_other_style(up, visitor):
    browser = visitor(up)
    hand = begin(browser, "drawn-orders", "order.place_order")
    page = hand.page
    hand.step("place_order").click()
    page.locator("#design-inspector h2", has_text="Place order").wait_for()
    with page.expect_response(re.compile("/edit/")):
        hand.press("u")
        page.locator("#design-ask").wait_for()
        page.keyboard.type("cancel order")
        hand.press("Enter")
    hand.done()
    hand.add("a", "reserve stock", "reserve_stock")
    hand.add("a", "package order", "package_order")
    left = []
    for order, style in (("O-1", "orchestrated"), ("O-2", "choreographed")):
        if style == "choreographed":
            page.get_by_role("button", name="Design", exact=True).click()
            ready(page)
            hand.click(page.locator('.design-style[data-segment="main"]'))
            page.locator(f'.design-style[data-segment="main"][data-style="{style}"]').wait_for()
            hand.done()
        published(hand, f"The steps are {style}.")
        watched = browser.live(f"/runs/{up.start('metropolis', saga='drawn-orders', order=order)}/")
        run_is(watched, "rolled_back")
        shows(watched, place_order="compensated", reserve_stock="compensated")
        left.append(up.call("-c", ROWS, order))
    assert "cancelled" in left[0]
    assert "released" in left[0]
    assert left[0] == left[1]


def test_an_input_is_filled_by_pointing_at_data_and_at_an_earlier_step(up, visitor, axe):
    hand = begin(visitor(up), "pointing", "place order\ntake payment")
    page = hand.page
    first = hand.document()["segments"][0]["steps"][0]
    hand.click(hand.step(first["name"]))
    page.locator('#design-inspector h2:has-text("Place order")').wait_for()
    hand.field("outputs", "order_id, total")
    hand.click(hand.step("take_payment"))
    page.locator('#design-inspector h2:has-text("Take payment")').wait_for()
    whole = page.locator("#map-input-whole")
    assert whole.is_checked()
    with page.expect_response(re.compile("/edit/")):
        whole.uncheck()
    hand.done()
    page.locator("#map-input-new").wait_for()
    with page.expect_response(re.compile("/edit/")):
        page.locator("#map-input-new").fill("amount")
        page.locator("#map-input-new").press("Enter")
    hand.done()
    expect(page.locator("#map-input-amount")).to_be_focused()
    expect(page.locator("#map-input-amount")).to_have_value("")
    hand.click(hand.step(first["name"]))
    title = page.locator("#design-inspector h2").inner_text().lower()
    assert title.startswith("take payment"), "the click meant data, and no selection"
    assert page.evaluate("() => document.activeElement.dataset.pointer") == f"/steps/{first['name']}/order_id"
    with page.expect_response(re.compile("/edit/")):
        page.locator(f'.source[data-pointer="/steps/{first["name"]}/total"]').click()
    hand.done()
    step = hand.document()["segments"][0]["steps"][1]
    assert step["input"] == {"amount": {"from": f"/steps/{first['name']}/total"}}
    page.locator("#map-input-amount").wait_for()
    with page.expect_response(re.compile("/edit/")):
        page.locator("#map-input-amount").fill("12")
        page.locator("#map-input-amount").press("Enter")
    hand.done()
    assert hand.document()["segments"][0]["steps"][1]["input"] == {"amount": {"value": 12}}
    expect(page.locator("[data-field=amount] .constant")).to_have_text("The value 12, the same in every run.")
    assert findings(page, axe) == []
    page.locator("#map-input-amount").focus()
    page.get_by_role("textbox", name="Another field of the input of the run").fill("total")
    with page.expect_response(re.compile("/edit/")):
        page.keyboard.press("Enter")
    expect(page.locator("[data-field=amount] .given")).to_have_text("The input “total” of the run.")
    expect(page.locator('.source[data-pointer="/input/total"]')).to_be_visible()
    hand.done()
    assert hand.document()["segments"][0]["steps"][1]["input"] == {"amount": {"from": "/input/total"}}


def test_a_name_that_is_taken_is_refused_at_its_field_and_another_one_is_shown_everywhere(up, visitor):
    browser = visitor(up)
    forgive(browser, 409)
    page = browser.visit("/definitions/order-fulfilment/")
    page.get_by_role("button", name="Design").click()
    ready(page)
    hand, crumb = Hand(page), page.get_by_role("navigation", name="Breadcrumb")
    expect(page.locator("[data-taken]")).to_be_visible()
    name = page.locator("#in-name")
    name.fill("place-order-choreographed")
    name.press("Enter")
    wrong = page.locator("[data-name=name] .error")
    expect(wrong).to_have_text("There is a saga 'place-order-choreographed' already; choose another name.")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_value("order-fulfilment")
    hand.field("name", "order-fast")
    expect(crumb).to_contain_text("order-fast")
    expect(page.locator("[data-taken]")).to_be_hidden()
    expect(wrong).to_have_count(0)


def test_a_saga_whose_actions_need_fields_gets_its_input_schema_by_one_button(up, visitor):
    hand = begin(visitor(up), "schema-by-button", "flights.book_flight < flights.cancel_flight")
    with hand.page.expect_response(re.compile("/edit/")):
        hand.page.get_by_role("button", name="Apply: it has no input schema").click()
    expect(hand.page.locator("[data-count-problems]")).to_have_text("0")
    hand.done()
    assert hand.document()["input_schema"]["required"] == ["traveller", "flight"]


def test_a_step_is_set_aside_brought_back_and_given_a_segment_of_its_own(up, visitor):
    hand = begin(visitor(up), "aside", "First\nSecond\nThird")
    page = hand.page
    before = hand.document()
    hand.step("second").click()
    page.locator('#design-inspector h2:has-text("Second")').wait_for()
    hand.step("second").focus()
    with page.expect_response(re.compile("/edit/")):
        hand.press("x")
    hand.step("second").wait_for(state="detached")
    back = page.get_by_role("button", name="Bring back: Second")
    back.wait_for()
    with page.expect_response(re.compile("/edit/")):
        back.click()
    hand.step("second").wait_for()
    hand.done()
    assert shape(hand.document()) == shape(before)
    hand.step("second").focus()
    hand.press("w")
    page.locator("#design-ask").wait_for()
    page.keyboard.type("Alone")
    with page.expect_response(re.compile("/edit/")):
        hand.press("Enter")
    hand.done()
    assert [segment["name"] for segment in hand.document()["segments"]] == ["main", "alone", "alone_rest"]

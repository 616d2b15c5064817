"""The designer in a real browser: a saga is drawn by mouse and by keyboard, edited, undone, and kept when offline."""

import re

import pytest

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
            if place.evaluate("one => one.classList.contains('design-hot')"):
                break
            self.page.evaluate("() => new Promise(requestAnimationFrame)")
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
    """Take the line about an answer that the test asked for out of the console."""
    browser.faults[:] = [line for line in browser.faults if f"status of {status}" not in line]


def shape(document):
    return {
        segment["name"]: (segment["style"], segment.get("after"), [step["name"] for step in segment["steps"]])
        for segment in document["segments"]
    }


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
    hand = begin(visitor(up), "orders-by-keys")
    page = hand.page
    hand.add("a", "place order", "place_order")
    hand.add("a", "reserve stock", "reserve_stock")
    hand.add("a", "take payment", "take_payment")
    hand.press("s")
    page.locator('.design-style[data-segment="main"][data-style="choreographed"]').wait_for()
    for name in ("customer", "warehouse"):
        hand.press("n")
        page.locator("#design-ask").wait_for()
        page.keyboard.type(name)
        with page.expect_response(re.compile("/edit/")):
            hand.press("Enter")
        hand.done()
        page.locator("#design-inspector h2", has_text=name.capitalize()).wait_for()
        if name == "customer":
            hand.add("a", "award points", "award_points")
            hand.add("p", "notify customer", "notify_customer")
        else:
            hand.add("a", "package order", "package_order")
            hand.add("a", "dispatch order", "dispatch_order")
    found = shape(hand.document())
    assert found["customer"] == ("orchestrated", None, ["award_points", "notify_customer"])
    assert found["warehouse"][2] == ["package_order", "dispatch_order"]
    page.wait_for_function(
        "() => document.getElementById('announcer').textContent.includes(\"Added 'dispatch_order'\")"
    )
    hand.press("m")
    page.locator(".design-place:focus").wait_for()
    page.keyboard.type("parallel to pa")
    page.locator('.design-place:focus[data-key="beside/package_order"]').wait_for()
    with page.expect_response(re.compile("/edit/")):
        hand.press("Enter")
    hand.done()
    steps = {step["name"]: step for segment in hand.document()["segments"] for step in segment["steps"]}
    assert steps["dispatch_order"]["after"] == []
    with page.expect_response(re.compile("/undo/")):
        hand.press("Control+z")
    hand.done()
    assert shape(hand.document()) == found
    hand.press("c")
    page.locator(".design-source").wait_for()
    hand.press("Escape")
    with page.expect_response(re.compile("/edit/")):
        hand.press("Delete")
    hand.done()
    assert shape(hand.document())["warehouse"][2] == ["package_order"]
    assert hand.count <= 120, hand.count


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
    other.locator(".told.refused", has_text="There is no step 'second' any more.").wait_for()
    other.locator('[data-element="step/second"]').wait_for(state="detached")
    forgive(browser, 409)


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
    for tab in ("history", "problems") if not narrow else ():
        page.locator(f"#tab-{tab}").click()
        assert findings(page, axe) == []
    hand.step("second").focus()
    page.keyboard.press("m")
    page.locator(".design-place:focus").wait_for()
    assert findings(page, axe) == []
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.locator("#design-ask").wait_for()
    assert findings(page, axe) == []


def test_a_saga_is_drawn_published_run_and_watched_to_its_rollback(up, visitor):
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
    page.locator("[data-review]").click()
    page.locator("#note").fill("The first version.")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile("/definitions/drawn-orders/"))
    run = up.start("metropolis", saga="drawn-orders")
    watched = browser.live(f"/runs/{run}/")
    run_is(watched, "rolled_back")
    shows(watched, place_order="compensated", reserve_stock="compensated")


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
    page.locator("#map-input-amount").wait_for()
    page.locator("#map-input-amount").focus()
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
    assert findings(page, axe) == []


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

"""The component of all pages: a view over the drawing, moved by mouse, fingers and keys."""

import re

import pytest

from sagaflow.flowchart.draw import draw_svg
from tests.flowchart.drawing_page import box, browser, element, settle, show, view
from tests.flowchart.runs import Run
from tests.flowchart.sagas import everything, long, order_fulfilment

pytestmark = pytest.mark.browser
WIDTHS = (390, 1280, 1440, 1920)


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    faults = []
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: line.type == "error" and "favicon" not in line.text and faults.append(line.text))
    yield page
    context.close()
    assert faults == []


def drawing(saga, **options):
    return element(draw_svg(saga, interactive=True, **options))


def failed():
    run = Run(order_fulfilment()).finish({"package_order": "not_on_shelf"})
    return element(draw_svg(run.saga, run.state, run.at, interactive=True))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_smallest_text_can_be_read_when_a_drawing_opens(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    for html in (failed(), drawing(everything()), drawing(long(60))):
        show(page, html)
        smallest = page.evaluate("""() => Math.min(...[...document.querySelectorAll('.sf-flowchart text')].filter(
            text => text.textContent).map(text => parseFloat(getComputedStyle(text).fontSize))
        ) * document.querySelector('saga-drawing').viewport.view.scale""")
        assert smallest >= 10.9


def test_what_failed_is_in_the_middle_where_not_all_can_be_read(page):
    page.set_viewport_size({"width": 600, "height": 500})
    show(page, failed())
    found, pane = box(page, "step/package_order"), page.locator("saga-drawing").bounding_box()
    assert abs(found["y"] + found["height"] / 2 - pane["height"] / 2) < 60
    assert 0 < found["x"] < found["x"] + found["width"] < 600


def test_a_small_drawing_opens_whole(page):
    page.set_viewport_size({"width": 1920, "height": 1200})
    saga = everything()
    show(page, drawing(type(saga)("small", saga.segments[:1], title="Small")))
    assert page.evaluate("document.querySelector('saga-drawing').viewport.isAllSeen")


def test_the_wheel_scrolls_and_with_control_zooms_at_the_pointer(page):
    show(page, drawing(long(30)))
    page.mouse.move(640, 300)
    page.mouse.wheel(0, 150)
    before = view(page)
    assert before["y"] < 0
    node = box(page, "step/step2")
    at = (node["x"] + 10, node["y"] + 10)
    page.mouse.move(*at)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -50)
    page.keyboard.up("Control")
    after = view(page)
    assert after["scale"] > before["scale"]
    ratio = after["scale"] / before["scale"]
    assert after["y"] == pytest.approx(at[1] - (at[1] - before["y"]) * ratio, abs=1)


def test_at_the_edge_of_the_drawing_the_wheel_scrolls_the_page(page):
    show(page, f'{drawing(order_fulfilment())}<div class="tall"></div>')
    page.keyboard.press("f")
    page.mouse.move(640, 200)
    for _ in range(40):
        page.mouse.wheel(0, 400)
    page.wait_for_function("scrollY > 300")


def test_a_drag_moves_the_drawing_and_opens_nothing_and_a_tap_opens(page):
    show(page, drawing(long(30)))
    page.evaluate("window.opened = []; addEventListener('saga-open', event => opened.push(event.detail.step))")
    before, node = view(page), box(page, "step/step1")
    page.mouse.move(node["x"] + 20, node["y"] + 20)
    page.mouse.down()
    page.mouse.move(node["x"] + 20, node["y"] - 60, steps=4)
    page.mouse.up()
    assert view(page)["y"] < before["y"] - 50
    assert page.evaluate("opened") == []
    page.locator('[data-element="step/step2"]').click()
    assert page.evaluate("opened") == ["step2"]


def test_a_double_click_zooms_in(page):
    show(page, drawing(long(30)))
    before = view(page)["scale"]
    page.mouse.dblclick(5, 300)
    assert view(page)["scale"] == pytest.approx(before * 1.5)


def test_keys_and_buttons_zoom_and_fit(page):
    show(page, drawing(long(30)))
    page.keyboard.press("Tab")
    opened = view(page)["scale"]
    page.keyboard.press("+")
    assert view(page)["scale"] == pytest.approx(opened * 1.25)
    page.keyboard.press("-")
    assert view(page)["scale"] == pytest.approx(opened)
    page.keyboard.press("0")
    assert view(page)["scale"] == 1
    assert page.get_by_role("button", name="Zoom to 100 %").text_content() == "100 %"
    page.keyboard.press("f")
    assert page.evaluate("document.querySelector('saga-drawing').viewport.isAllSeen")
    for name, ratio in (("Zoom in", 1.25), ("Zoom out", 1 / 1.25)):
        before = view(page)["scale"]
        page.get_by_role("button", name=name).click()
        assert view(page)["scale"] == pytest.approx(before * ratio)
    page.get_by_role("button", name="Zoom to 100 %").click()
    page.get_by_role("button", name="Fit").click()
    assert page.evaluate("document.querySelector('saga-drawing').viewport.isAllSeen")


def test_full_screen_fills_the_screen_and_keeps_the_view(page):
    show(page, drawing(long(30)))
    before = view(page)["scale"]
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("document.fullscreenElement?.localName === 'saga-drawing'")
    page.wait_for_function("document.fullscreenElement.clientHeight === innerHeight")
    assert view(page)["scale"] == before
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("!document.fullscreenElement")


def test_two_fingers_move_and_zoom_the_drawing_and_one_scrolls_the_page(chromium):
    context = chromium.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    show(page, f'{drawing(long(30))}<div class="tall"></div>')
    session = context.new_cdp_session(page)

    def touch(kind, *points):
        found = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": found})

    before = view(page)
    touch("touchStart", (150, 200), (250, 200))
    for step in range(1, 6):
        touch("touchMove", (150 - 8 * step, 200), (250 + 8 * step, 200))
    touch("touchEnd")
    pinched = view(page)
    assert pinched["scale"] == pytest.approx(before["scale"] * 1.8, rel=0.05)
    assert page.evaluate("visualViewport.scale") == 1
    touch("touchStart", (150, 300), (250, 300))
    for step in range(1, 6):
        touch("touchMove", (150, 300 - 10 * step), (250, 300 - 10 * step))
    touch("touchEnd")
    assert view(page)["y"] == pytest.approx(pinched["y"] - 50, abs=3)
    assert page.evaluate("scrollY") == 0
    touch("touchStart", (200, 400))
    for step in range(1, 10):
        touch("touchMove", (200, 400 - 25 * step))
    touch("touchEnd")
    page.wait_for_function("scrollY > 100")
    context.close()


SEEN = """() => {
    const node = document.querySelector('[data-element="step/%s"]').getBoundingClientRect();
    const pane = document.querySelector('saga-drawing').getBoundingClientRect();
    return node.top > pane.top && node.bottom < pane.bottom }"""


def test_the_step_at_work_stays_in_sight_and_in_the_end_what_failed(page):
    show(page, drawing(long(60)))
    paint = (
        "([step, status]) => document.querySelector(`[data-element='step/${step}']`).classList.add(`sf-is-${status}`)"
    )
    page.evaluate(paint, ["step55", "running"])
    page.wait_for_function(SEEN % "step55")
    page.evaluate(paint, ["step30", "failed"])
    page.evaluate(paint, ["step20", "compensating"])
    page.evaluate("document.querySelector('.sf-is-running').classList.remove('sf-is-running')")
    page.wait_for_function(SEEN % "step20")
    page.evaluate("document.querySelector('.sf-is-compensating').classList.remove('sf-is-compensating')")
    page.wait_for_function(SEEN % "step30")


@pytest.mark.parametrize("move", [lambda page: page.mouse.wheel(0, 200), lambda page: page.keyboard.press("Tab")])
def test_the_drawing_follows_until_a_user_moves_it_or_walks_in_it(page, move):
    follow = page.get_by_role("button", name="Follow the running step")
    show(page, drawing(long(60)))
    assert follow.get_attribute("aria-pressed") == "true"
    page.mouse.move(640, 300)
    move(page)
    page.wait_for_function("document.querySelector('[title=\"Follow the running step\"]').ariaPressed === 'false'")
    follow.click()
    follow.click()
    show(page, drawing(long(60)))
    assert follow.get_attribute("aria-pressed") == "false"  # that it was switched off is remembered


def test_another_drawing_of_the_same_saga_keeps_the_view(page):
    show(page, drawing(long(60)))
    page.evaluate("document.querySelector('saga-drawing').centreOn('step15')")
    settle(page)
    before, place = view(page), box(page, "step/step15")
    fresh = drawing(long(60), folded={"segment0"})
    page.evaluate(
        """html => { const other = document.createElement('div'); other.innerHTML = html;
            document.querySelector('saga-drawing').take(other.firstChild) }""",
        re.sub("saga-drawing", "div", fresh),
    )
    assert view(page)["scale"] == before["scale"]
    again = box(page, "step/step15")
    assert abs(again["x"] - place["x"]) < 24  # all of its width is seen: it stays in the middle
    assert abs(again["y"] - place["y"]) < 2


def test_paint_moves_nothing(page):
    show(page, drawing(order_fulfilment()))
    places = "() => [...document.querySelectorAll('.sf-node, .sf-edge, .sf-segment')].map(one => one.querySelector("
    places += "'path, polygon, ellipse').getBoundingClientRect().toJSON())"
    before = page.evaluate(places)
    page.evaluate("""() => { for (const node of document.querySelectorAll('.sf-node')) {
        node.classList.add('sf-is-failed'); node.querySelector('.sf-mark')?.append('x'); } }""")
    after = page.evaluate(places)
    assert after == before


def focused(page):
    """The element with the focus, after every key so far: the drawing loads its keys with the first focus."""
    return page.evaluate("""() => Promise.resolve(document.querySelector("saga-drawing")?.keys)
        .then(() => document.activeElement.dataset?.element ?? document.activeElement.localName)""")


def test_the_drawing_is_one_tab_stop_and_the_buttons_are_another(page):
    show(page, f'<button>before</button>{drawing(order_fulfilment())}<button id="after">after</button>')
    page.get_by_role("button", name="before").focus()
    page.keyboard.press("Tab")
    assert focused(page) == "step/place_order"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.title") == "Zoom out"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.title") == "Zoom to 100 %"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "after"
    assert page.locator(".sf-flowchart [tabindex='0']").count() == 1


WALK = [
    ("ArrowDown", "step/reserve_stock"),
    ("ArrowDown", "step/take_payment"),
    ("u", "undo/take_payment"),
    ("ArrowUp", "undo/reserve_stock"),
    ("u", "step/reserve_stock"),
    ("ArrowUp", "step/place_order"),
    ("ArrowUp", "step/place_order"),
    ("End", "step/dispatch_order"),
    ("ArrowUp", "step/package_order"),
    ("Home", "step/place_order"),
]


def test_arrow_keys_walk_along_the_edges_and_u_to_the_compensation_and_back(page):
    show(page, drawing(order_fulfilment()))
    page.keyboard.press("Tab")
    for key, expected in WALK:
        page.keyboard.press(key)
        if expected == "step/dispatch_order":
            page.keyboard.type("Dis")
        assert focused(page) == expected, key


def test_left_and_right_lead_to_the_other_branch(page):
    show(page, drawing(order_fulfilment()))
    page.locator('[data-element="step/award_points"]').focus()
    places = {name: box(page, f"step/{name}")["x"] for name in ("award_points", "notify_customer")}
    there, back = (
        ("ArrowRight", "ArrowLeft")
        if places["award_points"] < places["notify_customer"]
        else ("ArrowLeft", "ArrowRight")
    )
    for _ in range(3):
        page.keyboard.press(there)
        if focused(page) == "step/notify_customer":
            break
    assert focused(page) == "step/notify_customer"
    page.keyboard.press(back)
    assert focused(page).endswith("award_points")


def test_typing_finds_a_step_by_its_title_and_enter_opens_it(page):
    show(page, drawing(order_fulfilment()))
    page.evaluate("window.opened = []; addEventListener('saga-open', event => opened.push(event.detail.element))")
    page.keyboard.press("Tab")
    page.keyboard.type("pack")
    assert focused(page) == "step/package_order"
    page.keyboard.press("Enter")
    assert page.evaluate("opened") == ["step/package_order"]
    node, pane = box(page, "step/package_order"), page.locator("saga-drawing").bounding_box()
    assert pane["y"] <= node["y"] < node["y"] + node["height"] <= pane["y"] + pane["height"]


def test_hidden_compensations_are_walked_past(page):
    show(page, drawing(order_fulfilment()))
    page.evaluate("document.querySelector('.sf-flowchart').classList.add('sf-hide-compensations')")
    page.keyboard.press("Tab")
    page.keyboard.press("u")
    assert focused(page) == "step/place_order"


def test_what_is_selected_has_the_tab_stop(page):
    show(page, drawing(order_fulfilment()))
    page.evaluate("document.querySelector('saga-drawing').select('package_order')")
    assert page.locator(".sf-selected").get_attribute("data-element") == "step/package_order"
    page.keyboard.press("Tab")
    assert focused(page) == "step/package_order"
    page.evaluate("document.querySelector('saga-drawing').select('')")
    assert page.locator(".sf-selected").count() == 0


def test_an_overlay_lays_classes_and_badges_over_elements_until_it_is_replaced(page):
    show(page, drawing(order_fulfilment()))
    lay = "looks => document.querySelector('saga-drawing').overlay('heat', looks)"
    page.evaluate(
        lay, {"step/take_payment": {"class": "sf-heat-4", "badge": "12", "title": "12 runs"}, "gone": {"badge": "1"}}
    )
    node = page.locator('[data-element="step/take_payment"]')
    assert "sf-heat-4" in node.get_attribute("class")
    assert node.locator(".sd-badge text").text_content() == "12"
    assert node.locator(".sd-badge title").text_content() == "12 runs"
    page.evaluate(
        """html => { const other = document.createElement('div'); other.innerHTML = html;
            document.querySelector('saga-drawing').take(other.firstChild) }""",
        re.sub("saga-drawing", "div", drawing(order_fulfilment(), folded={"warehouse"})),
    )
    assert node.locator(".sd-badge text").text_content() == "12"
    page.evaluate(lay, {"place_order": {"class": "sf-heat-1"}})
    assert page.locator(".sd-badge").count() == 0
    assert "sf-heat-4" not in node.get_attribute("class")
    page.evaluate(lay, None)
    assert page.locator(".sf-heat-1").count() == 0


def test_without_scripts_the_drawing_is_there_and_can_be_scrolled(chromium):
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 700, "height": 600})
    page = context.new_page()
    page.set_content(
        f"<style>saga-drawing {{ display: block; overflow: auto; height: 300px }}</style>{drawing(order_fulfilment())}"
    )
    assert page.locator(".sf-flowchart").is_visible()
    context.close()


def test_the_buttons_have_a_strip_of_their_own_and_the_view_ends_above_it(page):
    show(page, drawing(order_fulfilment()))
    pane, bar = page.locator("saga-drawing").bounding_box(), page.locator(".sd-toolbar").bounding_box()
    assert bar["width"] == pytest.approx(pane["width"], abs=3)
    assert bar["y"] + bar["height"] == pytest.approx(pane["y"] + pane["height"], abs=3)
    page.get_by_role("button", name="Fit").click()
    settle(page)
    chart = page.locator(".sf-flowchart").bounding_box()
    assert chart["y"] + chart["height"] <= bar["y"]
    page.locator('[data-element="step/dispatch_order"]').focus()
    page.keyboard.press("End")
    focused(page)
    settle(page)
    last = page.evaluate("() => document.activeElement.getBoundingClientRect().bottom")
    assert last <= bar["y"]


HIDDEN = """() => {
    const { map, at, viewport } = document.querySelector("saga-drawing").minimap;
    const [size, box, pane] = [viewport.size, map.getBoundingClientRect(), viewport.pane.getBoundingClientRect()];
    const nodes = [...document.querySelectorAll(".sf-node, .sf-edge text")].map(one => one.getBoundingClientRect());
    const hides = (x, y) => nodes.filter(one =>
        one.right > x && one.x < x + box.width && one.bottom > y && one.y < y + box.height).length;
    const [right, bottom] = [pane.x + size.width - box.width - 10, pane.y + size.height - box.height - 10];
    const [left, top] = [pane.x + 10, pane.y + 10];
    return [hides(box.x, box.y), hides(right, bottom), hides(right, top), hides(left, bottom), hides(left, top)];
}"""


@pytest.mark.parametrize(("x", "y"), [(1, 1), (-1, -1), (1, -1), (-1, 1)])
def test_the_map_stands_where_it_hides_least_once_the_view_is_still(page, x, y):
    page.set_viewport_size({"width": 640, "height": 420})
    show(page, drawing(order_fulfilment()))
    page.evaluate(f"() => document.querySelector('saga-drawing').viewport.pan({x * 9999}, {y * 9999})")
    page.wait_for_function(f"() => {{ const [now, ...all] = ({HIDDEN})(); return now === Math.min(...all) }}")
    now, *corners = page.evaluate(HIDDEN)
    assert now < max(corners)
    assert page.locator(".sd-map").is_visible()


def test_no_map_covers_a_drawing_whose_nodes_are_all_in_sight(page):
    show(page, drawing(order_fulfilment()))
    chart = page.locator(".sf-flowchart").bounding_box()
    pane = page.locator("saga-drawing").bounding_box()
    spare = {side: page.viewport_size[side] - pane[side] for side in ("width", "height")}
    bar = page.locator(".sd-toolbar").bounding_box()["height"]
    for less, shown in ((12, False), (120, True)):
        size = {"width": chart["width"] - less, "height": chart["height"] - less + bar}
        style = f"width: {size['width']}px; height: {size['height']}px"
        page.locator("saga-drawing").evaluate("(one, style) => { one.style.cssText = style }", style)
        page.set_viewport_size({side: int(size[side] + spare[side] + 40) for side in spare})
        page.evaluate("() => document.querySelector('saga-drawing').viewport.show({ x: -6, y: -6, scale: 1 })")
        settle(page)
        assert page.locator(".sd-map").is_visible() is shown


def test_a_map_shows_what_is_seen_of_a_large_drawing_and_moves_the_view(page):
    show(page, drawing(long(60)))
    chart = page.locator(".sd-map")
    assert chart.is_visible()
    assert chart.locator("g rect").count() == page.locator(".sf-flowchart .sf-node").count()
    before, place = view(page), chart.bounding_box()
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] - 4)
    assert view(page)["y"] < before["y"] - 1000
    page.get_by_role("button", name="Fit").click()
    settle(page)
    assert not chart.is_visible()

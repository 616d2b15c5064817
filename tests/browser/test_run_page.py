"""The page of a run as a tool: nothing jumps, panes keep their size, every view has an address, values unfold."""

import json
import re

import pytest
from playwright.sync_api import expect

from designer.templatetags.pages import MASKED
from tests.browser.conftest import is_live, run_is, shows
from tests.browser.site import START
from tests.browser.test_accessible import LOOKS, findings

# A drawing whose script has not come after three seconds is shown before it has its place. Then the load is left out.
SHIFTS = """(within) => {
    const { domContentLoadedEventEnd } = performance.getEntriesByType("navigation")[0];
    window.__shifts = [];
    new PerformanceObserver((list) => {
        for (const shift of list.getEntries()) for (const source of shift.sources) {
            const pane = source.node?.parentElement?.closest(within);
            if (pane) window.__shifts.push([shift.value, source.node.nodeName, source.node.className?.toString()]);
        }
    }).observe({type: "layout-shift", buffered: domContentLoadedEventEnd < 2_500});
}"""
PLACE = """() => {
    const box = document.querySelector(".flow").getBoundingClientRect();
    return [box.x, box.y + scrollY, box.width, box.height];
}"""


@pytest.mark.parametrize("look", ["light", "phone"])
@pytest.mark.parametrize("end", ["completed", "rolled_back", "stuck"])
def test_the_drawing_stays_where_it_is_whatever_becomes_of_the_run(up, visitor, look, end):
    up.shut("payment.take_payment")
    if end == "stuck":
        up.break_("payment.refund_payment", "The clearing house is closed.")
    run = up.start("alien" if end == "completed" else "metropolis")
    page = visitor(up, **LOOKS[look]).live(f"/runs/{run}/")
    shows(page, take_payment="running")
    page.evaluate(SHIFTS, ".flow")
    before = page.evaluate(PLACE)
    up.open("payment.take_payment")
    run_is(page, end)
    expect(page.locator("[data-part=strip]")).to_contain_text(
        {"completed": "Completed", "rolled_back": "Rolled back", "stuck": "Action required"}[end]
    )
    assert page.evaluate(PLACE) == before
    assert page.evaluate("window.__shifts") == []


def test_choosing_a_tab_moves_no_other(up, visitor):
    run = up.start("alien")
    up.ends(run, "completed")
    page = visitor(up, viewport={"width": 1440, "height": 900}).live(f"/runs/{run}/?step=place_order")
    page.evaluate(SHIFTS, ".tablist, .tools")
    lefts = "() => [...document.querySelectorAll('.tablist a')].map((tab) => tab.getBoundingClientRect().left)"
    before = page.evaluate(lefts)
    for tab in ("steps", "acts", "step-attempts", "timeline"):
        page.locator(f"#tab-{tab}").click()
        expect(page.locator(f"#tab-{tab}")).to_have_css("font-weight", "600")
        assert page.evaluate(lefts) == before, tab
    page.locator(".drawer").get_by_role("link", name="Compressed").click()
    expect(page.locator(".drawer").get_by_role("link", name="Compressed")).to_have_attribute("aria-current", "true")
    assert page.evaluate("window.__shifts") == []


CUT = """(selector) => [...document.querySelectorAll(selector)]
    .filter((one) => one.checkVisibility() && !one.matches(".hidden") && one.scrollWidth > one.clientWidth + 1)
    .map((one) => one.textContent.trim())"""
COVERED = """() => [...document.querySelectorAll(".drawer section:not([hidden]) .stacks td")].flatMap((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    const lefts = [...range.getClientRects()].filter((box) => box.width).map((box) => box.left);
    const label = getComputedStyle(cell, "::before");
    const end = cell.getBoundingClientRect().left + parseFloat(label.width);
    return end > Math.min(...lefts) ? [`${label.content} over ${cell.textContent.trim()}`] : [];
})"""
ROWS = """() => [...document.querySelector(".flow .tools").children].map((one) => one.getBoundingClientRect())
    .filter((box, at, all) => !at || box.top >= all[at - 1].bottom).length"""


@pytest.mark.parametrize("look", ["light", "phone"])
def test_no_control_and_no_place_of_a_run_is_cut_off(up, visitor, look):
    run = up.start("metropolis")
    up.ends(run, "rolled_back")
    viewport = {"light": {"width": 1440, "height": 900}, "phone": LOOKS["phone"]["viewport"]}[look]
    page = visitor(up, **{**LOOKS[look], "viewport": viewport}).live(f"/runs/{run}/?step=package_order")
    for each in (".crumbs li[aria-current]", ".run-head .button", ".badges > *", ".flow .tools *", ".panel .tablist"):
        assert page.evaluate(CUT, each) == [], each
    assert page.evaluate(ROWS) == (1 if look == "light" else 2)
    page.locator(".tools summary", has_text="Download").click()
    svg = page.get_by_role("link", name="SVG")
    with page.expect_download() as download:
        svg.click()
    assert download.value.suggested_filename.endswith(".svg")
    page.keyboard.press("Escape")
    expect(svg).to_be_hidden()


CAUSE = "The clearing house is closed until Monday morning. Refund by hand, and tell the customer when it is done."
UNSEEN = """() => [...document.querySelectorAll(".strip, .strip .told, .strip .waits, .strip strong")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
    .map((one) => one.textContent.trim())"""
TOPS = """() => [".run-head", ".strip", ".flow", ".drawer", ".about-run"]
    .map((name) => [name, document.querySelector(name).getBoundingClientRect().top])
    .sort(([, one], [, other]) => one - other).map(([name]) => name)"""


def test_on_a_phone_the_tab_that_an_address_names_is_in_sight_below_the_whole_cause(up, visitor):
    up.break_("payment.refund_payment", CAUSE)
    run = up.start("metropolis")
    up.ends(run, "stuck")
    who = visitor(up, **LOOKS["phone"])
    for tab in ("timeline", "sequence", "acts"):
        page = who.live(f"/runs/{run}/?tab={tab}")
        expect(page.locator(f"#tab-{tab}")).to_be_in_viewport(ratio=0.95)
        expect(page.locator(f"#panel-{tab}")).to_be_in_viewport(ratio=0.2)
        assert page.evaluate("scrollY") == 0
        assert page.evaluate(TOPS) == [".run-head", ".strip", ".drawer", ".flow", ".about-run"]
        page.close()
    page = who.live(f"/runs/{run}/")
    expect(page.locator(".strip")).to_contain_text(CAUSE)
    assert page.evaluate(UNSEEN) == []
    assert page.evaluate(TOPS) == [".run-head", ".strip", ".flow", ".drawer", ".about-run"]


SMALLEST = """() => {
    const drawing = document.querySelector(".drawer section:not([hidden]) .chart > svg");
    const scale = drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width;
    const sizes = [...drawing.querySelectorAll("text")].map((one) => parseFloat(getComputedStyle(one).fontSize));
    return scale * Math.min(...sizes);
}"""
MORE = """(selector) => {
    const box = document.querySelector(selector);
    const fade = (side) => parseFloat(getComputedStyle(box).getPropertyValue(`--more-${side}`));
    const fades = () => [fade("left"), fade("right")];
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(fades()))));
    box.scrollLeft = 0;
    return frame().then((start) => {
        box.scrollLeft = box.scrollWidth;
        return frame().then((end) => [start.map(Boolean), end.map(Boolean)]);
    });
}"""
"""True for each edge, left and right, where a box fades out: scrolled to its start, and to its end."""


@pytest.mark.parametrize("look", ["phone", "tablet"])
def test_a_wide_drawing_of_the_drawer_scrolls_in_its_own_box_at_a_readable_size(up, visitor, look):
    run = up.start("metropolis")
    up.ends(run, "rolled_back")
    width = {"phone": 390, "tablet": 768}[look]
    who = visitor(up, viewport={"width": width, "height": 844})
    for tab in ("timeline", "sequence"):
        page = who.live(f"/runs/{run}/?tab={tab}")
        assert page.evaluate(SMALLEST) >= 12, tab
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(MORE, f"#panel-{tab} .chart") == [[False, True], [True, False]], tab
        page.close()


def test_on_a_phone_no_label_of_a_cell_lies_over_its_value(up, visitor):
    run = up.start("metropolis")
    up.ends(run, "rolled_back")
    page = visitor(up, **LOOKS["phone"]).live(f"/runs/{run}/")
    for tab, part in (("Steps", "steps"), ("Journal", "journal"), ("Rollback", "rollback"), ("Events", "events")):
        page.locator("[data-tabs=run] > .tablist").get_by_role("tab", name=tab).click()
        page.locator(f"[data-part={part}] td").first.wait_for()
        assert (tab, page.evaluate(COVERED)) == (tab, [])


def test_every_view_has_an_address_that_survives_a_reload(up, visitor):
    run = up.start("metropolis")
    up.ends(run, "rolled_back")
    page = visitor(up).live(f"/runs/{run}/")
    page.get_by_role("tab", name="Rollback").click()
    expect(page.locator("[data-part=rollback]")).to_contain_text("Rollback record 1")
    page.locator("[data-part=strip] a[data-centre]").click()
    expect(page.locator("#step-title")).to_be_focused()
    page.locator("#step").get_by_role("tab", name="Attempts").click()
    expect(page).to_have_url(re.compile(r"\?(?=.*tab=rollback)(?=.*step=package_order)(?=.*about=attempts)"))
    page.reload()
    expect(page.locator("#tab-rollback")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#step .attempts")).to_contain_text("Attempt 1: failed")
    page.go_back()
    page.go_back()
    expect(page.locator("#step")).to_have_count(0)
    page.get_by_role("tab", name="Events").click()
    page.locator("[data-part=events] a[data-view=entry]").first.click()
    expect(page.locator("#tab-journal")).to_have_attribute("aria-selected", "true")
    entry = page.locator(".is-target")
    expect(entry).to_be_in_viewport()
    expect(page).to_have_url(re.compile(f"#{entry.get_attribute('id')}$"))
    page.goto(f"{up.url}/runs/{run}/#journal")
    expect(page.locator("#tab-journal")).to_have_attribute("aria-selected", "true")


SEEN = """(element) => {
    const [node, pane] = [document.querySelector(`[data-element="${element}"]`), document.querySelector("saga-drawing")]
        .map((one) => one.getBoundingClientRect());
    const from = (start, size) => Math.abs(node[start] + node[size] / 2 - pane[start] - pane[size] / 2) / pane[size];
    return Math.max(from("x", "width"), from("y", "height"));
}"""
RIM = """(node) => getComputedStyle(node.querySelector("path, polygon")).stroke"""


@pytest.mark.parametrize("look", ["light", "phone"])
@pytest.mark.parametrize(("how", "undo"), [("broken", "stuck"), ("down", "retrying")])
def test_an_undo_that_fails_is_opened_and_its_step_stays_done(up, visitor, look, how, undo):
    up.break_("payment.refund_payment") if how == "broken" else up.take_down("payment.refund_payment")
    run = up.start("metropolis")
    up.ends(run, "stuck" if how == "broken" else "rolling_back")
    page = visitor(up, **LOOKS[look]).live(f"/runs/{run}/")
    did, undone = (page.locator(f'.flow [data-element="{kind}/take_payment"]') for kind in ("step", "undo"))
    expect(undone).to_have_class(re.compile(rf"\bsf-is-{undo}\b"))
    expect(did).to_have_class(re.compile(r"\bsf-is-done\b"))
    page.reload()
    is_live(page)
    assert page.evaluate(SEEN, "undo/take_payment") < 0.1
    fine = page.locator('.flow [data-element="step/award_points"]')
    before = did.evaluate(RIM)
    page.get_by_label("Compensations").uncheck()
    assert did.evaluate(RIM) != before, "where the undo is hidden, the step tells of it"
    expect(did).to_contain_text("its undo is")
    assert fine.evaluate(RIM) != did.evaluate(RIM)


HEAD = """() => [...document.querySelectorAll(".run-head :is(.badge, .connection, .run-actions a, .took)")]
    .filter((one) => one.checkVisibility()).map((one) => [one.textContent.trim(), one.getBoundingClientRect()])
    .filter(([, box], at, all) => box.right > innerWidth || box.width < 10 || all.some(([, other], is) => is < at
        && box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom))
    .map(([text]) => text)"""


@pytest.mark.parametrize("width", [390, 1440])
def test_the_header_has_room_for_two_badges_and_a_long_button(up, visitor, width):
    up.shut("payment.refund_payment")
    run = up.start("metropolis", order="S-304-a-very-long-order-number-of-a-partner-2026-11")
    page = visitor(up, viewport={"width": width, "height": 900}).live(f"/runs/{run}/")
    run_is(page, "rolling_back")
    left = "() => document.querySelector('#run-title').getBoundingClientRect().left"
    before, place = page.evaluate(left), page.evaluate(PLACE)
    up.take_down("payment.refund_payment")
    up.open("payment.refund_payment")
    expect(page.locator("[data-part=status]")).to_contain_text("retrying")
    expect(page.locator(".run-head .primary")).to_be_visible()
    assert (page.evaluate(left), page.evaluate(PLACE)) == (before, place)
    for each in (
        ".run-head .badge",
        ".run-head .badges",
        ".run-head .connection",
        ".run-head .when",
        ".run-head .button",
    ):
        assert page.evaluate(CUT, each) == [], each
    assert page.evaluate(HEAD) == []


UNDER_THE_LEGEND = """() => {
    const { left, right, top, bottom } = document.querySelector(".legend").getBoundingClientRect();
    return [...document.querySelectorAll("saga-drawing, .flow .tools > *")].map((one) => one.getBoundingClientRect())
        .filter((box) => box.right > left && box.left < right && box.bottom > top && box.top < bottom).length;
}"""


@pytest.mark.parametrize("width", [1280, 1920])
def test_the_open_legend_stands_beside_the_drawing_where_there_is_room(up, visitor, width):
    run = up.start("alien")
    up.ends(run, "completed")
    page = visitor(up, viewport={"width": width, "height": 900}).live(f"/runs/{run}/")
    page.get_by_text("Legend").click()
    expect(page.locator(".legend h3").first).to_be_in_viewport(ratio=1)
    assert page.evaluate(UNDER_THE_LEGEND) == 0
    page.get_by_text("Legend").click()
    assert page.locator("saga-drawing").bounding_box()["width"] > 0.9 * page.locator(".flow").bounding_box()["width"]


@pytest.mark.parametrize(("trouble", "words"), [("stuck", "Show undo"), ("rolled_back", "Show step")])
def test_the_button_of_the_status_line_says_what_it_shows(up, visitor, trouble, words):
    if trouble == "stuck":
        up.break_("payment.refund_payment")
    run = up.start("metropolis")
    up.ends(run, trouble)
    page = visitor(up).live(f"/runs/{run}/")
    button = page.locator(".strip a[data-centre]")
    expect(button).to_have_accessible_name(
        "Show undo of take_payment" if trouble == "stuck" else "Show step package_order"
    )
    assert button.evaluate("(one) => one.firstChild.textContent.trim()") == words


@pytest.mark.parametrize("look", ["light", "phone"])
def test_the_legend_opens_where_it_is_seen_and_resizes_nothing(up, visitor, look):
    run = up.start("alien")
    up.ends(run, "completed")
    page = visitor(up, **LOOKS[look]).live(f"/runs/{run}/")
    pane = "() => document.querySelector('saga-drawing').getBoundingClientRect().height"
    before = page.evaluate(pane)
    page.get_by_text("Legend").click()
    expect(page.locator(".legend h3").first).to_be_in_viewport(ratio=1)
    assert page.evaluate(pane) == before


def test_the_answer_to_a_start_takes_no_height_from_the_drawing_and_leaves(up, visitor):
    page = visitor(up, viewport={"width": 1440, "height": 900}).visit("/definitions/order-fulfilment/start/?example=0")
    page.get_by_role("button", name="Start run").click()
    told = page.locator("ul.told")
    expect(told).to_contain_text("Started")
    assert page.locator(".run-head").bounding_box()["y"] < 70
    assert page.locator("saga-drawing").bounding_box()["height"] > 460
    page.set_viewport_size({"width": 1280, "height": 800})
    box = page.locator("saga-drawing").bounding_box()
    assert box["height"] > 380
    assert box["width"] > 780
    told.hover()
    told.get_by_role("button", name="Close the message").click()
    expect(told.locator("li")).to_have_count(0)
    page.go_back()
    page.get_by_role("button", name="Start run").click()
    expect(page.locator("ul.told")).not_to_be_visible()


COVERED_CONTROLS = """() => {
    const told = document.querySelector("ul.told");
    const { left, right, top, bottom } = told.getBoundingClientRect();
    const lies = (box) => box.right > left && box.left < right && box.bottom > top && box.top < bottom;
    return [...document.querySelectorAll("a, button, summary, input")]
        .filter((one) => !told.contains(one) && one.checkVisibility() && !one.matches(".hidden, .skip"))
        .filter((one) => lies(one.getBoundingClientRect())).map((one) => one.outerHTML.slice(0, 120));
}"""


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_the_answer_to_a_start_covers_no_control_and_stays_for_six_seconds(up, visitor, width):
    page = visitor(up, viewport={"width": width, "height": 844}).visit("/definitions/order-fulfilment/start/?example=0")
    page.get_by_role("button", name="Start run").click()
    told = page.locator("ul.told")
    told.hover()
    expect(told).to_have_css("animation-play-state", "paused")
    expect(told).to_have_css("animation-duration", "6s")
    page.locator("saga-drawing[data-ready]").wait_for()
    assert page.evaluate(COVERED_CONTROLS) == []
    expect(told).to_be_in_viewport(ratio=1)
    box = told.locator("li > span").bounding_box()
    assert box["width"] > 140, "the words are to be read"


def test_on_a_phone_the_menu_of_a_run_is_whole(up, visitor):
    up.break_("payment.refund_payment")
    run = up.start("metropolis")
    up.ends(run, "stuck")
    page = visitor(up, **LOOKS["phone"]).live(f"/runs/{run}/")
    page.locator(".run-head .menu > summary").click()
    box = page.locator(".run-head .menu-box").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    why = page.locator(".run-head .off .hint").first
    expect(why).to_be_hidden()
    page.locator(".run-head .why-not > summary").first.click()
    expect(why).to_be_visible()


def test_only_the_tab_that_is_shown_is_fetched(up, visitor):
    run = up.start("alien")
    up.ends(run, "completed")
    page = visitor(up).live(f"/runs/{run}/")
    assert page.locator("[data-part=journal] tr").count() == 0
    asked = []
    page.on("request", lambda request: "/parts/" in request.url and asked.append(request.url))
    page.get_by_role("tab", name="Journal").click()
    expect(page.locator("[data-part=journal]")).to_contain_text("RunCompleted")
    assert all("journal" in url and "sequence" not in url for url in asked)


def test_the_panes_are_resized_by_keys_and_keep_their_size(up, visitor):
    run = up.start("alien")
    up.ends(run, "completed")
    page = visitor(up).live(f"/runs/{run}/")
    sizes = "() => ['.side', '.drawer'].map((name) => document.querySelector(name).getBoundingClientRect())"
    side, drawer = page.evaluate(sizes)
    page.get_by_role("separator", name="Width of the panel").press("ArrowLeft")
    page.get_by_role("separator", name="Height of the drawer").press("ArrowUp")
    wider, taller = page.evaluate(sizes)
    assert (round(wider["width"] - side["width"]), round(taller["height"] - drawer["height"])) == (24, 24)
    page.reload()
    is_live(page)
    again = page.evaluate(sizes)
    assert [round(again[0]["width"]), round(again[1]["height"])] == [round(wider["width"]), round(taller["height"])]


UNTRUSTED = """import django; django.setup()
from django.contrib.auth.models import Permission, User
vera = User.objects.get()
vera.user_permissions.set(Permission.objects.exclude(codename="view_sensitive"))
User.objects.update(is_superuser=False)
"""


def test_a_masked_value_of_a_tree_says_why(up, visitor):
    given = {"name": "Grace", "email": "grace@example.com", "address": "Music Lane 1"}
    run = up.call("-c", START, "create-customer", json.dumps(given), "0").strip()
    up.call("-c", UNTRUSTED)
    page = visitor(up).live(f"/runs/{run}/")
    tree = page.locator("[data-part=facts] .json-tree")
    why = MASKED.partition('"')[2].partition('"')[0]
    expect(tree.locator("li[data-path='$.email'] .json-value")).to_have_attribute("title", why)
    expect(tree.locator("li[data-path='$.name'] .json-value")).not_to_have_attribute("title", why)


def test_a_value_is_a_tree_that_is_searched_and_copied(up, visitor, axe):
    run = up.start("alien")
    up.ends(run, "completed")
    who = visitor(up)
    who.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = who.live(f"/runs/{run}/")
    value = page.locator("[data-part=facts] .json")
    value.scroll_into_view_if_needed()
    line = value.locator("li[data-path='$.customer']")
    expect(line).to_contain_text('customer: "ada"')
    line.hover()
    line.get_by_role("button", name="Copy path").click()
    page.wait_for_function("async () => await navigator.clipboard.readText() === '$.customer'")
    line.get_by_role("button", name="Copy value").click()
    page.wait_for_function("async () => await navigator.clipboard.readText() === 'ada'")
    value.get_by_label("Search in the value").fill("ALIEN")
    expect(value.get_by_role("status")).to_have_text("1")
    assert findings(page, axe) == []
    value.get_by_role("button", name="Raw").click()
    expect(value.locator("pre")).to_be_visible()

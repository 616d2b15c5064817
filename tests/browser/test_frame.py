"""The frame of the pages in a real browser: menus, theme, phone and paper."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessible import LOOKS, findings

GROUND = "getComputedStyle(document.body).backgroundColor"
DARK = "rgb(11, 17, 32)"


def menu(page, name):
    page.locator(f"[data-menu={name}] > summary").click()
    return page.locator(f"[data-menu={name}] .sheet")


def test_the_theme_changes_at_once_and_the_next_page_has_it_from_the_server(up, visitor):
    who = visitor(up, color_scheme="light")
    page = who.visit("/failures/")
    light = page.evaluate(GROUND)
    menu(page, "theme").get_by_role("button", name="Dark").click()
    assert page.evaluate(GROUND) == DARK != light
    expect(page.locator("[data-menu=theme] > summary")).to_be_focused()
    page.route("**/*.js", lambda route: route.abort())
    page.reload()
    assert page.evaluate(GROUND) == DARK
    with page.expect_navigation():  # without scripts it is a form
        menu(page, "theme").get_by_role("button", name="System").click()
    assert page.evaluate(GROUND) == light
    who.expected.append("ERR_FAILED")


def test_escape_and_a_click_elsewhere_close_a_menu(up, visitor):
    page = visitor(up).visit("/failures/")
    sheet = menu(page, "account")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.locator("[data-menu=account] > summary")).to_be_focused()
    menu(page, "account")
    page.locator("h1").click()
    expect(sheet).to_be_hidden()


def test_the_page_is_as_wide_as_the_window_and_nothing_is_wider(up, visitor):
    who = visitor(up, viewport={"width": 1920, "height": 1000})
    page = who.visit("/definitions/")
    assert page.locator("main").bounding_box()["width"] > 1800
    for path in ("/", "/failures/", "/definitions/", "/definitions/order-fulfilment/"):
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(up.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        rail = page.locator(".rail").bounding_box()
        assert (rail["width"], round(rail["y"] + rail["height"])) == (390, 844), path


def test_paper_has_neither_rail_nor_menus_and_is_light(up, visitor):
    page = visitor(up, color_scheme="dark").visit("/definitions/")
    page.emulate_media(media="print")
    for part in (".rail", ".menus"):
        expect(page.locator(part)).to_be_hidden()
    assert page.evaluate(GROUND) != DARK


def stops(page, locator):
    """The number of Tab presses from the start of the page, past the link that skips the frame, to an element."""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for presses in range(2, 60):
        page.keyboard.press("Tab")
        if locator.evaluate("element => element.contains(document.activeElement)"):
            return presses
    pytest.fail("The element has no tab stop.")


def test_a_keyboard_reaches_the_search_and_the_steps_in_few_stops(up, visitor):
    run = up.start("metropolis")
    up.ends(run, "rolled_back")
    who = visitor(up)
    home = who.live("/")
    assert stops(home, home.locator("#q")) <= 12
    page = who.live(f"/runs/{run}/")
    assert stops(page, page.locator("saga-drawing > .sf-flowchart")) <= 14
    page.keyboard.press("Tab")
    assert not page.locator("saga-drawing > .sf-flowchart").evaluate(
        "element => element.contains(document.activeElement)"
    )


def test_a_run_on_paper_has_nothing_to_press_and_no_cut_text(up, visitor):
    run = up.start("metropolis")
    up.ends(run, "rolled_back")
    page = visitor(up, viewport={"width": 1000, "height": 800}).live(f"/runs/{run}/")
    page.locator(".about-run .json").first.scroll_into_view_if_needed()
    page.locator(".json-bar").wait_for()
    page.emulate_media(media="print")
    for part in page.locator(
        "button, [role=separator], .tablist, .tools, .strip a, summary:not(.json summary), .json-bar input"
    ).all():
        expect(part).to_be_hidden()
    report = page.get_by_role("link", name="Audit report")
    printed = report.evaluate("link => getComputedStyle(link, '::after').content")
    assert f"/admin/sagaflow/run/{run}/report/" in printed
    cut = """() => [...document.querySelectorAll(".run-head :not(.hidden, .hidden *)")].filter(
        each => each.clientWidth && each.scrollWidth > each.clientWidth + 1).map(each => each.outerHTML)"""
    assert page.evaluate(cut) == []


def test_times_follow_the_zone_that_the_user_picks_and_relative_ones_tick(up, visitor):
    up.ends(up.start("metropolis"), "rolled_back")
    page = visitor(up, timezone_id="America/New_York").visit("/failures/")
    expect(page.locator("[data-zone-name]")).to_have_text("America/New_York")
    latest = page.locator("td[data-label=Latest] time")
    at = datetime.fromisoformat(latest.get_attribute("datetime"))
    for zone in ("America/New_York", "Asia/Kathmandu", "UTC"):
        if zone == "UTC":
            menu(page, "zone").get_by_role("button", name="UTC").click()
        elif zone != "America/New_York":
            sheet = menu(page, "zone")
            sheet.get_by_label("Another zone").fill(zone)
            sheet.get_by_role("button", name="Use").click()
        expect(page.locator("[data-zone-name]")).to_have_text(zone)
        expect(latest).to_have_text(at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S"))
    page.goto(f"{up.url}/")
    age = page.locator("[data-part=list] td.started time").first
    before = age.inner_text()
    expect(age).not_to_have_text(before)
    up.shut("payment.take_payment")
    page.goto(f"{up.url}/runs/{up.start('alien')}/")
    age = page.locator("[data-part=when] .took")
    before = age.inner_text()
    expect(age).not_to_have_text(before)


def test_the_title_counts_what_needs_attention_and_a_notification_tells_of_more(up, visitor):
    who = visitor(up)
    who.context.grant_permissions(["notifications"], origin=up.url)
    page = who.visit("/failures/")
    expect(page).to_have_title("Failures · Sagaflow")
    page.evaluate("""() => {
        window.told = [];
        window.Notification = class { constructor(title, options) { window.told.push(options.body); } };
        Notification.permission = "granted";
        Notification.requestPermission = async () => "granted";
        document.hasFocus = () => false;
    }""")
    sheet = menu(page, "account")
    sheet.get_by_role("button", name="Notify me when runs need attention").click()
    expect(sheet.get_by_role("button", name="Notify me when runs need attention")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.locator("[data-reminders]")).to_be_hidden()
    page.route("**/attention/", lambda route: route.fulfill(json={"count": 2, "approvals": 3, "reminded": 1}))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).to_have_title("(3) Failures · Sagaflow")
    expect(page.locator("[data-attention]")).to_contain_text("2")
    expect(page.locator("[data-reminders]")).to_have_text("Approvals with a reminder: 1")
    assert page.evaluate("window.told") == ["Approvals with a reminder: 1", "Runs that need attention: 2"]
    page.locator("[data-reminders]").click()
    expect(page.get_by_role("heading", name="Approvals")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_the_frame_and_its_menus(up, visitor, axe, look):
    page = visitor(up, **LOOKS[look]).visit("/repairs/")
    for name in ("zone", "theme", "account"):
        menu(page, name)
        assert (name, findings(page, axe)) == (name, [])

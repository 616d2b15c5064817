"""A run watched live in a real browser, against `sagaflow up`."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import is_live, picture, run_is, shows, statuses

UNDONE = {
    "place_order": "compensated",
    "reserve_stock": "compensated",
    "take_payment": "compensated",
    "award_points": "compensated",
    "notify_customer": "semantically-undone",
    "package_order": "failed",
    "dispatch_order": "called-off",
}


def test_a_failure_is_watched_from_the_start_to_the_rollback_record(up, visitor):
    for action in ("order.place_order", "payment.take_payment", "payment.refund_payment"):
        up.shut(action)
    who = visitor(up)
    run = up.start("metropolis")
    page = who.live(f"/runs/{run}/")
    shows(page, place_order="running", reserve_stock="expected")
    up.open("order.place_order")

    shows(page, place_order="done", reserve_stock="done", take_payment="running", package_order="expected")
    run_is(page, "running")
    up.open("payment.take_payment")

    shows(page, package_order="failed", take_payment="compensating", reserve_stock="done")
    run_is(page, "rolling_back")
    expect(page.locator("[data-part=trouble]")).to_contain_text("not_on_shelf")
    expect(page.locator("[data-part=trouble] h2").first).to_have_text("Rolling back")
    page.get_by_role("tab", name="Rollback").click()
    expect(page.locator("[data-part=rollback]")).to_contain_text("Left to undo")
    up.open("payment.refund_payment")

    shows(page, **UNDONE)
    run_is(page, "rolled_back")
    record = page.locator("[data-part=rollback]")
    expect(record).to_contain_text("Rollback record 1: rolled back")
    expect(record).to_contain_text("4 compensated, 1 semantically undone")
    expect(page.locator("#announcer")).to_contain_text("The run is rolled back")
    expect(page.locator('[data-element="step/place_order"] .sf-sub')).to_have_text("order.place_order")


def test_the_banner_follows_the_drawing_at_once_when_the_run_ends(up, visitor):
    """The page has no timers from then on, so that only what needs none can have happened."""
    up.shut("payment.refund_payment")
    who = visitor(up)
    run = up.start("metropolis")
    page = who.live(f"/runs/{run}/")
    shows(page, package_order="failed", take_payment="compensating")
    banner = page.locator("[data-part=trouble] h2").first
    expect(banner).to_have_text("Rolling back")
    page.evaluate("() => { window.setTimeout = () => 0; }")
    up.open("payment.refund_payment")
    shows(page, **UNDONE)
    expect(banner).to_have_text("Why it rolled back")


def test_a_run_that_starts_later_says_when(up, visitor):
    page = visitor(up).live(f"/runs/{up.start('metropolis', after=3600.0)}/")
    shows(page, place_order="waiting", reserve_stock="expected")
    expect(page.locator('[data-element="step/place_order"] .sf-sub')).to_contain_text("not before")


def test_to_reload_shows_the_same(up, visitor):
    who = visitor(up)
    run = up.start("metropolis", after=3.0)
    page = who.live(f"/runs/{run}/")
    shows(page, **UNDONE)
    run_is(page, "rolled_back")
    painted = picture(page)
    page.reload()
    is_live(page)
    assert picture(page) == painted


def test_two_browsers_agree(up, visitor):
    up.shut("payment.take_payment")
    run = up.start("metropolis")
    one, two = visitor(up).live(f"/runs/{run}/"), visitor(up, locale="de-DE").live(f"/runs/{run}/")
    shows(one, take_payment="running")
    up.open("payment.take_payment")
    for page in (one, two):
        shows(page, **UNDONE)
        run_is(page, "rolled_back")
    assert picture(one) == picture(two)


def test_a_page_survives_the_death_of_the_server_in_mid_run(site, visitor):
    site.shut("payment.take_payment")
    with site.up() as first:
        run = site.start("metropolis")
        page = visitor(site).live(f"/runs/{run}/")
        shows(page, take_payment="running")
        first.kill()
        page.locator("#connection[data-state=off]").wait_for()
        expect(page.locator("#connection")).to_contain_text("reconnecting")
    site.open("payment.take_payment")
    with site.up():
        is_live(page)
        shows(page, **UNDONE)
        run_is(page, "rolled_back")


def test_what_a_dead_server_finished_is_shown_when_it_is_back(site, visitor):
    with site.up() as first:
        who = visitor(site)
        run = site.start("metropolis", after=15.0)  # longer than it takes to see it wait, and to kill the server
        page = who.live(f"/runs/{run}/")
        shows(page, place_order="waiting")
        first.kill()
        page.locator("#connection[data-state=off]").wait_for()
    with site.up():
        is_live(page)
        shows(page, **UNDONE)
        run_is(page, "rolled_back")


def test_a_browser_that_slept_catches_up(up, visitor):
    up.shut("payment.take_payment")
    who = visitor(up)
    run = up.start("metropolis")
    page = who.live(f"/runs/{run}/")
    shows(page, take_payment="running")
    who.context.set_offline(offline=True)
    page.locator("#connection[data-state=off]").wait_for()
    up.open("payment.take_payment")
    up.ends(run, "rolled_back")
    assert statuses(page)["take_payment"] == "running"
    who.context.set_offline(offline=False)
    shows(page, **UNDONE)
    run_is(page, "rolled_back")


def test_frames_that_are_lost_on_the_way_are_asked_for_again(up, visitor):
    lost = []

    def meddle(route):
        server = route.connect_to_server()

        def pass_on(text):
            if '"delta"' in text and len(lost) < 3:
                lost.append(text)
                return
            route.send(text)

        server.on_message(pass_on)

    up.shut("order.place_order")
    up.shut("payment.take_payment")
    who = visitor(up)
    run = up.start("metropolis")
    who.context.route_web_socket(re.compile("/ws/runs/"), meddle)
    page = who.live(f"/runs/{run}/")
    shows(page, place_order="running")
    up.open("order.place_order")
    shows(page, place_order="done", take_payment="running")
    assert lost
    up.open("payment.take_payment")
    shows(page, **UNDONE)
    run_is(page, "rolled_back")


def test_a_step_is_opened_and_closed_by_keyboard(up, visitor):
    run = up.start("metropolis")
    page = visitor(up).live(f"/runs/{run}/")
    shows(page, **UNDONE)
    page.locator('[data-element="step/package_order"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("#step-title")).to_be_focused()
    expect(page.locator("#step-title")).to_have_text("Package order")
    expect(page).to_have_url(re.compile(r"\?step=package_order$"))
    page.get_by_role("tab", name="Attempts").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#step .attempts")).to_contain_text("Attempt 1: failed")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-step-journal")).to_be_focused()
    page.reload()
    expect(page.locator("#step-title")).to_have_text("Package order")
    page.keyboard.press("Escape")
    expect(page.locator("#step")).to_have_count(0)
    expect(page.locator('[data-element="step/package_order"]')).to_be_focused()


def test_segments_fold_and_compensations_hide_while_the_run_goes_on(up, visitor):
    up.shut("payment.take_payment")
    run = up.start("metropolis")
    page = visitor(up).live(f"/runs/{run}/")
    shows(page, take_payment="running")
    page.get_by_role("link", name="Fold segment warehouse").click()
    folded = page.locator('.sf-flowchart [data-segment="warehouse"].sf-folded')
    expect(folded).to_have_class(re.compile("sf-is-expected"))
    is_live(page)
    up.open("payment.take_payment")
    expect(folded).to_have_class(re.compile("sf-is-failed"))
    page.get_by_label("Compensations").uncheck()
    expect(page.locator('[data-element="undo/take_payment"]')).to_be_hidden()
    folded.focus()
    page.keyboard.press("Enter")
    shows(page, **UNDONE)
    expect(page.locator('[data-element="undo/take_payment"]')).to_be_hidden()
    page.get_by_label("Compensations").check()
    expect(page.locator('[data-element="undo/take_payment"]')).to_be_visible()


def test_nothing_moves_while_a_run_goes_on(up, visitor):
    up.shut("payment.take_payment")
    run = up.start("metropolis")
    page = visitor(up).live(f"/runs/{run}/")
    shows(page, take_payment="running")
    where = """() => [...document.querySelectorAll(".sf-flowchart g[id] > :is(path, polygon, ellipse)")].map(
        (shape) => shape.getAttribute("d") ?? shape.getAttribute("points") ?? shape.getAttribute("cx"))"""
    before = page.evaluate(where)
    page.evaluate("document.querySelector('.sf-flowchart').dataset.same = 'yes'")
    up.open("payment.take_payment")
    shows(page, **UNDONE)
    assert page.evaluate(where) == before
    assert page.evaluate("document.querySelector('.sf-flowchart').dataset.same") == "yes"


def test_times_are_shown_in_the_zone_of_the_browser_with_utc_in_the_title(up, visitor):
    run = up.start("alien")
    page = visitor(up, timezone_id="Asia/Kathmandu", locale="en-GB").live(f"/runs/{run}/")
    shows(page, dispatch_order="done")
    for time in page.locator("[data-part=facts] time").all():
        told = time.get_attribute("title")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC", told)
        minutes = int(told[14:16])
        assert int(re.search(r":(\d\d):", time.inner_text())[1]) == (minutes + 45) % 60


def test_a_person_who_logs_out_elsewhere_is_told(up, visitor):
    run = up.start("alien")
    who = visitor(up)
    page = who.live(f"/runs/{run}/")
    other = who.visit("/")
    other.locator("[data-menu=account] > summary").click()
    other.get_by_role("button", name="Log out").click()
    page.evaluate("window.dispatchEvent(new Event('offline')); window.dispatchEvent(new Event('online'))")
    page.locator("#connection[data-state=ended]").wait_for()
    expect(page.locator("#connection")).to_contain_text("you are logged out")


def test_the_list_of_runs_follows(up, visitor):
    up.shut("payment.take_payment")
    page = visitor(up).live("/")
    run = up.start("metropolis")
    row = page.locator(f'tr[data-run="{run}"]')
    expect(row).to_contain_text("running")
    up.open("payment.take_payment")
    expect(row).to_contain_text("rolled back")

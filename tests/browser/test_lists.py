"""Lists, definitions and the form that starts a run, in a real browser against `sagaflow up`."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import held, is_live, run_is
from tests.browser.test_accessible import LOOKS, findings
from tests.browser.test_run_page import SHIFTS


def test_a_run_is_started_from_a_form_and_one_like_it_from_its_page(up, visitor):
    page = visitor(up).visit("/definitions/")
    page.locator(".definition", has=page.locator("code", has_text=re.compile("^order-fulfilment$"))).get_by_role(
        "link", name="Start run"
    ).click()
    given = {"Order": "O-77", "Customer": "ada", "SKU": "alien", "Quantity": "1", "Amount": "1000"}
    for label, value in given.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Start run").click()
    run_is(page, "completed")
    expect(page.get_by_role("status").first).to_contain_text("Started")
    page.locator("[data-part=repair] .menu > summary").click()
    page.get_by_role("link", name="Run again with this input").click()
    for label, value in given.items():
        expect(page.get_by_label(label, exact=True)).to_have_value(value)
    page.get_by_label("Order", exact=True).fill("O-78")
    page.get_by_role("button", name="Start run").click()
    run_is(page, "completed")
    home = page
    home.goto(f"{up.url}/?find=O-7")
    expect(home.locator("[data-part=list] tbody tr")).to_have_count(2)


def test_what_is_wrong_in_the_form_stands_beside_its_field(up, visitor):
    who = visitor(up)
    page = who.visit("/definitions/order-fulfilment/start/")
    page.get_by_label("Order", exact=True).fill("O-1")
    page.get_by_role("button", name="Start run").click()
    expect(page.get_by_role("alert")).to_contain_text("The run was not started")
    expect(page.get_by_label("Order", exact=True)).to_have_value("O-1")
    wrong = page.get_by_label("SKU", exact=True)
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description(re.compile(r"^It is required\."))
    who.expected.append("422")


def test_the_list_is_filtered_and_the_address_can_be_sent_to_a_colleague(up, visitor):
    runs = {sku: up.start(sku, order=f"O-{sku}") for sku in ("alien", "metropolis")}
    for sku, status in (("alien", "completed"), ("metropolis", "rolled_back")):
        up.ends(runs[sku], status)
    page = visitor(up).live("/")
    page.locator("#q").fill("status:rolled_back")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("[data-part=list] tbody tr")).to_have_count(1)
    other = visitor(up).visit(page.url.replace(up.url, ""))
    expect(other.locator("[data-part=list] tbody tr")).to_have_attribute("data-run", runs["metropolis"])
    expect(other.locator("#q")).to_have_value("status:rolled_back")
    other.locator("[data-part=list] tbody tr").click()
    expect(other).to_have_url(re.compile(f"/runs/{runs['metropolis']}/"))


STYLED = """() => document.readyState !== 'loading' && document.fonts.status === 'loaded'
    && [...document.querySelectorAll('link[rel=stylesheet]')].every(link => link.sheet)"""
"""True once the page is as it looks without its scripts."""


def test_nothing_above_the_list_moves_when_the_scripts_have_loaded(up, visitor):
    """While they load, the page cannot know that it will be live."""
    page = visitor(up).context.new_page()
    release = held(page, "**/board*.js")
    page.goto(up.url, wait_until="commit")
    page.wait_for_function(STYLED)
    button = page.get_by_text("Start run", exact=True)
    before = button.bounding_box()
    expect(page.get_by_text("Not live.")).to_have_css("opacity", "0")
    page.evaluate(SHIFTS, ".lists-head")
    release()
    is_live(page)
    assert button.bounding_box() == before
    page.get_by_text("live", exact=True).wait_for()
    assert page.evaluate("window.__shifts") == []


def test_a_query_is_completed_with_the_keyboard_alone(up, visitor):
    page = visitor(up).visit("/")
    field, options = page.get_by_role("combobox", name="Search runs"), page.get_by_role("option")
    field.press_sequentially("stat")
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    field.press("Enter")
    expect(field).to_have_value("status:")
    expect(options.filter(has_text="status:stuck")).to_be_visible()
    field.press_sequentially("stu")
    expect(options).to_have_count(1)
    field.press("Escape")
    expect(options).to_have_count(0)
    expect(field).to_have_value("status:stu")
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(field).to_have_value("status:stuck ")
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"q=status%3Astuck"))


def test_an_option_of_an_older_text_is_never_taken(up, visitor):
    page = visitor(up).visit("/")
    field, options = page.get_by_role("combobox", name="Search runs"), page.get_by_role("option")
    field.press_sequentially("s")
    expect(options.filter(has_text="saga:").first).to_be_visible()
    release = held(page, "**/runs/complete/?q=stat*")
    field.press_sequentially("tat")
    options.first.click()
    assert field.input_value() == "stat"
    field.press("ArrowDown")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(0)
    release()
    expect(options.first).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(field).to_have_value("status:")


def test_the_counters_and_the_list_follow_by_themselves(up, visitor):
    page = visitor(up).live("/")
    counter = page.locator(".counters li", has_text="completed")
    expect(counter).to_contain_text("0")
    run = up.start("alien")
    expect(counter).to_contain_text("1")
    expect(page.locator(f'tr[data-run="{run}"]')).to_contain_text("completed")


def test_a_selection_stays_while_the_list_follows(up, visitor):
    run = up.start("alien")
    up.ends(run, "completed")
    page = visitor(up).live("/")
    box = page.locator(f'[data-part=list] input[value="{run}"]')
    box.check()
    other = up.start("alien", order="O-2")
    expect(page.locator(f'[data-part=list] tr[data-run="{other}"]')).to_contain_text("completed")
    expect(box).to_be_checked()


def test_new_runs_wait_for_a_click_where_the_list_is_scrolled(up, visitor):
    for number in range(6):
        up.ends(up.start("alien", order=f"O-{number}"), "completed")
    page = visitor(up, viewport={"width": 1300, "height": 300}).live("/")
    page.evaluate("scrollTo(0, 200)")
    page.wait_for_function("scrollY > 80")
    line = page.locator(f'tr[data-run="{up.start("alien", order="O-9")}"]')
    newer = page.get_by_role("button", name="1 new run")
    expect(newer).to_be_visible()
    expect(line).to_have_count(0)
    newer.click()
    expect(line).to_be_in_viewport()
    expect(newer).to_be_hidden()


BOXES = """() => [...document.querySelectorAll("tr[data-run]:last-child, .bulk, .bulk .selected, .rail")]
    .map((one) => one.getBoundingClientRect().toJSON())"""


@pytest.mark.parametrize("look", ["light", "phone"])
def test_the_bar_of_a_selection_covers_no_run_and_lies_above_the_navigation(up, visitor, look):
    for number in range(6):
        up.ends(up.start("alien", order=f"O-{number}"), "completed")
    viewport = {"width": 390 if look == "phone" else 1300, "height": 500}
    page = visitor(up, viewport=viewport).live("/")
    page.locator("tr[data-run] input").first.check()
    submit = page.get_by_role("button", name="Repair 1 selected run…")
    expect(submit).to_be_in_viewport(ratio=1)
    submit.click(trial=True)  # fails if something lies over it
    page.locator("tr[data-run] a.strong").last.focus()
    page.wait_for_function("scrollY > 0")
    rail, last, bar, *_ = page.evaluate(BOXES)
    assert last["bottom"] <= bar["top"] + 1
    if look == "phone":
        assert bar["bottom"] <= rail["top"] + 1
    whole = page.get_by_role("checkbox", name="Select all runs on this page")
    if look != "phone":
        most = page.locator("tr[data-run]").count()
        assert whole.evaluate("(one) => one.indeterminate")
        whole.check()
        expect(page.locator("tr[data-run] input:checked")).to_have_count(most)
        expect(page.get_by_role("button", name=f"Repair {most} selected runs…")).to_be_visible()
        page.locator("tr[data-run] input").first.uncheck()
        expect(whole).not_to_be_checked()
    page.get_by_role("button", name="Clear selection").click()
    expect(page.locator("tr[data-run] input:checked")).to_have_count(0)
    expect(submit).to_be_hidden()


@pytest.mark.parametrize("width", [1280, 1920])
def test_a_run_has_one_line(up, visitor, width):
    up.ends(up.start("metropolis"), "rolled_back")
    page = visitor(up, viewport={"width": width, "height": 800}).live("/")
    heights = "[...document.querySelectorAll('tr[data-run]')].map((line) => line.getBoundingClientRect().height)"
    assert [36 <= height <= 40 for height in page.evaluate(heights)] == [True]


CUT = """() => [...document.querySelectorAll("td.status, td.status .badge, td.at span, td.saga, td.about, td .pair")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)"""


def test_the_line_of_a_rollback_names_the_undo_that_is_retried(up, visitor):
    up.take_down("payment.refund_payment")
    run = up.start("metropolis", order="S-304-2026-11-0042")
    page = visitor(up, viewport={"width": 1440, "height": 900}).live("/")
    line = page.locator(f'tr[data-run="{run}"]')
    expect(line.locator(".at")).to_contain_text("Refund payment (undo) gateway_unavailable")
    expect(line.locator(".at")).to_contain_text("next attempt")
    expect(line.locator(".at .step")).to_have_attribute("title", "take_payment")
    expect(line.locator(".status")).to_contain_text("retrying")
    assert page.evaluate(CUT) == []
    assert 36 <= line.bounding_box()["height"] <= 40


@pytest.mark.parametrize("width", [1440, 1920])
def test_a_column_takes_the_room_that_there_is(up, visitor, width):
    up.ends(up.start("metropolis", order="S-304-2026-11-0042-AB"), "rolled_back")
    long = up.start("alien", order="S-304-a-very-long-order-number-of-a-partner-2026-11-spring")
    up.ends(long, "completed")
    page = visitor(up, viewport={"width": width, "height": 900}).live("/")
    assert len(page.evaluate(CUT)) == 1
    pair = page.locator(f'tr[data-run="{long}"] .pair').last
    assert pair.evaluate("(one) => getComputedStyle(one).textOverflow") == "ellipsis"
    assert pair.evaluate("(one) => one.clientWidth") > 160, "its beginning is to be read"


def test_a_phone_shows_the_list_without_scrolling_sideways(up, visitor):
    up.ends(up.start("metropolis"), "rolled_back")
    page = visitor(up, viewport={"width": 390, "height": 844}).live("/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    tops = "[...document.querySelectorAll('.list-tabs a')].map((tab) => tab.getBoundingClientRect().top)"
    assert len(set(page.evaluate(tops))) == 1
    first = "document.querySelector('.runs tbody tr').getBoundingClientRect().top"
    assert page.evaluate(first) < 300, "the controls leave no room for the runs"
    expect(page.get_by_role("link", name="Needs attention 0")).to_be_visible()


def test_the_whole_line_of_a_group_of_failures_opens_its_runs(up, visitor):
    run = up.start(customer="cleo")
    up.ends(run, "rolled_back")
    page = visitor(up.url).visit("/failures/")
    page.locator(".failures td[data-label=Error]").click(force=True)  # the link of the number lies over the cell
    page.wait_for_url(re.compile("failure="))
    expect(page.locator("[data-part=list] tbody tr")).to_have_count(1)


def test_times_are_those_of_the_browsers_zone_on_pages_without_a_live_part_too(up, visitor):
    up.ends(up.start("metropolis"), "rolled_back")
    page = visitor(up, timezone_id="Asia/Kathmandu").visit("/failures/")
    latest = page.locator("td[data-label=Latest] time")
    expect(latest).not_to_contain_text("UTC")
    at, title = latest.get_attribute("datetime"), latest.get_attribute("title")
    assert title == f"{at.replace('T', ' ').rstrip('Z')} UTC"
    minutes = re.search(r":(\d\d):", latest.inner_text())[1]
    assert (int(minutes) - int(at[14:16])) % 60 == 45, "Kathmandu is 5:45 ahead"


def test_a_list_is_saved_as_a_view_with_columns_of_ones_own(up, visitor):
    run = up.start("alien", order="O-11")
    up.ends(run, "completed")
    page = visitor(up).live("/?q=saga%3Aorder-fulfilment")
    page.locator("summary", has_text="Columns").click()
    for name in ("Updated", "Ended"):
        is_there = page.locator("table.runs thead th", has_text=name).is_visible()
        assert page.locator(".tick", has_text=name).locator(".room").is_visible() is not is_there, name
    page.get_by_role("checkbox", name="Updated").uncheck()
    page.get_by_role("checkbox", name="Duration").check()
    page.get_by_label("Search attributes with a column of their own").fill("customer")
    page.get_by_role("button", name="Show", exact=True).click()
    heads = page.locator("table.runs thead th").all_inner_texts()
    assert ("customer" in heads, "Duration" in heads, any("Updated" in head for head in heads)) == (True, True, False)
    page.locator("summary", has_text="Views").click()
    page.get_by_label("Save this list as").fill("Orders")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Saved the view “Orders”")
    page.goto(f"{up.url}/")
    page.locator("summary", has_text="Views").click()
    page.get_by_role("link", name="Orders").click()
    expect(page.locator("summary", has_text="View: Orders")).to_be_visible()
    expect(page.locator("#q")).to_have_value("saga:order-fulfilment")


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_lists_definitions_and_forms(up, visitor, axe, look):
    back = up.start("metropolis")
    up.ends(back, "rolled_back")
    who = visitor(up, **LOOKS[look])
    page = who.live("/")
    is_live(page)
    paths = ["/", "/?status=stuck", "/failures/", "/definitions/", "/definitions/order-fulfilment/"]
    paths += [f"/definitions/order-fulfilment/{part}/" for part in ("start", "simulation")]
    for path in paths:
        page.goto(up.url + path)
        assert (path, findings(page, axe)) == (path, [])
    page.goto(f"{up.url}/definitions/order-fulfilment/start/")
    page.get_by_role("button", name="Start run").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert findings(page, axe) == []
    page.goto(f"{up.url}/?q=saga%3Aorder-fulfilment")
    for menu in ("Views", "Columns"):
        page.locator("summary", has_text=menu).click()
        assert (menu, findings(page, axe)) == (menu, [])
        page.keyboard.press("Escape")
    page.locator("summary", has_text="Views").click()
    page.get_by_label("Save this list as").fill("Orders")
    page.get_by_role("button", name="Save view").click()
    page.goto(f"{up.url}/views/")
    for closed in page.locator(".views details").all():
        closed.locator("summary").click()
    assert findings(page, axe) == []
    who.expected.append("422")

"""Operators repair runs from the page, against `sagaflow up`."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import is_live, run_is, shows
from tests.browser.site import START
from tests.browser.test_accessible import LOOKS, findings

CUSTOMER = {"name": "Grace", "email": "grace@example.com", "address": "Music Lane 1"}
BUG = "import django; django.setup()\nfrom examples.musiccorp.models import LoyaltyBug\n"
OUTCOME = """import django; django.setup()
from examples.musiccorp.models import LoyaltyAccount
print(LoyaltyAccount.objects.count())
"""
REPAIR = re.compile(r"/repairs/[0-9a-f-]{36}/")


@pytest.fixture
def stuck(up):
    """A site whose refunds fail, and a run that is stuck because of it."""
    up.break_("payment.refund_payment", "The clearing house is closed.")
    run = up.start("metropolis")
    up.ends(run, "stuck")
    return up, run


def repair(page):
    """Open the menu of the run; its primary action stands next to it."""
    actions = page.locator("[data-part=repair]")
    actions.locator(".menu > summary").click()
    return actions


def confirm(page, reason="the clearing house is open again"):
    """Send the form, and wait until the server has taken it: the next address would overtake it."""
    page.get_by_label("Reason").fill(reason)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("main form [type=submit]").click()


def closed(page):
    """Close the dialog once it tells the outcome of the act."""
    page.locator("dialog.act [data-outcome]").wait_for()
    page.keyboard.press("Escape")


def test_a_stuck_compensation_is_retried_once_its_cause_is_gone(stuck, visitor):
    site, _ = stuck
    who = visitor(site)
    page = who.live("/?q=attention:needed")
    expect(page.locator("[data-part=list]")).to_contain_text("stuck")
    page.locator("[data-part=list] tr[data-run] a.strong").click()
    is_live(page)
    shows(page, take_payment="undo-stuck")
    expect(page.locator("[data-part=trouble]")).to_contain_text("The clearing house is closed.")
    site.mend("payment.refund_payment")
    repair(page).get_by_role("link", name="Retry the compensation", exact=True).click()
    expect(page.locator("main")).to_contain_text("The compensation is tried again at once")
    confirm(page)
    expect(page.locator("dialog.act")).to_contain_text("Retry the compensation succeeded")
    expect(page.locator("dialog.act")).to_contain_text("Refund payment")
    page.keyboard.press("Escape")
    run_is(page, "rolled_back")
    shows(page, take_payment="compensated")
    page.get_by_role("tab", name="Operator actions").click()
    expect(page.locator("[data-part=acts]")).to_contain_text("the clearing house is open again")
    expect(page.locator("[data-part=acts]")).to_contain_text("vera")


def test_a_compensation_that_was_done_by_hand_says_so_in_the_record(stuck, visitor):
    site, run = stuck
    page = visitor(site).live(f"/runs/{run}/")
    repair(page).get_by_role("link", name="Mark as undone").click()
    confirm(page, "wired the money back")
    closed(page)
    run_is(page, "rolled_back")
    page.get_by_role("tab", name="Rollback").click()
    expect(page.locator("[data-part=rollback]")).to_contain_text("undone by hand")


def test_without_a_reason_nothing_is_done(stuck, visitor):
    site, run = stuck
    who = visitor(site)
    page = who.live(f"/runs/{run}/")
    repair(page).get_by_role("link", name="Skip the compensation").click()
    confirm(page, " ")
    expect(page.locator("#reason-fault")).to_contain_text("Enter a reason")
    who.expected.append("422")
    site.ends(run, "stuck")


def test_the_missing_reaction_is_flagged_and_redelivered_after_the_bug_is_fixed(site, visitor):
    site.environment["MUSICCORP_REACTION"] = "2"
    with site.up():
        site.call("-c", f"{BUG}LoyaltyBug.objects.create()")
        run = site.call("-c", START, "create-customer-choreographed", json.dumps(CUSTOMER), "0").strip()
        who = visitor(site)
        home = who.live("/?q=attention:needed")
        line = home.locator(f'[data-part=list] tr[data-run="{run}"]')
        expect(line).to_contain_text("missing")
        line.locator("a.strong").click()
        page = home
        is_live(page)
        site.ends(run, "parked")  # until then a second attempt may change the step under the operator's hands
        shows(page, create_loyalty_account="missing-parked")
        assert site.call("-c", OUTCOME).strip() == "0"
        site.call("-c", f"{BUG}LoyaltyBug.objects.all().delete()")
        repair(page).get_by_role("link", name="Redeliver event").click()
        expect(page.locator("main")).to_contain_text("is delivered again")
        confirm(page, "the loyalty bank is mended")
        shows(page, create_loyalty_account="done", send_welcome_pack="waiting")
        assert site.call("-c", OUTCOME).strip() == "1"
        home = who.live("/?q=attention:needed")
        expect(home.locator("[data-part=list]")).to_contain_text("Nothing needs attention")


def test_a_rollback_shows_its_plan_first_and_then_undoes_it(up, visitor):
    up.shut("payment.take_payment")
    run = up.start("alien")
    page = visitor(up).live(f"/runs/{run}/")
    shows(page, take_payment="running")
    repair(page).get_by_role("link", name="Roll back").click()
    plan = page.locator("dialog table")
    expect(plan.locator("tbody tr")).to_have_count(3)
    expect(plan).to_contain_text("warehouse.release_stock")
    expect(plan.locator("tbody tr").last).to_contain_text("place_order")
    confirm(page, "ordered twice")
    run_is(page, "rolling_back")
    up.open("payment.take_payment")
    run_is(page, "rolled_back")
    shows(page, place_order="compensated", take_payment="compensated")


def test_the_dialog_tells_the_outcome_and_not_that_something_was_asked(stuck, visitor):
    site, run = stuck
    page = visitor(site).live(f"/runs/{run}/")
    button = page.locator("[data-part=repair] a.primary")
    button.click()
    dialog = page.locator("dialog.act")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    expect(dialog.locator("h2")).to_have_text("Retry: Refund payment (undo of Take payment)")
    expect(dialog).to_contain_text("1 undo attempt")
    expect(dialog).to_contain_text("required")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    dialog.get_by_label("Reason").fill("perhaps it is open")
    dialog.locator("[type=submit]").evaluate("button => { button.click(); button.click() }")
    expect(dialog.locator("h2")).to_have_text("Retry the compensation failed again: closed")
    expect(dialog).to_contain_text("The clearing house is closed.")
    assert len(sent) == 1
    dialog.get_by_role("link", name="Close").click()
    expect(button).to_be_focused()
    acts = site.ends(run, "stuck")["acts"]
    assert [(act["verb"], act["reason"]) for act in acts] == [("retry", "perhaps it is open")]


def test_many_runs_are_repaired_at_once_and_each_tells_what_came_of_it(stuck, visitor):
    site, run = stuck
    fine = site.start("alien", order="O-2")
    site.ends(fine, "completed")
    site.mend("payment.refund_payment")
    page = visitor(site).live("/")
    for each in (run, fine):
        page.locator(f'[data-part=list] input[value="{each}"]').check()
    page.get_by_role("button", name="Repair 2 selected runs").click()
    expect(page.locator("h1")).to_have_text("Repair 2 runs")
    page.get_by_label("Retry", exact=True).check()
    confirm(page)
    page.wait_for_url(REPAIR)
    expect(page.locator("#progress")).to_have_text("Finished")
    rows = page.locator("[data-refresh] tbody tr")
    expect(rows.filter(has_text=run[:8])).to_contain_text("done")
    expect(rows.filter(has_text=fine[:8])).to_contain_text("No step is parked, stuck or missing")
    expect(rows.filter(has_text=fine[:8])).to_contain_text("refused")
    site.ends(run, "rolled_back")


def test_a_bulk_repair_survives_that_the_site_is_killed(site, visitor):
    site.break_("payment.refund_payment")
    runs = []
    with site.up() as process:
        runs = [site.start("metropolis", order=f"O-{number}") for number in range(3)]
        for run in runs:
            site.ends(run, "stuck")
        page = visitor(site).visit("/repairs/new/?status=stuck")
        page.get_by_label("Mark as undone").check()
        confirm(page)
        page.wait_for_url(REPAIR)
        address = page.url
        process.kill()
    with site.up():
        page.goto(address)
        expect(page.locator("#progress")).to_have_text("Finished")
        expect(page.locator("[data-refresh] .chips")).to_contain_text("done 3")
        for run in runs:
            acts = site.ends(run, "rolled_back")["acts"]
            assert [act["verb"] for act in acts] == ["mark_done"]


def test_a_repair_takes_no_mouse(stuck, visitor):
    site, run = stuck
    site.mend("payment.refund_payment")
    page = visitor(site).live(f"/runs/{run}/")

    def press_until(condition, key="Tab", most=80):
        for _ in range(most):
            if page.evaluate(f"() => {condition}"):
                return
            page.keyboard.press(key)
        raise AssertionError(condition)

    press_until("document.activeElement.textContent.trim() === 'Retry the compensation'")
    page.keyboard.press("Enter")
    press_until("document.activeElement.id === 'reason'")
    page.keyboard.type("by keyboard alone")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    run_is(page, "rolled_back")


def test_everything_can_be_repaired_without_scripts(stuck, chromium):
    site, run = stuck
    site.mend("payment.refund_payment")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/accounts/login/?next=/runs/{run}/")
    page.locator("[name=username]").fill("vera")
    page.locator("[name=password]").fill("only for tests")
    page.locator("main [type=submit]").click()
    page.get_by_role("link", name="Retry the compensation", exact=True).click()
    confirm(page)
    expect(page.get_by_role("status").first).to_contain_text("Requested")
    site.ends(run, "rolled_back")
    context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_the_pages_of_repairs(stuck, visitor, axe, look):
    site, run = stuck
    who = visitor(site, **LOOKS[look])
    page = who.visit("/repairs/new/?status=stuck")
    assert findings(page, axe) == []
    page.get_by_label("Cancel run", exact=True).check()
    confirm(page)
    page.wait_for_url(REPAIR)
    expect(page.locator("#progress")).to_have_text("Finished")
    assert findings(page, axe) == []
    verbs = ("retry", "retry_with_input", "skip", "mark_done", "resume")
    for path in ("/repairs/", *(f"/runs/{run}/repair/{verb}/?step=take_payment" for verb in verbs)):
        page.goto(site.url + path)
        assert (path, findings(page, axe)) == (path, [])
    page.goto(f"{site.url}/runs/{run}/repair/roll_back/")
    assert findings(page, axe) == []

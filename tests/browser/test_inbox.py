"""An inbox with work in it: approve, reject, and read why another person has to decide."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import run_is
from tests.browser.site import NAME
from tests.browser.test_accessible import LOOKS, findings
from tests.browser.test_repair import confirm

START = """
import json, sys, django; django.setup()
from sagaflow import engine
from sagaflow.processes import actors
for number, by in json.loads(sys.argv[1]):
    about = {"claim": f"C-{number}", "amount": 40 * number, "note": "The window fell out of its frame.", "of": "ada"}
    print(engine.start("claim", about, by=by))
actors.current().flush(5)
"""


@pytest.fixture
def asking(site):
    """A site with three runs that wait: two that a program started, and one that the visitor started."""
    site.environment["DJANGO_SETTINGS_MODULE"] = "tests.browser.asking_settings"
    with site.up():
        site.runs = site.call("-c", START, json.dumps([(1, ""), (2, "otto"), (3, NAME)])).split()
        yield site


def row(page, run):
    return page.locator("table.approvals tbody tr", has=page.locator(f'a[href^="/runs/{run}/"]'))


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_an_inbox_and_no_reason_is_cut_off(asking, visitor, axe, look):
    page = visitor(asking.url, **LOOKS[look]).visit("/approvals/")
    expect(page.locator("table.approvals tbody tr")).to_have_count(3)
    assert findings(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.querySelector('.approvals').scrollWidth <= innerWidth"), "the reason is cut off"


def test_a_run_is_approved_and_another_one_rejected_with_a_reason(asking, visitor):
    first, second, _ = asking.runs
    page = visitor(asking.url).visit("/approvals/")
    expect(page).to_have_title("(2) Approvals · Sagaflow")
    expect(page.locator("[data-approvals]")).to_contain_text("2")
    row(page, first).get_by_role("link", name="Reject…").click()
    confirm(page, "the receipt is missing")
    run_is(page, "rolled_back")
    expect(page.locator("main")).to_contain_text("the receipt is missing")
    page.goto(f"{asking.url}/approvals/")
    expect(row(page, first)).to_have_count(0)
    row(page, second).get_by_role("link", name="Approve…").click()
    confirm(page, "it is as the photograph shows")
    page.goto(f"{asking.url}/approvals/")
    expect(row(page, second)).to_contain_text("Release the money")
    expect(row(page, second)).to_contain_text(re.compile("decided 'check', and step 'pay' needs another person"))
    expect(page).to_have_title("Approvals · Sagaflow")


def test_the_starter_is_told_that_another_person_has_to_decide(asking, visitor):
    page = visitor(asking.url).visit("/approvals/")
    own = row(page, asking.runs[2])
    expect(own).to_contain_text(f"'{NAME}' started the run, and step 'check' needs another person")
    expect(own.get_by_role("link", name=re.compile("Approve|Reject"))).to_have_count(0)


def test_an_open_inbox_learns_that_another_person_has_decided(asking, visitor):
    page = visitor(asking.url).visit("/approvals/")
    expect(page).to_have_title("(2) Approvals · Sagaflow")
    asking.call("manage.py", "sagaflow", "approve", asking.runs[0], "check", "--reason", "seen", "--by", "otto")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("[data-approvals]")).to_contain_text("2")  # the next step of the run waits for the visitor
    asking.call("manage.py", "sagaflow", "approve", asking.runs[0], "pay", "--reason", "seen", "--by", "cleo")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("[data-approvals]")).to_contain_text("1")
    expect(page).to_have_title("(1) Approvals · Sagaflow")

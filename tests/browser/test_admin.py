"""The audit views in the Django admin, in a real browser: axe-core finds no breach of WCAG 2.2 AA."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import held
from tests.browser.test_accessible import LOOKS, WCAG, findings

BROKEN = """place => {
    const found = [], walker = document.createTreeWalker(document.querySelector(place), NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
        if (node.parentElement.closest('svg, dl')) continue;
        for (const word of node.data.matchAll(/[\\w/]{2,20}(?![\\w/])/g)) {
            const range = new Range();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map(each => Math.round(each.top))).size > 1) found.push(word[0]);
        }
    }
    return found;
}"""
"""The words of at most 20 characters in a place that stand on more than one line."""
POINTS = """() => Math.min(...[...document.querySelectorAll('.drawing text[font-size="13"]')].map(text => {
    const {a, b} = text.getScreenCTM();
    return parseFloat(text.getAttribute('font-size')) * Math.hypot(a, b) * 0.75;
}))"""
"""The size of the smallest name in the drawing, in points on paper."""

ROWS = """
import django; django.setup()
from django.contrib.auth.models import Group, User
from sagaflow import engine, models
from sagaflow.store import act_requests, bulk_repairs, unreadable
from sagaflow.store.proof import anchors
run = str(models.Run.objects.get().pk)
models.Run.objects.update(by="ada.lovelace")
engine.publish("PaymentConfirmed", "order-20261130-7", {})
unreadable.set_aside("crm-events", b"{}", {}, "CRM_EVENTS 1207", "The message has no ID: $.event_id", longest=99)
told = {"by": "ada.lovelace", "reason": "the gateway is back"}
bulk_repairs.freeze(bulk_repairs.Order(verb="retry", selection="saga order-fulfilment-choreographed, parked", **told),
    [(run, 3)])
act_requests.add(act_requests.NewRequest(verb="retry_with_input", run_id=run, step="take_payment", value="{}", **told))
models.OperatorAct.objects.create(
    run_id=run, at=django.utils.timezone.now(), verb="retry_with_input", step="take_payment", outcome="refused", **told)
models.Connection.objects.create(name="payments-europe", host="payments.europe.example.org", base_path="/v2/payments")
models.Scope.objects.create(
    group=Group.objects.create(name="warehouse night shift"), permission="view_sensitive",
    saga="order-fulfilment-choreographed")
token = models.ApiToken(name="the shop's web server", user=User.objects.get(), permissions="view_run\\nstart_run",
    sagas="order-fulfilment-choreographed", expires_at=django.utils.timezone.now())
token.renew()
token.save()
anchors.write_all()
"""
"""Rows of usual length for every list."""
SMALL = """() => [...document.querySelectorAll(
    '.addlink, .viewlink, #user-tools a, #logout-form button, #nav-filter, #changelist-filter :is(a, summary), '
    + '.form-row [type=checkbox], .datetimeshortcuts a')]
    .map(each => [each.textContent || each.id, each.getBoundingClientRect()])
    .filter(([_, box]) => box.height && Math.min(box.height, box.width) < 24).map(([words]) => words.trim())"""
"""The links and buttons that are smaller than 24 pixels."""


@pytest.mark.parametrize("look", ["light", "dark phone"])
def test_axe_finds_nothing_on_lists_and_records(up, visitor, axe, look):
    up.ends(up.start("metropolis"), "rolled_back")
    page = visitor(up, **LOOKS[look]).visit("/admin/sagaflow/")
    lists = page.locator("#content-main th a[href^='/admin/sagaflow/']").evaluate_all("all => all.map(a => a.href)")
    lists = [address for address in lists if address != page.url]  # the page belongs to Django
    found = {}
    for address in lists:
        page.goto(address)
        found[address] = findings(page, axe, rules=WCAG)
        records = page.locator("#result_list tbody th a").evaluate_all("all => all.map(a => a.href)")
        # A long document is cut. What follows the cut shows on the longest definitions only, so open all of them.
        for record in records if "/definition/" in address else records[:1]:
            page.goto(record)
            found[record] = findings(page, axe, rules=WCAG)
    assert len(found) > len(lists) > 8
    assert {address: said for address, said in found.items() if said} == {}


@pytest.mark.parametrize("look", ["light", "dark phone"])
def test_a_report_is_opened_from_a_run_and_fits_on_paper(up, visitor, axe, look):
    run = up.start("metropolis")
    up.ends(run, "rolled_back")
    page = visitor(up, **LOOKS[look]).visit(f"/runs/{run}/")
    address = page.get_by_role("link", name="Audit report").get_attribute("href")
    page.goto(up.url + address)
    expect(page.get_by_role("heading", name="Plan and outcome of each step")).to_be_visible()
    expect(page.locator(".drawing svg")).to_be_visible()
    assert findings(page, axe, rules=WCAG) == []
    white = "getComputedStyle(document.body).backgroundColor === 'rgb(255, 255, 255)'"
    assert page.evaluate(white) == (look == "light")
    page.emulate_media(media="print")
    assert page.evaluate(white)
    for width in (733, 794):  # A4 without and with its margins
        page.set_viewport_size({"width": width, "height": 1060})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(BROKEN, "main") == []
        assert page.evaluate(POINTS) >= 7
    expect(page.get_by_role("link", name="Audit record of the run")).to_be_hidden()


def test_no_list_is_wider_than_its_room_and_no_target_is_small(up, visitor):
    up.ends(up.start("metropolis", saga="order-fulfilment-choreographed"), "rolled_back")
    up.call("-c", ROWS)
    page = visitor(up, viewport={"width": 1440, "height": 900}).visit("/admin/sagaflow/")
    lists = page.locator("#content-main th a[href^='/admin/sagaflow/']").evaluate_all("all => all.map(a => a.href)")
    wider, small, empty = {}, {}, []
    for address in (each for each in lists if each != page.url):
        page.goto(address)
        if page.locator("#result_list tbody tr").count() == 0:
            empty.append(address)
            continue
        if by := page.evaluate("(each => each.scrollWidth - each.clientWidth)(document.querySelector('.results'))"):
            wider[address] = by
        small[address] = page.evaluate(SMALL)
    page.goto(f"{up.url}/admin/sagaflow/apitoken/add/")
    small[page.url] = page.evaluate(SMALL)
    assert (wider, empty) == ({}, [])
    assert {address: found for address, found in small.items() if found} == {}


def test_no_column_of_the_runs_is_cut_off_and_forms_are_labelled(up, visitor, axe):
    up.ends(up.start("metropolis", saga="order-fulfilment-choreographed"), "rolled_back")
    page = visitor(up, viewport={"width": 1440, "height": 900}).visit("/admin/sagaflow/run/")
    cut = "document.querySelector('.results').scrollWidth - document.querySelector('.results').clientWidth"
    lines = "document.querySelector('#result_list .field-saga').offsetHeight"
    for width in (1440, 1360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(cut) == 0, width
        assert page.evaluate(lines) < 60, width  # the name is broken at its hyphens, not between its letters
    for form in ("apitoken", "scope", "connection"):
        page.goto(f"{up.url}/admin/sagaflow/{form}/add/")
        assert findings(page, axe, rules=WCAG) == []


def test_walking_the_drawing_of_a_rollback_record_leads_to_the_row_of_the_step(up, visitor):
    """Keys that are pressed before the drawing has loaded what they do are kept, in their order."""
    run = up.start("metropolis")
    up.ends(run, "rolled_back")
    page = visitor(up).visit(f"/admin/sagaflow/rollbackrecord/?run__id__exact={run}")
    page.locator("#result_list tbody th a").click()
    page.locator("saga-drawing[data-ready]").wait_for()
    release = held(page, "**/drawing/keys*.js")
    page.locator("[data-element='step/take_payment']").focus()
    for key in ("ArrowUp", "ArrowDown", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    release()
    expect(page.locator("[data-tells='step/reserve_stock']")).to_be_focused()


@pytest.mark.parametrize("look", ["phone", "dark phone"])
def test_a_phone_shows_records_as_cards_with_the_name_of_each_value(up, visitor, axe, look):
    run = up.start("metropolis")
    up.ends(run, "rolled_back")
    page = visitor(up, **LOOKS[look]).visit("/admin/sagaflow/run/")
    row = page.locator("#result_list tbody tr").first
    expect(row.locator("[data-label=Status]")).to_contain_text("rolled back")
    parts = "[...document.querySelectorAll('.results, #result_list tbody :is(td, th)')]"
    wider = f"{parts}.filter(each => each.getBoundingClientRect().right > innerWidth || each.scrollWidth > innerWidth)"
    for name in ("run", "rollbackrecord", "journalentry", "operatoract", "outboxmessage"):
        page.goto(f"{up.url}/admin/sagaflow/{name}/")
        assert page.evaluate(f"{wider}.length") == 0, name
    assert findings(page, axe, rules=WCAG) == []
    page.goto(f"{up.url}/admin/sagaflow/definition/")
    labels = page.locator("#result_list tbody tr").first.locator("[data-label]")
    names = labels.evaluate_all("all => all.map(each => each.dataset.label)")
    assert names == ["Name", "Version", "Digest", "First used", "Runs"]
    page.goto(f"{up.url}/admin/sagaflow/rollbackrecord/?run__id__exact={run}")
    page.locator("#result_list tbody th a").click()
    outcome = page.locator(".sf-steps [data-label=Outcome]").first
    assert outcome.bounding_box()["width"] > 200
    assert page.evaluate("(each => each.scrollWidth - each.clientWidth)(document.querySelector('.sf-scroll'))") == 0
    page.goto(f"{up.url}/admin/sagaflow/run/{run}/report/")
    first = page.locator("tbody tr").first.locator("[data-label=Outcome]")
    assert first.bounding_box()["width"] > 200
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

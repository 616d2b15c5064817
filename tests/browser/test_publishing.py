"""A saga that is begun, published and started on the web runs in workers that had started before it existed."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import run_is, shows
from tests.browser.test_accessible import LOOKS, findings
from tests.browser.test_design import ready

TEXT = """\
name: web-nap
title: Sleep a little
segments:
- name: main
  style: orchestrated
  steps:
  - {name: nap, title: Nap, timer: 0.1}
"""


@pytest.mark.parametrize("width", [1300, 390])
def test_a_saga_is_published_and_runs_in_the_workers_of_the_site(up, visitor, width):
    someone = visitor(up, viewport={"width": width, "height": 900})
    page = someone.visit("/design/")
    page.get_by_label("Name").fill("web-nap")
    page.get_by_role("button", name="Create draft").click()
    page.wait_for_url(re.compile(r"/design/[0-9a-f-]{36}/"))
    address = page.url
    token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value")
    sent = {"csrfmiddlewaretoken": token, "revision": "0", "text": TEXT}
    assert page.request.post(f"{address}code/", form=sent, headers={"Referer": address}).ok
    page.goto(f"{address}review/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_label("Note for the history").fill("The first version.")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile("/definitions/web-nap/"))
    page.goto(f"{up.url}/definitions/web-nap/published/")
    assert page.get_by_text("The first version.").is_visible()
    page.goto(f"{up.url}/definitions/web-nap/start/")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("/runs/"))
    page.locator(".sf-flowchart .sf-is-done[data-element='step/nap']").wait_for()


def test_the_template_of_a_trip_is_published_and_rolls_back_when_the_card_is_declined(up, visitor):
    page = visitor(up).visit("/design/")
    page.get_by_label("Title or name").fill("Weekend in Lyon")
    page.get_by_role("radio", name="Book a trip").check()
    expect(page.locator(".template", has_text="Book a trip")).not_to_contain_text("A plan")
    page.get_by_role("button", name="Create draft").click()
    ready(page)
    page.get_by_role("link", name="Review").click()
    expect(page.locator("[data-unknown]")).to_have_count(0)
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile("/definitions/weekend-in-lyon/"))
    page.get_by_role("link", name="Start run").click()
    page.get_by_role("link", name="Rolls back: the card is declined").click()
    page.locator("main form [type=submit]").last.click()
    run_is(page, "rolled_back")
    shows(page, book_flight="compensated", book_hotel="compensated", rent_car="compensated")
    expect(page.locator("main")).to_contain_text("The card student is declined")


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_a_review_with_findings_and_differences_on_the_screen_and_on_paper(up, visitor, axe, look):
    page = visitor(up, **LOOKS[look]).visit("/definitions/order-fulfilment/")
    page.get_by_role("button", name="Design", exact=True).click()
    ready(page)
    address = page.url
    operation = {"kind": "set-field", "element": "segments/warehouse", "field": "title", "value": f"Hall, {look}"}
    token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value")
    sent = {"csrfmiddlewaretoken": token, "operation": json.dumps(operation)}
    assert page.request.post(f"{address}edit/", form=sent, headers={"Referer": address}).ok
    page.goto(f"{address}review/")
    expect(page.get_by_role("heading", name="Warnings and suggestions")).to_be_visible()
    expect(page.locator("saga-drawing[data-ready]").first).to_be_visible()
    assert findings(page, axe) == []
    page.emulate_media(media="print")
    assert findings(page, axe) == []

"""A saga that is begun, published and started on the web runs in workers that had started before it existed."""

import re

import pytest

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

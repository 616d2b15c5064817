"""Two versions of a definition side by side, in a real browser."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessible import LOOKS, findings

CHANGED = """
import json, django; django.setup()
from sagaflow import engine, registry, store
from sagaflow.core.definition.document import load
from sagaflow.core.definition.writer import dump
from sagaflow.store import definitions
old = registry.get_saga("order-fulfilment")
document = dump(old)
warehouse = next(segment for segment in document["segments"] if segment["name"] == "warehouse")
warehouse["steps"].append({"name": "ask_for_praise", "action": "notifications.notify_customer"})
customer = next(segment for segment in document["segments"] if segment["name"] == "customer")
gone = customer["steps"].pop()["name"]
document["segments"][0]["steps"][0]["timeout"] = 4711
new = load(document)
for saga in (old, new):
    definitions.pin(saga)
print(json.dumps({"old": old.digest, "new": new.digest, "gone": gone}))
"""


@pytest.mark.parametrize("look", ["light", "dark phone"])
def test_what_came_went_and_changed_is_drawn_and_said(up, visitor, axe, look):
    told = json.loads(up.call("-c", CHANGED))
    page = visitor(up, **LOOKS[look]).visit(f"/definitions/order-fulfilment/{told['old']}/to/{told['new']}/")
    words = page.get_by_role("region", name="Changes").get_by_role("listitem")
    expect(words.filter(has_text="ask_for_praise")).to_contain_text("added")
    expect(words.filter(has=page.locator(f"code:text-is('{told['gone']}')")).first).to_contain_text("removed")
    expect(words.filter(has_text="4711")).to_contain_text("changed")
    drawn = [page.get_by_role("region", name=f"Flowchart {when}") for when in ("before", "after")]
    before, after = drawn
    expect(before.locator("[data-step=ask_for_praise]")).to_have_count(0)
    expect(after.locator("[data-step=ask_for_praise]").first).to_be_attached()
    expect(after.locator(f"[data-step={told['gone']}]")).to_have_count(0)
    assert findings(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


APART = """
import json, django; django.setup()
from sagaflow import Saga, Step, orchestrated
from sagaflow.store import definitions
short, long = (
    Saga("order-fulfilment", (orchestrated("main", *(Step(f"step_{n}", "order.do") for n in range(steps))),))
    for steps in (2, 9)
)
for saga in (short, long):
    definitions.pin(saga)
print(json.dumps([short.digest, long.digest]))
"""
SCALES = "() => [...document.querySelectorAll('saga-drawing')].map(one => one.viewport.view.scale)"


def test_both_drawings_of_a_difference_open_at_one_scale(up, visitor):
    short, long = json.loads(up.call("-c", APART))
    page = visitor(up).visit(f"/definitions/order-fulfilment/{short}/to/{long}/")
    page.locator("saga-drawing[data-ready]").nth(1).wait_for()
    page.wait_for_function(f"() => {{ const [one, other] = ({SCALES})(); return Math.abs(one - other) < 0.001; }}")
    opened = page.evaluate("() => document.querySelectorAll('saga-drawing')[1].viewport.view.scale")
    page.goto(page.url.replace(f"{short}/to/{long}", f"{long}/to/{short}"))
    page.locator("saga-drawing[data-ready]").nth(1).wait_for()
    page.wait_for_function(f"() => ({SCALES})().every(one => Math.abs(one - {opened}) < 0.001)")

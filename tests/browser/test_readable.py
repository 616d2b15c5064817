"""The text of drawings can be read at five widths, and the failed step of a large run opens in the middle."""

import json

import pytest
from playwright.sync_api import expect

WIDTHS = (1920, 1300, 768, 390, 360)
SMALLEST = """() => {
    const drawing = document.querySelector('saga-drawing');
    const texts = [...drawing.querySelectorAll('.sf-words > text')];
    return Math.min(...texts.map(text => parseFloat(getComputedStyle(text).fontSize))) * drawing.viewport.view.scale;
}"""
MIDDLE = """step => {
    const pane = document.querySelector('saga-drawing').getBoundingClientRect();
    const node = document.querySelector(`[data-element="step/${step}"]`).getBoundingClientRect();
    return [(node.x + node.width / 2 - pane.x) / pane.width, (node.y + node.height / 2 - pane.y) / pane.height];
}"""
LARGE = """
import json, django; django.setup()
from sagaflow import BusinessError, Saga, Step, engine, orchestrated, registry
@registry.action("large.do", transactional=True)
def do(ctx):
    return {}
@registry.action("large.refuse", transactional=True)
def refuse(ctx):
    raise BusinessError("refused", "The desk is closed.")
def step(number):
    return Step(f"step_{number}", "large.refuse" if number == 47 else "large.do", undo="large.do")
parts = tuple(orchestrated(f"part_{at}", *map(step, range(at, at + 10))) for at in range(0, 60, 10))
registry.register(Saga("large", parts))
run = engine.start("large", {})
while engine.wake(run):
    pass
print(json.dumps(run))
"""


CUT = """() => {
    const told = document.querySelector('.strip .told');
    return told && told.scrollWidth > told.clientWidth ? getComputedStyle(told).display : 'block';
}"""


@pytest.mark.parametrize("width", WIDTHS)
def test_the_text_of_every_drawing_opens_at_a_readable_size(up, visitor, width):
    run = up.start("metropolis")
    up.ends(run, "rolled_back")
    who = visitor(up, viewport={"width": width, "height": 900})
    paths = (f"/runs/{run}/", f"/runs/{run}/?step=package_order", "/definitions/order-fulfilment/")
    for path in (*paths, "/definitions/order-fulfilment/simulation/", f"/admin/sagaflow/run/{run}/change/"):
        page = who.visit(path)
        page.locator("saga-drawing[data-ready]").wait_for()
        assert page.evaluate(SMALLEST) >= 10.99, path
        assert page.evaluate(CUT) == "block", path  # only a block ends a long line with an ellipsis
        page.close()


def test_the_failed_step_of_sixty_is_in_the_middle_and_the_page_is_no_taller_than_the_window(up, visitor):
    run = json.loads(up.call("-c", LARGE))
    page = visitor(up).visit(f"/runs/{run}/")
    page.locator("saga-drawing[data-ready]").wait_for()
    expect(page.locator("[data-element='step/step_47']")).to_be_in_viewport()
    x, y = page.evaluate(MIDDLE, "step_47")
    assert 0.2 < x < 0.8
    assert 0.2 < y < 0.8
    assert page.evaluate("document.documentElement.scrollHeight") <= 900

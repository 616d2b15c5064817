"""Chromium renders the drawings as they are meant."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

import sagaflow
from sagaflow.flowchart.draw import draw_svg
from sagaflow.flowchart.sequence import Kind, Message
from sagaflow.flowchart.sequence_svg import sequence_svg
from tests.flowchart.nasty import NASTY
from tests.flowchart.runs import Run
from tests.flowchart.sagas import order_fulfilment
from tests.flowchart.test_svg import nasty_saga

pytestmark = pytest.mark.browser

SHEETS = Path(sagaflow.__file__).parent / "static" / "sagaflow"
SHEET = "".join((SHEETS / name).read_text() for name in ("palette.css", "flowchart.css"))
ALIEN = """() => [...document.querySelectorAll('main *')].filter(one =>
    one.namespaceURI !== 'http://www.w3.org/2000/svg' || ['script', 'a', 'image', 'foreignObject', 'style', 'use']
    .includes(one.localName) || [...one.attributes].some(each => /^on|^style$|href/.test(each.name))).length"""


@pytest.fixture(scope="module")
def page():
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=options)
        yield browser.new_page(viewport={"width": 1400, "height": 1000})
        browser.close()


def test_nothing_but_text_comes_of_nasty_labels(page):
    said = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    for text in NASTY:
        drawn = draw_svg(nasty_saga(text), interactive=True)
        sequence = sequence_svg((Message(text, "b", text, Kind.EVENT, 1),), title=text)
        page.set_content(f"<main>{drawn}{sequence}</main>")
        assert page.evaluate(ALIEN) == 0
        assert page.locator("main > svg").count() == 2
    assert said == []


def test_each_step_can_be_reached_and_is_read_out_with_its_status(page):
    run = Run(order_fulfilment()).finish({"package_order": "not_on_shelf"})
    page.set_content(f"<style>{SHEET}</style><main>{draw_svg(run.saga, run.state, run.at, interactive=True)}</main>")
    failed = page.get_by_role("button", name="Step Package order")
    assert failed.count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "button"
    names = page.get_by_role("button").all()
    assert len(names) == 7 + 5 + 1


def test_every_line_of_a_node_fits_into_it(page):
    page.set_content(f"<style>{SHEET}</style><main>{draw_svg(order_fulfilment())}</main>")
    overflowing = page.evaluate("""() => [...document.querySelectorAll('.sf-node')].filter(node => {
        const shape = node.querySelector('path, polygon, ellipse').getBoundingClientRect();
        return [...node.querySelectorAll('.sf-words > text')].some(text => {
            const box = text.getBoundingClientRect();
            return box.left < shape.left || box.right > shape.right;
        });
    }).map(node => node.dataset.element)""")
    assert overflowing == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_follow_the_scheme_of_the_page(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_content(
        f"<style>:root {{ color-scheme: light dark }} {SHEET}</style><main>{draw_svg(order_fulfilment())}</main>"
    )
    ink = page.evaluate("getComputedStyle(document.querySelector('.sf-title')).fill")
    assert ink == {"light": "rgb(27, 36, 51)", "dark": "rgb(230, 235, 244)"}[scheme]

"""A page with nothing but drawings, in Chromium: the component without a site."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

import sagaflow

STATIC = Path(sagaflow.__file__).parent / "static" / "sagaflow"
ORIGIN = "http://drawing.test"
TYPES = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2"}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HTML = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Drawing</title>
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/flowchart.css"><script type="module" src="/drawing/drawing.js"></script>
<style>:root { color-scheme: light dark } body { margin: 0 } .tall { height: 3000px }</style></head>
<body><main>%s</main></body></html>"""


@contextmanager
def browser() -> Iterator:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield started
        started.close()


def element(svg: str, attributes: str = "data-follows") -> str:
    """The component with a drawing, as templates write it."""
    return f'<saga-drawing role="region" tabindex="0" aria-label="Drawing" {attributes}>{svg}</saga-drawing>'


def show(page: Page, html: str) -> None:
    """Load a page with ``html``, and wait until its drawings have their view."""

    def answer(route):
        path = STATIC / route.request.url.removeprefix(f"{ORIGIN}/")
        if path.is_file():
            route.fulfill(body=path.read_bytes(), content_type=TYPES[path.suffix])
        else:
            route.fulfill(body=HTML % html, content_type="text/html")

    # Routes given earlier stay: the page before may still be asking for its font. The newest is asked first.
    page.route(f"{ORIGIN}/**", answer)
    page.goto(f"{ORIGIN}/")
    page.locator("saga-drawing[data-ready]").first.wait_for()


def view(page: Page) -> dict[str, float]:
    """The view of the first drawing: ``x``, ``y``, ``scale``."""
    return page.evaluate("({...document.querySelector('saga-drawing').viewport.view})")


def box(page: Page, name: str) -> dict[str, float]:
    """The place of an element on the screen."""
    return page.locator(f'saga-drawing [data-element="{name}"]').first.bounding_box()


def settle(page: Page) -> None:
    """Wait for the end of a glide."""
    page.wait_for_function("!document.querySelector('.sd-glides, .sd-moves')")

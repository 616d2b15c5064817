"""Measures the pages in Chromium. Run: python -m benchmarks.web [pages] [designer]

It starts `sagaflow up` on SQLite and prints, as medians of three: when pages are painted and how large they are; when
drawings of 10, 100 and 500 steps stand; the smallest text of a drawing at four widths; the layout shift, as the browser
itself observes it, while runs complete and roll back; the JavaScript of a run page; and how soon edits of drafts of 50
and 200 steps are on screen. Promise: the bars in the table. If one is missed, the exit code is 1.
"""

# ruff: noqa: T201  (a benchmark prints)

import gzip
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks import designing
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.site import NAME, PASSWORD, Site, sqlite

ROUNDS = 3
DRAWINGS = {10: 1.0, 100: 1.0, 500: 1.0}
"""Seconds in which a drawing stands, by its steps."""
WIDTHS = (1920, 1440, 1280, 390)
SMALLEST = 11.0
"""Pixels of the smallest text of a drawing when it opens."""
ENTRIES, STEPS = 2_000, 60
PREPARE = """
import json, sys, django; django.setup()
from benchmarks.layout import definition
from dataclasses import replace
from sagaflow import Approval, Saga, Step, engine, orchestrated, registry
from sagaflow.store import definitions
entries, steps, sizes = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
sagas = {size: replace(definition(size), name=f"drawing-{size}") for size in sizes}
for saga in sagas.values():
    definitions.pin(saga)
@registry.action("benchmark.do", transactional=True)
def do(ctx):
    return {}
names = [f"step_{number}" for number in range(steps)]
parts = tuple(
    orchestrated(f"part_{start}", *(Step(name, "benchmark.do") for name in names[start : start + 10]))
    for start in range(0, steps, 10)
)
end = orchestrated("end", Step("agree", Approval("operators")))  # it waits: a run that ended takes no events
registry.register(Saga("long", (*parts, end)))
run = engine.start("long", {})
while engine.wake(run):
    pass
head = engine.state(run)[1].seq
for number in range(entries - head):
    engine.publish("Knock", run, {"number": number})
print(json.dumps({"run": run, "sagas": {size: f"{saga.name}/{saga.digest}" for size, saga in sagas.items()}}))
"""
WATCH = """
window.painted = 0; window.stood = 0; window.shift = 0; window.moved = [];
new PerformanceObserver(list => { for (const each of list.getEntries())
    if (each.name === 'first-contentful-paint') window.painted = each.startTime;
}).observe({type: 'paint', buffered: true});
new PerformanceObserver(list => { for (const each of list.getEntries()) if (!each.hadRecentInput) {
    window.shift += each.value;
    window.moved.push(...each.sources.map(source => source.node?.className?.toString() ?? '')); }
}).observe({type: 'layout-shift', buffered: true});
new MutationObserver(() => { if (!window.stood && document.querySelector('saga-drawing[data-ready]'))
    window.stood = performance.now(); }).observe(document, {subtree: true, childList: true, attributes: true});
"""
TEXT = """() => { const drawing = document.querySelector('saga-drawing');
    const scale = drawing.viewport.view.scale;
    const texts = [...drawing.querySelectorAll('.sf-words > text')];
    return Math.min(...texts.map(text => parseFloat(getComputedStyle(text).fontSize))) * scale; }"""


class Report:
    """The printed table."""

    def __init__(self) -> None:
        self.missed = 0

    def line(self, what: str, value: float, unit: str, most: float | None = None, least: float | None = None) -> None:
        """Print one measure with its bar."""
        good = (most is None or value <= most) and (least is None or value >= least)
        bar = f"<= {most:g}" if most is not None else f">= {least:g}" if least is not None else ""
        self.missed += not good
        print(f"{what:62} {value:10.3f} {unit:4} {bar:10} {'' if good else 'MISSED'}")


class Visitor:
    """A logged-in browser of some width."""

    def __init__(self, browser: Browser, site: Site, width: int) -> None:
        self.site = site
        self.context: BrowserContext = browser.new_context(viewport={"width": width, "height": 900})
        self.context.add_init_script(WATCH)
        page = self.context.new_page()
        page.goto(f"{site.url}/accounts/login/")
        page.locator("[name=username]").fill(NAME)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main [type=submit]").click()
        page.wait_for_url(f"{site.url}/")
        page.close()

    def open(self, path: str) -> Page:
        """Open a page in a tab of its own."""
        page = self.context.new_page()
        page.goto(self.site.url + path)
        return page

    def median(self, path: str, measure: Callable[[Page], float]) -> float:
        """The median of a measure over some visits."""
        values = []
        for _ in range(ROUNDS):
            page = self.open(path)
            values.append(measure(page))
            page.close()
        return statistics.median(values)


def stood(page: Page) -> float:
    """Seconds until the drawing could be used."""
    page.wait_for_function("window.stood")
    return float(page.evaluate("window.stood")) / 1000


def painted(page: Page) -> float:
    """Seconds until the first text or picture."""
    page.wait_for_function("window.painted")
    return float(page.evaluate("window.painted")) / 1000


def smallest(page: Page) -> float:
    """Pixels of the smallest text of the drawing as it opened."""
    page.locator("saga-drawing[data-ready]").wait_for()
    return float(page.evaluate(TEXT))


def size(visitor: Visitor, path: str) -> float:
    """Kilobytes of the HTML of a page."""
    return len(visitor.context.request.get(visitor.site.url + path).body()) / 1000


def scripts(visitor: Visitor, path: str) -> float:
    """Kilobytes of the JavaScript of a page, compressed."""
    page, found = visitor.context.new_page(), {}
    page.on("response", lambda answer: found.update({answer.url: answer}) if ".js" in answer.url else None)
    page.goto(visitor.site.url + path, wait_until="networkidle")
    total = sum(len(gzip.compress(answer.body())) for answer in found.values())
    page.close()
    return total / 1000


def shift(visitor: Visitor, sku: str, status: str) -> tuple[float, float]:
    """The layout shift of a run page while its run ends: of all, and the number of moved parts of the drawing."""
    visitor.site.shut("payment.take_payment")
    run = visitor.site.start(sku, order=f"CLS-{sku}")
    page = visitor.open(f"/runs/{run}/")
    page.locator("#connection[data-state=on]").wait_for()
    page.evaluate("window.shift = 0; window.moved = []")
    visitor.site.open("payment.take_payment")
    visitor.site.ends(run, status)
    page.locator("[data-part=status]", has_text=status.replace("_", " ")).wait_for()
    moved = [name for name in page.evaluate("window.moved") if "sf-" in name or "drawing" in name]
    return float(page.evaluate("window.shift")), len(moved)


def measure(site: Site, browser: Browser, told: dict[str, object], report: Report) -> None:
    """Print all measures."""
    wide, run = Visitor(browser, site, 1440), told["run"]
    sagas = dict(told["sagas"])  # type: ignore[call-overload]  # JSON
    for path, name, most in (
        ("/", "list of runs", 0.5),
        ("/definitions/", "list of sagas", None),
        (f"/runs/{run}/", f"run page, {STEPS} steps, {ENTRIES} entries", 0.4),
    ):
        report.line(f"first paint: {name}", wide.median(path, painted), "s", most)
    for path, name, most in (
        ("/", "list of runs", None),
        ("/definitions/order-fulfilment/", "saga page", None),
        (f"/runs/{run}/", f"run page, {STEPS} steps, {ENTRIES} entries", 200.0),
        (f"/runs/{run}/?tab=journal", "the same with its journal", 200.0),
        (f"/runs/{run}/parts/journal/", "the tab of its journal alone", 200.0),
    ):
        report.line(f"HTML: {name}", size(wide, path), "kB", most)
    for steps, most in DRAWINGS.items():
        path = f"/definitions/{sagas[str(steps)]}/"
        stood(wide.open(path))  # the server lays out a definition once
        report.line(f"drawing of {steps} steps stands", wide.median(path, stood), "s", most)
    report.line(f"drawing of a run of {STEPS} steps stands", wide.median(f"/runs/{run}/", stood), "s", 0.8)
    for width in WIDTHS:
        who = Visitor(browser, site, width)
        for path, name in (("/definitions/order-fulfilment/", "saga"), (f"/runs/{run}/", "run")):
            report.line(f"smallest text, {name}, {width} px wide", who.median(path, smallest), "px", least=SMALLEST)
    for sku, status in (("alien", "completed"), ("metropolis", "rolled_back")):
        all_, inside = shift(wide, sku, status)
        report.line(f"layout shift until {status}, whole page", all_, "", 0.01)
        report.line(f"moved parts of the drawing until {status}", inside, "", 0)
    report.line("JavaScript of a run page, gzip", scripts(wide, f"/runs/{run}/"), "kB", 40.0)


def measure_designer(site: Site, browser: Browser, report: Report) -> None:
    """Print the measures of the designer."""
    wide = Visitor(browser, site, 1440)
    for steps, most in designing.LONGEST.items():
        page, name = wide.open("/"), f"step_{steps // 2}"
        address = designing.draft(page, f"drawn-{steps}", steps)
        report.line(
            f"designer, {steps} steps: key to drawing, 95th percentile", designing.edits(page, name), "ms", most
        )
        report.line(f"designer, {steps} steps: a letter of a title", designing.letter(page, name), "ms", 50.0)
        report.line(f"designer, {steps} steps: the edited step moves", designing.moved(page, name), "px", 24.0)
        page.close()
    path = address.removeprefix(site.url)
    report.line(f"designer, {steps} steps: first paint", wide.median(path, painted), "s", 0.6)
    report.line(f"designer, {steps} steps: usable", wide.median(path, designing.usable), "s", 1.2)


def main(asked: list[str]) -> int:
    """Return the exit code."""
    report = Report()
    with tempfile.TemporaryDirectory() as name:
        site = Site(Path(name), **sqlite(Path(name)))
        site.prepare()
        told = json.loads(site.call("-c", PREPARE, str(ENTRIES), str(STEPS), json.dumps(list(DRAWINGS))))
        with site.up(), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            if asked != ["designer"]:
                measure(site, browser, told, report)
            if asked != ["pages"]:
                measure_designer(site, browser, report)
            browser.close()
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

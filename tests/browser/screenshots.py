"""Takes the screenshots of README and docs: ``python -m tests.browser.screenshots`` writes ``docs/images/*.png``.

The pages are those of a real site with runs that completed, rolled back, and need attention. ``pages`` or ``film``
behind the command takes only that part.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import film
from tests.browser.conftest import CHROMIUM, FLAGS, Visitor
from tests.browser.site import START, Site, sqlite

FOLDER = Path(__file__).parents[2] / "docs/images"
TROUBLE = """
import django; django.setup()
from examples.musiccorp.models import LoyaltyBug
from examples.streamtech.models import Carrier
LoyaltyBug.objects.create()
Carrier.objects.update(booked_out_days=1)
"""
CUSTOMER = {"name": "Grace", "email": "grace@example.com", "address": "Music Lane 1"}
SCHEMES = ("light", "dark")


def main() -> None:
    """The film of the designer, and every page in both colour schemes."""
    wanted = set(sys.argv[1:]) or {"pages", "film"}
    with tempfile.TemporaryDirectory() as folder, site(Path(folder)) as (up, browser):
        for path in film.shoot(up, browser, FOLDER) if "film" in wanted else ():
            sys.stdout.write(f"docs/images/{path.name}\n")
        if "pages" not in wanted:
            return
        back = runs(up)
        for scheme in SCHEMES:
            visitor = Visitor(browser, up.url, color_scheme=scheme, viewport={"width": 1280, "height": 860})
            visitor.log_in()
            for name, page in pages(visitor, back):
                page.screenshot(path=FOLDER / f"{name}-{scheme}.png")
                sys.stdout.write(f"docs/images/{name}-{scheme}.png\n")
                page.close()
            visitor.context.close()


@contextmanager
def site(folder: Path) -> Iterator[tuple[Site, Browser]]:
    """A site that is up, and a browser."""
    up = Site(folder, **sqlite(folder), MUSICCORP_REACTION="2")
    up.prepare()
    with up.up(), sync_playwright() as playwright:
        yield up, playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


def runs(up: Site) -> str:
    """Create some orders and customers. Return the run that was rolled back, once no run has work left."""
    for number in range(1, 4):
        up.start(order=f"O-{number}")
    up.start("brazil", order="O-4", customer="cleo")
    back = up.start("metropolis", order="O-5", quantity=2)
    up.call("-c", TROUBLE)
    up.start("brazil", order="O-6", customer="ada")
    up.call("-c", START, "create-customer-choreographed", json.dumps(CUSTOMER), "0")
    return back


def pages(visitor: Visitor, back: str) -> Iterator[tuple[str, Page]]:
    """The pages, ready for a screenshot."""
    home = visitor.live("/")
    home.get_by_text("missing").first.wait_for(timeout=30_000)
    yield "home", home
    run = visitor.live(f"/runs/{back}/")
    run.get_by_text("rolled back").first.wait_for()
    yield "run", run
    yield "definition", visitor.visit("/definitions/order-fulfilment/")
    audit = visitor.visit("/admin/sagaflow/rollbackrecord/")
    audit.locator("#result_list a").first.click()
    audit.wait_for_load_state()
    yield "audit", audit


if __name__ == "__main__":
    main()

"""Chromium, and sites for it to visit. Everything that a page writes to its console is an error of the page."""

import fcntl
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect, sync_playwright

from tests.browser.shared import SharedSite
from tests.browser.site import NAME, PASSWORD, Site, embedded, sqlite
from tests.servers.fixtures import in_ci

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
HEADLESS = os.environ.get("CHROMIUM") or which("chromium-headless-shell") or CHROMIUM
"""The shell is Chromium without a window, which does half the work for a page. Pictures and measures use Chromium."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 30_000
"""Milliseconds for anything that a page shows at last. A test that passes never waits as long."""
expect.set_options(timeout=PATIENCE)


def lacking(reason: str) -> None:
    """Skip locally, fail in CI."""
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def launched() -> Iterator[Browser]:
    """Run Chromium. Only one may run in a process: end it before another test launches its own."""
    if not Path(HEADLESS).exists():
        lacking(f"{HEADLESS} is missing; `make services` installs it as root.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=HEADLESS, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Not for other packages: imported there, it would run until the end of the session."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core. The workers of pytest-xdist share the folder: one installs it, the others wait."""
    source = HERE / "node_modules/axe-core/axe.min.js"
    with (HERE / "package.json").open() as package:
        fcntl.flock(package, fcntl.LOCK_EX)
        if not source.exists():
            if which("npm") is None:
                lacking("npm is missing; it installs axe-core, which checks the pages for accessibility.")
            command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
            subprocess.run(command, cwd=HERE, check=True, timeout=110)
        return source.read_text()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    Site(folder, **sqlite(folder)).prepare()
    return folder


@pytest.fixture
def site(tmp_path, prepared) -> Site:
    """A site of its own for a test that stops it or changes its environment. It is not running yet."""
    return embedded(tmp_path, prepared)


@pytest.fixture(scope="package")
def _shared(tmp_path_factory, prepared) -> Iterator[SharedSite]:
    site = embedded(tmp_path_factory.mktemp("shared"), prepared, SharedSite)
    with site.running():
        yield site


@pytest.fixture
def up(_shared) -> SharedSite:
    """A running site without any run or draft. It is the same one for all tests of a worker of pytest-xdist."""
    _shared.renew()
    return _shared


class Visitor:
    """A user who is logged in, with a separate browser."""

    def __init__(self, chromium: Browser, url: str, **options: object) -> None:
        self.context = chromium.new_context(**{"viewport": {"width": 1300, "height": 900}} | options)
        self.context.set_default_timeout(PATIENCE)
        self.url = url
        self.faults: list[str] = []
        self.expected: list[str] = []
        """Words of faults that the test provokes. They may be told late."""
        self.context.on("page", self._listen)

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._note)
        page.on("dialog", lambda dialog: self.faults.append(f"dialog {dialog.message}") or dialog.dismiss())

    def _note(self, line: ConsoleMessage) -> None:
        if line.type in ("error", "warning"):
            self.faults.append(f"{line.text} {line.location.get('url', '')}".strip())

    def unexpected(self) -> list[str]:
        """Return the faults that neither the test nor a lost connection explains, as of a page that is left early."""
        lost = ("ERR_CONNECTION", "WebSocket connection to", "503", "ERR_EMPTY", "ERR_INTERNET")
        return [fault for fault in self.faults if not any(word in fault for word in (*lost, *self.expected))]

    def log_in(self) -> None:
        """Log in by the form."""
        page = self.context.new_page()
        page.goto(f"{self.url}/accounts/login/")
        page.locator("[name=username]").fill(NAME)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main [type=submit]").click()
        page.wait_for_url(f"{self.url}/")
        page.close()

    def visit(self, path: str = "/") -> Page:
        page = self.context.new_page()
        page.goto(self.url + path)
        return page

    def live(self, path: str = "/") -> Page:
        """Open a page and wait until it says that it is live."""
        page = self.visit(path)
        is_live(page)
        return page


def is_live(page: Page, patience: float = PATIENCE) -> None:
    page.locator("#connection[data-state=on]").wait_for(timeout=patience)


@pytest.fixture
def visitor(chromium) -> Iterator[Callable[..., Visitor]]:
    """``visitor(site)``: a separate browser, logged in. At the end its console must be empty.

    With an address instead of a site, the visitor logs in by the form.
    """
    visitors: list[Visitor] = []

    def visitor(site: Site | str, **options: object) -> Visitor:
        new = Visitor(chromium, site if isinstance(site, str) else site.url, **options)
        visitors.append(new)
        if isinstance(site, str):
            new.log_in()
        else:
            new.context.add_cookies([{"name": "sessionid", "value": site.session(), "url": site.url}])
        return new

    yield visitor
    for each in visitors:
        each.context.close()
    for each in visitors:
        assert each.unexpected() == []


def statuses(page: Page) -> dict[str, str]:
    """The status that the flowchart shows, by step."""
    return page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('.sf-flowchart [data-element^="step/"]')].map(
            (node) => [node.dataset.step, [...node.classList].find((name) => name.startsWith("sf-is-"))?.slice(6)]))"""
    )


def picture(page: Page) -> list[list[str]]:
    """Everything that is painted: classes, mark and texts of every element."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".sf-flowchart g[id]")].map((node) => {
            const texts = node.querySelectorAll(":scope > text, :scope > .sf-badge > text, :scope > title");
            return [node.id, [...node.classList].sort().join(" "), ...[...texts].map((text) => text.textContent)];
        })"""
    )


def held(page: Page, addresses: str) -> Callable[[], None]:
    """Hold the requests for some addresses back, also those that come later, until the result is called."""
    routes: list[Route] = []
    free = False

    def hold(route: Route) -> None:
        route.continue_() if free else routes.append(route)

    def release() -> None:
        nonlocal free
        free = True
        for route in routes:
            route.continue_()

    page.route(addresses, hold)
    return release


def shows(page: Page, **expected: str) -> None:
    """Wait until the flowchart shows these steps with these statuses."""
    page.wait_for_function(
        """(expected) => Object.entries(expected).every(([step, status]) => document.querySelector(
            `.sf-flowchart [data-element="step/${step}"]`)?.classList.contains(`sf-is-${status}`))""",
        arg=expected,
    )


def run_is(page: Page, status: str) -> None:
    """Wait until the badge of the run shows the status."""
    page.locator(f'[data-part=status] [data-status="{status}"]').wait_for()

"""The film of README: a mixed saga is drawn from an empty canvas, published, run, and rolled back.

The state after each gesture is a frame, and so is each state of the run that is met.
"""

import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.conftest import Visitor, run_is
from tests.browser.site import OUT_OF_STOCK, Site
from tests.browser.test_design import Hand, begin

__all__ = ["animated", "shoot"]

SIZE = {"width": 1280, "height": 800}
SIGNATURE = b"\x89PNG\r\n\x1a\n"
PATIENCE = 90_000
"""Milliseconds for each wait: nothing hurries a film."""
SETTLED = """() => Promise.all(document.getAnimations()
    .filter(each => each.effect.getComputedTiming().endTime !== Infinity)
    .map(each => each.finished.catch(() => null)))"""
SHOWN, LAST = 1200, 4000
"""Milliseconds for which a frame is shown, and the last one."""


def shoot(up: Site, browser: Browser, folder: Path) -> Iterator[Path]:
    """Write the film, and the screenshots of the finished draft in both colour schemes; yield their paths."""
    visitor = Visitor(browser, up.url, color_scheme="light", viewport=SIZE)
    visitor.context.set_default_timeout(PATIENCE)
    visitor.log_in()
    hand = begin(visitor, "mixed-order")
    page = hand.page
    frames = [still(page) for _ in drawn(hand)]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        yield written(folder / f"design-{scheme}.png", still(page))
    page.emulate_media(color_scheme="light")
    frames += [still(page) for _ in published(page)]
    visitor.context.close()
    yield written(folder / "designer.png", animated(frames))


def drawn(hand: Hand) -> Iterator[None]:
    """Build the saga from an empty canvas, with a frame after each gesture that changes the drawing."""
    yield
    steps: tuple[Callable[[], None], ...] = (
        lambda: hand.drag("Place order", "inside/main"),
        lambda: hand.drag("Reserve stock", "after/place_order"),
        lambda: hand.drag("Take payment", "after/reserve_stock"),
        lambda: hand.drag("Segment, orchestrated", "gap/main"),
        lambda: hand.drag("Package order", "inside/segment"),
        lambda: hand.drag("Dispatch order", "after/package_order"),
    )
    for act in steps:
        act()
        yield
    hand.click(hand.page.locator('.design-style[data-segment="main"]'))
    hand.page.locator('.design-style[data-style="choreographed"]').wait_for()
    hand.done()
    yield


def published(page: Page) -> Iterator[None]:
    """Publish the saga, and start a run that is refused, with a frame for each page and each state of the run."""
    page.get_by_role("link", name="Review and publish").click()
    page.get_by_role("button", name="Publish").wait_for()
    yield
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile("/definitions/"))
    yield
    page.get_by_role("link", name="Start").first.click()
    page.locator("main form textarea").fill(json.dumps(OUT_OF_STOCK))
    yield
    page.locator("main form [type=submit]").last.click()
    run_is(page, "rolled_back")
    page.locator(".sf-flowchart .sf-is-compensated").first.wait_for()
    page.get_by_role("button", name="Fit", exact=True).click()
    yield


def still(page: Page) -> bytes:
    """The page once nothing moves but what never ends, such as the dot of a live page."""
    page.evaluate(SETTLED)
    return page.screenshot(animations="disabled")


def written(path: Path, picture: bytes) -> Path:
    """Write a picture."""
    path.write_bytes(picture)
    return path


def animated(frames: list[bytes]) -> bytes:
    """Join PNG images of one size and colour type to an APNG, which browsers play and other viewers show as the first.

    Equal frames that follow each other are shown as one.
    """
    different = [each for number, each in enumerate(frames) if number == 0 or each != frames[number - 1]]
    heads = {_part(each, b"IHDR")[0] for each in different}
    assert len(heads) == 1, "All frames of a film have one size and colour type."
    head = heads.pop()
    width, height = struct.unpack(">II", head[:8])
    parts = [SIGNATURE, _chunk(b"IHDR", head), _chunk(b"acTL", struct.pack(">II", len(different), 0))]
    number = 0
    for place, frame in enumerate(different):
        delay = LAST if frame is different[-1] else SHOWN
        control = struct.pack(">IIIIIHHBB", number, width, height, 0, 0, delay, 1000, 0, 0)
        parts.append(_chunk(b"fcTL", control))
        number += 1
        data = b"".join(_part(frame, b"IDAT"))
        if place == 0:
            parts.append(_chunk(b"IDAT", data))
        else:
            parts.append(_chunk(b"fdAT", struct.pack(">I", number) + data))
            number += 1
    return b"".join([*parts, _chunk(b"IEND", b"")])


def _part(picture: bytes, kind: bytes) -> list[bytes]:
    """Return the content of each chunk of this kind."""
    found, at = [], len(SIGNATURE)
    while at < len(picture):
        (size,) = struct.unpack(">I", picture[at : at + 4])
        if picture[at + 4 : at + 8] == kind:
            found.append(picture[at + 8 : at + 8 + size])
        at += 12 + size
    return found


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

"""The film of README: a mixed saga is drawn from an empty canvas, and the state after each gesture is a frame of it."""

import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.conftest import Visitor
from tests.browser.site import Site
from tests.browser.test_design import Hand, begin

__all__ = ["animated", "shoot"]

SIZE = {"width": 1280, "height": 800}
SIGNATURE = b"\x89PNG\r\n\x1a\n"
PATIENCE = 90_000
"""Milliseconds for each wait: nothing hurries a film."""
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


def still(page: Page) -> bytes:
    """The page once nothing moves."""
    page.evaluate("() => Promise.all(document.getAnimations().map(each => each.finished.catch(() => null)))")
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

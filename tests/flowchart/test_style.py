import re
from pathlib import Path

import pytest

import sagaflow
from sagaflow.flowchart.appearance import Status, Tone, appearance_of
from sagaflow.flowchart.shapes import EDGES, INK, MUTED, NODES

HOUSE = Path(sagaflow.__file__).parent.parent
SHEETS = HOUSE / "sagaflow" / "static" / "sagaflow"
PALETTE = (SHEETS / "palette.css").read_text()
SHEET = (SHEETS / "flowchart.css").read_text()
OTHER_SHEETS = [*SHEETS.glob("*.css"), *(HOUSE / "designer" / "static").rglob("*.css")]
OTHER_SHEETS.remove(SHEETS / "palette.css")
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--sf-([a-z-]+): light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\)", PALETTE)
}
GROUNDS = [
    name
    for name in COLOURS
    if name.endswith("-tint")
    or name in ("node", "paper", "undo", "semantic", "stop", "plain", "orchestrated", "choreographed")
]
RIMS = ["blue", "green", "red", "amber", "orange", "purple", "magenta", "crimson", "stone"]


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "muted"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_can_be_read_on_every_ground(ground, text, theme):
    assert contrast(COLOURS[text][theme], COLOURS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("rim", RIMS)
def test_the_glyph_of_a_mark_can_be_read_and_its_rim_stands_out(rim, theme):
    assert contrast(COLOURS["on-mark"][theme], COLOURS[rim][theme]) >= 4.5
    assert contrast(COLOURS["paper"][theme], COLOURS[rim][theme]) >= 3


@pytest.mark.parametrize("status", Status)
def test_the_fallback_colours_can_be_read_too(status):
    fill, line = status.colours
    assert contrast(INK, fill) >= 4.5
    assert contrast(MUTED, "#ffffff") >= 4.5
    assert contrast(line, fill) >= 1.2


def test_the_sheet_knows_every_status_and_every_kind():
    classes = set(re.findall(r"\.(sf-[a-z0-9-]+)", SHEET))
    assert {f"sf-is-{status.value}" for status in Status} <= classes
    assert {f"sf-{kind}-edge" for kind in EDGES if kind not in ("end", "observer", "savepoint")} <= classes
    styled = {kind for kind in NODES if kind not in ("call", "wait", "timer", "approval", "subsaga", "folded")}
    assert {f"sf-{kind}" for kind in styled} <= classes


@pytest.mark.parametrize("sheet", OTHER_SHEETS, ids=lambda sheet: sheet.name)
def test_no_colour_stands_outside_the_palette(sheet):
    named = r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|oklch|light-dark)\(|: *(?:white|black|red|green|blue|gr[ae]y)\b"
    assert not re.findall(named, sheet.read_text())


@pytest.mark.parametrize("sheet", OTHER_SHEETS, ids=lambda sheet: sheet.name)
def test_every_colour_that_a_sheet_uses_is_in_the_palette(sheet):
    text = sheet.read_text()
    used = set(re.findall(r"var\(--sf-([a-z-]+)", text))
    known = set(re.findall(r"--sf-([a-z-]+):", PALETTE + text + SHEET))
    assert used <= known


def test_the_palette_knows_every_tone():
    classes = dict(re.findall(r"\.tone-([a-z]+) \{ --tone: var\(--sf-([a-z]+)\)", PALETTE))
    assert {tone.value for tone in Tone} <= set(classes)
    assert all(name == colour and name in COLOURS for name, colour in classes.items())


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("tone", Tone)
def test_a_badge_can_be_read(tone, theme):
    assert contrast(COLOURS[tone][theme], COLOURS[f"{tone}-tint"][theme]) >= 4.5


@pytest.mark.parametrize("status", [status for status in Status if appearance_of(status).tone is not Tone.STONE])
def test_the_drawing_shows_a_status_in_its_tone(status):
    rules = re.findall(r"(\.sf-node[^{}]*)\{\s*--sf-rim: var\(--sf-([a-z]+)\)", SHEET)
    names = {name: rim for selector, rim in rules for name in re.findall(r"sf-is-([a-z-]+)", selector)}
    assert names[status.value] == appearance_of(status).tone

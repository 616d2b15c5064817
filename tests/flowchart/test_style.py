import re
from pathlib import Path

import pytest

import sagaflow
from sagaflow.flowchart.appearance import EDGES, INK, MUTED, NODES, Status

SHEET = (Path(sagaflow.__file__).parent / "static" / "sagaflow" / "flowchart.css").read_text()
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--sf-([a-z-]+): light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\)", SHEET)
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


def test_no_colour_stands_outside_the_one_table():
    rules = SHEET[SHEET.index(".sf-flowchart {") :]
    assert not re.findall(r"#[0-9a-f]{3,6}\b", rules)

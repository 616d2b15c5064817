"""Text has room: no edge crosses a title, no label is on another one, and every line is as wide as it was measured."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from sagaflow import Saga, Step, choreographed, orchestrated
from sagaflow.flowchart.draw import drawn
from sagaflow.flowchart.geometry import Box, curve, points_of
from sagaflow.flowchart.lines import SIZES
from sagaflow.flowchart.measure import fitted, width, wrapped
from tests.core.strategies import sagas
from tests.core.thoroughness import examples
from tests.flowchart.sagas import everything, long, order_fulfilment

SPACE = "{http://www.w3.org/2000/svg}"
TITLES = st.sampled_from(
    [
        "",
        "Pay",
        "Reserve the stock of the whole warehouse",
        "顧客の支払いを受け付けて領収書を発行する",
        "Überprüfung der Zahlungseingänge",
    ]
)


def box(text):
    """The room of a line of text."""
    size = float(text.get("font-size"))
    left, foot = float(text.get("x")), float(text.get("y"))
    wide = width(text.text or "", size, bold=text.get("class") == "sf-title")
    return Box(left, foot - 0.75 * size, left + wide, foot + 0.2 * size)


def groups(root, name):
    return [group for group in root.iter(f"{SPACE}g") if name in (group.get("class") or "").split()]


def crossings(svg):
    """The titles that an edge crosses, with the edge."""
    root = ET.fromstring(svg)
    titles = [text for name in groups(root, "sf-segment-name") for text in name.iter(f"{SPACE}text")]
    curves = [
        (edge.get("data-element"), curve(points_of(path.get("d"))))
        for edge in groups(root, "sf-edge")
        for path in edge.iter(f"{SPACE}path")
    ]
    return [
        (text.text, edge)
        for text in titles
        for edge, points in curves
        if any(box(text).holds(point) for point in points)
    ]


def overlaps(svg):
    """The pairs of edge labels or titles that overlap."""
    root = ET.fromstring(svg)
    parts = [(edge.get("data-element"), edge) for edge in groups(root, "sf-edge")]
    parts += [(str(number), name) for number, name in enumerate(groups(root, "sf-segment-name"))]
    boxes = [(part, text.text, box(text)) for part, group in parts for text in group.iter(f"{SPACE}text")]
    return [
        (one[1], other[1]) for one, other in combinations(boxes, 2) if one[0] != other[0] and one[2].meets(other[2])
    ]


@st.composite
def titled(draw):
    """A random definition with titles of all lengths."""
    saga = draw(sagas(max_steps=10, max_segments=4, with_ornaments=True))
    segments = tuple(
        replace(segment, title=draw(TITLES), steps=tuple(replace(step, title=draw(TITLES)) for step in segment.steps))
        for segment in saga.segments
    )
    return replace(saga, segments=segments)


@given(titled())
@examples(60, suppress_health_check=list(HealthCheck))
def test_no_edge_crosses_a_title_and_no_label_is_on_another_one(saga):
    svg = drawn(saga)
    assert crossings(svg) == []
    assert overlaps(svg) == []


@pytest.mark.parametrize("saga", [order_fulfilment(), everything(), long(60)], ids=lambda saga: saga.name)
def test_nor_in_the_definitions_that_people_look_at(saga):
    for folded in (frozenset(), {saga.segments[0].name}):
        assert crossings(drawn(saga, folded=folded)) == []
        assert overlaps(drawn(saga, folded=folded)) == []


def test_a_title_that_has_no_room_gets_a_wider_frame():
    saga = Saga("s", orchestrated("a", *(Step(f"a{n}", "x.a", after=()) for n in range(3)), title="One short title"))
    assert "One short title" in drawn(saga)


@pytest.mark.parametrize(
    "text",
    [
        "Reserve the stock of the warehouse",
        "take_payment_of_the_customer",
        "OrderPlacedByTheCustomer",
        "顧客の支払いを受け付けて領収書",
    ],
)
def test_long_text_wraps_where_it_may(text):
    rows = wrapped(text, 11, 90, lines=9)
    assert len(rows) > 1
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")
    assert all(width(row, 11) <= 90 for row in rows)


def test_what_does_not_fit_is_cut():
    assert wrapped("a" * 100, 11, 60, lines=2)[-1].endswith("…")
    assert fitted("Take payment", 11, 40).endswith("…")
    assert fitted("Take payment", 11, 400) == "Take payment"


@pytest.mark.browser
def test_server_and_browser_agree_about_the_width_of_text():
    from tests.flowchart.drawing_page import browser, element, show

    words = ("Überprüfung der Zahlungseingänge", "Оплата заказа", "Take payment → refund, AWAY To")
    steps = (Step(f"s{n}", "x.take_payment", title=text, undo="x.refund") for n, text in enumerate(words))
    saga = Saga("s", choreographed("a", *steps, team="sales"))
    with browser() as started:
        page = started.new_page()
        show(page, element(drawn(saga, interactive=True)))
        page.evaluate("document.fonts.ready")
        seen = page.evaluate("""() => [...document.querySelectorAll('.sf-flowchart text')].filter(text =>
            text.textContent && text.classList[0] !== 'sf-mark' && !/[↶≈⚑⊘]/.test(text.textContent)).map(
            text => [text.classList[0], text.textContent, text.getComputedTextLength()])""")
    assert len(seen) > 8
    for kind, text, found in seen:
        assert found == pytest.approx(width(text, SIZES[kind], bold=kind == "sf-title"), rel=0.01), text

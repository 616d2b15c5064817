import xml.etree.ElementTree as ET

import pytest

from sagaflow import Approval, Compensation, Saga, Step, choreographed, irreversible, orchestrated, where
from sagaflow.core.definition.saga import Call
from sagaflow.flowchart.dot import picture_of
from sagaflow.flowchart.draw import draw_png, draw_svg, drawn
from sagaflow.flowchart.svg import UnsafeDrawing, safe_svg
from sagaflow.flowchart.svg import parsed as parsed_drawing
from sagaflow.flowchart.words import clean
from tests.flowchart.nasty import NASTY
from tests.flowchart.sagas import everything, order_fulfilment

ELEMENTS = {"svg", "title", "desc", "g", "path", "polygon", "polyline", "ellipse", "circle", "text"}
ATTRIBUTES = {
    "aria-describedby", "aria-hidden", "aria-labelledby", "class", "cx", "cy", "d", "data-direction",
    "data-element", "data-in", "data-segment", "data-source", "data-step", "data-target", "fill",
    "fill-opacity", "font-family", "font-size", "font-weight", "height", "id", "points", "r", "role", "rx",
    "ry", "stroke", "stroke-dasharray", "stroke-opacity", "stroke-width", "tabindex", "text-anchor",
    "transform", "viewBox", "width", "x", "y",
}  # fmt: skip
SPACE = "{http://www.w3.org/2000/svg}"


def nasty_saga(text):
    value = clean(text)  # the core refuses values that JSON cannot represent in conditions
    text = text.encode(errors="ignore").decode()  # and it cannot compute a digest of lone surrogates
    return Saga(
        "nasty",
        (
            choreographed(
                "one",
                Step(
                    "a",
                    "x.a",
                    title=text,
                    undo=irreversible(text.strip() or "gone"),
                    condition=where("/input/a", "eq", value),
                ),
                Step("b", Approval(by=text.strip() or "people"), title=text),
                title=text,
                team=text,
            ),
            orchestrated("two", Step("c", "x.c", title=text, undo=Compensation(does=Call("x.undo"), reason=text))),
        ),
        title=text,
    )


def parsed(svg):
    return ET.fromstring(svg)


def no_text(root):
    """All but the lines of text: a long one wraps."""
    return [element for element in root.iter() if element.tag != f"{SPACE}text"]


@pytest.mark.parametrize("options", [{}, {"interactive": True}, {"folded": {"one"}}], ids=str)
@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_nasty_text_reaches_the_drawing_as_text_and_as_nothing_else(text, options):
    root = parsed(drawn(nasty_saga(text), **options))
    for element in root.iter():
        assert element.tag.removeprefix(SPACE) in ELEMENTS
        assert set(element.attrib) <= ATTRIBUTES
    count = len(no_text(parsed(drawn(nasty_saga("plain"), **options))))
    if clean(text):
        assert len(no_text(root)) == count
    assert "script" not in {element.tag.removeprefix(SPACE) for element in root.iter()}


@pytest.mark.parametrize("text", ["<b>bold</b>", "\\N \\G \\l", '"quotes"', "a:b:c", "&lt;x&gt;", "مرحبا"])
def test_a_label_shows_exactly_the_text_that_was_given(text):
    shown = [element.text for element in parsed(drawn(nasty_saga(text))).iter(f"{SPACE}text")]
    assert shown.count(text) >= 3


def test_every_node_of_a_step_tells_its_step_and_has_a_name():
    root = parsed(drawn(order_fulfilment(), interactive=True))
    nodes = {group.get("data-element"): group for group in root.iter(f"{SPACE}g") if group.get("data-step")}
    assert nodes["step/take_payment"].get("data-step") == "take_payment"
    for group in nodes.values():
        assert group.get("role") == "button"
        assert group.get("tabindex") == "0"
        assert group.find(f"{SPACE}title").text.startswith(("Step ", "Compensation "))
        assert group.find(f"{SPACE}g[@class='sf-words']").get("aria-hidden") == "true"


def test_a_drawing_that_stands_alone_is_one_image_with_a_title_and_a_description():
    root = parsed(drawn(order_fulfilment()))
    assert root.get("role") == "img"
    assert root.find(f"{SPACE}title").text == "Flowchart of Order fulfilment"
    assert "7 steps" in root.find(f"{SPACE}desc").text
    assert not [element for element in root.iter() if element.get("tabindex")]


def test_a_prefix_keeps_the_ids_of_two_drawings_on_a_page_apart():
    first, second = (
        {element.get("id") for element in parsed(drawn(order_fulfilment(), prefix=prefix)).iter() if element.get("id")}
        for prefix in ("a-", "b-")
    )
    assert not first & second


def test_every_element_of_the_picture_is_in_the_drawing():
    ids = {element.get("id") for element in parsed(drawn(everything())).iter()}
    assert set(picture_of(everything()).ids.values()) <= ids


HEAD = '<svg viewBox="0 0 9 9"><g class="graph" transform="translate(1 2)"><g id="n1" class="node sf-start">'


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<image href='x' />",
        "<a href='javascript:alert(1)'><path d='M0,0'/></a>",
        "<path d='M0,0' style='fill:url(x)' onclick='alert(1)'/>",
        "<path d='url(javascript:1)' fill='url(#x)'/>",
        "<foreignObject><div/></foreignObject>",
        "<use href='#x'/>",
        "<text>copied</text>",
    ],
)
def test_what_is_not_on_the_allow_list_is_dropped(evil):
    svg = safe_svg(parsed_drawing(f"{HEAD}{evil}</g></g></svg>".encode()), picture_of(order_fulfilment()))
    assert not any(word in svg for word in ("script", "href", "style", "onclick", "url(", "foreign", "copied", "<use"))


@pytest.mark.parametrize(
    "drawing",
    [
        b"<!DOCTYPE svg [<!ENTITY x 'y'>]><svg/>",
        b"<html/>",
        b"<svg",
        b"\xff\xfe",
        b"<svg viewBox='0 0 1 1'/>",
        b"<svg><g/></svg>",
    ],
)
def test_what_graphviz_does_not_write_is_refused(drawing):
    with pytest.raises(UnsafeDrawing):
        safe_svg(parsed_drawing(drawing), picture_of(order_fulfilment()))


def test_a_png_is_drawn_as_well():
    assert draw_png(order_fulfilment()).startswith(b"\x89PNG")
    assert draw_svg(order_fulfilment()).startswith("<svg")

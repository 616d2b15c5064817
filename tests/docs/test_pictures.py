"""The pictures in the pages are those that `python -m tests.docs.draw` draws. Only fonts and layout may differ."""

import re
import xml.etree.ElementTree as ET

import pytest

from examples.orders import demo as orders
from examples.streamtech import demo as streamtech
from tests.docs.draw import IMAGES, layers, on_paper, pictures
from tests.docs.markdown import PAGES, links

REMEDY = "run `python -m tests.docs.draw` and commit what it drew"


def said(svg):
    """Classes and texts of a drawing, in any order."""
    parts = [(part.get("class", ""), (part.text or "").strip()) for part in ET.fromstring(svg).iter()]
    return sorted(part for part in parts if any(part))


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_the_pictures_are_up_to_date():
    orders.load()
    streamtech.load()
    for name, svg in pictures().items():
        assert said((IMAGES / name).read_text()) == said(on_paper(svg)), f"{name} is out of date; {REMEDY}"


@pytest.mark.quick
def test_the_picture_of_the_layers_names_every_layer():
    assert said((IMAGES / "layers.svg").read_text()) == said(on_paper(layers())), REMEDY


@pytest.mark.quick
def test_every_picture_is_shown_somewhere():
    shown = {target.rpartition("/")[2] for page in PAGES for target in links(page.read_text())}
    assert {path.name for path in IMAGES.glob("*.svg")} - shown == set()


@pytest.mark.quick
def test_a_picture_runs_no_script_and_loads_nothing():
    for path in IMAGES.glob("*.svg"):
        assert not re.search(r"<script|\son\w+=|(href|src)=", path.read_text())

"""The flowchart as a file, its direction and its legend."""

import pytest
from django.urls import reverse

from designer.pages.flowchart_files import FORMATS
from sagaflow.flowchart.draw import drawn
from sagaflow.flowchart.legend import EDGE_WORDS, NODE_WORDS
from sagaflow.flowchart.samples import samples
from tests.flowchart.sagas import everything, order_fulfilment
from tests.flowchart.test_room import crossings, overlaps
from tests.live.conftest import finish, start

BEGIN = {"svg": b"<svg", "png": b"\x89PNG", "dot": b"digraph", "mmd": b"flowchart"}


@pytest.fixture
def run_id():
    return finish(start("stuck"))


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_run_and_a_definition_are_downloaded_in_every_format(viewer, run_id, suffix):
    run = viewer.get(reverse("designer:run_flowchart", args=[run_id, suffix]))
    assert run.status_code == 200
    assert run.content.startswith(BEGIN[suffix])
    assert run["Content-Disposition"].endswith(f'.{suffix}"')
    assert run["Content-Type"] == FORMATS[suffix][1]


def test_another_format_is_not_found(viewer, run_id):
    assert viewer.get(reverse("designer:run_flowchart", args=[run_id, "exe"])).status_code == 404


def test_the_address_turns_the_drawing(viewer, run_id):
    page = viewer.get(f"/runs/{run_id}/?direction=LR").content.decode()
    assert 'data-direction="LR"' in page
    assert 'data-direction="TB"' not in page.partition("legend")[0]
    assert "Top down" in page


@pytest.mark.parametrize("saga", [order_fulfilment(), everything()], ids=lambda saga: saga.name)
def test_a_drawing_from_left_to_right_is_as_tidy(saga):
    svg = drawn(saga, direction="LR")
    assert crossings(svg) == []
    assert overlaps(svg) == []


def test_the_legend_draws_every_shape_and_every_arrow():
    drawn = samples()
    assert [words for _, words in drawn["shapes"]] == list(NODE_WORDS.values())
    assert [words for _, words in drawn["edges"]] == list(EDGE_WORDS.values())
    for kind, (svg, _) in zip(NODE_WORDS, drawn["shapes"], strict=True):
        assert f"sf-node sf-{kind}" in svg
    for kind, (svg, _) in zip(EDGE_WORDS, drawn["edges"], strict=True):
        assert f"sf-{kind}-edge" in svg

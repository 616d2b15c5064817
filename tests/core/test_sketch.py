"""Definitions that are being written: what can be read of them is there, whatever is wrong with the rest."""

import pytest
from hypothesis import given

from sagaflow.core.definition.document import dump
from sagaflow.core.definition.sketch import EMPTY, sketch
from tests.core.strategies import sagas

STEP = {"name": "a", "action": "s.a"}


def names(saga):
    return {segment.name: [step.name for step in segment.steps] for segment in saga.segments}


def segment(name, *steps):
    return {"name": name, "style": "orchestrated", "steps": list(steps)}


@given(sagas())
def test_a_definition_without_faults_is_read_as_it_is(saga):
    assert dump(sketch(dump(saga))) == dump(saga)


@pytest.mark.parametrize("document", [None, [], "text", {}, {"segments": 5}])
def test_what_is_no_definition_is_an_empty_one(document):
    found = sketch(document)
    assert (found.name, found.segments) == ("saga", ())
    assert sketch(document, name="order").name == "order"


def test_the_name_of_the_document_counts():
    assert sketch({"name": "trip"}, name="order").name == "trip"


def test_an_empty_segment_has_a_step_that_asks_for_one():
    found = sketch({"segments": [segment("first"), segment("second", STEP)]})
    assert names(found) == {"first": [f"{EMPTY}first"], "second": ["a"]}
    assert found.segments[0].steps[0].title == "Empty: add a step"


def test_of_two_elements_with_one_name_the_first_stays():
    other = {"name": "b", "action": "s.b"}
    again = STEP | {"action": "s.again"}
    document = {"segments": [segment("x", STEP), segment("y", again, other), segment("x", other), segment("z")]}
    found = sketch(document)
    assert names(found) == {"x": ["a"], "y": ["b"], "z": [f"{EMPTY}z"]}
    assert found.steps["a"].service == "s"
    assert found.steps["a"].does.verb == "a"

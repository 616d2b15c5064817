"""The data that an input can be filled with: what is there before the step, with types, examples and doubts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.canvas.draft import Draft
from designer.canvas.inspector import inspector
from designer.canvas.operations import apply, read
from designer.canvas.pointing import Source, Target, sources, targets
from sagaflow import Saga, Step, SubSaga, orchestrated, pick, where
from sagaflow.core.definition import document as documents
from sagaflow.core.definition.document import dump
from sagaflow.core.definition.sketch import sketch
from sagaflow.core.lint import Known
from tests.core.strategies import sagas

pytestmark = pytest.mark.quick

SCHEMA = {
    "type": "object",
    "properties": {
        "total": {"type": "number"},
        "card": {"type": "object", "properties": {"no": {"type": "string"}}},
        "a/b": {"examples": ["x" * 99]},
    },
    "required": ["total"],
    "examples": [{"total": 12.5, "card": {"no": "4111"}}],
}
TRIP = dump(
    Saga(
        "trip",
        orchestrated(
            "main",
            Step("ask", "desk.ask", outputs=("to", "seat")),
            Step("hotel", "hotel.book", condition=where("/input/total", "gt", 1), undo="hotel.cancel"),
            Step("sub", SubSaga("below")),
            Step("pay", "payment.take", undo="payment.refund"),
        ),
        input_schema=SCHEMA,
        sensitive=("card",),
    )
)
TAKES = {"properties": {"note": {}, "amount": {"type": ["integer", "null"]}}, "required": ["amount"]}
GIVES = {"properties": {"room": {"type": "string", "examples": ["12b"]}}}
BELOW = Saga("below", orchestrated("main", Step("one", "a.b"), Step("two", "a.b")))
MEANT = "For the data of this name, type /input/total or choose it below."
KNOWN = Known(children={"below": BELOW}, schemas={"payment.take": (TAKES, GIVES), "hotel.book": (None, GIVES)})


def found(step, **options):
    return {source.pointer: source for source in sources(sketch(TRIP), step, KNOWN, **options)}


def test_everything_that_is_there_before_a_step_can_fill_its_input():
    assert list(found("pay")) == [
        "/input/total",
        "/input/card",
        "/input/card/no",
        "/input/a~1b",
        "/steps/ask/to",
        "/steps/ask/seat",
        "/steps/hotel/room",
        "/steps/sub/one",
        "/steps/sub/two",
    ]
    assert list(found("ask")) == ["/input/total", "/input/card", "/input/card/no", "/input/a~1b"]
    assert "/steps/pay/room" in found("pay", undo=True)
    assert sources(sketch(TRIP), "gone", KNOWN) == ()


def test_a_value_has_its_type_an_example_and_the_case_in_which_it_is_missing():
    values = found("pay")
    assert values["/input/total"] == Source("/input/total", "total", "", "number", "", "12.5")
    assert values["/steps/hotel/room"] == Source(
        "/steps/hotel/room", "room", "hotel", "string", "'hotel' is skipped by its condition", '"12b"'
    )
    assert values["/input/card"].missing == "the input has no 'card'"
    assert values["/input/a~1b"].example == f'"{"x" * 58}…'


def test_no_example_shows_a_sensitive_value():
    assert "4111" not in str(sources(sketch(TRIP), "pay", KNOWN))


def test_the_fields_that_are_required_come_first():
    assert targets(sketch(TRIP), "pay", KNOWN) == (Target("amount", "integer or null", True), Target("note"))
    assert targets(sketch(TRIP), "ask", KNOWN) == targets(sketch(TRIP), "gone", KNOWN) == ()


@pytest.mark.parametrize("schema", [{"properties": 5}, {"type": "object", "required": 5}, {"properties": {"a": 7}}])
def test_an_input_schema_that_is_not_one_yet_offers_nothing(schema):
    assert sources(sketch(TRIP | {"input_schema": schema}), "ask", KNOWN) == ()


@given(st.data(), sagas(with_ornaments=True, with_mappings=True))
def test_whatever_is_offered_makes_a_valid_definition(data, saga):
    document = dump(saga)
    name = data.draw(st.sampled_from(sorted(Draft(document).names())))
    segment, _ = Draft(document).home(name)
    path = f"segments/{segment['name']}/steps/{name}"
    value = {source.name: {"from": source.pointer} for source in sources(sketch(document), name, KNOWN)}
    operation = read({"kind": "set-field", "element": path, "field": "input", "value": value})
    assert not documents.problems(apply(document, operation).document)


def test_the_form_of_a_step_has_a_mapping_for_it_and_one_for_its_undo():
    form = inspector(TRIP, "segments/main/steps/pay", known=KNOWN)
    [step] = [field for group in form.groups for field in group.fields if field.key == "input"]
    assert (step.control, step.operation, step.value) == ("mapping", "set-field", "")
    assert '"required": true' in step.samples
    semantic = apply(
        TRIP,
        read({"kind": "set-field", "element": "segments/main/steps/pay", "field": "undo",
              "value": {"compensate": "payment.refund", "input": {"id": {"from": "/steps/pay/room"}}}}),
    ).document  # fmt: skip
    form = inspector(semantic, "segments/main/steps/pay", known=KNOWN)
    [undo] = [field for group in form.groups for field in group.fields if field.key == "undo.input"]
    assert "/steps/pay/room" in undo.value
    assert undo.operation == "set-undo"


def test_without_an_input_schema_the_input_of_the_run_has_the_fields_that_any_step_uses():
    steps = (
        Step("ask", "desk.ask", input={"to": pick("/input/traveller/name")}),
        Step("pay", "payment.take", condition=where("/input/total", "gt", 1)),
    )
    there = sources(sketch(dump(Saga("trip", orchestrated("main", *steps)))), "ask", KNOWN)
    assert [(each.pointer, each.type, each.missing) for each in there] == [
        ("/input/amount", "integer or null", ""),
        ("/input/traveller", "object", ""),
        ("/input/total", "", ""),
    ]


@pytest.mark.parametrize(
    ("given", "notes"),
    [
        ({"from": "/input/card/no"}, [["given", "The input “card / no” of the run."],
            ["", "Left out when the input has no 'card'."], ["error", "It is string, and integer or null is wanted."]]),
        ({"from": "/steps/ask/to"}, [["given", "The output “to” of “ask”."]]),
        ({"value": "12"}, [["constant", "The text “12”, the same in every run."]]),
        ({"value": 12}, [["constant", "The value 12, the same in every run."]]),
        ({"value": "input.total"}, [["constant", "The text “input.total”, the same in every run. " + MEANT]]),
        ({"value": None}, None),
        (7, None),
    ],
)  # fmt: skip
def test_below_a_field_stands_whether_it_gets_data_of_the_run_or_the_same_text_in_every_run(given, notes):
    path = "segments/main/steps/pay"
    edited = apply(TRIP, read({"kind": "set-field", "element": path, "field": "input", "value": {"amount": given}}))
    form = inspector(edited.document, path, known=KNOWN)
    [field] = [field for group in form.groups for field in group.fields if field.key == "input"]
    assert json.loads(field.samples)["notes"].get("amount") == notes

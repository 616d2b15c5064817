"""The contract as AsyncAPI 3.0: it fits the schema of that format, and an event of a run fits the contract."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft7Validator, Draft202012Validator

from sagaflow.core.codec import encode
from sagaflow.core.contracts import describe
from sagaflow.core.contracts.asyncapi import payloads
from sagaflow.core.definition.saga import Saga, Step, WaitForEvent, choreographed, orchestrated
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.lint import Known
from tests.core.strategies import sagas
from tests.core.thoroughness import examples

FORMAT = Draft7Validator(json.loads((Path(__file__).parent / "asyncapi/3.0.0.json").read_text()))
PAYMENT = {"type": "object", "properties": {"id": {"$ref": "#/$defs/id"}}, "$defs": {"id": {"type": "string"}}}
SHOP = Saga(
    "shop",
    choreographed("main", Step("pay", "s.pay", undo="s.refund", emits="Paid"), Step("wait", WaitForEvent("Sent"))),
    title="A shop",
)
KNOWN = Known(schemas={"s.pay": (None, PAYMENT), "s.refund": (None, PAYMENT)})


def faults(document: object) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in FORMAT.iter_errors(document)]


def payload(document: Any, event: str) -> Draft202012Validator:
    """Return what compares an event with its message in the document."""
    return Draft202012Validator(
        {**document["components"]["messages"][event]["payload"], "components": document["components"]}
    )


@given(sagas())
@examples(100)
def test_the_document_of_any_saga_fits_the_format(saga):
    document = encode(describe(saga, Known()))
    assert faults(document) == []
    for operation in document["operations"].values():
        name = operation["channel"]["$ref"].removeprefix("#/channels/")
        assert operation["messages"] == [{"$ref": f"#/channels/{name}/messages/{name}"}]
        assert document["channels"][name]["messages"] == {name: {"$ref": f"#/components/messages/{name}"}}
        assert document["components"]["messages"][name]["payload"]["properties"]["data"] == {
            "$ref": f"#/components/schemas/{name}"
        }


def test_the_format_is_compared():
    document = describe(SHOP, KNOWN)
    assert faults(document) == []
    assert faults(document | {"asyncapi": "2.6.0"})
    assert faults(document | {"channels": {"Paid": {"address": 5}}})
    assert faults(document | {"operations": {"sendPaid": {"action": "shout", "channel": {"$ref": "#/channels/Paid"}}}})


EVENT = {
    "specversion": "1.0",
    "id": "7:12",
    "source": "/sagaflow/shop/pay",
    "type": "Paid",
    "subject": "7",
    "time": "2026-03-01T09:30:00.000+00:00",
    "correlationid": "7",
    "causationid": "7:11",
    "datacontenttype": "application/json",
    "data": {"id": "pay-1"},
}


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({}, True),
        ({"data": {"id": 1}}, False),
        ({"type": "Sent"}, False),
        ({"runkey": "o-1"}, True),
        ({"id": 5}, False),
    ],
)
def test_an_event_is_compared_with_its_message_also_where_the_schema_refers_to_itself(change, fits):
    document = describe(SHOP, KNOWN)
    assert payload(document, "Paid").is_valid(EVENT | change) is fits


def test_an_undo_is_compared_with_either_form():
    message = payload(describe(SHOP, KNOWN), "PayCompensated")
    undone = EVENT | {"type": "PayCompensated"}
    for data, fits in (({"id": "p"}, True), ({"nothing_to_undo": "it took no effect"}, True), (7, False)):
        assert message.is_valid(undone | {"data": data}) is fits


def test_what_is_heard_is_received_and_needs_less():
    document = describe(SHOP, KNOWN)
    assert document["operations"]["receiveSent"]["action"] == "receive"
    heard = payload(document, "Sent")
    assert heard.is_valid({"specversion": "1.0", "id": "1", "source": "/bank", "type": "Sent"})
    assert not heard.is_valid({"specversion": "1.0", "id": "1", "type": "Sent"})


def test_an_event_that_is_heard_and_published_has_two_messages():
    step = Step("wait", WaitForEvent("Paid"), fails_as={"late": "NotPaid"})
    document = describe(Saga("shop", orchestrated("main", step)), Known())
    names = {name for name in document["channels"] if "NotPaid" in name}
    assert names == {"NotPaid", "NotPaidFromOutside"}
    assert faults(document) == []
    assert document["components"]["messages"]["NotPaidFromOutside"]["name"] == "NotPaid"


def test_the_schemas_of_a_document_are_found_by_what_is_done_with_the_event_and_by_its_name():
    document = encode(describe(SHOP, KNOWN))
    schemas = document["components"]["schemas"]
    sends, receives = payloads(document)["send"], payloads(document)["receive"]
    assert sends["Paid"] == schemas["Paid"]
    assert receives == {"Sent": schemas["Sent"]}


@pytest.mark.parametrize(
    "other", [None, [], {}, {"components": []}, {"operations": []}, {"operations": {"a": {}}}, {"operations": {"a": 1}}]
)
def test_another_document_is_refused(other):
    if isinstance(other, dict) and "operations" in other:
        other = encode(describe(SHOP, KNOWN)) | other
    with pytest.raises(InvalidPayload, match="not an AsyncAPI 3 document of `sagaflow asyncapi`"):
        payloads(other)


def test_the_address_of_an_event_is_that_of_the_broker():
    document = describe(SHOP, KNOWN, lambda event: f"sagaflow.shop.{event}")
    assert document["channels"]["Paid"]["address"] == "sagaflow.shop.Paid"
    assert document["channels"]["Sent"]["address"] is None
    assert document["info"] == {
        "title": "A shop",
        "version": SHOP.digest[:12],
        "description": "The events of the saga 'shop', as CloudEvents 1.0.",
    }


@pytest.mark.parametrize(
    ("schema", "placed"),
    [
        ({"$ref": "#"}, {"$ref": "#/components/schemas/Paid"}),
        ({"$ref": "#/$defs/a~1b"}, {"$ref": "#/components/schemas/Paid/$defs/a~1b"}),
        ({"$ref": "#name"}, {"$ref": "#name"}),
        (
            {"$ref": "https://json-schema.org/draft/2020-12/schema"},
            {"$ref": "https://json-schema.org/draft/2020-12/schema"},
        ),
        ({"const": {"$ref": "#/a"}}, {"const": {"$ref": "#/a"}}),
        (
            {"properties": {"const": {"$ref": "#/a"}, "$ref": {"allOf": [{"$ref": "#/a"}]}}},
            {
                "properties": {
                    "const": {"$ref": "#/components/schemas/Paid/a"},
                    "$ref": {"allOf": [{"$ref": "#/components/schemas/Paid/a"}]},
                }
            },
        ),
        (
            {"properties": {"properties": {"$ref": "#/a"}}},
            {"properties": {"properties": {"$ref": "#/components/schemas/Paid/a"}}},
        ),
        ({"$id": "https://shop.example/a", "$ref": "#/a"}, {"$id": "https://shop.example/a", "$ref": "#/a"}),
    ],
)
def test_what_a_schema_refers_to_has_its_place_in_the_document(schema, placed):
    document = describe(SHOP, Known(schemas={"s.pay": (None, schema)}))
    assert document["components"]["schemas"]["Paid"] == placed
    outputs = document["components"]["schemas"]["SagaCompleted"]["properties"]["pay"]["anyOf"][0]
    place = "#/components/schemas/SagaCompleted/properties/pay/anyOf/0"
    assert outputs == json.loads(json.dumps(placed).replace("#/components/schemas/Paid", place))

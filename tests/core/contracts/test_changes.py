"""A change of a contract is breaking for the other systems, or compatible, or cannot be told."""

import json

import pytest

from sagaflow.core.contracts import Effect, changes, describe
from sagaflow.core.definition.saga import Saga, Step, WaitForEvent, choreographed, orchestrated
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.lint import Known

pytestmark = pytest.mark.quick

TEXT, NUMBER = {"type": "string"}, {"type": "number"}
BREAKING, UNKNOWN, COMPATIBLE = Effect


def pays(schema):
    return Known(schemas={"s.pay": (None, schema)})


def paid(**properties):
    return {"type": "object", "properties": properties, "required": list(properties)}


SHOP = Saga("shop", orchestrated("main", Step("pay", "s.pay", emits="Paid")))


def told(old, new, known=None, before=None):
    known = known or Known()
    found = changes(describe(old, before or known), describe(new, known))
    return [(change.effect, f"{change.event} {change.message}") for change in found if change.event != "SagaCompleted"]


def test_the_same_version_changes_nothing():
    document = describe(SHOP, pays(paid(id=TEXT)))
    assert changes(document, json.loads(json.dumps(document))) == ()


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"asyncapi": "2.6.0"},
        {"asyncapi": 3},
        {"asyncapi": "3.0.0", "operations": [], "components": {}},
        {"openapi": "3.1.0"},
    ],
)
def test_another_document_is_refused(document):
    for pair in ((document, describe(SHOP, Known())), (describe(SHOP, Known()), document)):
        with pytest.raises(InvalidPayload, match="not an AsyncAPI 3 document"):
            changes(*pair)


SAME = "has another schema, which everything that fitted still fits"
CLOSED = {"additionalProperties": False}


@pytest.mark.parametrize(
    ("old", "new", "effect", "message"),
    [
        (paid(id=TEXT), paid(id=TEXT, at=TEXT), COMPATIBLE, SAME),
        (NUMBER, {"type": "integer"}, COMPATIBLE, SAME),
        (paid(id=TEXT, at=TEXT), paid(id=TEXT), BREAKING, "may lack the field /at"),
        (paid(id=TEXT), paid(id={}), BREAKING, "may have another type as the field /id, which was never so"),
        (
            paid(id={"enum": [1]}),
            paid(id={"enum": [1, 2]}),
            BREAKING,
            "may have other values as the field /id than before",
        ),
        (
            paid(id=TEXT) | CLOSED,
            paid(id=TEXT, at=TEXT) | CLOSED,
            BREAKING,
            "may have the field /at, which was not allowed before",
        ),
        (
            paid(id=TEXT | {"format": "uuid"}),
            paid(id=TEXT),
            UNKNOWN,
            "differs in 'format' of the field /id, which is not compared; look at both schemas",
        ),
        (TEXT, NUMBER, BREAKING, "may have number as the payload, which was never so"),
        ({"const": 1}, {"const": True}, BREAKING, "may have boolean as the payload, which was never so"),
    ],
)
def test_a_payload_that_is_published_loses_nothing_and_says_nothing_else(old, new, effect, message):
    assert told(SHOP, SHOP, pays(new), pays(old))[0] == (effect, f"Paid {message}")


def test_an_event_that_is_gone_breaks_and_a_new_one_does_not():
    renamed = Saga("shop", orchestrated("main", Step("pay", "s.pay", emits="PaymentTaken")))
    assert told(SHOP, renamed) == [(BREAKING, "Paid is not published any more"), (COMPATIBLE, "PaymentTaken is new")]


def waits(*events, pointer="/id", style=orchestrated):
    steps = [Step(f"wait_{number}", WaitForEvent(event, service="bank")) for number, event in enumerate(events)]
    return Saga("shop", style("main", *steps), correlate={"*": pointer})


def test_what_other_systems_have_to_send_now_breaks():
    assert told(waits("Sent"), waits("Sent", "Signed"))[0] == (
        BREAKING,
        "Signed is waited for, and no system sends it yet",
    )
    assert (COMPATIBLE, "Signed is not heard any more") in told(waits("Sent", "Signed"), waits("Sent"))
    assert told(waits("Sent"), waits("Sent", pointer="/order")) == [(BREAKING, "Sent must have the field /order")]


def test_the_input_of_a_saga_that_an_event_starts_is_what_that_event_must_have():
    def started_by(schema):
        return Saga(
            "shop",
            SHOP.segments,
            starts_on="Ordered",
            correlate={"Ordered": "/id"},
            input_schema=paid(id=TEXT) | schema,
        )

    old = started_by({})
    assert told(old, started_by({"required": ["id", "at"]})) == [(BREAKING, "Ordered must have the field /at")]
    assert told(old, started_by({"additionalProperties": False})) == [
        (BREAKING, "Ordered cannot have other fields in the payload any more")
    ]


def test_a_segment_that_changes_its_style_publishes_more():
    changed = Saga("shop", choreographed("main", Step("pay", "s.pay", emits="Paid")))
    assert {effect for effect, _ in told(SHOP, changed)} == {COMPATIBLE}
    assert BREAKING in {effect for effect, _ in told(changed, SHOP)}

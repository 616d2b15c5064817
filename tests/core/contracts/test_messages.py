"""The contract names every event that a run publishes or hears, and says of each payload what it is."""

from contextlib import suppress

from hypothesis import given, note
from hypothesis import strategies as st

from sagaflow.core.codec import encode
from sagaflow.core.contracts import Message, heard, published
from sagaflow.core.contracts.messages import FAILURE, NOTHING_TO_UNDO
from sagaflow.core.definition.condition import where
from sagaflow.core.definition.saga import (
    Approval,
    Observer,
    Saga,
    Step,
    Style,
    WaitForEvent,
    choreographed,
    irreversible,
    orchestrated,
)
from sagaflow.core.errors import Refused
from sagaflow.core.lint import Known
from sagaflow.core.run import reports
from sagaflow.core.run.commands import PublishEvent
from sagaflow.core.schemas.json_schema import violations
from tests.core.strategies import restyle, saga_and_script
from tests.core.test_laws import asked
from tests.core.thoroughness import examples
from tests.core.world import World

PAYMENT = {"type": "object", "properties": {"payment": {"type": "string"}}, "required": ["payment"]}
OR_SKIPPED = {"anyOf": [PAYMENT, {"type": "null"}]}
REFUND = {"type": "object", "required": ["refund"]}
KNOWN = Known(schemas={"s.pay": (None, PAYMENT), "s.refund": (None, REFUND)})


class Declared(Known):
    """Every action has declared the output that the participants of the world give."""

    def of(self, action):
        return None, {"const": {"ok": True}} if action else None


@given(saga_and_script(), st.integers(0, 2**32), st.sampled_from([None, *Style]), st.booleans())
@examples(300)
def test_a_run_publishes_and_hears_nothing_else_and_each_payload_fits(pair, seed, style, asks):
    saga, script = pair
    saga = restyle(saga, style) if style else saga
    note(f"seed {seed}, script {script}")
    world = World(saga, script, seed)
    world.shake(20)
    with suppress(Refused):  # the run has ended, or is past its pivot
        if asks:
            world.report(asked("roll_back", None))
    world.shake(20)
    world.settle()
    sent = {message.event: message.payload for message in published(saga, Declared())}
    for command in world.commands:
        if isinstance(command, PublishEvent):
            assert violations(sent[command.event], encode(command.payload)) == [], command.payload
    taken = {entry.fact.event for entry in world.entries if isinstance(entry.fact, reports.EventReceived)}
    assert taken <= {message.event for message in heard(saga)}


def of(saga):
    return {message.event: message for message in published(saga, KNOWN)}


def test_a_payload_is_the_output_that_the_action_declares():
    events = of(Saga("shop", choreographed("main", Step("pay", "s.pay", undo="s.refund", emits="Paid"))))
    assert events["Paid"] == Message("Paid", "Step 'pay' is done.", PAYMENT)
    assert events["PayCompensated"].payload == {"anyOf": [REFUND, NOTHING_TO_UNDO]}
    assert events["PayFailed"].payload == FAILURE
    assert events["MainStarted"].payload == {"type": "null"}
    assert events["SagaCompleted"].payload["properties"] == {"pay": OR_SKIPPED}
    assert {"SagaMissing", "SagaRollingBack"} <= set(events)


def test_the_outputs_of_a_run_are_masked_and_those_of_its_steps_are_not():
    steps = (Step("pay", "s.pay", undo="s.refund"), Step("pack", "s.pack"))
    plain, masked = (of(Saga("shop", choreographed("main", *steps), sensitive=names)) for names in ((), ("payment",)))
    assert plain["SagaCompleted"].payload["properties"] == {"pay": OR_SKIPPED}
    assert masked["SagaCompleted"].payload["properties"] == {}
    assert plain["PayCompleted"] == masked["PayCompleted"]
    assert plain["PayCompensated"] == masked["PayCompensated"]


def test_an_orchestrated_step_publishes_only_what_is_asked_for():
    step = Step("pay", "s.pay", undo="s.refund", fails_as={"declined": "PaymentDeclined"})
    plain = of(Saga("shop", orchestrated("main", step)))
    of_step = [event for event in plain if "Saga" not in event]
    assert of_step == ["MainStarted", "PaymentDeclined"]
    assert plain["PaymentDeclined"].payload["properties"]["code"] == {"const": "declined"}
    assert not {"SagaMissing", "SagaRollingBack"} & set(plain)
    watched = Observer("watch", "w.tell", on=("PayCompleted", "PayFailed", "PayCompensated"))
    heard_of = of(Saga("shop", orchestrated("main", step), observers=(watched,)))
    assert {"PayCompleted", "PayFailed", "PayCompensated"} <= set(heard_of)


def test_a_choreographed_step_that_comes_before_hears_of_every_undo():
    saga = Saga(
        "shop",
        (
            choreographed("first", Step("hold", "s.hold", undo=irreversible("sold"))),
            orchestrated("then", Step("pay", "s.pay", undo="s.refund")),
        ),
        sensitive=("refund",),
    )
    assert of(saga)["PayCompensated"].payload == {}, "it is masked"
    assert "PayFailed" in of(saga)


def test_two_steps_with_one_failure_event_share_a_message():
    steps = (
        Step("pay", "s.pay", fails_as={"declined": "Refused"}),
        Step("pack", "s.pack", fails_as={"empty": "Refused"}),
    )
    message = of(Saga("shop", orchestrated("main", *steps)))["Refused"]
    assert [part["properties"]["code"] for part in message.payload["anyOf"]] == [
        {"const": "declined"},
        {"const": "empty"},
    ]
    assert message.about == "Step 'pay' failed with 'declined'. Step 'pack' failed with 'empty'."


def test_decisions_and_reminders_say_who_and_when():
    events = of(Saga("shop", choreographed("main", Step("ask", Approval("team", remind_after=60)))))
    assert events["AskCompleted"].payload["required"] == ["approved_by", "reason"]
    assert events["SagaReminded"].payload["required"] == ["group", "to", "after"]


def test_an_event_from_outside_has_the_key_where_the_definition_says():
    saga = Saga(
        "shop",
        orchestrated("main", Step("wait", WaitForEvent("Paid", service="bank"), fails_as={"late": "NotPaid"})),
        correlate={"Paid": "/order/id", "*": "/id"},
        starts_on="Ordered",
        input_schema={"type": "object", "required": ["id"]},
        search={"order": "/id"},
    )
    started, failed, paid = heard(saga)
    assert (started.event, started.payload) == ("Ordered", {"type": "object", "required": ["id"]})
    assert (failed.event, failed.about) == ("NotPaid", "It counts for step 'wait'.")
    assert paid.payload == {
        "type": "object",
        "properties": {"order": {"type": "object", "properties": {"id": {}}, "required": ["id"]}},
        "required": ["order"],
    }


def test_a_saga_that_hears_nothing_says_so():
    assert heard(Saga("shop", orchestrated("main", Step("pay", "s.pay", condition=where("/input/now"))))) == ()

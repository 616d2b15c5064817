"""Definitions as documents: a round trip changes nothing, equal ones have one digest, and all faults are listed."""

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sagaflow import (
    AfterRollback,
    Approval,
    Call,
    CompensateOn,
    Compensation,
    Condition,
    InvalidDefinition,
    Observer,
    OnExhausted,
    OnUndoFailure,
    Recovery,
    RetryPolicy,
    RollBackChild,
    Saga,
    Segment,
    Step,
    SubSaga,
    Timer,
    WaitForEvent,
    choreographed,
    every,
    irreversible,
    nothing,
    orchestrated,
    pick,
    semantic,
    some,
    where,
)
from sagaflow.core.definition.document import digest, dump, load, problems, restore, schema
from sagaflow.core.definition.parts import UncheckedSaga
from tests.core.strategies import sagas

VALIDATOR = Draft202012Validator(schema())
ANY = sagas(kinds=("call", "event", "timer", "approval", "saga"), with_timeouts=True, with_ornaments=True)

A_OR_B = where("/input/y", "in", ["a", "b"])

FULL = Saga(
    "order",
    (
        choreographed(
            "sale",
            Step("place", "order.place", undo="order.cancel", emits="OrderPlaced", outputs=("id",), timeout=2.5),
            Step(
                "pay",
                "payment.take",
                title="Take the payment",
                undo=Compensation(
                    does=Call("payment.refund"),
                    needs=("/id",),
                    emits="PaymentRefunded",
                    reason="fees stay",
                    input={"payment": pick("/steps/pay/id")},
                ),
                input={"amount": pick("/input/total"), "order": pick("/steps/place/id", None), "currency": "EUR"},
                fails_when={"declined": where("/output/status", "eq", "declined")},
                on="OrderPlaced",
                fails_as={"insufficient_funds": "PaymentRefused"},
                retry=RetryPolicy(attempts=3, total=60.0),
                undo_retry=RetryPolicy(attempts=99, delay=2.0, max_delay=9.0, factor=3.0, jitter=0.5),
                compensate_on=CompensateOn.ATTEMPTED,
                on_exhausted=OnExhausted.ROLL_BACK,
                on_undo_failure=OnUndoFailure.CONTINUE,
            ),
            Step("mail", "mail.send", undo=semantic("mail.sorry", "it was read"), after=()),
            team="sales",
            title="The sale",
            coordinator="Sales desk",
        ),
        orchestrated(
            "goods",
            Step("check", "stock.check", undo=nothing("a pure check"), condition=every(where("/input/n", "gt", 100.0))),
            Step(
                "wait", WaitForEvent("StockCounted", "stock"), undo=Compensation(does=WaitForEvent("StockFreed", "w"))
            ),
            Step("cool", Timer(60.0)),
            Step("ask", Approval("managers"), condition=some(where("/input/x"), Condition("not", parts=(A_OR_B,)))),
            Step("ship", SubSaga("shipping"), undo=Compensation(does=RollBackChild()), pivot=True),
            Step("print", "office.print", undo=irreversible("paper is paper"), outputs=()),
            after=("sale",),
            savepoint=True,
            recovery=Recovery.FORWARD,
            forward_attempts=2,
        ),
    ),
    title="Order",
    input_schema={"type": "object"},
    search={"customer": "/customer"},
    sensitive=("card",),
    deadline=3600.0,
    after_rollback=AfterRollback(2, 30.0),
    observers=(Observer("recommend", "shop.recommend", ("OrderPlaced",)),),
)


@given(ANY)
def test_a_document_is_read_back_as_the_same_saga(saga):
    assert load(dump(saga)) == saga
    assert load(json.loads(json.dumps(dump(saga)))) == saga


@given(ANY)
def test_every_document_fits_the_schema(saga):
    VALIDATOR.validate(dump(saga))
    assert problems(dump(saga)) == ()


def test_a_saga_that_uses_everything_survives():
    assert load(dump(FULL)) == FULL
    VALIDATOR.validate(dump(FULL))


@pytest.mark.parametrize("part", [Segment, Step, RetryPolicy])
def test_the_saga_that_uses_everything_gives_each_field_a_value_of_its_own(part):
    segments, steps = FULL.segments, FULL.steps.values()
    parts = [*segments, *steps, *(step.retry for step in steps), *(step.undo_retry for step in steps)]
    usual = {field.name: field.default for field in fields(part)}
    changed = {
        name for one in parts if isinstance(one, part) for name, value in usual.items() if getattr(one, name) != value
    }
    assert changed == set(usual)


def test_the_schema_is_a_valid_one_and_nobody_can_change_it():
    Draft202012Validator.check_schema(schema())
    schema()["properties"].clear()
    assert "segments" in schema()["properties"]


def test_a_document_is_small_and_readable():
    saga = Saga(
        "order", (orchestrated("main", Step("pay", "payment.take", undo="payment.refund"), Step("ship", Timer(60.0))),)
    )
    assert json.dumps(dump(saga)) == (
        '{"name": "order", "segments": [{"name": "main", "style": "orchestrated", "steps": ['
        '{"name": "pay", "action": "payment.take", "undo": "payment.refund"}, {"name": "ship", "timer": 60}]}]}'
    )


def test_each_kind_of_work_and_undo_has_one_form():
    sale, goods = dump(FULL)["segments"]
    place, pay, mail = sale["steps"]
    check, wait, cool, ask, ship, printed = goods["steps"]
    assert place["timeout"] == 2.5
    assert pay["undo"] == {
        "compensate": "payment.refund", "reason": "fees stay", "needs": ["/id"], "emits": "PaymentRefunded",
        "input": {"payment": {"from": "/steps/pay/id"}},
    }  # fmt: skip
    assert pay["retry"] == {"attempts": 3, "total": 60}
    assert mail["undo"] == {"semantic": "mail.sorry", "reason": "it was read"}
    assert mail["after"] == []
    assert check["undo"] == {"nothing": "a pure check"}
    assert check["condition"] == {"every": [{"gt": ["/input/n", 100]}]}
    assert (wait["event"], wait["service"]) == ("StockCounted", "stock")
    assert wait["undo"] == {"compensate": {"event": "StockFreed", "service": "w"}}
    assert cool["timer"] == 60
    assert ask["approval"] == "managers"
    assert ask["condition"] == {"some": [{"exists": "/input/x"}, {"not": {"in": ["/input/y", ["a", "b"]]}}]}
    assert (ship["saga"], ship["undo"]) == ("shipping", {"compensate": {"rollback": True}})
    assert printed["undo"] == {"irreversible": "paper is paper"}
    assert printed["outputs"] == []


@given(ANY, st.randoms(use_true_random=False))
def test_the_digest_knows_content_and_not_the_order_of_keys(saga, chance):
    shuffled = load(_shuffled(dump(saga), chance))
    assert digest(shuffled) == digest(saga) == saga.digest
    assert len(saga.digest) == 64


@given(ANY, ANY)
def test_two_sagas_have_one_digest_if_and_only_if_they_are_equal(one, other):
    assert (one.digest == other.digest) == (one == other)


def test_a_step_that_reacts_to_nothing_differs_from_one_that_does_not_say():
    silent, usual = (Saga("s", choreographed("m", Step("a", "s.a", on=on))) for on in ((), None))
    assert dump(silent)["segments"][0]["steps"][0]["on"] == []
    assert load(dump(silent)) == silent != usual


def test_whole_numbers_have_one_form():
    one, other = (Saga("s", orchestrated("m", Step("t", Timer(seconds)))) for seconds in (5, 5.0))
    assert one == other
    assert one.digest == other.digest


def test_the_digest_of_a_definition_never_changes():
    saga = Saga("order", (orchestrated("main", Step("pay", "payment.take", undo="payment.refund")),))
    assert saga.digest == "66c76ffea146f1635f38329ce14f52d75f35a0759ecf02421afa3d5f6bf77106"


def test_a_stored_document_is_read_though_its_schema_of_the_input_breaks_a_newer_rule():
    document = dump(FULL) | {"input_schema": {"type": "no type"}}
    with pytest.raises(InvalidDefinition):
        load(document)
    restored = restore(document)
    assert restored.input_schema == {"type": "no type"}
    assert restored.steps == FULL.steps


OLDER = {
    "a step that publishes the start of its segment": Step("open_order", "order.open", emits="OrderStarted"),
    "a step that publishes an event about runs": Step("open_order", "order.open", emits="SagaCompleted"),
    "a wait that fails with its own event": Step("hear", WaitForEvent("Paid"), fails_as={"unpaid": "Paid"}),
}


@pytest.mark.parametrize("step", OLDER.values(), ids=list(OLDER))
def test_a_stored_document_is_read_though_its_events_break_a_newer_rule(step):
    document = dump(UncheckedSaga("older", (orchestrated("order", step),)))
    with pytest.raises(InvalidDefinition, match="is also"):
        load(document)
    restored = restore(document)
    assert (restored.digest, restored.steps) == (digest(restored), {step.name: step})
    assert dump(restored) == document


def test_a_stored_document_of_a_later_version_is_not_read():
    with pytest.raises(InvalidDefinition, match="invented"):
        restore(dump(FULL) | {"invented": 1})


def test_a_stored_document_without_a_schema_of_the_input_has_none():
    document = {key: value for key, value in dump(FULL).items() if key != "input_schema"}
    assert restore(document) == load(document)


def _shuffled(value: Any, chance: Any) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: _shuffled(value[key], chance) for key in keys}
    return [_shuffled(item, chance) for item in value] if isinstance(value, list) else value

"""Definitions as values: the defaults that are derived from the other fields."""

import subprocess
import sys

import pytest

import sagaflow
from sagaflow import (
    Approval,
    Call,
    Compensation,
    InvalidDefinition,
    Observer,
    RollBackChild,
    Saga,
    Segment,
    Step,
    Style,
    SubSaga,
    Timer,
    Undo,
    WaitForEvent,
    choreographed,
    irreversible,
    nothing,
    orchestrated,
    retry_whole_run,
    semantic,
)
from sagaflow.core.definition.forms import document, properties

PAY = Step("take_payment", "payment.take", undo="payment.refund")


def test_a_text_is_a_call():
    assert PAY.does == Call("payment.take")
    assert PAY.undo == Compensation(does=Call("payment.refund"))


@pytest.mark.parametrize(
    ("step", "service", "undo_service"),
    [
        (PAY, "payment", "payment"),
        (Step("a", "mail.send", undo=semantic("letters.send")), "mail", "letters"),
        (Step("a", WaitForEvent("Paid")), "external", "external"),
        (Step("a", WaitForEvent("Paid", "bank"), undo="books.cancel"), "bank", "books"),
        (Step("a", Timer(1.0)), "", ""),
        (Step("a", Approval("bosses")), "", ""),
        (Step("a", SubSaga("child"), undo=Compensation(does=RollBackChild())), "", ""),
    ],
)
def test_the_action_names_the_service(step, service, undo_service):
    assert (step.service, step.undo_service) == (service, undo_service)


def test_a_compensation_has_an_input_of_its_own_only_if_it_says_so():
    mapped = Compensation(does=Call("a.b"), input={})
    steps = [Step("a", "s.a"), Step("a", "s.a", undo="a.b", input={}), Step("a", "s.a", undo=mapped)]
    assert [step.maps_undo for step in steps] == [False, False, True]


def test_an_observer_runs_in_the_service_of_its_action():
    assert Observer("o", "shop.recommend", on="Paid").service == "shop"


def test_the_way_from_a_save_point_is_tried_three_times_unless_the_segment_says_more():
    assert orchestrated("main", PAY).forward_attempts == 3
    assert properties(Segment)["forward_attempts"]["type"] == "integer"


def test_a_segment_without_steps_is_written_as_one():
    assert document(orchestrated("main"))["steps"] == []


def test_events_are_derived_from_the_name():
    assert PAY.done_event == "TakePaymentCompleted"
    assert PAY.failed_event("insufficient_funds") == "TakePaymentFailed"
    assert PAY.undone_event == "TakePaymentCompensated"
    assert orchestrated("goods-in.west", PAY).started_event == "GoodsInWestStarted"


def test_events_that_are_named_win():
    step = Step(
        "take_payment",
        "payment.take",
        undo=Compensation(does=Call("payment.refund"), emits="PaymentRefunded"),
        emits="PaymentTaken",
        fails_as={"insufficient_funds": "PaymentRefused"},
    )
    assert step.done_event == "PaymentTaken"
    assert step.failed_event("insufficient_funds") == "PaymentRefused"
    assert step.failed_event("another") == "TakePaymentFailed"
    assert step.undone_event == "PaymentRefunded"


def test_the_mark_is_one_word():
    one, other = orchestrated("main", PAY, team="pay"), choreographed("main", PAY, team="pay")
    assert (one.style, other.style) == (Style.ORCHESTRATED, Style.CHOREOGRAPHED)
    assert one.steps == other.steps


def test_a_single_name_or_segment_may_stand_alone():
    saga = Saga(
        "order",
        Segment(
            name="main", style=Style.ORCHESTRATED, steps=[PAY, Step("ship", "warehouse.ship", after="take_payment")]
        ),
        observers=[Observer("log", "audit.note", "TakePaymentCompleted")],
        sensitive="card",
    )
    assert saga.segments[0].steps[1].after == ("take_payment",)
    assert saga.observers[0].on == ("TakePaymentCompleted",)
    assert saga.sensitive == ("card",)
    assert list(saga.steps) == ["take_payment", "ship"]


@pytest.mark.parametrize(
    ("undo", "kind"),
    [
        (semantic("mail.sorry"), Undo.SEMANTIC),
        (irreversible("gone"), Undo.IRREVERSIBLE),
        (nothing("a check"), Undo.NOTHING),
    ],
)
def test_an_undo_says_what_undoing_means(undo, kind):
    assert undo.kind is kind


def test_a_whole_run_can_be_tried_again():
    assert (retry_whole_run(times=3, delay=60).retries, retry_whole_run(times=3, delay=60).delay) == (3, 60)


def test_a_definition_with_faults_cannot_be_constructed_and_names_all_of_them():
    with pytest.raises(InvalidDefinition) as error:
        Saga("an order", orchestrated("main", Step("pay", "pay"), Step("pay", "a.b", timeout=-1)), deadline=0)
    found = [(fault.element, fault.rule) for fault in error.value.faults]
    assert found == [
        ("saga", "name"),
        ("saga", "step-twice"),
        ("saga", "event-twice"),
        ("saga", "duration"),
        ("segments/main/steps/pay", "name"),
        ("segments/main/steps/pay", "duration"),
    ]
    assert all(str(fault) in str(error.value) for fault in error.value.faults)


def test_the_public_names_import_no_django():
    code = "import sys, sagaflow; sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_public_name_is_there():
    assert all(hasattr(sagaflow, name) for name in sagaflow.__all__)
    assert len(set(sagaflow.__all__)) == len(sagaflow.__all__)

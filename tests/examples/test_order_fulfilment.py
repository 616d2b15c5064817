"""S2: order fulfilment in its forms: it completes, it is refused early or late, an observer fails."""

from collections import Counter

import pytest
from django.db.models import F

from examples.streamtech.models import StockItem, TasteProfile
from sagaflow import Refused, engine, store
from sagaflow.core.run.facts import EventPublished, StepCommanded, StepScheduled
from sagaflow.store.runs import outbox
from sagaflow.testing import RunResult, drive, given, step_in
from tests.examples.streamtech import (
    ALIEN,
    ALL_FORMS,
    BEFORE,
    FORMS,
    FULFILLED,
    METROPOLIS,
    MIXED,
    NOT_ON_SHELF,
    PAID,
    REORDERED,
    accounts,
    business,
    stock,
    undone,
)

pytestmark = pytest.mark.django_db(databases=["default", "participant"])

STEPS = (
    "place_order",
    "reserve_stock",
    "take_payment",
    "award_points",
    "notify_customer",
    "package_order",
    "dispatch_order",
)


@ALL_FORMS
def test_an_order_is_fulfilled(form):
    run = given(form, ALIEN).run().is_("completed", attention="").undid()
    assert Counter(run.state.outputs().keys()) == Counter(STEPS)
    assert business() == FULFILLED
    run.published("OrderPlaced", "StockReserved", "PaymentTaken", "OrderPackaged", "OrderDispatched", "SagaCompleted")
    assert run.records == ()


@FORMS
def test_points_and_packaging_start_side_by_side_once_the_payment_is_taken(form):
    run = given(form, ALIEN).run()
    starts = {
        entry.fact.step: entry
        for entry in run.journal
        if isinstance(entry.fact, StepCommanded | StepScheduled) and entry.fact.step in STEPS[3:6]
    }
    assert {entry.at for entry in starts.values()} == {starts["package_order"].at}
    paid = next(entry for entry in run.journal if _publishes(entry.fact, "PaymentTaken"))
    first_done = next(entry.seq for entry in run.journal if _publishes(entry.fact, "PointsAwarded"))
    assert all(paid.seq < entry.seq < first_done for entry in starts.values())


def _publishes(fact, event):
    return isinstance(fact, EventPublished) and fact.event == event


@FORMS
def test_an_item_that_is_not_on_the_shelf_undoes_everything_in_reverse(form):
    run = given(form, METROPOLIS).run().is_("rolled_back").never_published("OrderPackaged")
    order_of_undo = undone(run)
    assert set(order_of_undo[:2]) == {"award_points", "notify_customer"}
    assert order_of_undo[2:] == ["take_payment", "reserve_stock", "place_order"]
    assert business() == NOT_ON_SHELF
    run.recorded(
        outcome="rolled_back",
        code="business-error",
        failed_step="package_order",
        kind="business",
        steps={
            "dispatch_order": "not started",
            "package_order": "nothing to undo",
            "award_points": "compensated",
            "notify_customer": "semantically undone",
            "take_payment": "compensated",
            "reserve_stock": "compensated",
            "place_order": "compensated",
        },
    )
    record = run.record()
    assert record["message"] == "package_order: 2 of metropolis should be on the shelf, and are not."
    assert sorted(record["summary"].split(", ")) == ["1 semantically undone", "4 compensated"]
    (notice,) = [row for row in record["steps"] if row["step"] == "notify_customer"]
    assert notice["reason"] == "an e-mail cannot be unsent; a cancellation notice follows it"


def test_in_the_choreographed_form_the_undo_travels_backwards_as_events():
    given("order-fulfilment-choreographed", METROPOLIS).run().published(
        "ItemNotOnShelf", "PointsRevoked", "PaymentRefunded", "StockReleased", "OrderCancelled", "SagaRolledBack"
    ).published("ItemNotOnShelf", "CancellationNoticeSent", "PaymentRefunded")


def test_with_points_last_the_same_failure_needs_one_compensation_less():
    first, reordered = (given(form, {**METROPOLIS, "order": form}).run() for form in (MIXED, REORDERED))
    assert (_compensations(first), _compensations(reordered)) == (5, 4)
    reordered.is_("rolled_back").recorded(steps={"award_points": "not started", "take_payment": "compensated"})


def _compensations(run: RunResult) -> int:
    return sum(step.undo_attempts for step in run.state.steps.values())


@FORMS
@pytest.mark.parametrize(
    ("order", "events", "compensated", "expected"),
    [
        (
            {**ALIEN, "quantity": 21},
            ("InsufficientStock", "OrderCancelled"),
            ("place_order",),
            {"Recommendation": [("ada", "alien")]},
        ),
        (
            {**ALIEN, "customer": "cleo"},
            ("PaymentRefused", "StockReleased", "OrderCancelled"),
            ("reserve_stock", "place_order"),
            {
                "Recommendation": [("cleo", "alien")],
                "StockMovement": [("alien", 2, "released", "S-1"), ("alien", 2, "reserved", "S-1")],
            },
        ),
    ],
    ids=["too little stock", "too little money"],
)
def test_an_early_refusal_undoes_what_little_there_is(form, order, events, compensated, expected):
    run = given(form, order).run().is_("rolled_back").undid(*compensated).published(*events, "SagaRolledBack")
    run.recorded(kind="business", summary=f"{len(compensated)} compensated", steps={"package_order": "not started"})
    cancelled = {"Order": [("S-1", "cancelled")], "OrderEntry": [("S-1", "cancelled"), ("S-1", "placed")]}
    assert business() == BEFORE | cancelled | expected


@FORMS
def test_an_order_number_that_is_taken_is_refused_and_leaves_the_first_order_alone(form):
    given(form, ALIEN).run().is_("completed")
    given(form, ALIEN).run().is_("rolled_back").undid().recorded(failed_step="place_order", summary="nothing to undo")
    assert business() == FULFILLED


@ALL_FORMS
def test_an_observer_that_fails_affects_nothing(form, clock):
    TasteProfile.objects.all().delete()
    run = given(form, ALIEN).run().is_("completed", attention="")
    assert business() == FULFILLED | {"Recommendation": []}
    (message,) = outbox.deliveries(run.run_id, "recommendation")
    assert (message.sent_at, message.error.split(":")[0]) == (None, "DoesNotExist")
    TasteProfile.objects.create(customer="ada")
    clock.advance(60)
    engine.wake(run.run_id)
    assert business() == FULFILLED


@FORMS
def test_what_is_in_the_books_is_restored_to_the_piece_when_many_orders_fail_and_succeed(form):
    StockItem.objects.filter(sku="metropolis").update(on_shelf=F("counted") - 1)
    orders = [{**METROPOLIS, "order": f"S-{number}", "quantity": number} for number in range(1, 6)]
    statuses = [given(form, order).run().state.status.value for order in orders]
    assert statuses == ["completed", "completed", *["rolled_back"] * 3]
    assert business()["StockItem"] == stock(metropolis=(2, 0, 1))["StockItem"]
    assert business()["GatewayAccount"] == accounts(ada=44_000)["GatewayAccount"]


@FORMS
def test_bad_input_starts_nothing(form):
    for wrong in ({**ALIEN, "quantity": 0}, {**ALIEN, "amount": "30"}, {"order": "S-1"}, {**ALIEN, "extra": 1}):
        with pytest.raises(Refused, match=form):
            engine.start(form, wrong)
    assert store.runs() == []


def test_a_run_can_be_looked_at_in_the_middle():
    run = given(MIXED, ALIEN).run(step_in("take_payment", "done")).is_("running").did(*STEPS[:3])
    assert business() == PAID | stock(alien=(20, 2, 20)) | {"StockMovement": [("alien", 2, "reserved", "S-1")]}
    drive(run.run_id)
    assert business() == FULFILLED

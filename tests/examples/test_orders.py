"""S5: an order with funds and an item, and S6: the events that say how it ended."""

import pytest

from examples.orders.conf import RESTOCK
from examples.orders.downstream import keep_news
from examples.orders.models import Account, FundsEntry, Item, ItemEntry, News, Order, OrderEntry
from sagaflow import TechnicalError, engine, store
from sagaflow.models import OutboxMessage
from sagaflow.processes import relay
from sagaflow.testing import drive, given, seen

pytestmark = pytest.mark.django_db(databases=["default", "participant"])

ORCHESTRATED, CHOREOGRAPHED = "place-order-orchestrated", "place-order-choreographed"
FORMS = pytest.mark.parametrize("form", [ORCHESTRATED, CHOREOGRAPHED])
GUITAR = {"order": "O-1", "customer": "ada", "item": "guitar", "quantity": 2, "amount": 30_000}
THEREMIN = {**GUITAR, "item": "theremin"}
BOUNCES = [TechnicalError("the bank is closed")] * 12
"""One error for each attempt of a compensation."""


def business() -> dict[str, object]:
    """Everything that the three services have in their tables, except the keys."""
    return {
        "orders": list(Order.objects.order_by("number").values_list("number", "status")),
        "accounts": list(Account.objects.order_by("customer").values_list("customer", "funds", "reserved")),
        "items": list(Item.objects.order_by("name").values_list("name", "available")),
        "order entries": list(OrderEntry.objects.order_by("pk").values_list("order", "what")),
        "funds entries": list(FundsEntry.objects.order_by("pk").values_list("customer", "amount", "what")),
        "item entries": list(ItemEntry.objects.order_by("pk").values_list("item", "quantity", "what")),
    }


BEFORE = {
    "orders": [],
    "accounts": [("ada", 100_000, 0), ("cleo", 100, 0)],
    "items": [("guitar", 10), ("theremin", 0)],
    "order entries": [],
    "funds entries": [],
    "item entries": [],
}


@FORMS
def test_an_order_that_finds_its_item_is_completed(form):
    given(form, GUITAR).run().is_("completed").did("create_order", "reserve_funds", "reserve_item").undid()
    assert business() == BEFORE | {
        "orders": [("O-1", "created")],
        "accounts": [("ada", 70_000, 30_000), ("cleo", 100, 0)],
        "items": [("guitar", 8), ("theremin", 0)],
        "order entries": [("O-1", "created")],
        "funds entries": [("ada", 30_000, "reserved")],
        "item entries": [("guitar", 2, "reserved")],
    }


@FORMS
def test_an_item_out_of_stock_cancels_funds_and_order(form):
    run = given(form, THEREMIN).run().is_("rolled_back").undid("reserve_funds", "create_order")
    run.recorded(
        code="business-error",
        failed_step="reserve_item",
        kind="business",
        summary="2 compensated",
        steps={"create_order": "compensated", "reserve_funds": "compensated", "reserve_item": "nothing to undo"},
    )
    assert run.record()["error"] == {
        "kind": "business",
        "code": "out_of_stock",
        "message": "There are fewer than 2 of theremin.",
    }
    run.published("OrderCreated", "PaymentReserved", "InventoryOutOfStock", "PaymentCanceled", "OrderCanceled")
    assert business() == BEFORE | {
        "orders": [("O-1", "cancelled")],
        "order entries": [("O-1", "created"), ("O-1", "cancelled")],
        "funds entries": [("ada", 30_000, "reserved"), ("ada", 30_000, "cancelled")],
    }


@FORMS
def test_a_customer_without_money_only_has_the_order_cancelled(form):
    run = given(form, {**GUITAR, "customer": "cleo"}).run().is_("rolled_back").undid("create_order")
    run.recorded(failed_step="reserve_funds", steps={"reserve_item": "not started", "create_order": "compensated"})
    assert business() == BEFORE | {
        "orders": [("O-1", "cancelled")],
        "order entries": [("O-1", "created"), ("O-1", "cancelled")],
    }


@FORMS
def test_a_number_that_is_taken_refuses_the_second_order_and_leaves_the_first(form):
    given(form, GUITAR).run().is_("completed")
    before = business()
    second = given(form, {**GUITAR, "quantity": 1}).run().is_("rolled_back").undid()
    second.recorded(failed_step="create_order", summary="nothing to undo")
    assert business() == before


@FORMS
@pytest.mark.parametrize(
    ("order", "event", "summary"),
    [(GUITAR, "SagaCompleted", ""), (THEREMIN, "SagaRolledBack", "2 compensated")],
)
def test_how_a_saga_ended_is_news_on_the_output_stream(form, order, event, summary):
    run = given(form, order).run()
    relay_all()
    assert list(News.objects.values_list("event", "run", "summary")) == [(event, run.run_id, summary)]


def test_news_that_come_twice_are_kept_once():
    run = given(ORCHESTRATED, GUITAR).run()
    OutboxMessage.objects.filter(run_id=run.run_id).update(sent_at=None)
    relay_all()
    OutboxMessage.objects.filter(run_id=run.run_id).update(due_at=store.to_datetime(store.now()))
    relay_all()
    assert News.objects.count() == 1


@FORMS
def test_after_a_rollback_the_order_is_discarded(form):
    run = given(form, THEREMIN).run()
    assert store.runs(origin_id=run.run_id) == []


def test_a_patient_order_is_tried_again_as_a_whole_and_succeeds_once_there_is_stock(clock):
    first = given("place-order-patient", THEREMIN).run().is_("rolled_back")
    (again,) = store.runs(origin_id=first.run_id)
    assert seen(again.run_id).is_("running").did().state.steps["create_order"].due_at == pytest.approx(
        first.state.ended_at + RESTOCK
    )
    Item.objects.filter(name="theremin").update(available=5)
    assert drive(again.run_id, within=RESTOCK - 60).steps["create_order"].attempts == 0
    drive(again.run_id)
    second = seen(again.run_id).is_("completed")
    assert second.state.input == first.state.input
    assert business()["orders"] == [("O-1", "created")]
    assert business()["items"] == [("guitar", 10), ("theremin", 3)]


def test_a_patient_order_is_given_up_after_two_more_tries():
    tries = [given("place-order-patient", THEREMIN).run()]
    origin = tries[0].run_id
    while later := [row for row in store.runs(origin_id=origin) if row.run_id not in {run.run_id for run in tries}]:
        drive(later[0].run_id)
        tries.append(seen(later[0].run_id))
    assert [run.state.status.value for run in tries] == ["rolled_back"] * 3
    relay_all()
    assert list(News.objects.values_list("event", flat=True)) == ["SagaRolledBack"] * 3
    assert business() == BEFORE | {
        "orders": [("O-1", "cancelled")],
        "order entries": [("O-1", "created"), ("O-1", "cancelled")] * 3,
        "funds entries": [("ada", 30_000, "reserved"), ("ada", 30_000, "cancelled")] * 3,
    }


def test_running_and_stuck_sagas_can_be_asked_for_at_any_time():
    waiting = engine.start(ORCHESTRATED, {**GUITAR, "order": "O-2"})
    given(ORCHESTRATED, GUITAR).run().is_("completed")
    stuck = given(CHOREOGRAPHED, {**THEREMIN, "order": "O-3"}).when_undone("reserve_funds", *BOUNCES).run()
    stuck.is_("stuck", attention="stuck").published("SagaStuck")
    stuck.recorded(outcome="stuck", steps={"reserve_funds": "stuck", "create_order": "pending undo"})
    assert [run.run_id for run in store.runs(status="running")] == [waiting]
    assert [run.run_id for run in store.runs(attention="stuck")] == [stuck.run_id]
    assert [run.search for run in store.runs(status="stuck")] == [{"order": "O-3", "customer": "ada"}]
    relay_all()
    assert News.objects.filter(event="SagaStuck", run=stuck.run_id).count() == 1


@pytest.mark.parametrize(
    ("verb", "reserved"),
    [("retry", 0), ("mark_done", 30_000), ("skip", 30_000)],
)
def test_a_person_gets_a_stuck_rollback_to_its_end(verb, reserved):
    stuck = given(ORCHESTRATED, THEREMIN).when_undone("reserve_funds", *BOUNCES).run().is_("stuck")
    act = engine.operate(stuck.run_id, verb, by="eve", reason="the bank said so", step="reserve_funds")
    assert (act.by, act.outcome) == ("eve", "done")
    drive(stuck.run_id)
    ended = seen(stuck.run_id).is_("rolled_back")
    outcome = {"retry": "compensated", "mark_done": "undone by hand", "skip": "undo skipped"}[verb]
    ended.recorded(outcome="rolled_back", steps={"reserve_funds": outcome, "create_order": "compensated"})
    assert Account.objects.get(customer="ada").reserved == reserved


def relay_all() -> None:
    """Relay the output stream to the consumer of this example."""
    while relay.relay_once([keep_news]).sent:
        pass

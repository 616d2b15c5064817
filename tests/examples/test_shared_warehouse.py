"""S2: three orchestrators share one warehouse. Here: the Returns Processor and Goods Receiving."""

import pytest

from examples.streamtech.models import GatewayFault
from sagaflow import engine
from sagaflow.testing import drive, given, seen
from tests.examples.streamtech import ALIEN, BEFORE, FULFILLED, MIXED, accounts, business, stock

pytestmark = pytest.mark.django_db(databases=["default", "participant"])

RETURN = {"reference": "R-1", "order": "S-1", "sku": "alien", "quantity": 2}
DELIVERY = {"reference": "D-1", "purchase_order": "PO-1", "sku": "brazil", "quantity": 10}
RETURNED = FULFILLED | {
    "Receipt": [("R-1", "alien", 2, "received")],
    "StockMovement": sorted([*FULFILLED["StockMovement"], ("alien", 2, "restocked", "R-1")]),
    "GatewayTransaction": [("S-1", "ada", 3_000, "charged"), ("S-1", "ada", 3_000, "refunded")],
    **stock(),
    **accounts(),
}


@pytest.fixture
def _order_went_out():
    given(MIXED, ALIEN).run().is_("completed")


@pytest.mark.usefixtures("_order_went_out")
def test_a_return_goes_back_on_the_shelf_and_the_money_to_the_customer():
    given("returns", RETURN).run().is_("completed").did("receive_return", "restock", "refund")
    assert business() == RETURNED


@pytest.mark.usefixtures("_order_went_out")
@pytest.mark.parametrize("fault", GatewayFault.KINDS)
def test_a_refund_whose_answer_is_lost_is_given_once(fault):
    GatewayFault.objects.create(call="refund", kind=fault, remaining=3)
    given("returns", RETURN).run().is_("completed").tried(refund=4)
    assert business() == RETURNED


@pytest.mark.usefixtures("_order_went_out")
def test_goods_that_came_back_already_are_sent_back_once_there_is_nothing_to_refund():
    given("returns", RETURN).run().is_("completed")
    again = given("returns", {**RETURN, "reference": "R-2"}).run().is_("rolled_back").undid("restock", "receive_return")
    again.recorded(failed_step="refund", summary="2 compensated")
    assert business() == RETURNED | {
        "Receipt": [*RETURNED["Receipt"], ("R-2", "alien", 2, "received"), ("R-2", "alien", 2, "sent_back")],
        "StockMovement": sorted(
            [
                *RETURNED["StockMovement"],
                ("alien", 2, "restocked", "R-2"),
                ("alien", 2, "unstocked", "R-2"),
            ]
        ),
    }


def test_goods_that_never_went_out_are_not_taken_back():
    given("returns", RETURN).run().is_("rolled_back").undid().recorded(
        failed_step="receive_return", summary="nothing to undo"
    )
    assert business() == BEFORE


def test_a_delivery_fills_the_shelf_and_closes_the_purchase_order():
    given("goods-receiving", DELIVERY).run().is_("completed").did("receive_delivery", "restock", "close_purchase_order")
    assert business() == BEFORE | stock(brazil=(13, 0, 13)) | {
        "Receipt": [("D-1", "brazil", 10, "received")],
        "StockMovement": [("brazil", 10, "restocked", "D-1")],
        "PurchaseOrder": [("PO-1", "closed")],
        "PurchaseEntry": [("PO-1", "closed")],
    }


def test_a_delivery_that_is_not_as_ordered_is_sent_back():
    run = given("goods-receiving", {**DELIVERY, "quantity": 9}).run().is_("rolled_back")
    run.undid("restock", "receive_delivery").recorded(failed_step="close_purchase_order", summary="2 compensated")
    assert business() == BEFORE | {
        "Receipt": [("D-1", "brazil", 9, "received"), ("D-1", "brazil", 9, "sent_back")],
        "StockMovement": [("brazil", 9, "restocked", "D-1"), ("brazil", 9, "unstocked", "D-1")],
    }


def test_the_three_orchestrators_work_on_one_warehouse_at_a_time_of_their_own():
    """Three runs interleave attempt by attempt: an order of the last three, a delivery of ten, and a failing order."""
    runs = [
        engine.start(MIXED, {**ALIEN, "sku": "brazil", "quantity": 3}),
        engine.start("goods-receiving", DELIVERY),
        engine.start(MIXED, {**ALIEN, "order": "S-2", "sku": "metropolis", "customer": "ben"}),
    ]
    while sum(engine.wake(run, go_on=once()) for run in runs):
        pass
    for run in runs:
        drive(run)
    assert [seen(run).state.status.value for run in runs] == ["completed", "completed", "rolled_back"]
    assert business()["StockItem"] == stock(brazil=(10, 0, 10))["StockItem"]


def once():
    answers = iter([True])
    return lambda: next(answers, False)

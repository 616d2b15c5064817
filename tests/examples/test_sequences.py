"""The sequence diagrams of S5, message for message, drawn from the recorded journal of a run."""

import pytest

from examples.orders import demo, models
from sagaflow.flowchart.sequence import messages
from sagaflow.testing import RunResult, given
from tests.examples.test_orders import CHOREOGRAPHED, GUITAR, ORCHESTRATED, THEREMIN, business

pytestmark = pytest.mark.django_db(databases=["default", "participant"])

OUT_OF_STOCK = {
    ORCHESTRATED: [
        "Orchestrator→OrderService Create Order",
        "OrderService→Orchestrator OK",
        "Orchestrator→PaymentService Reserve Funds",
        "PaymentService→Orchestrator OK",
        "Orchestrator→InventoryService Reserve Item",
        "InventoryService→Orchestrator FAIL",
        "Orchestrator→PaymentService Cancel Funds",
        "Orchestrator→OrderService Cancel Order",
    ],
    CHOREOGRAPHED: [
        "OrderService→PaymentService OrderCreated",
        "PaymentService→InventoryService PaymentReserved",
        "InventoryService→PaymentService InventoryOutOfStock",
        "PaymentService→OrderService PaymentCanceled",
    ],
}
IN_STOCK = {
    ORCHESTRATED: [*OUT_OF_STOCK[ORCHESTRATED][:5], "InventoryService→Orchestrator OK"],
    CHOREOGRAPHED: OUT_OF_STOCK[CHOREOGRAPHED][:2],
}


def drawn(run: RunResult) -> list[str]:
    return [f"{one.source}→{one.target} {one.label}" for one in messages(run.saga, run.journal)]


@pytest.mark.parametrize("form", [ORCHESTRATED, CHOREOGRAPHED])
def test_the_messages_of_an_order_whose_item_is_out_of_stock(form):
    assert drawn(given(form, THEREMIN).run().is_("rolled_back")) == OUT_OF_STOCK[form]


@pytest.mark.parametrize("form", [ORCHESTRATED, CHOREOGRAPHED])
def test_the_messages_of_an_order_that_goes_well(form):
    assert drawn(given(form, GUITAR).run().is_("completed")) == IN_STOCK[form]


@pytest.mark.parametrize("order", [GUITAR, THEREMIN, {**GUITAR, "customer": "cleo"}])
def test_one_mark_changed_and_the_business_ends_in_the_same_state(order):
    """Start both runs from the same state, one after the other."""
    states = []
    for form in (ORCHESTRATED, CHOREOGRAPHED):
        given(form, order).run()
        states.append(business())
        _start_again()
    assert states[0] == states[1]


def _start_again():
    for model in (models.Order, models.OrderEntry, models.Account, models.FundsEntry, models.Item, models.ItemEntry):
        model.objects.all().delete()
    demo.load()

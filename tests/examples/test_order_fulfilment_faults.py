"""S2: technical errors are retried, then parked for an operator: the payment gateway, and no van for the parcel."""

from collections import Counter
from itertools import pairwise

import pytest

from examples.streamtech import gateway
from examples.streamtech.conf import NEXT_DAY
from examples.streamtech.models import Carrier, GatewayFault, GatewayTransaction
from sagaflow import engine, store
from sagaflow.testing import drive, given, seen
from tests.examples.streamtech import (
    ALIEN,
    FORMS,
    FULFILLED,
    METROPOLIS,
    MIXED,
    NOT_ON_SHELF,
    accounts,
    business,
    undone,
)

pytestmark = pytest.mark.django_db(databases=["default", "participant"])


@FORMS
@pytest.mark.parametrize("days", [1, 2])
def test_without_a_van_the_order_goes_out_on_a_later_day(form, days):
    Carrier.objects.update(booked_out_days=days)
    run = given(form, ALIEN).run().is_("completed").tried(dispatch_order=days + 1).undid()
    assert business() == FULFILLED
    tried = [entry.at for entry in run.journal if entry.kind == "StepClaimed" and entry.fact.step == "dispatch_order"]
    assert all(later - sooner >= NEXT_DAY for sooner, later in pairwise(tried))


def test_while_it_waits_for_the_next_day_the_run_says_that_it_retries():
    Carrier.objects.update(booked_out_days=1)
    run = given(MIXED, ALIEN).run(within=60).is_("running", attention="retrying").has(dispatch_order="due")
    assert [row.run_id for row in store.runs(attention="retrying")] == [run.run_id]
    assert drive(run.run_id, within=NEXT_DAY - 120).steps["dispatch_order"].attempts == 1


@FORMS
def test_without_a_van_for_days_a_person_is_asked_and_nothing_is_rolled_back(form):
    Carrier.objects.update(booked_out_days=3)
    run = given(form, ALIEN).run().is_("parked", attention="parked").tried(dispatch_order=3).undid()
    run.has(package_order="done", dispatch_order="parked", award_points="done").published("SagaParked")
    packaged = FULFILLED | {"Parcel": [("S-1", "", "packaged")], "Dispatch": []}
    assert business() == packaged
    for verb in ("roll_back", "cancel"):
        act = engine.operate(run.run_id, verb, by="eve", reason="too late")
        assert act.outcome == "refused"
        assert "package_order" in act.detail
    assert business() == packaged
    engine.operate(run.run_id, "retry", by="eve", reason="Fleetfoot has a van", step="dispatch_order")
    drive(run.run_id)
    seen(run.run_id).is_("completed").undid()
    assert business() == FULFILLED


FAULTS = pytest.mark.parametrize("fault", GatewayFault.KINDS)


@FORMS
@FAULTS
def test_a_gateway_that_fails_for_a_while_is_asked_again_and_charges_once(form, fault):
    GatewayFault.objects.create(call="charge", kind=fault, remaining=3)
    given(form, ALIEN).run().is_("completed").tried(take_payment=4).undid()
    assert business() == FULFILLED
    assert _most_effects_of_a_key() == 1


@FORMS
@FAULTS
def test_a_gateway_that_stays_away_parks_the_run_and_undoes_nothing(form, fault):
    GatewayFault.objects.create(call="charge", kind=fault, remaining=4)
    run = given(form, ALIEN).run().is_("parked", attention="parked").tried(take_payment=4).undid()
    run.has(take_payment="parked", reserve_stock="done", award_points="pending")
    assert run.state.steps["take_payment"].error.code == "gateway_unavailable"
    engine.operate(run.run_id, "retry", by="eve", reason="the gateway is back", step="take_payment")
    drive(run.run_id)
    seen(run.run_id).is_("completed")
    assert business() == FULFILLED


@FORMS
@pytest.mark.parametrize(("fault", "charged"), [("times_out", False), ("answers_500", False), ("loses_answer", True)])
def test_rolled_back_by_a_person_an_unknown_charge_is_given_back_if_there_is_one(form, fault, charged):
    GatewayFault.objects.create(call="charge", kind=fault, remaining=4)
    run = given(form, ALIEN).run().is_("parked")
    assert [line.step for line in engine.plan(run.run_id)] == ["take_payment", "reserve_stock", "place_order"]
    engine.operate(run.run_id, "roll_back", by="eve", reason="the customer will not wait")
    drive(run.run_id)
    ended = seen(run.run_id).is_("rolled_back").undid("take_payment", "reserve_stock", "place_order")
    ended.recorded(code="requested", by="eve")
    assert business()["GatewayAccount"] == accounts()["GatewayAccount"]
    assert GatewayTransaction.objects.filter(what="charged").exists() is charged


@FORMS
def test_a_charge_that_comes_after_its_refund_is_refused(form):
    """A late action: the gateway was asked to refund a charge that it has not made yet."""
    GatewayFault.objects.create(call="charge", kind="times_out", remaining=4)
    run = given(form, ALIEN).run()
    engine.operate(run.run_id, "roll_back", by="eve", reason="the customer will not wait")
    drive(run.run_id)
    with pytest.raises(gateway.Declined):
        gateway.charge(
            f"{run.run_id}:take_payment:do", correlation_id=run.run_id, order="S-1", customer="ada", amount=3_000
        )
    assert business()["GatewayAccount"] == accounts()["GatewayAccount"]


@FORMS
@FAULTS
def test_a_refund_is_tried_patiently_and_given_once(form, fault):
    GatewayFault.objects.create(call="refund", kind=fault, remaining=5)
    given(form, METROPOLIS).run().is_("rolled_back")
    assert business() == NOT_ON_SHELF


@FORMS
def test_a_refund_that_fails_for_good_is_stuck_until_a_person_has_it_done(form):
    GatewayFault.objects.create(call="refund", kind="answers_500", remaining=6)
    run = given(form, METROPOLIS).run().is_("stuck", attention="stuck").published("SagaStuck")
    run.has(take_payment="stuck", reserve_stock="done", award_points="compensated")
    engine.operate(run.run_id, "retry", by="eve", reason="the gateway is back", step="take_payment")
    drive(run.run_id)
    seen(run.run_id).is_("rolled_back").undid(*undone(run), "take_payment", "reserve_stock", "place_order")
    assert business() == NOT_ON_SHELF


@pytest.mark.parametrize("fault", [None, *GatewayFault.KINDS])
def test_every_form_leaves_the_same_business_behind(fault):
    """The law of equivalence on real tables: same steps, same outcomes, same state."""
    for form in ("order-fulfilment-orchestrated", "order-fulfilment-choreographed", MIXED):
        GatewayFault.objects.all().delete()
        if fault:
            GatewayFault.objects.create(call="charge", kind=fault, remaining=2)
        for order in (ALIEN, METROPOLIS, {**ALIEN, "customer": "cleo"}, {**ALIEN, "quantity": 100}):
            given(form, {**order, "order": f"{form}-{order['sku']}-{order['customer']}-{order['quantity']}"}).run()
    rows = {name: Counter(_anonymous(row) for row in table) for name, table in business().items()}
    assert all(count % 3 == 0 for name, table in rows.items() if name not in STANDING for count in table.values()), rows


STANDING = {"StockItem", "GatewayAccount", "PurchaseOrder"}


def _anonymous(row):
    return tuple("" if isinstance(value, str) and value.startswith("order-fulfilment") else value for value in row)


def _most_effects_of_a_key() -> int:
    return max(Counter(GatewayTransaction.objects.values_list("key", flat=True)).values())

"""A worker performs only what its services and its code both allow."""

import pytest

from sagaflow.core.definition.saga import Step, SubSaga
from sagaflow.core.run.skills import ALL, Skills, child_of, need
from tests.core.world import DO, UNDO

SHOP = Skills(services=frozenset({"shop"}), known=frozenset({"shop.pay", "bank.pay", child_of("refund")}))
PAY = Step("pay", "shop.pay", undo="shop.forget")


@pytest.mark.parametrize(
    ("action", "can"), [("shop.pay", True), ("shop.forget", False), ("bank.pay", False), ("pay.shop", False)]
)
def test_a_call_needs_the_service_and_the_name(action, can):
    assert SHOP.can_call(action) is can
    assert ALL.can_call(action)


@pytest.mark.parametrize(("direction", "can"), [(DO, True), (UNDO, False)])
def test_each_direction_of_a_step_needs_its_own_action(direction, can):
    assert SHOP.can(PAY, direction) is can


def test_work_of_no_service_is_for_every_worker_that_knows_it():
    assert SHOP.serve("")
    assert not SHOP.serve("bank")
    assert SHOP.can(Step("again", SubSaga("refund")), DO)
    assert not SHOP.can(Step("again", SubSaga("other")), DO)


def test_a_step_needs_its_action_or_its_sub_saga():
    assert (need(PAY, DO), need(PAY, UNDO)) == ("shop.pay", "shop.forget")
    assert need(Step("again", SubSaga("refund")), DO) == child_of("refund") != "refund"

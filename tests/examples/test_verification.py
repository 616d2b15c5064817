"""S3: verify a customer, (a) in one transaction and (b) as a saga over two databases. For (c) see test_two_phase."""

import pytest

from examples.verification.models import Customer, PendingEnrollment, StatusEntry
from sagaflow import TechnicalError
from sagaflow.testing import given

pytestmark = pytest.mark.django_db(databases=["default", "participant"])

LOCALLY = "verify-customer-locally"
FORMS = pytest.mark.parametrize("form", ["verify-customer", "verify-customer-choreographed"])


def business() -> tuple[list, list, list]:
    """Customers, and the pending enrollments in each of the two databases."""
    enrollments = (sorted(PendingEnrollment.objects.using(alias).values_list("customer", flat=True)) for alias in BOTH)
    return (sorted(Customer.objects.values_list("number", "status")), *enrollments)


BOTH = ("default", "participant")
BEFORE = ([("C-1", "PENDING"), ("C-2", "PENDING")], ["C-1"], ["C-1"])


def test_a_local_transaction_changes_both_tables_in_one_step():
    given(LOCALLY, {"customer": "C-1"}).run().is_("completed").did("verify_customer")
    assert business() == ([("C-1", "VERIFIED"), ("C-2", "PENDING")], [], ["C-1"])


def test_a_local_transaction_that_fails_half_way_changes_neither():
    run = given(LOCALLY, {"customer": "C-2"}).run().is_("rolled_back").undid()
    run.recorded(failed_step="verify_customer", summary="nothing to undo")
    assert business() == BEFORE
    assert not StatusEntry.objects.exists()


@FORMS
def test_two_services_verify_the_customer(form):
    given(form, {"customer": "C-1"}).run().is_("completed").did("set_verified", "delete_enrollment")
    assert business() == ([("C-1", "VERIFIED"), ("C-2", "PENDING")], ["C-1"], [])


@FORMS
def test_when_the_second_service_fails_the_status_goes_back_to_pending(form):
    run = given(form, {"customer": "C-2"}).run().is_("rolled_back").did("set_verified").undid("set_verified")
    run.recorded(
        failed_step="delete_enrollment",
        summary="1 compensated",
        steps={"set_verified": "compensated", "delete_enrollment": "nothing to undo"},
    )
    assert business() == BEFORE
    assert list(StatusEntry.objects.order_by("pk").values_list("customer", "status")) == [
        ("C-2", "VERIFIED"),
        ("C-2", "PENDING"),
    ]


@FORMS
def test_a_customer_who_is_verified_already_stays_so(form):
    given(form, {"customer": "C-1"}).run().is_("completed")
    given(form, {"customer": "C-1"}).run().is_("rolled_back").undid().recorded(failed_step="set_verified")
    assert business() == ([("C-1", "VERIFIED"), ("C-2", "PENDING")], ["C-1"], [])


@FORMS
def test_a_second_database_that_is_down_for_a_while_delays_the_saga_only(form):
    down = TechnicalError("the second database is down")
    given(form, {"customer": "C-1"}).when("delete_enrollment", down, down).run().is_("completed").tried(
        delete_enrollment=3
    )
    assert business() == ([("C-1", "VERIFIED"), ("C-2", "PENDING")], ["C-1"], [])

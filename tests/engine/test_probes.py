"""A probe is asked when the answer of an attempt is lost: its effect counts, and its compensation gets the output."""

import pytest

from sagaflow import (
    Accepted,
    BusinessError,
    NotDone,
    OnExhausted,
    RetryPolicy,
    Saga,
    Step,
    TechnicalError,
    orchestrated,
    registry,
    where,
)
from sagaflow.registry import Action, BadAction
from sagaflow.testing import REAL, arrives_late, crash, effect_done_answer_lost, given, moving_clock

pytestmark = pytest.mark.django_db

ONCE = {"retry": RetryPolicy(attempts=1), "on_exhausted": OnExhausted.ROLL_BACK}


@pytest.fixture(autouse=True)
def clock():
    with moving_clock() as moving:
        yield moving


class Bank:
    """A participant that knows its payments by key, and nothing of repeated requests."""

    def __init__(self):
        self.payments, self.charges, self.asked, self.refunds = {}, [], [], []
        self.answer = None

    def charge(self, context):
        self.charges.append(context.key)
        self.payments[context.key] = {"payment": len(self.charges)}
        return self.payments[context.key]

    def probe(self, context):
        self.asked.append((context.key, context.direction))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or self.payments.get(context.key, NotDone())

    def refund(self, context):
        self.refunds.append(context.output)
        if isinstance(self.answer, Exception) and context.output is not None:
            raise AssertionError("the compensation got an output that no answer said")


@pytest.fixture
def bank():
    new = Bank()
    charge = Action(name="bank.charge", does=new.charge, probe=new.probe)
    with registry.standing_in(charge, Action(name="bank.refund", does=new.refund)):
        yield new


def account(**options):
    return Saga("account", orchestrated("main", Step("charge", "bank.charge", undo="bank.refund", **options)))


def test_an_effect_whose_answer_was_lost_is_found_and_not_repeated(bank):
    run = given(account()).when("charge", effect_done_answer_lost(), REAL).run().is_("completed").tried(charge=2)
    key = f"{run.run_id}:charge:do"
    assert (bank.charges, bank.asked) == ([key], [(key, "do")])
    assert run.state.steps["charge"].output == {"payment": 1}


def test_an_attempt_after_one_that_did_nothing_is_performed(bank):
    run = given(account()).when("charge", crash(), REAL).run().is_("completed")
    assert (len(bank.asked), len(bank.charges)) == (1, 1)
    assert run.state.steps["charge"].output == {"payment": 1}


def test_no_probe_is_asked_while_no_answer_is_lost(bank):
    given(account()).run().is_("completed")
    assert bank.asked == []


def test_an_attempt_that_arrives_late_is_found_by_neither_and_counts_once_in_the_run(bank):
    run = given(account()).when("charge", arrives_late(), REAL).run().is_("completed").tried(charge=2)
    assert run.state.steps["charge"].output == {"payment": 1}, "of the attempt that the run knows"


def test_a_probe_that_fails_is_a_failed_attempt_and_nothing_is_performed(bank):
    bank.answer = TechnicalError("the bank is closed", code="closed")
    policy = RetryPolicy(attempts=3, delay=1.0)
    run = given(account(retry=policy)).when("charge", effect_done_answer_lost(), REAL).run().is_("parked")
    step = run.state.steps["charge"]
    assert (step.error.code, len(bank.charges), len(bank.asked)) == ("closed", 1, 2)


@pytest.mark.parametrize(
    ("answer", "code", "kind"),
    [
        (Accepted(), "at-work", "technical"),
        (BusinessError("card-refused"), "card-refused", "business"),
        ({"at": object()}, "invalid-output", "programming"),
    ],
    ids=["the earlier attempt goes on", "it was refused", "no JSON"],
)
def test_another_answer_of_a_probe_is_that_error(bank, answer, code, kind):
    bank.answer = answer
    saga = account(retry=RetryPolicy(attempts=2))
    run = given(saga).when("charge", crash(), REAL).run()
    found = [entry.fact.error for entry in run.journal if type(entry.fact).__name__ == "StepFailed"]
    assert [(error.code, error.kind.value) for error in found] == [("timed-out", "technical"), (code, kind)]
    assert bank.charges == []


def test_an_effect_that_is_found_is_judged_like_an_answer(bank):
    bank.answer = {"payment": 7, "state": "declined"}
    saga = account(fails_when={"declined": where("/output/state", "eq", "declined")})
    run = given(saga).when("charge", crash(), REAL).run().is_("rolled_back")
    assert run.state.steps["charge"].do_error.code == "declined"
    assert bank.charges == []


def test_a_compensation_gets_the_output_that_no_answer_said(bank):
    run = given(account(**ONCE)).when("charge", effect_done_answer_lost()).run().is_("rolled_back")
    assert bank.refunds == [{"payment": 1}]
    assert bank.asked == [(f"{run.run_id}:charge:do", "do")]


@pytest.mark.parametrize("answer", [None, BusinessError("card-refused")], ids=["not done", "refused"])
def test_a_compensation_is_performed_although_the_probe_finds_nothing_because_that_may_still_come(bank, answer):
    bank.answer = answer
    given(account(**ONCE)).when("charge", crash()).run().is_("rolled_back")
    assert bank.refunds == [None]


def test_a_compensation_waits_for_a_probe_that_fails(bank):
    bank.answer = TechnicalError("the bank is closed", code="closed")
    run = given(account(**ONCE)).when("charge", effect_done_answer_lost()).run().is_("stuck")
    assert run.state.steps["charge"].undo_error.code == "closed"
    assert bank.refunds == []


def test_a_compensation_of_a_recorded_effect_asks_nobody(bank):
    saga = Saga(
        "account",
        orchestrated("main", Step("charge", "bank.charge", undo="bank.refund"), Step("end", "bank.refund", **ONCE)),
    )
    given(saga).when("end", BusinessError("no")).run().is_("rolled_back")
    assert (bank.refunds, bank.asked) == ([{"payment": 1}], [])


def test_the_sensitive_part_of_a_found_output_is_in_no_message(bank):
    bank.answer = {"payment": "4111-1111"}

    def refund(context):
        raise TechnicalError(f"cannot refund {context.output['payment']}")

    saga = Saga("account", *account(**ONCE).segments, sensitive=("payment",))
    with registry.standing_in(Action(name="bank.refund", does=refund)):
        run = given(saga).when("charge", crash()).run().is_("stuck")
    assert "4111" not in run.state.steps["charge"].undo_error.message


def test_the_lease_of_an_attempt_has_time_for_the_probe():
    def leases(**options):
        charge = Action(name="bank.charge", does=lambda _: None, lease=40.0, **options)
        refund = Action(name="bank.refund", does=lambda _: None, lease=7.0)
        with registry.standing_in(charge, refund):
            run = given(account(**ONCE)).when("charge", crash()).run().is_("rolled_back")
        return [entry.fact.lease for entry in run.journal if type(entry.fact).__name__ == "StepClaimed"]

    assert leases() == [40.0, 7.0]
    assert leases(probe=lambda _: NotDone()) == [80.0, 47.0]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"transactional": True, "probe": len}, "already says if an attempt took effect"),
        ({"database": "participant", "probe": len}, "already says if an attempt took effect"),
        ({"probe": "/charges/{key}"}, "give a function that takes a Context"),
    ],
)
def test_a_probe_that_cannot_be_is_refused(options, why):
    with pytest.raises(BadAction, match=why):
        Action(name="bank.charge", does=len, **options)

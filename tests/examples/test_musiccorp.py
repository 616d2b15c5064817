"""S1: create a customer. Three services react in parallel; the post takes days; a bug swallows an event."""

from pathlib import Path

import pytest

from examples import musiccorp
from examples.musiccorp import post
from examples.musiccorp.conf import POST, REACTION
from examples.musiccorp.models import Customer, Email, LoyaltyAccount, LoyaltyBug, Pack
from examples.newsletter.models import Reader
from sagaflow import Refused, TechnicalError, engine, registry, store
from sagaflow.core.definition.document import dump
from sagaflow.core.run.facts import ReactionMissed
from sagaflow.models import OutboxMessage
from sagaflow.testing import RunResult, drive, given, seen, step_in

pytestmark = pytest.mark.django_db(databases=["default", "participant"])

ORCHESTRATED, CHOREOGRAPHED = "create-customer", "create-customer-choreographed"
FORMS = pytest.mark.parametrize("form", [ORCHESTRATED, CHOREOGRAPHED])
ADA = {"name": "Ada", "email": "ada@example.org", "address": "Analytical Row 1"}
DAY = 86_400
REACTIONS = ("create_loyalty_account", "send_welcome_pack", "send_welcome_email")


def business() -> dict[str, list[tuple]]:
    return {
        "customers": sorted(Customer.objects.values_list("email", "status")),
        "accounts": sorted(LoyaltyAccount.objects.values_list("customer", "status")),
        "packs": sorted(Pack.objects.values_list("address", "content", "status")),
        "e-mails": sorted(Email.objects.values_list("recipient", "template")),
    }


WELCOME = ("ada@example.org", "welcome")
WELCOMED = {
    "customers": [("ada@example.org", "active")],
    "accounts": [("ada@example.org", "open")],
    "packs": [("Analytical Row 1", "welcome", "delivered")],
    "e-mails": [WELCOME],
}


def started(form: str, customer: dict = ADA) -> RunResult:
    """Everything is done except the delivery of the pack, which is in the post."""
    return given(form, customer).run(within=60).is_("running")


@FORMS
def test_account_and_email_are_there_at_once_and_the_run_waits_days_for_the_post(form):
    run = started(form).has(
        create_customer="done",
        create_loyalty_account="done",
        send_welcome_email="done",
        send_welcome_pack="waiting",
    )
    assert run.attention == ""
    drive(run.run_id, within=10 * DAY)
    seen(run.run_id).is_("running").has(send_welcome_pack="waiting")
    post.deliver(Pack.objects.get())
    ended = seen(run.run_id).is_("completed").undid()
    assert ended.state.outputs()["send_welcome_pack"] == {"delivered_to": "Analytical Row 1"}
    assert business() == WELCOMED


@FORMS
def test_the_three_reactions_are_independent_of_each_other(form):
    saga = registry.get_saga(form)
    assert {name: saga.graph.before[name] for name in REACTIONS} == {name: {"create_customer"} for name in REACTIONS}
    run = started(form)
    moments = {entry.at for entry in run.journal if entry.kind in DUE and entry.fact.step in REACTIONS}
    assert len(moments) == 1


DUE = ("StepCommanded", "StepScheduled")


def test_only_the_choreographed_form_has_no_commands():
    kinds = {form: {entry.kind for entry in started(form, {**ADA, "email": f"{form}@x.org"}).journal} for form in BOTH}
    assert "StepCommanded" in kinds[ORCHESTRATED]
    assert "StepCommanded" not in kinds[CHOREOGRAPHED]
    assert {"EventDelivered", "StepScheduled"} <= kinds[CHOREOGRAPHED]


BOTH = (ORCHESTRATED, CHOREOGRAPHED)


@FORMS
def test_at_any_time_it_is_known_which_reactions_are_done(form):
    run_id = engine.start(form, ADA)
    known = []
    for step in ("create_customer", *REACTIONS):
        status = "waiting" if step == "send_welcome_pack" else "done"
        state = drive(run_id, step_in(step, status))
        known.append([name for name, now in state.steps.items() if now.status == "done"])
    assert known == [
        ["create_customer"],
        ["create_customer", "create_loyalty_account"],
        ["create_customer", "create_loyalty_account"],
        ["create_customer", "create_loyalty_account", "send_welcome_email"],
    ]


@FORMS
def test_the_post_that_never_reports_is_asked_again_and_its_first_answer_no_longer_counts(form):
    run = started(form)
    first = Pack.objects.get().callback
    drive(run.run_id, within=POST + 10)
    again = seen(run.run_id).is_("running").has(send_welcome_pack="waiting").tried(send_welcome_pack=2)
    assert again.attention == ("missing" if form == CHOREOGRAPHED else "")
    with pytest.raises(Refused):
        engine.answer(first, output={})
    post.deliver(Pack.objects.get())
    seen(run.run_id).is_("completed")
    assert business() == WELCOMED


@FORMS
def test_a_delivery_is_reported_once(form):
    run = started(form)
    pack = Pack.objects.get()
    post.deliver(pack)
    with pytest.raises(Refused, match="used"):
        post.deliver(pack)
    seen(run.run_id).is_("completed")


def test_a_swallowed_event_is_missed_at_its_deadline_and_a_person_has_it_delivered_again():
    LoyaltyBug.objects.create()
    run = started(CHOREOGRAPHED).has(create_loyalty_account="waiting", send_welcome_email="done")
    assert store.runs(attention="missing") == []
    drive(run.run_id, within=REACTION)
    missed = seen(run.run_id).is_("running", attention="missing")
    (fact,) = [entry.fact for entry in missed.journal if isinstance(entry.fact, ReactionMissed)]
    assert (fact.step, fact.expected) == ("create_loyalty_account", "LoyaltyAccountCreated")
    assert [row.run_id for row in store.runs(attention="missing")] == [run.run_id]
    drive(run.run_id, within=4 * REACTION)
    seen(run.run_id).is_("parked", attention="missing").has(
        create_loyalty_account="parked", send_welcome_pack="waiting"
    )
    assert business()["accounts"] == []

    LoyaltyBug.objects.all().delete()
    engine.operate(run.run_id, "redeliver", by="eve", reason="the bug is fixed", step="create_loyalty_account")
    drive(run.run_id, within=60)
    seen(run.run_id).is_("running", attention="").has(create_loyalty_account="done")
    post.deliver(Pack.objects.get())
    seen(run.run_id).is_("completed")
    assert business() == WELCOMED


def test_in_the_orchestrated_form_the_same_bug_is_a_step_that_never_answers():
    LoyaltyBug.objects.create()
    run = started(ORCHESTRATED)
    drive(run.run_id, within=4 * REACTION)
    seen(run.run_id).is_("parked", attention="parked").has(create_loyalty_account="parked")
    LoyaltyBug.objects.all().delete()
    engine.operate(run.run_id, "retry", by="eve", reason="the bug is fixed", step="create_loyalty_account")
    post.deliver(Pack.objects.get())
    drive(run.run_id)
    seen(run.run_id).is_("completed")
    assert business() == WELCOMED


UNKNOWN = {**ADA, "address": "Nowhere 1"}


@FORMS
@pytest.mark.parametrize(
    ("quicker", "outcome", "emails"),
    [
        (("customer", "loyalty", "email"), "semantically undone", [("ada@example.org", "apology"), WELCOME]),
        (("customer", "loyalty", "post"), "not started", []),
    ],
    ids=["email is quicker than the post", "the post is quicker than email"],
)
def test_an_address_that_the_post_does_not_know_takes_back_whatever_ran(form, quicker, outcome, emails):
    run_id = engine.start(form, UNKNOWN)
    drive(run_id, services=quicker)
    drive(run_id)
    seen(run_id).is_("rolled_back").recorded(
        failed_step="send_welcome_pack",
        steps={
            "create_customer": "compensated",
            "create_loyalty_account": "compensated",
            "send_welcome_pack": "nothing to undo",
            "send_welcome_email": outcome,
        },
    )
    assert business() == {
        "customers": [("ada@example.org", "closed")],
        "accounts": [("ada@example.org", "closed")],
        "packs": [],
        "e-mails": emails,
    }


@FORMS
def test_a_customer_who_exists_is_not_created_again(form):
    run = started(form)
    post.deliver(Pack.objects.get())
    given(form, ADA).run().is_("rolled_back").recorded(failed_step="create_customer", summary="nothing to undo")
    assert business() == WELCOMED
    seen(run.run_id).is_("completed")


@FORMS
def test_the_newsletter_of_another_team_hears_of_a_customer_and_touches_nothing(form):
    own = Path(musiccorp.__file__).parent
    assert not [path for path in own.rglob("*.py") if "newsletter" in path.read_text().lower()]
    run = started(form).heard("newsletter.add_reader", "CustomerCreated").heard("newsletter.remove_reader")
    assert "newsletter" not in str(dump(run.saga))
    assert [(reader.email, reader.has_left) for reader in Reader.objects.all()] == [("ada@example.org", False)]
    post.deliver(Pack.objects.get())
    seen(run.run_id).is_("completed")
    assert business() == WELCOMED


@FORMS
def test_whoever_is_not_a_customer_after_all_gets_no_newsletter(form):
    run = given(form, UNKNOWN).run().is_("rolled_back")
    run.heard("newsletter.add_reader", "CustomerCreated").heard("newsletter.remove_reader", "CustomerClosed")
    assert [(reader.email, reader.has_left) for reader in Reader.objects.all()] == [("ada@example.org", True)]


@FORMS
def test_a_newsletter_that_hears_of_the_end_first_keeps_to_it(form, monkeypatch):
    late, mark_failed = TechnicalError("the list is locked"), store.mark_failed
    # It is tried again after a second, and a busy machine may take longer for the run.
    monkeypatch.setattr(store, "mark_failed", lambda message, error, **_: mark_failed(message, error, retry_after=DAY))
    run = given(form, UNKNOWN).when("newsletter.add_reader", late).run().is_("rolled_back")
    assert [(reader.email, reader.has_left) for reader in Reader.objects.all()] == [("", True)]
    observing = OutboxMessage.objects.filter(run_id=run.run_id, observer="newsletter.add_reader")
    observing.update(due_at=store.to_datetime(store.now()))
    engine.wake(run.run_id)
    assert [(reader.email, reader.has_left) for reader in Reader.objects.all()] == [("ada@example.org", True)]


@FORMS
def test_a_newsletter_that_is_broken_harms_no_customer(form):
    broken = given(form, ADA).when("newsletter.add_reader", *[RuntimeError("no list")] * 10)
    run = broken.run(within=60).is_("running").heard("newsletter.add_reader")
    post.deliver(Pack.objects.get())
    seen(run.run_id).is_("completed")
    assert business() == WELCOMED

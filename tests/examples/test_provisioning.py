"""S4: a user is provisioned; an absolute failure calls for countermeasures, and the record says what was undone."""

import pytest

from examples.provisioning import provider
from examples.provisioning.models import OutgoingEmail, ProviderOutage, ProviderUser, TransactionRecord, User
from sagaflow import engine
from sagaflow.testing import drive, given, seen, step_in

pytestmark = pytest.mark.django_db(databases=["default", "participant"])

FORMS = pytest.mark.parametrize("form", ["provision-user", "provision-user-choreographed"])
ADA = {"email": "ada@example.org", "name": "Ada", "template": "welcome-1"}


def business() -> dict[str, list]:
    return {
        "at the provider": sorted(ProviderUser.objects.filter(deleted=False).values_list("email", "name")),
        "here": User.objects.count(),
        "records": sorted(TransactionRecord.objects.values_list("service", "state")),
        "e-mails": list(OutgoingEmail.objects.values_list("template_id", "data")),
    }


NOTHING = {"at the provider": [], "here": 0, "records": [], "e-mails": []}
PROVISIONED = {
    "at the provider": [("ada@example.org", "Ada")],
    "here": 1,
    "records": [("identity", "done")],
    "e-mails": [("welcome-1", {"name": "Ada", "email": "ada@example.org"})],
}


@FORMS
def test_a_user_is_validated_created_and_written_to(form):
    run = given(form, ADA).run().is_("completed").did("validate_data", "create_user", "send_email")
    assert business() == PROVISIONED
    assert User.objects.get().provider_id == ProviderUser.objects.get().provider_id
    run.published("DataValidated", "UserCreated", "EmailSent")


@FORMS
@pytest.mark.parametrize("wrong", [{"email": "not an address"}, {"name": " "}])
def test_invalid_data_leaves_nothing_to_undo_and_the_record_says_so(form, wrong):
    run = given(form, {**ADA, **wrong}).run().is_("rolled_back").undid().tried(validate_data=1, create_user=0)
    run.recorded(
        failed_step="validate_data",
        kind="business",
        summary="nothing to undo",
        steps={"validate_data": "nothing to undo", "create_user": "not started", "send_email": "not started"},
    )
    assert business() == NOTHING


@FORMS
def test_an_address_that_must_not_be_written_to_deletes_the_user_at_the_provider(form):
    run = given(form, {**ADA, "email": "silent@example.org"}).run().is_("rolled_back").undid("create_user")
    run.recorded(
        failed_step="send_email",
        summary="1 compensated",
        steps={"create_user": "compensated", "validate_data": "nothing to undo", "send_email": "nothing to undo"},
    )
    reasons = {row["step"]: row["reason"] for row in run.record()["steps"]}
    assert reasons["validate_data"] == "a pure check leaves nothing behind"
    assert business() == NOTHING | {"records": [("identity", "undone")]}


@FORMS
def test_an_address_that_belongs_to_another_user_leaves_that_user_alone(form):
    provider.create_user("another:do", email=ADA["email"], name="Another Ada")
    given(form, ADA).run().is_("rolled_back").undid().recorded(failed_step="create_user", summary="nothing to undo")
    assert business() == NOTHING | {"at the provider": [("ada@example.org", "Another Ada")]}


@FORMS
def test_a_provider_that_answers_again_in_time_creates_the_user_once(form):
    ProviderOutage.objects.create(remaining=2)
    given(form, ADA).run().is_("completed").tried(create_user=3)
    assert business() == PROVISIONED


@FORMS
def test_a_provider_that_stays_away_is_an_absolute_failure_and_the_doubtful_user_is_deleted(form):
    """It is unknown if the provider created the user, so the deletion is retried until the provider answers."""
    ProviderOutage.objects.create(remaining=5)
    run = given(form, ADA).run().is_("rolled_back").undid("create_user").tried(create_user=3, send_email=0)
    run.recorded(failed_step="create_user", kind="technical", steps={"create_user": "compensated"})
    assert run.state.steps["create_user"].undo_attempts == 3
    assert business() == NOTHING
    with pytest.raises(provider.Refusal, match="deleted"):
        provider.create_user(f"{run.run_id}:create_user:do", email=ADA["email"], name="Ada")


@FORMS
def test_the_answer_of_the_provider_may_be_lost_and_the_user_is_deleted_all_the_same(form):
    class AnswerLost(Exception):
        pass

    def created_but(context):
        provider.create_user(context.key, email=context.input["email"], name=context.input["name"])
        raise AnswerLost

    run = given(form, ADA).when("create_user", *[created_but] * 3).run().is_("rolled_back").undid("create_user")
    assert run.state.steps["create_user"].output is None
    assert business() == NOTHING


@FORMS
def test_each_service_checks_the_record_of_the_one_before_it(form):
    run_id = engine.start(form, ADA)
    drive(run_id, step_in("create_user", "done"))
    assert TransactionRecord.objects.get().key == f"{run_id}:create_user:do"
    TransactionRecord.objects.update(state="undone")
    drive(run_id)
    seen(run_id).is_("rolled_back").recorded(failed_step="send_email")
    assert business() == NOTHING | {"records": [("identity", "undone")]}


@FORMS
def test_data_that_is_not_what_was_validated_creates_no_user(form):
    given(form, ADA).when("validate_data", {"valid": True, "digest": "of something else"}).run().is_(
        "rolled_back"
    ).recorded(failed_step="create_user")
    assert business() == NOTHING

"""Provision a user, in both styles."""

from examples.provisioning import participants  # noqa: F401 - registers the actions
from sagaflow import Call, Compensation, OnExhausted, RetryPolicy, Saga, Segment, Step, Style, irreversible, nothing
from sagaflow.registry import register

__all__ = ["provision_user"]

REACTION = 3_600.0
TEXT = {"type": "string", "maxLength": 200}
INPUT = {
    "type": "object",
    "properties": {"email": {**TEXT, "x-new": True}, "name": TEXT, "template": TEXT},
    "required": ["email", "name", "template"],
    "additionalProperties": False,
    "examples": [
        {"email": "ada@example.org", "name": "Ada", "template": "welcome"},
        {"email": "silent@example.org", "name": "Ben", "template": "welcome"},
    ],
    "x-example-titles": ["Completes", "Rolls back: no e-mail may be sent to this address"],
}


def provision_user(name: str, style: Style) -> Saga:
    """The saga in one style; the steps are the same. A provider that stays down is a refusal: the run rolls back."""
    return Saga(
        name,
        Segment(
            name="provisioning",
            style=style,
            team="accounts",
            steps=(
                Step(
                    "validate_data",
                    "validation.validate_data",
                    emits="DataValidated",
                    fails_as={"invalid_data": "DataInvalid"},
                    undo=nothing("a pure check leaves nothing behind"),
                    outputs=("valid", "digest"),
                    timeout=REACTION,
                ),
                Step(
                    "create_user",
                    "identity.create_user",
                    emits="UserCreated",
                    fails_as={"address_taken": "UserRefused", "not_validated": "UserRefused"},
                    undo=Compensation(does=Call("identity.delete_user"), needs=("/provider_id",), emits="UserDeleted"),
                    outputs=("provider_id", "record"),
                    retry=RetryPolicy(attempts=3, delay=1.0),
                    on_exhausted=OnExhausted.ROLL_BACK,
                    timeout=REACTION,
                ),
                Step(
                    "send_email",
                    "email.send_email",
                    emits="EmailSent",
                    fails_as={"address_suppressed": "EmailRefused", "no_user": "EmailRefused"},
                    undo=irreversible("an e-mail cannot be unsent"),
                    outputs=("template_id",),
                    timeout=REACTION,
                ),
            ),
        ),
        title=f"Provision a user, {style}",
        input_schema=INPUT,
        sensitive=("email", "name"),
    )


register(provision_user("provision-user", Style.ORCHESTRATED))
register(provision_user("provision-user-choreographed", Style.CHOREOGRAPHED))

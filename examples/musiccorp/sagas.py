"""Create a customer, in both styles: after the customer exists, three services react in parallel."""

from typing import Any

from examples.musiccorp import participants  # noqa: F401 - registers the actions
from examples.musiccorp.conf import POST, REACTION
from sagaflow import Call, Compensation, RetryPolicy, Saga, Segment, Step, Style, semantic
from sagaflow.registry import register

__all__ = ["create_customer"]

TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
INPUT = {
    "type": "object",
    "properties": {
        "name": TEXT,
        "email": {
            **TEXT,
            "pattern": "^[^@ ]+@[^@ ]+$",
            "description": "One that no customer has yet.",
            "x-new": True,
        },
        "address": {**TEXT, "description": "Any address. The post refuses Nowhere 1, so that the run rolls back."},
    },
    "required": ["name", "email", "address"],
    "additionalProperties": False,
    "examples": [
        {"name": "Ada", "email": "ada@example.org", "address": "Main Street 1"},
        {"name": "Ben", "email": "ben@example.org", "address": "Nowhere 1"},
    ],
    "x-example-titles": ["Completes after the post", "Rolls back: the post does not know the address"],
}


def create_customer(name: str, style: Style) -> Saga:
    """The saga in one style. The other one differs only in its name and its style."""
    return Saga(
        name,
        Segment(name="welcome", style=style, team="customer", steps=_steps()),
        title=f"Create a customer, {style}",
        input_schema=INPUT,
        sensitive=("email", "address"),
    )


def _steps() -> tuple[Step, ...]:
    parallel: dict[str, Any] = {"after": "create_customer"}
    return (
        Step(
            "create_customer",
            "customer.create_customer",
            emits="CustomerCreated",
            fails_as={"customer_exists": "CustomerRefused"},
            undo=Compensation(does=Call("customer.close_customer"), emits="CustomerClosed"),
            outputs=("customer",),
            timeout=REACTION,
        ),
        Step(
            "create_loyalty_account",
            "loyalty.create_loyalty_account",
            emits="LoyaltyAccountCreated",
            undo=Compensation(does=Call("loyalty.close_loyalty_account"), emits="LoyaltyAccountClosed"),
            outputs=("account",),
            retry=RetryPolicy(attempts=2, delay=REACTION, max_delay=REACTION),
            timeout=REACTION,
            **parallel,
        ),
        Step(
            "send_welcome_pack",
            "post.send_welcome_pack",
            emits="WelcomePackSent",
            fails_as={"address_unknown": "AddressUnknown"},
            undo=semantic("post.send_apology", "a delivered pack stays delivered; a letter apologises"),
            outputs=("delivered_to",),
            timeout=POST,
            **parallel,
        ),
        Step(
            "send_welcome_email",
            "email.send_welcome_email",
            emits="WelcomeEmailSent",
            undo=semantic("email.send_apology_email", "an e-mail cannot be unsent; another one apologises"),
            outputs=("recipient",),
            timeout=REACTION,
            **parallel,
        ),
    )


register(create_customer("create-customer", Style.ORCHESTRATED))
register(create_customer("create-customer-choreographed", Style.CHOREOGRAPHED))

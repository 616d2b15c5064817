"""Verify a customer: (a) one step, one local transaction; (b) two services, in both styles. For (c) see two_phase."""

from examples.verification import participants  # noqa: F401 - registers the actions
from sagaflow import Call, Compensation, Saga, Segment, Step, Style, orchestrated
from sagaflow.registry import register

__all__ = ["verify_customer", "verify_customer_locally"]

REACTION = 3_600.0
INPUT = {
    "type": "object",
    "properties": {
        "customer": {
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            "description": "C-1 can be verified, once; C-2 was never enrolled.",
        }
    },
    "required": ["customer"],
    "additionalProperties": False,
    "examples": [{"customer": "C-1"}, {"customer": "C-2"}],
    "x-example-titles": ["Completes, once", "Rolls back: C-2 was never enrolled"],
}


def verify_customer_locally() -> Saga:
    """(a) Both tables belong to one service, so the database rolls back and no compensation is needed."""
    step = Step(
        "verify_customer",
        "verification.verify_customer",
        emits="CustomerVerified",
        fails_as={"not_enrolled": "VerificationRefused", "not_pending": "VerificationRefused"},
        outputs=("status",),
        pivot=True,
        timeout=REACTION,
    )
    segment = orchestrated("verification", step, team="customer care")
    return _saga("verify-customer-locally", "Verify a customer, in one transaction", segment)


def verify_customer(name: str, style: Style) -> Saga:
    """(b) Two services with one database each."""
    set_verified = Step(
        "set_verified",
        "customers.set_verified",
        emits="CustomerVerified",
        fails_as={"not_pending": "VerificationRefused"},
        undo=Compensation(does=Call("customers.set_pending"), emits="CustomerPendingAgain"),
        outputs=("status",),
        timeout=REACTION,
    )
    delete_enrollment = Step(
        "delete_enrollment",
        "enrollments.delete_enrollment",
        emits="EnrollmentDeleted",
        fails_as={"not_enrolled": "EnrollmentMissing"},
        undo=Compensation(does=Call("enrollments.restore_enrollment"), emits="EnrollmentRestored"),
        outputs=("deleted",),
        timeout=REACTION,
    )
    steps = (set_verified, delete_enrollment)
    segment = Segment(name="verification", style=style, team="customer care", steps=steps)
    return _saga(name, f"Verify a customer, {style}", segment)


def _saga(name: str, title: str, segment: Segment) -> Saga:
    return Saga(name, segment, title=title, input_schema=INPUT, search={"customer": "/customer"})


register(verify_customer_locally())
register(verify_customer("verify-customer", Style.ORCHESTRATED))
register(verify_customer("verify-customer-choreographed", Style.CHOREOGRAPHED))

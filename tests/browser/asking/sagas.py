"""A claim: a clerk checks it, and another person than the one who filed it decides about the money."""

from sagaflow import Approval, Saga, Step, orchestrated
from sagaflow.registry import register

register(
    Saga(
        "claim",
        orchestrated(
            "decide",
            Step(
                "check",
                Approval("clerks", not_by=("starter",), remind_after=1),
                title="Check the claim",
                timeout=86_400,
            ),
            Step("pay", Approval("clerks", not_by=("check",)), title="Release the money"),
        ),
        title="A claim",
        search={"claim": "/claim"},
    )
)

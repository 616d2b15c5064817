"""Sagas for the tests of the commands. The input says what fails: ``{"fail": {"<step>:<do|undo>": …}}``."""

from typing import Any

from sagaflow import (
    Accepted,
    Approval,
    BusinessError,
    Context,
    RetryPolicy,
    Saga,
    Segment,
    Step,
    TechnicalError,
    WaitForEvent,
    choreographed,
    orchestrated,
)
from sagaflow.registry import action, register

ONCE = RetryPolicy(attempts=1, delay=0.0, jitter=0.0)
tokens: list[str] = []
"""The callback tokens that the courier received."""


def do(context: Context) -> Any:
    match (context.input or {}).get("fail", {}).get(f"{context.step}:{context.direction.value}"):
        case "business":
            raise BusinessError("refused", "the till says \x1b[31mno[/red]")
        case "technical":
            raise TechnicalError("the line is dead", code="no-line")
    return {"step": context.step, "card": {"pin": 1234}, "kept": True}


for _verb in ("reserve", "release", "pay", "refund", "ship"):
    action(f"till.{_verb}")(do)


@action("courier.send")
def send(context: Context) -> Accepted:
    tokens.append(context.callback())
    return Accepted()


def steps(**options: Any) -> tuple[Step, ...]:
    patience: dict[str, Any] = {"retry": ONCE, "undo_retry": ONCE, "timeout": 60.0}
    return (
        Step("reserve", "till.reserve", undo="till.release", **patience),
        Step("pay", "till.pay", undo="till.refund", **patience),
        Step("ship", "till.ship", undo="till.release", **patience, **options),
    )


def saga(name: str, *segments: Segment, **options: Any) -> Saga:
    return register(Saga(name, segments, **options))


order = saga(
    "cli-order",
    orchestrated("main", *steps()),
    input_schema={"type": "object", "required": ["order"]},
    search={"order": "/order", "total": "/total", "card": "/payment/card"},
    sensitive=("card", "Secret"),
)
dance = saga("cli-dance", choreographed("main", *steps()))
careless = saga("cli-careless", orchestrated("main", Step("pay", "till.pay"), Step("ship", "till.ship", pivot=True)))
patient = saga(
    "cli-patient",
    orchestrated(
        "main",
        Step("agree", Approval("managers")),
        Step("parcel", WaitForEvent("ParcelScanned")),
        Step("deliver", "courier.send", undo="till.release", retry=ONCE),
    ),
    sensitive=("pin",),
)

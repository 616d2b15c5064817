"""A saga with markup in every text that the rules of definitions accept."""

from sagaflow import (
    Approval,
    BusinessError,
    Observer,
    RetryPolicy,
    Saga,
    Step,
    TechnicalError,
    WaitForEvent,
    choreographed,
    orchestrated,
    semantic,
    subscribe,
)
from sagaflow.registry import action, register
from tests.canaries.markup import canary

ONCE = RetryPolicy(attempts=1)


@action("nasty.give")
def give(_):
    return {canary("output.key"): canary("output.value")}


@action("nasty.take")
def take(context):
    if context.input["mode"] == "stuck":
        raise BusinessError("torn", canary("undo.message"))


@action("nasty.end")
def end(context):
    match context.input["mode"]:
        case "parked":
            raise TechnicalError(canary("odd.message"), code=canary("odd.code"))
        case "live":
            return
    raise BusinessError(canary("code"), canary("message"))


@subscribe("GiveCompleted", saga="nasty", team=canary("team"), name="nasty.overhear")
@action("nasty.listen")
def listen(_):
    raise ValueError(canary("sink"))


register(
    Saga(
        "nasty",
        (
            choreographed(
                "first",
                Step(
                    "give",
                    "nasty.give",
                    undo=semantic("nasty.take", canary("undo.reason")),
                    undo_retry=ONCE,
                    title=canary("step.title"),
                ),
                Step("hear", WaitForEvent("Heard", service="post"), timeout=600),
                team=canary("team"),
                title=canary("segment.title"),
            ),
            orchestrated(
                "last",
                Step("agree", Approval(by=canary("approval")), timeout=600),
                Step("end", "nasty.end", retry=ONCE, fails_as={canary("code"): "EndRefused"}),
            ),
        ),
        title=canary("saga.title"),
        input_schema={"type": "object", "properties": {"mode": {"type": "string", "title": canary("schema.title")}}},
        search={"note": "/note"},
        observers=(Observer("listener", "nasty.listen", on="GiveCompleted"),),
    )
)

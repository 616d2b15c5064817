"""A saga whose sensitive fields hold canaries in every place that can hold one, and errors that quote them."""

import json
import secrets

from sagaflow import engine, registry, store, subscribe
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Observer, Saga, Step, WaitForEvent, choreographed, orchestrated, semantic
from sagaflow.core.errors import Refused
from sagaflow.core.participant import Accepted, BusinessError, TechnicalError
from sagaflow.core.run.state import ErrorKind, StepError
from sagaflow.processes import bulk_repair
from sagaflow.registry import Action
from sagaflow.store import bulk_repairs

__all__ = ["NUMBER", "PLACES", "STEM", "fill", "found_in", "register"]

STEM = secrets.token_hex(10)
"""The part that every canary in text contains."""
NUMBER = 10**15 + secrets.randbelow(10**15)
"""A canary that is a number, as on a card."""
PLACES = (
    *("input", "nested", "quote'd", "output", "undo-output", "event", "edited", "refused", "substitute"),
    *("callback", "unmatched", "bulk"),
)
ONCE = RetryPolicy(attempts=1)
SAGA = Saga(
    "secretive",
    (
        choreographed(
            "open",
            Step("give", "vault.give", undo=semantic("vault.take", "told"), undo_retry=ONCE, timeout=600),
            Step("hear", WaitForEvent("Heard"), timeout=600),
            team="keepers",
        ),
        orchestrated(
            "close",
            Step("ask", "vault.ask", undo="vault.take", retry=ONCE, timeout=600),
            Step("pay", "vault.pay", retry=ONCE),
        ),
    ),
    search={"order": "/order", "card": "/card"},
    sensitive=("Card",),
    input_schema={"type": "object", "properties": {"card": {"maxLength": 60}, "order": {"type": "string"}}},
    observers=(Observer("listener", "vault.listen", on="GiveCompleted"),),
)
tokens: dict[str, str] = {}
"""The callback token of the step `ask`, by run."""


def canary(place: str) -> str:
    return f"{STEM}-{place}"


def found_in(text: str) -> bool:
    """True if the text contains a canary."""
    return STEM in text or str(NUMBER) in text


def give(context):
    return {"kept": True, "card": [canary("output"), NUMBER]}


def take(context):
    if context.input["mode"] == "stick":
        raise BusinessError("jammed", f"cannot take back {context.output}")
    return {"card": canary("undo-output")}


def ask(context):
    if context.input["mode"] == "odd":
        return {"card": object()}
    tokens[context.run_id] = context.callback()
    return Accepted()


def pay(context):
    quoted = f"refused: {context.input!r} {context.outputs}"
    match context.input["mode"]:
        case "refuse" | "stick":
            raise BusinessError("no-funds", quoted)
        case "break":
            raise ValueError(quoted)
        case "late":
            raise TechnicalError("x" * 490 + canary("input"), code="slow")


def listen(context):
    raise ValueError(f"heard {context.input}")


def register() -> None:
    registry.register(SAGA)
    events = ("GiveCompleted", "HearCompleted", "SagaCompleted", "SagaRolledBack")
    subscribe(*events, saga="secretive", team="eavesdroppers", name="press.overhear")(listen)
    for function in (give, take, ask, pay, listen):
        registry.add(Action(name=f"vault.{function.__name__}", does=function))


def given(mode: str, card: str = "input") -> dict:
    deep = [{"CARD": {"holder": canary("nested"), "number": NUMBER}}, {"card": canary("quote'd")}]
    return {"mode": mode, "order": f"order-{mode}", "card": canary(card), "deep": deep}


def settle(run_id: str) -> str:
    while engine.wake(run_id):
        pass
    return run_id


def fill() -> dict[str, str]:
    """Create runs of every kind. Return them by outcome."""
    store.declare(registry.subscribers())
    runs = {mode: settle(engine.start("secretive", given(mode), by="ann")) for mode in MODES}
    for mode, run_id in runs.items():
        engine.publish("Heard", run_id, {"card": canary("event"), "told": 1}, event_id="1", source="post")
        engine.publish("Heard", run_id, {"card": canary("event")}, event_id="2", source="post")
        settle(run_id)
        if mode != "odd":
            _answer(run_id, mode)
    _repair(runs)
    engine.publish("Stray", "nobody", {"card": canary("unmatched")}, event_id="3", source="post")
    return runs


MODES = ("fine", "refuse", "stick", "break", "late", "odd", "said-no", "cancelled", "mended", "many")


def _answer(run_id: str, mode: str) -> None:
    if mode == "said-no":
        error = StepError(ErrorKind.BUSINESS, "no", f"not with {canary('input')} nor {canary('event')} nor {NUMBER}")
        engine.answer(tokens[run_id], error=error)
    elif mode in ("mended", "many"):
        engine.answer(tokens[run_id], error=StepError(ErrorKind.TECHNICAL, "down", f"while at {canary('input')}"))
    else:
        engine.answer(tokens[run_id], output={"card": canary("callback")})
    settle(run_id)


def _repair(runs: dict[str, str]) -> None:
    who = {"by": "vera", "reason": "as agreed"}
    act = engine.operate(runs["break"], "retry_with_input", step="pay", input=given("break", "edited"), **who)
    assert act.outcome == "done"
    settle(runs["break"])
    act = engine.operate(runs["late"], "retry_with_input", step="pay", input={"card": canary("refused") * 3}, **who)
    assert (act.outcome, found_in(act.detail)) == ("refused", False)
    # Earlier versions recorded what a refused input held.
    quoted = f"The input of saga 'secretive' is refused: at '/card' '{canary('refused') * 3}' is too long."
    store.record_act(runs["late"], "retry_with_input", step="pay", outcome="refused", detail=quoted, **who)
    engine.operate(runs["mended"], "skip", step="ask", output={"card": canary("substitute")}, **who)
    engine.operate(runs["late"], "cancel", **who)
    for mode in ("mended", "late"):
        settle(runs[mode])
    output = json.dumps({"card": canary("bulk")})
    order = bulk_repairs.Order(verb="skip", by="vera", reason="all", selection="ticked", output=output)
    bulk_repairs.freeze(order, [(runs[mode], engine.state(runs[mode])[1].seq) for mode in ("many", "fine")])
    bulk_repair.repair_all()
    settle(runs["many"])
    for refused in ({"card": canary("input")}, {**given("fine"), "card": "x" * 61 + canary("input")}):
        try:
            engine.start("secretive", refused | {"order": 1}, by="ann")
        except Refused:
            continue

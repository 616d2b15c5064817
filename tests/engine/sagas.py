"""Sagas and actions for the tests of the engine. Every effect is a row that is really written and rolled back.

The input says what fails: ``{"plan": {"<step>:<do|undo>": ["technical", "business", …]}}``, one word per attempt.
"""

import sys
import threading
from typing import Any
from uuid import uuid4

from sagaflow import registry
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    Approval,
    CompensateOn,
    Compensation,
    Observer,
    OnExhausted,
    RollBackChild,
    Saga,
    Segment,
    Step,
    SubSaga,
    Timer,
    WaitForEvent,
    choreographed,
    orchestrated,
    retry_whole_run,
)
from sagaflow.core.participant import Accepted, BusinessError, Context, TechnicalError
from sagaflow.models import Barrier
from sagaflow.registry import action

AT_ONCE = RetryPolicy(attempts=3, delay=0.0, jitter=0.0)
tokens: list[str] = []
"""The callback tokens that participants received."""


def effects(run_id: str, database: str = "default") -> list[str]:
    """The effects of a run, in order: ``step:do`` or ``step:undo``."""
    rows = Barrier.objects.using(database).filter(direction="fx", key__startswith=run_id).order_by("pk")
    return [":".join(key.split("|")[0].split(":")[1:]) for key in rows.values_list("key", flat=True)]


def take_effect(context: Context, database: str = "default") -> dict[str, Any]:
    Barrier.objects.using(database).create(key=f"{context.key}|{uuid4().hex[:8]}", direction="fx")
    go_wrong(context)
    return {"step": context.step, "attempt": context.attempt}


def go_wrong(context: Context) -> None:
    plan = context.input.get("plan", {}).get(f"{context.step}:{context.direction.value}", [])
    match plan[context.attempt - 1 : context.attempt]:
        case ["business"]:
            raise BusinessError("out-of-stock", "nothing on the shelf")
        case ["technical"]:
            raise TechnicalError("the line is dead", code="no-line")
        case ["much-later"]:
            raise TechnicalError("come back in the next age", code="closed", retry_after=10**400)
        case ["crash"]:
            raise ZeroDivisionError("x" * 1000)
        case ["exit"]:
            sys.exit(3)


@action("plain.do")
@action("plain.undo")
def plain(context: Context) -> Any:
    return take_effect(context)


@action("exact.do", transactional=True)
@action("exact.undo", transactional=True)
def exact(context: Context) -> Any:
    return take_effect(context)


@action("depot.do", database="participant")
@action("depot.undo", database="participant")
def depot(context: Context) -> Any:
    return take_effect(context, "participant")


@action("post.send")
@action("post.recall")
def post(context: Context) -> Accepted:
    tokens.append(context.callback())
    return Accepted()


begun, gate = threading.Event(), threading.Event()
"""Work of any length: it sets ``begun`` when it starts, and ends when ``gate`` is set."""


@action("slow.do")
def slow(context: Context) -> Any:
    begun.set()
    assert gate.wait(60), "nobody opened the gate"
    return {"attempt": context.attempt}


@action("odd.returns")
def odd(context: Context) -> Any:
    return {"nan": float("nan"), "set": {1}, "bytes": "x" * 300_000}[context.input["odd"]]


@action("odd.sees")
def sees(context: Context) -> Any:
    return {
        "key": context.key,
        "correlation": context.correlation_id,
        "causation": context.causation_id,
        "outputs": dict(context.outputs),
        "output": context.output,
        "reason": dict(context.reason),
        "direction": context.direction.value,
        "attempt": context.attempt,
        "input": context.input,
    }


@action("news.watch")
def watch(context: Context) -> None:
    Barrier.objects.create(key=f"{context.run_id}:{context.input['event']}:seen|{uuid4().hex[:8]}", direction="fx")
    if context.input["payload"] is None:
        raise TechnicalError("the observer is out of order")


def step(name: str, service: str = "plain", **options: Any) -> Step:
    """A step of ``service`` with its compensation, retried immediately."""
    return Step(name, f"{service}.do", undo=f"{service}.undo", retry=AT_ONCE, undo_retry=AT_ONCE, **options)


def steps(*names: str, service: str = "plain") -> tuple[Step, ...]:
    return tuple(step(name, service) for name in names)


def saga(name: str, *segments: Segment, **options: Any) -> Saga:
    return registry.register(Saga(name, segments, **options))


FIVE = ("first", "second", "third", "fourth", "fifth")
five = saga("five", orchestrated("main", *steps(*FIVE)))
five_exact = saga("five-exact", orchestrated("main", *steps(*FIVE, service="exact")))
five_apart = saga("five-apart", orchestrated("main", *steps(*FIVE, service="depot")))
danced = saga("danced", choreographed("main", *steps("first", "second", "third")))
mixed = saga(
    "mixed",
    choreographed("front", *steps("first", "second")),
    orchestrated("back", step("third", "exact"), step("fourth", "depot"), team="warehouse"),
    observers=(Observer("news", "news.watch", on=("FirstCompleted", "FrontStarted")),),
)
fork = saga(
    "fork",
    orchestrated(
        "main",
        step("first"),
        step("left", after="first"),
        step("right", "depot", after="first"),
        step("last", after=("left", "right")),
    ),
)
strict = saga(
    "strict",
    orchestrated("main", *steps("only")),
    input_schema={
        "type": "object",
        "properties": {"amount": {"type": "integer", "minimum": 1}, "plan": {"type": "object"}},
        "required": ["amount"],
    },
    search={"amount": "/amount"},
)
defaulting = saga(
    "defaulting",
    orchestrated("main", *steps("only")),
    input_schema={
        "type": "object",
        "properties": {
            "currency": {"type": "string", "default": "EUR", "enum": ["EUR", "CHF"]},
            "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
            "shop": {"type": "object", "default": {}, "properties": {"open": {"type": "boolean", "default": True}}},
        },
        "required": ["currency"],
        "$defs": {"line": {"type": "object", "properties": {"count": {"type": "integer", "default": 1}}}},
    },
)
letter = saga(
    "letter",
    orchestrated(
        "main",
        step("first"),
        Step("post", "post.send", undo="post.recall", retry=AT_ONCE, undo_retry=AT_ONCE),
        step("last"),
    ),
)
long = saga("long", orchestrated("main", Step("dig", "slow.do", undo="plain.undo", retry=AT_ONCE, timeout=3600)))
hasty = saga("hasty", orchestrated("main", Step("post", "post.send", undo="plain.undo", retry=AT_ONCE, timeout=0.05)))
waiting = saga("waiting", orchestrated("main", step("first"), Step("paid", WaitForEvent("Paid")), step("last")))
rounds = saga("rounds", orchestrated("main", Step("heard", WaitForEvent("Heard")), Step("rest", Timer(10**6))))
secretive = saga("secretive", orchestrated("main", step("first")), sensitive=("card",))
timed = saga("timed", orchestrated("main", Step("pause", Timer(0.05)), step("last")))
approved = saga("approved", orchestrated("main", step("first"), Step("release", Approval("managers")), step("last")))
parent = saga(
    "parent",
    orchestrated(
        "main",
        step("first"),
        Step("sub", SubSaga("five"), undo=Compensation(does=RollBackChild()), undo_retry=AT_ONCE),
        step("last"),
    ),
)
again = saga(
    "again", orchestrated("main", *steps("first", "second")), after_rollback=retry_whole_run(times=2, delay=0.0)
)
going_back = saga(
    "going-back",
    orchestrated(
        "main",
        step("first", "depot"),
        Step(
            "second",
            "depot.do",
            undo="depot.undo",
            retry=RetryPolicy(attempts=1),
            on_exhausted=OnExhausted.ROLL_BACK,
            compensate_on=CompensateOn.ATTEMPTED,
        ),
    ),
)
doubtful = saga(
    "doubtful",
    orchestrated(
        "main",
        step("first", "exact"),
        Step(
            "second", "exact.do", undo="exact.undo", retry=RetryPolicy(attempts=1), on_exhausted=OnExhausted.ROLL_BACK
        ),
    ),
)
odd_output = saga("odd-output", orchestrated("main", Step("odd", "odd.returns", retry=RetryPolicy(attempts=1))))
seeing = saga(
    "seeing",
    orchestrated(
        "main",
        Step("first", "odd.sees", undo="odd.sees", undo_retry=AT_ONCE),
        Step("second", "odd.sees"),
        step("third"),
    ),
)
lost = Saga("lost", orchestrated("main", Step("only", "nowhere.do", retry=RetryPolicy(attempts=1))))
"""Not registered, because the system check and `plan` would report its unknown names in each test of this process."""

"""A saga whose steps stop at a gate, so that a test can kill the worker at exactly that point.

The gates are files in the folder `GATES`: an action that finds `<point>.shut` there writes `<point>.reached` and waits
until `<point>.shut` is gone. Effects of the non-transactional actions are files `<key>.effect`, made at most once each,
as in a participant that respects the idempotency key; `attempts` has a line for every attempt.
"""

import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path

from sagaflow import BusinessError, Context, RetryPolicy, Saga, Segment, Step, Style, subscribe
from sagaflow.registry import Function, action, register
from tests.faults.shop.models import Effect
from tests.servers.waiting import until

GATES = Path(os.environ.get("GATES", "/nonexistent"))
LETTERS = os.environ.get("LETTERS") == "yes"
"""This process has the code of the team that subscribes to the sagas of the shop, as its own deployment would."""
LACKING = os.environ.get("LACKING", "").split(",")
BRIEF = RetryPolicy(attempts=5, delay=0.05, factor=1.0)


def having(name: str, **options: bool) -> Callable[[Function], Function]:
    """Register an action, unless this process plays the part of code that does not have it yet."""
    return (lambda function: function) if name in LACKING else action(name, **options)


def gate(point: str) -> None:
    if (GATES / f"{point}.shut").exists():
        (GATES / f"{point}.reached").touch()
        until(lambda: not (GATES / f"{point}.shut").exists(), f"{point} to open", seconds=60)


def effect(context: Context) -> None:
    """Take effect once per key, however often it is attempted."""
    with (GATES / "attempts").open("a") as attempts:
        attempts.write(f"{context.key} {context.attempt}\n")
    (GATES / f"{context.key}.effect").touch()


@having("stock.reserve")
def reserve(context: Context) -> dict[str, int]:
    gate("before-reserve")
    effect(context)
    gate("after-reserve")
    return {"reserved": 1}


@having("stock.release")
def release(context: Context) -> None:
    effect(context)
    gate("after-release")


@having("payment.take", transactional=True)
def take(context: Context) -> None:
    Effect.objects.create(key=context.key, attempt=context.attempt)
    gate("after-take")


@having("payment.refund", transactional=True)
def refund(context: Context) -> None:
    Effect.objects.create(key=context.key, attempt=context.attempt)


@having("post.send")
def send(context: Context) -> None:
    if context.input.get("refuse"):
        raise BusinessError("refused", "The address does not exist.")
    effect(context)


@having("stock.crash")
def crash(context: Context) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.raise_signal(signal.SIGSEGV)  # in this thread, as a fault of memory is: it must not return


def write(context: Context) -> None:
    effect(context)
    gate("after-letter")


if LETTERS:
    subscribe("TakeCompleted", "SagaCompleted", saga="buy_choreographed", team="letters", name="letters.write")(write)


def buying(style: Style) -> Saga:
    steps = (
        Step("reserve", "stock.reserve", undo="stock.release", retry=BRIEF, undo_retry=BRIEF),
        Step("take", "payment.take", undo="payment.refund", retry=BRIEF, undo_retry=BRIEF),
        Step("send", "post.send", retry=BRIEF),
    )
    return Saga(name=f"buy_{style.value}", segments=(Segment(name="buying", style=style, steps=steps),))


for style in Style:
    register(buying(style))
crash_alone = Segment(name="only", style=Style.ORCHESTRATED, steps=(Step("crash", "stock.crash", retry=BRIEF),))
register(Saga(name="crash", segments=(crash_alone,)))

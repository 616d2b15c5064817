"""Sagas of five steps that do nothing. The last step of the second refuses, so that the four before it are undone."""

from sagaflow import BusinessError, Context, Saga, Step, orchestrated
from sagaflow.registry import action, register

STEPS = 5


@action("five.do")
def do(_: Context) -> dict[str, bool]:
    """Do nothing, with an answer that is stored."""
    return {"ok": True}


@action("five.undo")
def undo(_: Context) -> dict[str, bool]:
    """Undo nothing."""
    return {"ok": True}


@action("five.refuse")
def refuse(_: Context) -> None:
    """Refuse."""
    raise BusinessError("refused")


def steps(last: str) -> tuple[Step, ...]:
    """Return the steps; the last one calls the action ``last``."""
    plain = (Step(f"step{number}", "five.do", undo="five.undo") for number in range(1, STEPS))
    return (*plain, Step(f"step{STEPS}", last, undo="five.undo"))


register(Saga("five", orchestrated("main", *steps("five.do"))))
register(Saga("five-failing", orchestrated("main", *steps("five.refuse"))))

"""What the simulator tells: one outcome for each end of each fault, and the same as a table of text."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sagaflow.core.run.reports import Report
from sagaflow.core.run.state import RunStatus

__all__ = ["CUT", "HEADER", "Case", "Outcome", "grouped", "table", "told_apart"]


class Case(StrEnum):
    """What goes wrong with a step."""

    BUSINESS_ERROR = "business error"
    TECHNICAL_ERROR = "technical error until exhausted"
    TIME_OUT = "time-out"
    DUPLICATE = "duplicate reply"
    CRASH_BEFORE = "crash before commit"
    CRASH_AFTER = "crash after commit"
    """The effect took place and nobody recorded it."""
    UNDO_FAILS = "compensation fails"
    """A person rolls the run back as soon as the step is done, and its compensation fails until it is exhausted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One way in which a run ends in which one thing goes wrong."""

    step: str
    case: Case
    reached: bool
    """Whether the run comes to the point at all with this input; if not, the rest describes a run without fault."""
    status: RunStatus
    compensated: tuple[str, ...]
    """Steps whose compensation ran, in the order in which it ended, semantic ones included; one for each round."""
    semantic: tuple[str, ...]
    """Of these, the ones that could only be made up for."""
    irreversible: tuple[str, ...]
    """Steps whose effect stays after the rollback, because nothing undoes it."""
    given_up: tuple[str, ...]
    """Steps whose compensation was given up, as the definition says."""
    for_a_person: tuple[str, ...]
    """What only a person can get on: ``dispatch_order is parked (unavailable)``."""
    standing: tuple[str, ...]
    """Steps whose effect is in place at the end, in the order in which it took place."""
    attempts: int
    """To do the step, in all."""
    seconds: float
    """Of virtual time, from the start to the end."""
    runs_again: bool
    """Whether the definition has the whole run tried again."""
    inconsistent: tuple[str, ...]
    """Effects that the run does not account for; always empty unless the core is broken."""
    decides: str = ""
    """What leads to this end where other orders of outcomes lead to another; empty: the order decides nothing."""
    before: tuple[str, ...] = ()
    """The steps beside it that were done or under way when its failure decided."""
    cut: bool = False
    """Whether orders were left out, for time, that may lead to further ends."""
    witness: tuple[tuple[float, Report], ...] = field(default=(), repr=False, compare=False)
    """One order that ends so: each report with its time, for ``decide``."""


HEADER = ("step", "case", "run", "if", "undone", "semantic", "irreversible", "for a person", "attempts", "after")
CUT = "not every order was played"


def grouped(outcomes: tuple[Outcome, ...]) -> list[tuple[Outcome, ...]]:
    """The ends of each case, those together that differ only in how much had been done and is undone."""
    groups: dict[Any, list[Outcome]] = {}
    for each in outcomes:
        groups.setdefault((each.step, each.case, each.status, each.for_a_person), []).append(each)
    return [tuple(group) for group in groups.values()]


def table(outcomes: tuple[Outcome, ...]) -> list[list[str]]:
    """The rows under ``HEADER``, all text; one for each of ``grouped``."""
    return [_row(group) for group in grouped(outcomes)]


def _row(group: tuple[Outcome, ...]) -> list[str]:
    one = group[0]
    return [
        one.step,
        one.case.value,
        one.status.value if one.reached else "not reached",
        "; ".join(filter(None, (one.decides, CUT if one.cut else ""))),
        _names([each.compensated for each in group]),
        _names([each.semantic for each in group]),
        _names([(*each.irreversible, *each.given_up) for each in group]),
        "; ".join(one.for_a_person),
        str(one.attempts),
        _duration(one.seconds),
    ]


def _names(lists: list[tuple[str, ...]]) -> str:
    """The names that all lists have, then those that only some have."""
    every = dict.fromkeys(name for names in lists for name in names)
    sure = [name for name in lists[0] if all(name in names for names in lists)]
    perhaps = ", ".join(name for name in every if name not in sure)
    return "; ".join(filter(None, (", ".join(sure), f"perhaps {perhaps}" if perhaps else "")))


HAPPENS = {
    Case.BUSINESS_ERROR: "is refused",
    Case.TECHNICAL_ERROR: "uses up its attempts",
    Case.TIME_OUT: "times out",
    Case.UNDO_FAILS: "is taken back",
}


def told_apart(ends: tuple[Outcome, ...], pivot: str | None) -> tuple[Outcome, ...]:
    """The ends of one case, each with the words for what leads to it, if there is more than one group of them."""
    groups = grouped(ends)
    if len(groups) == 1:
        return ends
    told = []
    for group in groups:
        others = [each for other in groups if other is not group for each in other]
        words = _what_decides(group, others, pivot)
        told += [replace(each, decides=words) for each in group]
    return tuple(told)


def _what_decides(group: tuple[Outcome, ...], others: list[Outcome], pivot: str | None) -> str:
    always, elsewhere = _in_all(group), frozenset(name for each in others for name in each.before)
    if first := always - elsewhere:
        return f"{pivot if pivot in first else ', '.join(sorted(first))} comes first"
    happens = f"{group[0].step} {HAPPENS.get(group[0].case, 'fails')}"
    later = _in_all(others) - frozenset(name for each in group for name in each.before)
    if not later:
        return f"{happens}, depending on what comes first beside it"
    return f"{happens} before {pivot if pivot in later else ', '.join(sorted(later))}"


def _in_all(ends: Iterable[Outcome]) -> frozenset[str]:
    """The steps that had begun before in each of them."""
    return frozenset[str].intersection(*(frozenset(each.before) for each in ends))


def _duration(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"

"""The report of a failure simulation: one outcome for each end of each fault, and a table of them as text."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sagaflow.core.definition.durations import duration
from sagaflow.core.run.reports import Report
from sagaflow.core.run.state import RunStatus

__all__ = ["CUT", "HEADER", "Case", "Outcome", "grouped", "table", "with_what_decides"]


class Case(StrEnum):
    """The fault of one step in a simulated run."""

    BUSINESS_ERROR = "business error"
    TECHNICAL_ERROR = "technical error until exhausted"
    TIME_OUT = "timeout"
    DUPLICATE = "duplicate reply"
    CRASH_BEFORE = "crash before commit"
    CRASH_AFTER = "crash after commit"
    """The effect happened, and was not recorded."""
    UNDO_FAILS = "compensation fails"
    """An operator rolls the run back as soon as the step is done, and its compensation fails in every attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One end of a run in which one thing goes wrong."""

    step: str
    case: Case
    reached: bool
    """The run gets to the fault with this input. If not, the other fields describe a run without a fault."""
    status: RunStatus
    compensated: tuple[str, ...]
    """The steps that were compensated, in order, with semantic ones, and once for each round."""
    semantic: tuple[str, ...]
    """The steps among them that were undone semantically."""
    irreversible: tuple[str, ...]
    """The steps whose effect remains after the rollback, because nothing undoes it."""
    given_up: tuple[str, ...]
    """The steps whose compensation was given up, as the definition says."""
    for_a_person: tuple[str, ...]
    """Sentences about steps that wait for an operator or an answer: ``dispatch_order is parked (unavailable)``."""
    standing: tuple[str, ...]
    """The steps whose effect remains at the end, in the order of the effects."""
    attempts: int
    """The number of attempts to do the step, in all."""
    seconds: float
    """The virtual time from the start to the end of the run, in seconds."""
    runs_again: bool
    """The definition has the whole run tried again."""
    inconsistent: tuple[str, ...]
    """Sentences about effects that contradict the state. It is empty unless the core has a bug."""
    decides: str = ""
    """The order of outcomes that leads to this end, in words; empty: the order does not matter."""
    before: tuple[str, ...] = ()
    """The parallel steps that were done or under way when the failure happened."""
    cut: bool = False
    """Not every order was played, so that there may be more ends."""
    witness: tuple[tuple[float, Report], ...] = field(default=(), repr=False, compare=False)
    """One order that ends so: each report with its time, for ``decide``."""


HEADER = ("step", "case", "run", "if", "undone", "semantic", "not undone", "operator", "attempts", "after")
CUT = "not every order was played"


def grouped(outcomes: tuple[Outcome, ...]) -> list[tuple[Outcome, ...]]:
    """Return the ends of each case, in groups: ends of one group differ only in what had been done and is undone."""
    groups: dict[Any, list[Outcome]] = {}
    for outcome in outcomes:
        key = (outcome.step, outcome.case, outcome.status, outcome.for_a_person)
        groups.setdefault(key, []).append(outcome)
    return [tuple(group) for group in groups.values()]


def table(outcomes: tuple[Outcome, ...]) -> list[list[str]]:
    """Return the rows of text under ``HEADER``: one for each group of ``grouped``."""
    return [_row(group) for group in grouped(outcomes)]


def _row(group: tuple[Outcome, ...]) -> list[str]:
    one, *_ = group
    return [
        one.step,
        one.case.value,
        one.status.value if one.reached else "not reached",
        "; ".join(filter(None, (one.decides, CUT if one.cut else ""))),
        _names([end.compensated for end in group]),
        _names([end.semantic for end in group]),
        _names([(*end.irreversible, *end.given_up) for end in group]),
        "; ".join(one.for_a_person),
        str(one.attempts),
        duration(round(one.seconds)),
    ]


def _names(lists: list[tuple[str, ...]]) -> str:
    """Return the names that all lists have, then those that only some have."""
    every = dict.fromkeys(name for names in lists for name in names)
    first, *others = lists
    sure = [name for name in first if all(name in names for names in others)]
    perhaps = ", ".join(name for name in every if name not in sure)
    return "; ".join(filter(None, (", ".join(sure), f"perhaps {perhaps}" if perhaps else "")))


HAPPENS = {
    Case.BUSINESS_ERROR: "is refused",
    Case.TECHNICAL_ERROR: "uses up its attempts",
    Case.TIME_OUT: "times out",
    Case.UNDO_FAILS: "is taken back",
}


def with_what_decides(ends: tuple[Outcome, ...], pivot: str | None) -> tuple[Outcome, ...]:
    """Return the ends of one case with ``decides`` filled in, if there is more than one group of them."""
    groups = grouped(ends)
    if not groups[1:]:
        return ends
    explained = []
    for group in groups:
        others = [end for other in groups if other is not group for end in other]
        words = _what_decides(group, others, pivot)
        explained += [replace(end, decides=words) for end in group]
    return tuple(explained)


def _what_decides(group: tuple[Outcome, ...], others: list[Outcome], pivot: str | None) -> str:
    always, elsewhere = _in_all(group), frozenset(name for end in others for name in end.before)
    if first := always - elsewhere:
        return f"{pivot if pivot in first else ', '.join(sorted(first))} comes first"
    one, *_ = group
    happens = f"{one.step} {HAPPENS.get(one.case, 'fails')}"
    later = _in_all(others) - frozenset(name for end in group for name in end.before)
    if not later:
        return f"{happens}, depending on which parallel step comes first"
    return f"{happens} before {pivot if pivot in later else ', '.join(sorted(later))}"


def _in_all(ends: Iterable[Outcome]) -> frozenset[str]:
    """Return the steps that had begun before the failure in all of the ends."""
    return frozenset[str].intersection(*(frozenset(end.before) for end in ends))

"""The rule about steps that never run: a condition that cannot hold, or a step before that can never be done."""

from collections.abc import Iterator
from itertools import chain

from sagaflow.core.definition.condition import COMBINATIONS, Condition
from sagaflow.core.definition.problems import step_path
from sagaflow.core.definition.saga import Saga
from sagaflow.core.lint.events import silent_steps
from sagaflow.core.lint.finding import Finding, Severity

__all__ = ["contradicts", "unreachable"]


def unreachable(saga: Saga) -> Iterator[Finding]:
    """Each step that no run will ever do."""
    skipped: set[str] = set()
    silent = silent_steps(saga)
    for name in saga.graph.order:
        condition = saga.steps[name].condition
        blocked = sorted(silent & saga.graph.ancestors[name])
        if blocked:
            message = f"it never starts: '{blocked[0]}' comes before it and can never be done; mend that one first"
        elif condition is not None and contradicts(condition, skipped):
            skipped.add(name)
            why = ", ".join(f"'{other}'" for other in sorted(condition.steps() & skipped))
            reads = f" (it reads the output of {why}, which is always skipped)" if why else ""
            message = (
                f"its condition can never hold{reads}, so that it is always skipped; correct it or remove the step"
            )
        else:
            continue
        element = step_path(saga.graph.segment_of[name].name, name)
        yield Finding(rule="unreachable", severity=Severity.WARNING, element=element, message=message)


def contradicts(condition: Condition, skipped: set[str] | frozenset[str] = frozenset()) -> bool:
    """Whether no facts make the condition true; ``skipped`` steps have no output. Not complete: no means "not seen"."""
    return all(_impossible(branch, skipped) for branch in _branches(condition))


def _branches(condition: Condition, limit: int = 64) -> list[list[Condition]]:
    """The ways in which a condition can hold, each a list of comparisons that hold together (up to ``limit``)."""
    match condition.op:
        case "some":
            return list(chain.from_iterable(_branches(part) for part in condition.parts))
        case "every":
            found: list[list[Condition]] = [[]]
            for part in condition.parts:
                more = [[*left, *right] for left in found for right in _branches(part)]
                found = more if len(more) <= limit else found
            return found
        case "not":
            return [_negated(condition.parts[0])]
        case _:
            return [[condition]]


def _negated(part: Condition) -> list[Condition]:
    """What a negation says for certain: little, because a comparison is also false where nothing is found."""
    opposite = {"exists": "absent", "absent": "exists"}.get(part.op)
    return [Condition(opposite, part.pointer)] if opposite else []


def _impossible(together: list[Condition], skipped: set[str] | frozenset[str]) -> bool:
    by_pointer: dict[str, list[Condition]] = {}
    for each in together:
        if each.op not in COMBINATIONS:
            by_pointer.setdefault(each.pointer, []).append(each)
    return any(_excluded(pointer, found, skipped) for pointer, found in by_pointer.items())


def _excluded(pointer: str, found: list[Condition], skipped: set[str] | frozenset[str]) -> bool:
    """Whether no value at ``pointer`` meets all of ``found``."""
    present = [each for each in found if each.op != "absent"]
    if len(present) < len(found):
        return bool(present)
    if pointer.count("/") > 2 and any(each.steps() & skipped for each in found):  # noqa: PLR2004  (/steps/<name>/…)
        return True
    wanted = next((each for each in found if each.op in ("eq", "in")), None)
    if wanted is not None:
        values = [wanted.value] if wanted.op == "eq" else wanted.value
        return not any(_meets(value, found) for value in values)
    return _empty_range(found)


def _meets(value: object, found: list[Condition]) -> bool:
    """Whether ``value`` meets every comparison: judged by the condition itself."""
    return all(Condition(each.op, "/value", each.value).holds({"value": value}) for each in found)


def _empty_range(found: list[Condition]) -> bool:
    """Bounds of two types, or a lower bound that is not below the upper one."""
    bounds = [each for each in found if each.op in ("lt", "le", "gt", "ge")]
    if not bounds:
        return False
    if any(isinstance(each.value, bool) or not isinstance(each.value, int | float | str) for each in bounds):
        return True
    if len({isinstance(each.value, str) for each in bounds}) > 1:
        return True
    lows = [each for each in bounds if each.op in ("gt", "ge")]
    highs = [each for each in bounds if each.op in ("lt", "le")]
    return any(
        low.value > high.value or (low.value == high.value and (low.op, high.op) != ("ge", "le"))
        for low in lows
        for high in highs
    )

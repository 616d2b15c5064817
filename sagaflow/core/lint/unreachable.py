"""The rule about steps that never run: their condition cannot hold, or an earlier step can never be done."""

from collections.abc import Iterator
from itertools import chain

from sagaflow.core.definition.condition import COMBINATIONS, Condition
from sagaflow.core.definition.saga import Saga
from sagaflow.core.lint.events import silent_steps
from sagaflow.core.lint.finding import Finding, of_step
from sagaflow.core.lint.halting import go_on

__all__ = ["contradicts", "unreachable"]


def unreachable(saga: Saga) -> Iterator[Finding]:
    """No run will ever do this step."""
    skipped: set[str] = set()
    silent = silent_steps(saga)
    for name in saga.graph.order:
        condition = saga.steps[name].condition
        blocked = sorted(silent & saga.graph.ancestors[name])
        if blocked:
            message = f"it never starts: '{blocked[0]}' comes before it and can never be done; correct that one first"
        elif condition is not None and contradicts(condition, skipped):
            skipped.add(name)
            why = ", ".join(f"'{other}'" for other in sorted(condition.steps() & skipped))
            reads = f" (it reads the output of {why}, which is always skipped)" if why else ""
            message = (
                f"its condition can never hold{reads}, so that it is always skipped; correct it or remove the step"
            )
        else:
            continue
        yield of_step(saga, name, "unreachable", message)


def contradicts(condition: Condition, skipped: set[str] | frozenset[str] = frozenset()) -> bool:
    """Return true if nothing can make the condition true; ``skipped`` steps have no output. It misses some cases."""
    return all(_impossible(branch, skipped) for branch in _branches(condition))


def _branches(condition: Condition, limit: int = 64) -> list[list[Condition]]:
    """Return the ways in which a condition can hold: at most ``limit`` lists of comparisons that hold together."""
    go_on()
    match condition.op:
        case "some":
            return list(chain.from_iterable(_branches(part) for part in condition.parts))
        case "every":
            ways: list[list[Condition]] = [[]]
            for part in condition.parts:
                branches = _branches(part)
                if len(ways) * len(branches) <= limit:
                    ways = [[*left, *right] for left in ways for right in branches]
            return ways
        case "not":
            (part,) = condition.parts
            return [_negated(part)]
        case _:
            return [[condition]]


def _negated(part: Condition) -> list[Condition]:
    """Return what certainly follows from a negation: little, because a comparison without a value is false too."""
    opposite = {"exists": "absent", "absent": "exists"}.get(part.op)
    return [Condition(opposite, part.pointer)] if opposite else []


def _impossible(together: list[Condition], skipped: set[str] | frozenset[str]) -> bool:
    by_pointer: dict[str, list[Condition]] = {}
    for comparison in together:
        if comparison.op not in COMBINATIONS:
            by_pointer.setdefault(comparison.pointer, []).append(comparison)
    return any(_excluded(pointer, comparisons, skipped) for pointer, comparisons in by_pointer.items())


def _excluded(pointer: str, comparisons: list[Condition], skipped: set[str] | frozenset[str]) -> bool:
    """Return true if no value at ``pointer`` meets all the ``comparisons``."""
    present = [comparison for comparison in comparisons if comparison.op != "absent"]
    if len(present) < len(comparisons):
        return bool(present)
    reads_output = pointer.count("/") > 2  # noqa: PLR2004  (/steps/<name>/…)
    if reads_output and any(comparison.steps() & skipped for comparison in comparisons):
        return True
    wanted = next((comparison for comparison in comparisons if comparison.op in ("eq", "in")), None)
    if wanted is not None:
        values = [wanted.value] if wanted.op == "eq" else wanted.value
        return not any(_meets(value, comparisons) for value in values)
    return _empty_range(comparisons)


def _meets(value: object, comparisons: list[Condition]) -> bool:
    """Return true if ``value`` meets all the ``comparisons``, as evaluated by the condition itself."""
    go_on()
    return all(
        Condition(comparison.op, "/value", comparison.value).holds({"value": value}) for comparison in comparisons
    )


def _empty_range(comparisons: list[Condition]) -> bool:
    """Return true if the bounds have two types, or if a lower bound is not below an upper one."""
    bounds = [comparison for comparison in comparisons if comparison.op in ("lt", "le", "gt", "ge")]
    if not bounds:
        return False
    if any(isinstance(bound.value, bool) or not isinstance(bound.value, int | float | str) for bound in bounds):
        return True
    if len({isinstance(bound.value, str) for bound in bounds}) > 1:
        return True
    lows = [(bound.value, bound.op == "gt") for bound in bounds if bound.op in ("gt", "ge")]
    highs = [(bound.value, bound.op == "le") for bound in bounds if bound.op in ("lt", "le")]
    if not lows or not highs:
        return False
    (low, above), (high, reached) = max(lows), min(highs)
    return bool(low >= high if above or not reached else low > high)

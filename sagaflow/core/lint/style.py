"""Rules about the style of a segment: its owners and its undos may be reasons for the other style."""

from collections.abc import Iterator

from sagaflow.core.definition.saga import Saga, Segment, Step, Style, Undo
from sagaflow.core.lint.finding import Finding, Restyle, Severity

__all__ = ["better_choreographed", "better_orchestrated"]

MANY_SERVICES = 3
STRICT_CHAIN = 3
"""A coordinator is easier to follow if this many steps in a row have to be compensated strictly in reverse order."""
FAN_OUT = 2


def better_orchestrated(saga: Saga) -> Iterator[Finding]:
    """One owner, many services and a strict undo: the process is easier to follow in one place."""
    for segment in saga.segments:
        services, chain = _services(segment), _strict_chain(saga, segment)
        if segment.style is not Style.CHOREOGRAPHED or not segment.team:
            continue
        if len(services) >= MANY_SERVICES and chain >= STRICT_CHAIN:
            message = (
                f"team '{segment.team}' owns all of it, it spans {len(services)} services, and {chain} steps in a row "
                "have to be compensated strictly in reverse, so that spreading the decision over subscriptions gains "
                "nothing; mark it orchestrated"
            )
            yield _finding(segment, "better-orchestrated", message, Style.ORCHESTRATED)


def better_choreographed(saga: Saga) -> Iterator[Finding]:
    """Independent reactions of several services without a strict undo: a coordinator only couples the services."""
    for segment in saga.segments:
        inside = {step.name for step in segment.steps}
        leaves = [step for step in segment.steps if not saga.graph.next[step.name] & inside]
        roots = set(saga.graph.entries[segment.name])
        apart = roots - {step.name for step in leaves}
        strict = [step for step in segment.steps if _is_strict(step) and step.name not in apart]
        services = {step.service for step in leaves if step.service}
        free = len(leaves) >= FAN_OUT and len(services) >= FAN_OUT and len(_services(segment)) >= MANY_SERVICES
        if segment.style is Style.ORCHESTRATED and free and not strict:
            names = ", ".join(f"'{step.name}'" for step in leaves)
            message = (
                f"{names} of {len(services)} services are independent of each other and nothing has to be undone "
                "strictly, so that a coordinator only couples the services; mark it choreographed, "
                "and others can subscribe without a change"
            )
            yield _finding(segment, "better-choreographed", message, Style.CHOREOGRAPHED)


def _services(segment: Segment) -> set[str]:
    return {step.service for step in segment.steps if step.service}


def _is_strict(step: Step) -> bool:
    return step.undo is not None and step.undo.kind is Undo.COMPENSATE


def _strict_chain(saga: Saga, segment: Segment) -> int:
    """Return the number of strictly compensated steps on the longest path through the segment."""
    longest: dict[str, int] = {}
    for name in saga.graph.order:
        if saga.graph.segment_of[name] is segment:
            before = max((longest.get(other, 0) for other in saga.graph.before[name]), default=0)
            longest[name] = before + _is_strict(saga.steps[name])
    return max(longest.values())


def _finding(segment: Segment, rule: str, message: str, style: Style) -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.ADVICE,
        element=f"segments/{segment.name}",
        message=message,
        proposal=Restyle(segment.name, style),
    )

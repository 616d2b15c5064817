"""Rules about waits and their limits: endless waits, impossible deadlines, and two waits for one event."""

from collections.abc import Iterator

from sagaflow.core.definition.condition import every
from sagaflow.core.definition.direction import Direction
from sagaflow.core.definition.saga import Saga, Step, Style
from sagaflow.core.halting import go_on
from sagaflow.core.lint.contradiction import contradicts
from sagaflow.core.lint.finding import Finding, Severity, of_step
from sagaflow.core.lint.recovery import may_be_undone

__all__ = ["deadline_too_short", "one_event_two_waits", "reminder_too_late", "timeout_too_short", "waits_without_limit"]

NOTHING: tuple[float, tuple[str, ...]] = (0.0, ())
"""The time that passes before the first step, in seconds, and the timers that take it."""


def waits_without_limit(saga: Saga) -> Iterator[Finding]:
    """An orchestrated wait, of a step or of its undo, never ends if its event never comes."""
    for name, step in saga.steps.items():
        orchestrated = saga.graph.segment_of[name].style is Style.ORCHESTRATED
        ends = step.timeout is not None or saga.deadline is not None
        if step.does.awaits and orchestrated and not ends:
            message = (
                f"it waits for '{step.does.awaits}' without a time limit, so that the run never ends when the event "
                "never comes; set timeout to the seconds after which the event is missing, or give the saga a deadline"
            )
            yield of_step(saga, name, "wait-without-limit", message)
        undone_by = step.work(Direction.UNDO).awaits
        if undone_by and orchestrated and not ends and may_be_undone(saga, name):
            message = (
                f"its undo waits for '{undone_by}' without a time limit, so that the rollback never ends when the "
                "event never comes; set timeout to the seconds after which it is missing, or give the saga a deadline, "
                "which then limits the undo, too"
            )
            yield of_step(saga, name, "wait-without-limit", message)


def deadline_too_short(saga: Saga) -> Iterator[Finding]:
    """A deadline passes while timers that certainly run are still waiting."""
    if saga.deadline is None:
        return
    reached: dict[str, tuple[float, tuple[str, ...]]] = {}
    for name in saga.graph.order:
        before = max((reached[other] for other in saga.graph.before[name]), default=NOTHING)
        seconds = _certain(saga.steps[name])
        reached[name] = (before[0] + seconds, (*before[1], name) if seconds else before[1])
    total, timers = max(reached.values(), default=NOTHING)
    if total >= saga.deadline:
        names = ", ".join(f"'{name}'" for name in timers)
        message = (
            f"its deadline of {saga.deadline:g} s passes before it can be done: the timers {names} alone take "
            f"{total:g} s one after the other; set a longer deadline, or shorter timers"
        )
        yield Finding(rule="deadline-too-short", severity=Severity.WARNING, element="saga", message=message)
    yield from _limits_past_deadline(saga)


def timeout_too_short(saga: Saga) -> Iterator[Finding]:
    """A limit is shorter than the timer that it was set for, which it does not end. It may be there for the undo."""
    for name, step in saga.steps.items():
        if step.timeout is None or step.does.lasts is None or _limits_undo(saga, name):
            continue
        if step.timeout < step.does.lasts:
            message = (
                f"its time limit of {step.timeout:g} s does not end the timer, which always takes "
                f"{step.does.lasts:g} s; leave timeout out, or set a shorter timer"
            )
            yield of_step(saga, name, "timeout-too-short", message)


def one_event_two_waits(saga: Saga) -> Iterator[Finding]:
    """One event ends two waits, of steps or of their undos, or ends one and makes another fail."""
    waits: dict[str, list[tuple[str, Direction]]] = {}
    for direction in Direction:
        for name, step in saga.steps.items():
            event = step.work(direction).awaits
            if not event:
                continue
            earlier = waits.setdefault(event, [])
            both = next((each for each in earlier if not _never_both(step, saga.steps[each[0]])), None)
            earlier.append((name, direction))
            if both is not None:
                subject = "it waits" if direction is Direction.DO else "its undo waits"
                message = (
                    f"{subject} for '{event}', as {_other_wait(name, *both)} does, and one event ends both waits; "
                    "give each wait an event of its own"
                )
                yield of_step(saga, name, "one-event-two-waits", message)
    yield from _ends_one_fails_another(saga)


def reminder_too_late(saga: Saga) -> Iterator[Finding]:
    """A reminder of an approval never comes, because a limit ends the wait, or the run, before it."""
    for name, step in saga.steps.items():
        after = step.does.reminds
        if after is None:
            continue
        limit, what = step.timeout, "the time limit of the step"
        if (limit is None or limit > after) and not (step.pivot or saga.graph.past_pivot(name)):
            limit, what = saga.deadline, "the deadline of the saga"
        if limit is not None and limit <= after:
            message = (
                f"its reminder after {after:g} s never comes, because {what}, {limit:g} s, ends the wait before; "
                "set a smaller remind_after, or a longer limit"
            )
            yield of_step(saga, name, "reminder-too-late", message)


def _ends_one_fails_another(saga: Saga) -> Iterator[Finding]:
    """One event ends one wait and makes another fail that may be open with it, or later: an early event is kept."""
    ends: dict[str, list[Step]] = {}
    for step in saga.steps.values():
        ends.setdefault(step.does.awaits, []).append(step)
    for name, step in saga.steps.items():
        for event in dict.fromkeys(step.fails_as.values()) if step.does.awaits else ():
            for other in ends.get(event, ()):
                go_on()
                if name not in saga.graph.ancestors[other.name] and not _never_both(step, other):
                    message = (
                        f"'{event}' makes its wait fail and ends the wait of '{other.name}' as well; "
                        "give each wait an event of its own, or let that wait come after this one"
                    )
                    yield of_step(saga, name, "one-event-two-waits", message)


def _limits_past_deadline(saga: Saga) -> Iterator[Finding]:
    """A time limit of a wait never counts, because the deadline always comes first. It may be there for the undo."""
    for name, step in saga.steps.items():
        if not step.does.awaits or step.timeout is None or saga.deadline is None or _limits_undo(saga, name):
            continue
        if step.timeout > saga.deadline and not (step.pivot or saga.graph.past_pivot(name)):
            message = (
                f"its time limit of {step.timeout:g} s is longer than the deadline of the saga, {saga.deadline:g} s, "
                "which always comes first; set a longer deadline, or a shorter limit"
            )
            yield of_step(saga, name, "deadline-too-short", message)


def _limits_undo(saga: Saga, name: str) -> bool:
    """Return true if the time limit of the step also counts for its undo, which waits or calls an action."""
    undo = saga.steps[name].work(Direction.UNDO)
    return (undo.by_worker or bool(undo.awaits)) and not saga.graph.past_pivot(name)


def _never_both(one: Step, other: Step) -> bool:
    """Return true if the conditions of two steps never hold together, so that one of them is always skipped."""
    return bool(one.condition and other.condition and contradicts(every(one.condition, other.condition)))


def _other_wait(name: str, other: str, direction: Direction) -> str:
    if direction is Direction.UNDO:
        return f"the undo of '{other}'"
    return "the step itself" if other == name else f"'{other}'"


def _certain(step: Step) -> float:
    """Return the least seconds that the step takes. It is 0 for a step with a condition, which may be skipped."""
    return (step.does.lasts or 0.0) if step.condition is None else 0.0

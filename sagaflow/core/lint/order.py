"""Rules about the order of steps: a step that is done late need not be undone, and one parallel to the pivot races it.

A definition states dependencies by ``after``, ``on`` and conditions. The mere order of steps or segments is one too,
except where the linter can see that it has no purpose.
"""

from collections.abc import Iterator
from itertools import chain, count

from sagaflow.core.definition.problems import step_path
from sagaflow.core.definition.saga import OnExhausted, Saga, Step, Undo
from sagaflow.core.lint.check_move import keeps_order
from sagaflow.core.lint.finding import Finding, Move, Severity, of_step
from sagaflow.core.lint.recovery import has_effect, may_fail

__all__ = ["could_come_later", "races_pivot"]

HARD = {
    Undo.SEMANTIC: "it can only be corrected by another effect",
    Undo.IRREVERSIBLE: "nothing undoes it",
    Undo.COMPENSATE: "it has to be compensated",
}


def could_come_later(saga: Saga) -> Iterator[Finding]:
    """No step depends on this one, and it would be better done after the point of no return, or last."""
    for name, step in saga.steps.items():
        if step.undo is not None and (move := _later(saga, step)):
            yield _finding(saga, name, move, HARD[step.undo.kind])


def races_pivot(saga: Saga) -> Iterator[Finding]:
    """A step in parallel with the pivot can start a rollback: the outcome depends on which of the two is first.

    If it could come later, that finding names the race, and its move ends it.
    """
    pivot = saga.graph.pivot
    for name, step in saga.steps.items():
        if not _races(saga, step) or _later(saga, step):
            continue
        message = (
            f"it runs in parallel with the pivot '{pivot}', and the first of them decides how a refusal ends: before "
            f"'{pivot}' the run is rolled back, after it the run is parked; let it come after '{pivot}' if it can be "
            f"done in the end, or before '{pivot}' if it can be refused (`simulate` shows both ends)"
        )
        yield of_step(saga, name, "races-pivot", message, Severity.ADVICE)


def _races(saga: Saga, step: Step) -> bool:
    """Return true if the step is in parallel with the pivot, and its failure starts a rollback before the pivot."""
    pivot, graph = saga.graph.pivot, saga.graph
    if pivot is None or step.name in {pivot} | graph.descendants[pivot] | graph.ancestors[pivot]:
        return False
    if step.does.awaits:
        return bool(step.fails_as) or step.on_exhausted is OnExhausted.ROLL_BACK
    return step.does.lasts is None


def _later(saga: Saga, step: Step) -> Move | None:
    """Return the move of a step that is better done late; ``None``: it is at its place."""
    if step.undo is None or step.undo.kind not in HARD or not has_effect(step) or may_fail(step):
        return None
    last = _last_steps(saga, step.name)
    if not last or not _is_free(saga, step.name):
        return None
    move = _move(saga, step.name, last)
    return move if keeps_order(saga, move) else None


def _finding(saga: Saga, name: str, move: Move, why: str) -> Finding:
    where = ", ".join(f"'{other}'" for other in move.after)
    pivot = saga.graph.pivot
    when = f"each time that '{pivot}' or a step before it fails" if pivot else "each time that a later step fails"
    race = (
        f"; it also runs in parallel with '{pivot}', and the first of them decides whether its own refusal rolls the "
        "run back or parks it"
    )
    message = (
        f"no step depends on it, yet {why} {when}{race * _races(saga, saga.steps[name])}; "
        f"let it come after {where}, where nothing rolls back any more"
    )
    return Finding(
        rule="could-come-later",
        severity=Severity.ADVICE,
        element=step_path(saga.graph.segment_of[name].name, name),
        message=message,
        proposal=move,
    )


def _last_steps(saga: Saga, name: str) -> tuple[str, ...]:
    """Return the steps to move it after: the last ones that follow the pivot in its segment, or without a pivot all."""
    graph = saga.graph
    if graph.pivot == name or graph.past_pivot(name):
        return ()
    if graph.pivot is not None:
        home = graph.segment_of[graph.pivot]
        line = {graph.pivot, *graph.descendants[graph.pivot]} & {step.name for step in home.steps}
    elif graph.next[name] and saga.steps[name].undo.kind is not Undo.COMPENSATE:  # type: ignore[union-attr]  # validation: a step before others has an undo
        line = set(graph.descendants[name])
    else:
        return ()
    line -= {name}
    return tuple(other for other in saga.steps if other in line and not graph.next[other] & line)


def _is_free(saga: Saga, name: str) -> bool:
    """Return true if no mere order suggests a step that depends on it. ``check_move`` checks the stated order."""
    graph, step = saga.graph, saga.steps[name]
    strict = step.undo is not None and step.undo.kind is Undo.COMPENSATE
    for other in graph.next[name]:
        inside = graph.segment_of[other] is graph.segment_of[name]
        if inside and strict:
            return False
        if not inside and (graph.segment_of[other].after is not None or (strict and not _is_side_branch(saga, name))):
            return False
    return True


def _is_side_branch(saga: Saga, name: str) -> bool:
    """Return true if another branch of its segment starts at the place where this one starts."""
    graph = saga.graph
    inside = {step.name for step in graph.segment_of[name].steps}
    before = graph.before[name] & inside
    siblings = (graph.next[other] & inside for other in before)
    return any(len(steps) > 1 for steps in siblings) if before else len(graph.entries[graph.segment_of[name].name]) > 1


def _move(saga: Saga, name: str, last: tuple[str, ...]) -> Move:
    graph = saga.graph
    reached = set(last).union(*(graph.ancestors[other] for other in last))
    after = (*last, *(other for other in saga.steps if other in graph.before[name] - reached))
    own = graph.segment_of[name].name
    elsewhere = {graph.segment_of[other].name for other in after} - {own}
    home = _new_name(saga, f"{own}_after_{graph.segment_of[last[-1]].name}") if elsewhere else own
    return Move(name, after, home)


def _new_name(saga: Saga, wish: str) -> str:
    taken = {segment.name for segment in saga.segments}
    short = wish[:60]
    return next(name for name in chain([short], (f"{short}_{n}" for n in count(2))) if name not in taken)

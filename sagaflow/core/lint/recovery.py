"""Rules about the two ways to recover: steps before the pivot need an undo, steps after it need retries."""

from collections.abc import Iterable, Iterator

from sagaflow.core.definition.condition import resolve
from sagaflow.core.definition.direction import Direction
from sagaflow.core.definition.parts import OnUndoFailure
from sagaflow.core.definition.saga import OnExhausted, Saga, Step, Undo
from sagaflow.core.lint.finding import Finding, Severity, of_step
from sagaflow.core.lint.names import Known

__all__ = [
    "beside_pivot",
    "has_effect",
    "irreversible_without_pivot",
    "may_be_undone",
    "may_fail",
    "needs_missing",
    "never_rolls_back",
    "not_retriable",
    "stuck_past_pivot",
    "uncompensated",
    "undone_by_itself",
]


def uncompensated(saga: Saga) -> Iterator[Finding]:
    """A step that a rollback may reach has to say how it is undone."""
    pivot = saga.graph.pivot
    for step in saga.steps.values():
        if step.undo is None and has_effect(step) and not step.pivot and may_be_undone(saga, step.name):
            where = f"before the pivot '{pivot}'" if pivot else "and other steps can fail after it"
            message = (
                f"it takes effect {where} but has no compensation, so that a rollback leaves its effect behind; "
                "name the action that undoes it, or declare it semantic, irreversible or nothing"
            )
            yield of_step(saga, step.name, "uncompensated", message)


def not_retriable(saga: Saga) -> Iterator[Finding]:
    """Past the pivot the only way is forward: every step has to succeed in the end."""
    for name, step in saga.steps.items():
        reasons = list(_obstacles(step)) if saga.graph.past_pivot(name) else []
        if reasons:
            message = f"it comes after the pivot, where nothing is rolled back, but {'; '.join(reasons)}"
            yield of_step(saga, name, "not-retriable", message)


def never_rolls_back(saga: Saga) -> Iterator[Finding]:
    """The pivot and the steps after it are always parked when their retries are used up."""
    pivot = saga.graph.pivot
    for name, step in saga.steps.items():
        if step.on_exhausted is OnExhausted.ROLL_BACK and (step.pivot or saga.graph.past_pivot(name)):
            why = (
                "it is the pivot, which may have taken effect" if step.pivot else f"it comes after '{pivot}', the pivot"
            )
            message = (
                f"it asks for a rollback when its retries are used up, but {why}, and is only parked; "
                "leave on_exhausted out, or let the pivot come later"
            )
            yield of_step(saga, name, "never-rolls-back", message)


def beside_pivot(saga: Saga) -> Iterator[Finding]:
    """A step that runs in parallel with the pivot may be open or done when the pivot succeeds or fails."""
    pivot, graph = saga.graph.pivot, saga.graph
    if pivot is None:
        return
    for name, step in saga.steps.items():
        beside = name != pivot and name not in graph.descendants[pivot] | graph.ancestors[pivot]
        stays = step.undo is None or step.undo.kind is Undo.IRREVERSIBLE
        if beside and has_effect(step) and stays and may_fail(step):
            message = (
                f"it runs in parallel with the pivot '{pivot}', and can neither be retried to success nor be undone; "
                "give it a compensation or more attempts, or let it come before or after the pivot"
            )
            yield of_step(saga, name, "beside-pivot", message)


def irreversible_without_pivot(saga: Saga) -> Iterator[Finding]:
    """A step that cannot be undone is a point of no return, and should be marked as the pivot."""
    if saga.graph.pivot is not None:
        return
    for name, step in saga.steps.items():
        if step.undo and step.undo.kind is Undo.IRREVERSIBLE and may_be_undone(saga, name):
            message = (
                "nothing undoes it, yet other steps can fail after it and the saga has no pivot; mark it as the pivot, "
                "so that what comes after it is retried and not rolled back, or let it come last"
            )
            yield of_step(saga, name, "irreversible-without-pivot", message, Severity.ADVICE)


def needs_missing(saga: Saga) -> Iterator[Finding]:
    """A compensation that reads the action's output depends on what the action promises to return."""
    for name, step in saga.steps.items():
        needs = [pointer for pointer in (step.undo.needs if step.undo else ()) if pointer]
        if needs and step.outputs is None:
            message = f"its compensation needs {_quoted(needs)} but its outputs are not declared; list them in outputs"
            yield of_step(saga, name, "needs-missing", message)
        promised = dict.fromkeys(step.outputs or (), True)
        missing = [pointer for pointer in needs if not resolve(promised, "/".join(pointer.split("/")[:2]))]
        if missing and step.outputs is not None:
            listed = _quoted(step.outputs) or "none"
            message = (
                f"its compensation needs {_quoted(missing)}, which is not among its outputs ({listed}); "
                "let the action return it and list it, or change what the compensation needs"
            )
            yield of_step(saga, name, "needs-missing", message)


def undone_by_itself(saga: Saga) -> Iterator[Finding]:
    """An undo that calls the action itself does it a second time, unless an input of its own says otherwise."""
    for name, step in saga.steps.items():
        if step.does.calls and step.work(Direction.UNDO) == step.does and not step.maps_undo:
            message = (
                f"its undo calls '{step.does.calls}', the action that it should undo, and would do it a second time; "
                "name the action that reverses it"
            )
            yield of_step(saga, name, "undone-by-itself", message)


def stuck_past_pivot(saga: Saga, known: Known) -> Iterator[Finding]:
    """An undo that rolls back the run of a sub-saga is refused once that run is past its own pivot."""
    for name, step in saga.steps.items():
        child = known.children.get(step.does.runs)
        pivot = "" if child is None else next((each.name for each in child.steps.values() if each.pivot), "")
        skipped = step.on_undo_failure is OnUndoFailure.CONTINUE
        if pivot and step.work(Direction.UNDO).rolls_child_back and not skipped and may_be_undone(saga, name):
            message = (
                f"its undo rolls the run of '{step.does.runs}' back, which is refused once the pivot '{pivot}' of that "
                "saga is done, and then this run is stuck; name an action that undoes it, or let it come after the "
                "pivot of this saga"
            )
            yield of_step(saga, name, "stuck-past-pivot", message)


def has_effect(step: Step) -> bool:
    """Return true if the step changes something by itself; a wait does not."""
    return step.does.has_effect


def may_fail(step: Step) -> bool:
    """Return true if the step may never succeed, or rolls the run back when its retries are used up."""
    return step.on_exhausted is OnExhausted.ROLL_BACK or any(_obstacles(step))


def _obstacles(step: Step) -> Iterator[str]:
    """Yield each reason why the step may never succeed, with the remedy."""
    if has_effect(step) and step.retry.attempts == 1:
        yield "it is tried only once: allow more attempts"
    if step.fails_as:
        yield f"it can be refused ({_quoted(sorted(step.fails_as))}): check that before the pivot"
    if step.does.asks:
        yield "the approval can be refused: ask for it before the pivot"


def may_be_undone(saga: Saga, name: str) -> bool:
    """Return true if a rollback can begin after the step has taken effect."""
    graph = saga.graph
    if graph.pivot is not None:
        return not graph.past_pivot(name)
    others = saga.steps.keys() - graph.ancestors[name] - {name}
    return any(saga.steps[other].does.lasts is None for other in others)


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)

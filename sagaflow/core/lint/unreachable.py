"""The rule about steps that never run: their condition cannot hold, or an earlier step can never be done."""

from collections.abc import Iterator

from sagaflow.core.definition.saga import Saga
from sagaflow.core.lint.contradiction import contradicts
from sagaflow.core.lint.events import silent_steps
from sagaflow.core.lint.finding import Finding, of_step

__all__ = ["unreachable"]


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

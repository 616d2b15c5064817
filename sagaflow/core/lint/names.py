"""Rules about the names of actions, sub-sagas and groups, which are compared with the known names.

The linter stays pure: it gets the names that a process has registered as a :class:`Known`, a frozen value.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sagaflow.core.definition.direction import Direction
from sagaflow.core.definition.parts import Step, UncheckedSaga
from sagaflow.core.definition.problems import step_path
from sagaflow.core.definition.saga import Saga
from sagaflow.core.lint.finding import Finding, Severity, of_step
from sagaflow.core.suggestions import did_you_mean

__all__ = ["Known", "close_to", "unknown_action", "unknown_group", "unknown_saga"]

Schema = Mapping[str, Any]
"""A JSON Schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The names that exist where the definition will run; ``None``: they are unknown, and are not checked."""

    actions: frozenset[str] | None = None
    sagas: frozenset[str] | None = None
    groups: frozenset[str] | None = None
    services: frozenset[str] | None = None
    """The services whose actions are checked; ``None``: all of them."""
    children: Mapping[str, UncheckedSaga] = field(default_factory=dict)
    """The definitions of sub-sagas, by name."""
    schemas: Mapping[str, tuple[Schema | None, Schema | None]] = field(default_factory=dict)
    """The schemas of the input and the output of actions, by name; ``None``: it has not declared one."""

    probed: frozenset[str] = frozenset()
    """The actions that can ask if an attempt took effect whose answer is lost."""

    def takes(self, step: Step) -> Schema | None:
        """Return the schema of the input of what a step does; ``None``: it is not known."""
        child = self.children.get(step.does.runs)
        return self.of(step.does.calls)[0] if child is None else child.input_schema

    def gives(self, step: Step) -> Schema | None:
        """Return the schema of the output of what a step does; ``None``: it is not known."""
        return self.of(step.does.calls)[1]

    def of(self, action: str) -> tuple[Schema | None, Schema | None]:
        """Return the schemas of the input and the output of an action; ``None``: it is not known."""
        return self.schemas.get(action, (None, None))

    def looks_at(self, action: str) -> bool:
        """Return true if the action belongs to a service that is checked."""
        return self.services is None or action.partition(".")[0] in self.services


def unknown_action(saga: Saga, known: Known) -> Iterator[Finding]:
    """No registered code provides an action that a step, an undo or an observer calls."""
    for element, use, name in _actions(saga):
        if known.actions is None or name in known.actions or not known.looks_at(name):
            continue
        message = (
            f"{use} the action '{name}', which is not registered; {close_to(name, known.actions)}"
            "register it with @action, or correct the name"
        )
        yield Finding(rule="unknown-action", severity=Severity.WARNING, element=element, message=message)


def unknown_saga(saga: Saga, known: Known) -> Iterator[Finding]:
    """A sub-saga is not registered."""
    for name, step in saga.steps.items():
        child = step.does.runs
        if child and known.sagas is not None and child not in known.sagas:
            message = (
                f"it starts the saga '{child}', which is not registered; "
                f"{close_to(child, known.sagas)}register it, or correct the name"
            )
            yield of_step(saga, name, "unknown-sub-saga", message)


def unknown_group(saga: Saga, known: Known) -> Iterator[Finding]:
    """An approval needs a group that does not exist, so that no user can give it."""
    for name, step in saga.steps.items():
        group = step.does.asks
        if group and known.groups is not None and group not in known.groups:
            message = (
                f"it waits for the group '{group}', which does not exist, so that no user can decide; "
                f"{close_to(group, known.groups)}create the group, or correct the name"
            )
            yield of_step(saga, name, "unknown-group", message)


def close_to(name: str, known: Collection[str]) -> str:
    """Return the question with the names similar to ``name``, as the beginning of a sentence; empty: there are none."""
    question = did_you_mean(name, known)
    return f"{question} Otherwise " if question else ""


def _actions(saga: Saga) -> Iterator[tuple[str, str, str]]:
    """Yield the element, words for the use, and the name of every action."""
    for name, step in saga.steps.items():
        element = step_path(saga.graph.segment_of[name].name, name)
        for direction, use in ((Direction.DO, "it calls"), (Direction.UNDO, "its undo calls")):
            work = step.work(direction)
            if work.calls:
                yield element, use, work.calls
    for observer in saga.observers:
        yield f"observers/{observer.name}", "it calls", observer.action

"""The actions and patterns that a user is offered here: those of the palette, and by name for a list of steps."""

from collections.abc import Iterable

from designer.canvas.palette import Section, declared_steps, palette, undo_of
from sagaflow import access, registry
from sagaflow.access import User
from sagaflow.core.json_value import Json

__all__ = ["by_name", "offered"]


def offered(user: User) -> tuple[Section, ...]:
    """Return the sections of the palette for a user."""
    sagas = access.sagas(user, "view_run")
    actions = {action.name: (getattr(action.does, "__doc__", "") or "") for action in registry.actions()}
    declared = declared_steps(sagas)
    known = {name: step["undo"] for name, step in declared.items() if "undo" in step}
    known |= {action.name: action.undo for action in registry.actions() if action.undo}
    undos = {name: undo for name in actions if (undo := undo_of(name, actions, known))}
    outputs = {name: step["outputs"] for name, step in declared.items() if "outputs" in step}
    titles = {action.name: action.title for action in registry.actions() if action.title}
    return palette(actions, undos, sorted(saga.name for saga in sagas), titles=titles, outputs=outputs)


def by_name(sections: Iterable[Section]) -> dict[str, dict[str, Json]]:
    """Return the document of the step of each action, by its name and by its title; of two titles, the first one."""
    found: dict[str, dict[str, Json]] = {}
    for item in (item for section in sections for item in section.items if item.sort == "action"):
        found[item.detail.lower()] = item.steps[0]
        found.setdefault(item.title.lower(), item.steps[0])
    return found

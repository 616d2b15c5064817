"""The actions and patterns that a user is offered here: those of the palette, and by name for a list of steps."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from designer.canvas.draft import Draft
from designer.canvas.elements import SetWork
from designer.canvas.palette import Section, action_of, declared_steps, palette, undo_for, undo_of
from sagaflow import access, registry
from sagaflow.access import User
from sagaflow.core.json_value import Json

__all__ = ["by_name", "offered", "with_undo"]


def offered(user: User) -> tuple[Section, ...]:
    """Return the sections of the palette for a user."""
    sagas = access.sagas(user, "view_run")
    declared = declared_steps(sagas)
    actions = {action.name: (getattr(action.does, "__doc__", "") or "") for action in registry.actions()}
    outputs = {name: step["outputs"] for name, step in declared.items() if "outputs" in step}
    titles = {action.name: action.title for action in registry.actions() if action.title}
    timeouts = {action.name: action.timeout for action in registry.actions() if action.timeout}
    names = sorted(saga.name for saga in sagas)
    probed = {action.name for action in registry.actions() if action.probe is not None}
    return palette(actions, _undos(declared), names, titles=titles, outputs=outputs, timeouts=timeouts, probed=probed)


def with_undo(user: User, draft: Draft, wanted: SetWork) -> SetWork:
    """Let the undo of a new action come along, unless a person chose the undo that the step has now."""
    step = draft.step(wanted.step)
    old, new, undo = step.get("action"), wanted.work.get("action"), step.get("undo")
    if not isinstance(new, str) or new == old:
        return wanted
    undos = _undos(declared_steps(access.sagas(user, "view_run")))
    names = {action.name for action in registry.actions()}
    came_along = undo == (undo_for(undos[old], old, wanted.step) if old in undos else None)
    is_planned = bool(action_of(undo)) and action_of(undo) not in names
    if new not in undos or not (came_along or is_planned):
        return wanted
    return replace(wanted, undo=undo_for(undos[new], new, wanted.step))


def _undos(declared: Mapping[str, Mapping[str, Json]]) -> dict[str, Json]:
    """Return action → the document of the undo that comes along; ``declared``: the steps of the sagas in sight."""
    known = {name: step["undo"] for name, step in declared.items() if "undo" in step}
    known |= {action.name: action.undo for action in registry.actions() if action.undo}
    names = {action.name for action in registry.actions()}
    return {name: undo for name in names if (undo := undo_of(name, names, known))}


def by_name(sections: Iterable[Section]) -> dict[str, dict[str, Json]]:
    """Return the document of the step of each action, by its name and by its title; of two titles, the first one."""
    found: dict[str, dict[str, Json]] = {}
    for item in (item for section in sections for item in section.items if item.sort == "action"):
        found[item.detail.lower()] = item.steps[0]
        found.setdefault(item.title.lower(), item.steps[0])
    return found

"""Paste steps that were copied as text: a step, a list of steps, a segment or a whole saga, in YAML or JSON."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import yaml

from designer.canvas.draft import Draft, Links, Refused, dependents, free_name, is_implied, step_names
from designer.canvas.operation import MOST_GROWTH, TOO_LONG, Operation, Place, listed
from designer.canvas.pointers import repoint
from designer.canvas.steps import AddSteps, after_all, after_step, require_room
from sagaflow.core.definition.document import problems
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json
from sagaflow.sources import yaml_text

__all__ = ["PasteSteps"]

LATER = frozenset({"empty", "condition", "unknown", "savepoint", "event-twice", "undo", "pivot", "cycle"})
"""Rules that steps may break where they are copied: a draft is not finished, or what they refer to is elsewhere."""
NO_STEPS = "The pasted text has no steps; copy a step, a list of steps or a saga as YAML or JSON."


@dataclass(frozen=True)
class PasteSteps(Operation):
    """Add the steps of a text after an element: after a step, or after all that a segment or the saga has.

    Names that exist get a number. What a step comes after stays if it is pasted too or stands earlier in the segment.
    """

    kind = "paste-steps"

    text: str
    element: str

    @cached_property
    def steps(self) -> list[dict[str, Any]]:
        """The steps of the text. They are read once for the change and its sentence; each works on a copy."""
        return _read(self.text)

    def change(self, draft: Draft) -> str:
        pasted = _Pasted(draft, self.steps, self.element)
        path = AddSteps(tuple(pasted.steps), pasted.place).change(draft)
        inner = draft.inner_links()
        wanted = {name: inner[name] | outside for name, outside in pasted.outside.items()}
        draft.link(
            {name: {one for one in before if not is_implied(inner, one, before)} for name, before in wanted.items()}
        )
        return path

    def sentence(self, draft: Draft) -> str:
        pasted = _Pasted(draft, self.steps, self.element)
        names = tuple(step["name"] for step in pasted.steps)
        return " ".join((f"Pasted {listed(names)} {pasted.place.words}.", *pasted.dropped))


class _Pasted:
    """Steps from elsewhere, made fit for a draft, and sentences about what had to be left out."""

    def __init__(self, draft: Draft, steps: list[dict[str, Any]], element: str) -> None:
        self.place = _place(draft, element)
        self.steps = deepcopy(steps)
        self.dropped: list[str] = []
        self.outside: Links = {}
        require_room(draft, len(self.steps))
        self._link(draft)
        self._leave_out_what_is_there_once(draft)
        self._name(draft)

    def _link(self, draft: Draft) -> None:
        """Say what each step comes after by its name, and tell the steps that are pasted from those outside."""
        alone = Draft(_saga(self.steps)).inner_links()
        later = dependents(draft.inner_links(), set(self.place.before))
        here = set(step_names(draft.segment(self.place.segment))) - later
        for step in self.steps:
            outside = {name for name in step.get("after", ()) if name not in alone}
            if gone := outside - here:
                self.dropped.append(f"'{step['name']}' no longer comes after {listed(tuple(sorted(gone)))}.")
            self.outside[step["name"]] = outside & here
            step["after"] = [name for name in alone if name in alone[step["name"]]]
            step.pop("on", None)

    def _leave_out_what_is_there_once(self, draft: Draft) -> None:
        """Keep one pivot in the saga, and one meaning of each event."""
        theirs = [step for _, step in draft.steps()]
        events = {step.done_event for part in draft.parts() for step in part.steps}
        for step in self.steps:
            if step.get("pivot") and any(one.get("pivot") for one in theirs):
                del step["pivot"]
                self.dropped.append(f"'{step['name']}' is not the pivot; the saga has one.")
            if step.get("emits") in events:
                self.dropped.append(f"'{step['name']}' no longer emits '{step.pop('emits')}'; another step does.")

    def _name(self, draft: Draft) -> None:
        """Give numbers to names that exist; all that is pasted follows."""
        renamed: dict[str, str] = {}
        taken = draft.names() | {step["name"] for step in self.steps}
        for name in (step["name"] for step in self.steps):
            renamed[name] = free_name(name, taken) if name in draft.names() else name
            taken.add(renamed[name])
        for step in self.steps:
            repoint(step, {old: new for old, new in renamed.items() if old != new})
            step["after"] = [renamed[name] for name in step["after"]]
            step["name"] = renamed[step["name"]]
        self.outside = {renamed[name]: outside for name, outside in self.outside.items() if outside}


def _place(draft: Draft, element: str) -> Place:
    match element.split("/"):
        case ["segments", _, "steps", step]:
            return after_step(draft, step)
        case ["segments", segment]:
            return after_all(draft, segment)
        case _:
            pass
    if not draft.segments:
        raise Refused("Add a segment first; steps are pasted into it.")
    return after_all(draft, draft.segments[-1]["name"])


def _saga(steps: list[Any]) -> dict[str, Json]:
    return {"name": "pasted", "segments": [{"name": "pasted", "style": "orchestrated", "steps": steps}]}


def _read(text: str) -> list[dict[str, Any]]:
    """Return the steps of a text.

    Raises:
        Refused: it cannot be read, or has no steps, or one breaks a rule; the message names the line.
    """
    if len(text) > MOST_GROWTH:
        raise Refused(TOO_LONG)
    try:
        document = yaml_text.parse(text, what="The pasted text")
    except InvalidPayload as error:
        raise Refused(str(error)) from error
    if not isinstance(document, dict | list) or not document:
        raise Refused(NO_STEPS)
    steps = list(_steps(document))
    if not steps:
        raise Refused(NO_STEPS)
    seen: set[str] = set()
    for number, step in enumerate(steps):
        why = next((fault.message for fault in problems(_saga([step])) if fault.rule not in LATER), "")
        if not why and step["name"] in seen:
            why = f"two steps have the name '{step['name']}'; give one another name"
        if why:
            node = next(islice(_nodes(yaml_text.compose(text)), number, None))
            raise Refused(f"The pasted text, line {node.start_mark.line + 1}: {why}.")
        seen.add(step["name"])
    return steps


def _steps(document: Any) -> Iterator[Any]:
    if isinstance(document, list):
        yield from document
    elif isinstance(document, dict) and "segments" in document:
        for segment in document["segments"] if isinstance(document["segments"], list) else ():
            yield from _steps(segment if isinstance(segment, dict) and "steps" in segment else [segment])
    elif isinstance(document, dict) and "steps" in document:
        yield from document["steps"] if isinstance(document["steps"], list) else ()
    else:
        yield document


def _nodes(root: yaml.Node) -> Iterator[yaml.Node]:
    """Yield the node of each step, in the order of ``_steps``."""
    keys = {key.value: value for key, value in root.value} if isinstance(root, yaml.MappingNode) else {}
    if isinstance(root, yaml.SequenceNode):
        yield from root.value
    elif "segments" in keys:
        for segment in keys["segments"].value if isinstance(keys["segments"], yaml.SequenceNode) else ():
            has_steps = isinstance(segment, yaml.MappingNode) and any(key.value == "steps" for key, _ in segment.value)
            yield from _nodes(segment) if has_steps else (segment,)
    elif "steps" in keys:
        yield from keys["steps"].value if isinstance(keys["steps"], yaml.SequenceNode) else ()
    else:
        yield root

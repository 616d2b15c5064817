"""Operations on any element: set a field, change the work of a step, rename with every reference."""

from dataclasses import dataclass

from designer.canvas.draft import Draft, Refused, aside, check_name, put
from designer.canvas.operation import Operation
from designer.canvas.pointers import pointers, repoint
from sagaflow.core.definition.condition import tokens
from sagaflow.core.definition.parts import Segment, Step, camel
from sagaflow.core.definition.problems import step_path
from sagaflow.core.definition.work import STARTER, kinds
from sagaflow.core.json_value import Json

__all__ = ["Rename", "SetField", "SetWork", "element_of"]

STRUCTURE = ("name", "segments", "steps")


@dataclass(frozen=True)
class SetField(Operation):
    """Set a field of the saga, a segment, a step or an observer; without a value, it goes back to its default."""

    kind = "set-field"

    element: str
    field: str
    value: Json = None

    def change(self, draft: Draft) -> str:
        if self.field in STRUCTURE:
            raise Refused(f"'{self.field}' is not set as a field: rename, add or move instead.", self.element)
        element, part = element_of(draft, self.element)
        if self.value is None:
            element.pop(self.field, None)
        elif part is None and self.field not in element:
            segments = element.pop("segments", None)
            element[self.field] = self.value
            if segments is not None:
                element["segments"] = segments
        else:
            put(element, self.field, self.value, part or Step)
        return self.element

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002 - the signature of every operation
        verb = "Set" if self.value is not None else "Cleared"
        return f"{verb} '{self.field}' of {_words(self.element)}."


@dataclass(frozen=True)
class SetWork(Operation):
    """Let a step do other work. ``work`` has the keys of one kind: ``{"action": "payment.take"}``.

    ``undo``: the undo that comes along with the new action; without it, the step keeps the undo that it has.
    """

    kind = "set-work"

    step: str
    work: dict[str, Json]
    undo: Json = None

    def change(self, draft: Draft) -> str:
        segment, step = draft.home(self.step)
        path = step_path(segment["name"], self.step)
        chosen = [kind for kind in kinds() if kind.key in self.work]
        if len(chosen) != 1 or self.work.keys() - chosen[0].properties():
            raise Refused("The work of a step has the keys of one kind of step.", path)
        for key in _work_keys() & step.keys() - self.work.keys():
            del step[key]
        for key, value in self.work.items():
            put(step, key, value)
        if self.undo is not None:
            put(step, "undo", self.undo)
        return path

    def sentence(self, draft: Draft) -> str:
        step = draft.step(self.step)
        own = _work_keys()
        lost = [f"'{key}'" for key in step if key in own and key not in self.work]
        dropped = f" Dropped: {', '.join(lost)}." if lost else ""
        brought = "" if self.undo is None else " The undo of the new action came along."
        return f"Changed what '{self.step}' does.{dropped}{brought}"


@dataclass(frozen=True)
class Rename(Operation):
    """Rename a step, a segment, an observer or the saga, and everything that names it."""

    kind = "rename"

    element: str
    name: str

    def change(self, draft: Draft) -> str:
        check_name(self.name, self.element)
        element, _ = element_of(draft, self.element)
        old = element.get("name")
        if old == self.name:
            raise Refused(f"The name is '{self.name}' already.", self.element)
        sort = self.element.split("/")[-2] if "/" in self.element else "saga"
        if sort == "steps":
            self._of_step(draft, element)
        elif sort == "segments":
            self._of_segment(draft, element)
        elif any(_name(other) == self.name for other in draft.document.get("observers", ()) if sort == "observers"):
            raise Refused(f"There is an observer '{self.name}' already; choose another name.", self.element)
        element["name"] = self.name
        return self.element if sort == "saga" else f"{self.element.rpartition('/')[0]}/{self.name}"

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002
        return f"Renamed {_words(self.element)} to '{self.name}'."

    def reverse(self, draft: Draft) -> Operation | None:
        parent, _, _ = self.element.rpartition("/")
        old = element_of(draft, self.element)[0].get("name")
        return Rename(f"{parent}/{self.name}" if parent else self.element, old) if isinstance(old, str) else None

    def _of_step(self, draft: Draft, step: dict[str, Json]) -> None:
        old = step["name"]
        if self.name in draft.names():
            raise Refused(f"There is a step '{self.name}' already; choose another name.", self.element)
        for _, other in draft.steps():
            named = any(tokens(pointer)[:2] == ("steps", self.name) for pointer in pointers(other))
            barred = other.get("not_by")
            named = named or (isinstance(barred, list) and self.name in barred and self.name != STARTER)
            if named or self.name in (other.get("after") or ()):
                raise Refused(
                    f"'{other['name']}' names a step '{self.name}', which does not exist yet; correct that first.",
                    self.element,
                )
        segment, _ = draft.home(old)
        for other in segment["steps"]:
            if isinstance(other, dict) and isinstance(other.get("after"), list):
                other["after"] = [self.name if name == old else name for name in other["after"]]
        for _, other in draft.steps():
            repoint(other, {old: self.name})
        for away in (one for home in draft.segments for one in aside(home)):
            _follow(away, old, self.name)
        kept = {"Completed": step.get("emits"), "Compensated": _emits(step.get("undo"))}
        for suffix in ("Completed", "Failed", "Compensated"):
            if not kept.get(suffix):
                _rename_event(draft, f"{camel(old)}{suffix}", f"{camel(self.name)}{suffix}")

    def _of_segment(self, draft: Draft, segment: dict[str, Json]) -> None:
        old = segment["name"]
        for other in draft.segments:
            named = other.get("after")
            if other["name"] == self.name or (isinstance(named, list) and self.name in named):
                raise Refused(f"The segment '{self.name}' is named already; choose another name.", self.element)
        for other in draft.segments:
            if isinstance(other.get("after"), list):
                other["after"] = [self.name if name == old else name for name in other["after"]]
        _rename_event(draft, f"{camel(old)}Started", f"{camel(self.name)}Started")


def element_of(draft: Draft, path: str) -> tuple[dict[str, Json], type | None]:
    """Return the element of a path as faults have it, with its class; ``None``: the saga and observers have none."""
    match path.split("/"):
        case ["saga"]:
            return draft.document, None
        case ["segments", segment]:
            return draft.segment(segment), Segment
        case ["segments", segment, "steps", step]:
            home, found = draft.home(step)
            if home["name"] != segment:
                raise Refused(f"The step '{step}' is in the segment '{home['name']}' by now.", path)
            return found, Step
        case ["observers", name]:
            for observer in draft.document.get("observers", ()):
                if _name(observer) == name:
                    return observer, None
        case _:
            pass
    raise Refused(f"There is no element '{path}'.", path)


def _work_keys() -> set[str]:
    """Return every key that the work of a step may have."""
    return {key for kind in kinds() for key in kind.properties()}


def _words(path: str) -> str:
    return "the saga" if path == "saga" else f"'{path.rpartition('/')[2]}'"


def _name(item: Json) -> Json:
    return item.get("name") if isinstance(item, dict) else None


def _emits(undo: Json) -> Json:
    return undo.get("emits") if isinstance(undo, dict) else None


def _rename_event(draft: Draft, old: str, new: str) -> None:
    """Rename an event wherever a step or an observer reacts to it."""
    for listener in (*(step for _, step in draft.steps()), *draft.document.get("observers", ())):
        if isinstance(listener, dict) and isinstance(listener.get("on"), list):
            listener["on"] = [new if event == old else event for event in listener["on"]]


def _follow(kept: dict[str, Json], old: str, new: str) -> None:
    """Let a step that is set aside follow the new name of another one."""
    repoint(kept["step"], {old: new})
    kept |= {key: [new if name == old else name for name in kept.get(key, ())] for key in ("after", "before")}

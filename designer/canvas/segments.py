"""Operations on segments: add, move, delete, split, join and switch the style."""

from dataclasses import dataclass

from designer.canvas.draft import Draft, Links, Refused, check_name, dependents, put, step_names
from designer.canvas.operation import Operation, fields_of
from designer.canvas.steps import after_all
from sagaflow.core.definition.parts import Segment, Style
from sagaflow.core.json_value import Json

__all__ = [
    "AddSegment",
    "DeleteSegment",
    "JoinSegments",
    "MoveSegment",
    "SplitSegment",
    "SwitchStyle",
    "known_style",
    "place_before",
    "split",
]


@dataclass(frozen=True)
class AddSegment(Operation):
    """Add an empty segment after another one, or at the start."""

    kind = "add-segment"

    name: str
    style: str
    after: str | None = None

    def change(self, draft: Draft) -> str:
        _free(draft, self.name)
        known_style(self.style)
        segment: dict[str, Json] = {"name": self.name, "style": self.style, "steps": []}
        _place(draft, segment, self.after)
        return f"segments/{self.name}"

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002 - the signature of every operation
        return f"Added the {self.style} segment '{self.name}' {_where(self.after)}."


@dataclass(frozen=True)
class MoveSegment(Operation):
    """Move a segment after another one, or to the start. What came after it comes after what it came after."""

    kind = "move-segment"

    segment: str
    after: str | None = None

    def change(self, draft: Draft) -> str:
        if self.segment == self.after:
            raise Refused("A segment cannot come after itself.", f"segments/{self.segment}")
        segment = draft.segment(self.segment)
        _take_out(draft, segment)
        segment.pop("after", None)
        _place(draft, segment, self.after)
        return f"segments/{self.segment}"

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002
        return f"Moved the segment '{self.segment}' {_where(self.after)}."


@dataclass(frozen=True)
class DeleteSegment(Operation):
    """Delete a segment with its steps."""

    kind = "delete-segment"

    segment: str

    def change(self, draft: Draft) -> str:
        _take_out(draft, draft.segment(self.segment))
        return f"segments/{self.segment}"

    def sentence(self, draft: Draft) -> str:
        count = len(draft.segment(self.segment)["steps"])
        return f"Deleted the segment '{self.segment}' with {count} step{'' if count == 1 else 's'}."


@dataclass(frozen=True)
class SplitSegment(Operation):
    """Begin a new segment at a step: the step and all that depends on it in its segment move there."""

    kind = "split-segment"

    step: str
    name: str

    def change(self, draft: Draft) -> str:
        old, _ = draft.home(self.step)
        split(draft, old, dependents(draft.inner_links(), {self.step}), self.name)
        return f"segments/{self.name}"

    def sentence(self, draft: Draft) -> str:
        segment, _ = draft.home(self.step)
        return f"Split the segment '{segment['name']}' at '{self.step}'; the new one is '{self.name}'."


@dataclass(frozen=True)
class JoinSegments(Operation):
    """Append the steps of a segment to the segment directly before it. The first one keeps its style and options."""

    kind = "join-segments"

    first: str
    second: str

    def change(self, draft: Draft) -> str:
        first, second = draft.segment(self.first), draft.segment(self.second)
        before = _before(draft)
        if before.get(self.second) != {self.first}:
            raise Refused(
                f"'{self.second}' does not come directly after '{self.first}' alone.", f"segments/{self.second}"
            )
        inner = draft.inner_links()
        own = set(step_names(second))
        ends = set(after_all(draft, self.first).after)
        items = draft.all_segments()
        items.remove(second)
        first["steps"].extend(second["steps"])
        del before[self.second]
        _link(draft, {name: _swapped(names, self.second, self.first) for name, names in before.items()})
        draft.link({name: (inner[name] or ends) if name in own else inner[name] for name in inner})
        return f"segments/{self.first}"

    def sentence(self, draft: Draft) -> str:
        first, second = draft.segment(self.first), draft.segment(self.second)
        lost = {
            key: value
            for key, value in second.items()
            if key not in ("name", "steps", "after") and first.get(key) != value
        }
        dropped = f" Dropped: {fields_of(lost)} of '{self.second}'." if lost else ""
        return f"Joined the segment '{self.second}' to '{self.first}'.{dropped}"


@dataclass(frozen=True)
class SwitchStyle(Operation):
    """Mark a segment as orchestrated or choreographed. Nothing else changes."""

    kind = "switch-style"

    segment: str
    style: str

    def change(self, draft: Draft) -> str:
        known_style(self.style)
        segment = draft.segment(self.segment)
        if segment.get("style") == self.style:
            raise Refused(f"The segment '{self.segment}' is {self.style} already.", f"segments/{self.segment}")
        put(segment, "style", self.style, Segment)
        return f"segments/{self.segment}"

    def sentence(self, draft: Draft) -> str:
        segment = draft.segment(self.segment)
        parts = next((part for part in draft.parts() if part.name == self.segment), None)
        events = [step.done_event for step in parts.steps] if parts else []
        if self.style == Style.CHOREOGRAPHED and events:
            shown = ", ".join(events[:3]) + (", …" if len(events) > 3 else "")  # noqa: PLR2004 - as many as fit a line
            return f"Switched '{segment['name']}' to choreographed: its steps react to {shown}."
        return f"Switched '{segment['name']}' to {self.style}."


def split(draft: Draft, old: dict[str, Json], moved: set[str], name: str) -> None:
    """Move steps, and with them all that depends on them, into a new segment directly after ``old``.

    Raises:
        Refused: nothing would stay, or the name is taken.
    """
    new, inner, before = _half(draft, old, moved, name), draft.inner_links(), _before(draft)
    old["steps"][:] = [step for step in old["steps"] if not _is_in(step, moved)]
    items = draft.all_segments()
    items.insert(items.index(old) + 1, new)
    wanted = {other: _swapped(names, old["name"], name) for other, names in before.items()}
    wanted[old["name"]], wanted[name] = before[old["name"]], {old["name"]}
    _link(draft, wanted)
    draft.link({step: earlier & moved if step in moved else earlier for step, earlier in inner.items()})


def place_before(draft: Draft, old: dict[str, Json], moved: set[str], name: str) -> None:
    """Move steps on which all others of ``old`` depend into a new segment directly before it.

    Raises:
        Refused: nothing would stay, or the name is taken.
    """
    new, inner, before = _half(draft, old, moved, name), draft.inner_links(), _before(draft)
    old["steps"][:] = [step for step in old["steps"] if not _is_in(step, moved)]
    items = draft.all_segments()
    items.insert(items.index(old), new)
    _link(draft, before | {name: before[old["name"]], old["name"]: {name}})
    draft.link({step: earlier if step in moved else earlier - moved for step, earlier in inner.items()})


def _half(draft: Draft, old: dict[str, Json], moved: set[str], name: str) -> dict[str, Json]:
    """Return the new segment for a part of the steps of ``old``, which still has them."""
    _free(draft, name)
    if not set(step_names(old)) - moved:
        raise Refused("Nothing would stay in the segment; split it at a later step.", f"segments/{old['name']}")
    new: dict[str, Json] = {"name": name, "style": old.get("style", Style.ORCHESTRATED.value)}
    new |= {"team": old["team"]} if "team" in old else {}
    new["steps"] = [step for step in old["steps"] if _is_in(step, moved)]
    for step in old["steps"]:
        if isinstance(step, dict) and isinstance(step.get("after"), list):
            here = moved if _is_in(step, moved) else set(step_names(old)) - moved
            step["after"] = [name for name in step["after"] if name in here or name not in set(step_names(old))]
    return new


def _free(draft: Draft, name: str) -> None:
    check_name(name)
    if any(segment["name"] == name for segment in draft.segments):
        raise Refused(f"There is a segment '{name}' already; choose another name.", f"segments/{name}")


def known_style(style: str) -> None:
    if style not in list(Style):
        raise Refused(f"'{style}' is not a style; use one of {', '.join(Style)}.")


def _where(after: str | None) -> str:
    return f"after '{after}'" if after else "to the start"


def _before(draft: Draft) -> Links:
    """Return the segments that each segment comes directly after."""
    known = {segment["name"] for segment in draft.segments}
    before: Links = {}
    last: set[str] = set()
    for segment in draft.segments:
        named = segment.get("after")
        before[segment["name"]] = set(named) & known if isinstance(named, list) else last
        last = {segment["name"]}
    return before


def _link(draft: Draft, wanted: Links) -> None:
    """Give the segments of ``wanted`` exactly these predecessors; a segment that has them keeps its text."""
    last: str | None = None
    for segment in draft.segments:
        name = segment["name"]
        if name in wanted and wanted[name] != _before(draft)[name]:
            if wanted[name] == ({last} if last else set()):
                segment.pop("after", None)
            else:
                order = [other["name"] for other in draft.segments]
                put(segment, "after", [other for other in order if other in wanted[name]], Segment)
        last = name


def _place(draft: Draft, segment: dict[str, Json], after: str | None) -> None:
    """Insert a segment between ``after`` and what comes after it; ``None``: before all that start with the run."""
    before = _before(draft)
    items = draft.all_segments()
    if after is None:
        items.insert(0, segment)
        wanted = {name: names or {segment["name"]} for name, names in before.items()}
        wanted[segment["name"]] = set()
    else:
        items.insert(items.index(draft.segment(after)) + 1, segment)
        wanted = {name: _swapped(names, after, segment["name"]) for name, names in before.items()}
        wanted[segment["name"]] = {after}
    _link(draft, wanted)


def _take_out(draft: Draft, segment: dict[str, Json]) -> None:
    before = _before(draft)
    name = segment["name"]
    items = draft.all_segments()
    items[:] = [item for item in items if item is not segment]
    gone = before.pop(name)
    _link(draft, {other: (names - {name}) | gone if name in names else names for other, names in before.items()})


def _swapped(names: set[str], old: str, new: str) -> set[str]:
    return {new if name == old else name for name in names}


def _is_in(step: Json, names: set[str]) -> bool:
    return isinstance(step, dict) and step.get("name") in names

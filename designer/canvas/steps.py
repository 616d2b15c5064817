"""Operations on steps: add, move, delete, duplicate, connect and disconnect."""

from copy import deepcopy
from dataclasses import dataclass

from designer.canvas.draft import Draft, Links, Refused, free_name, step_names
from designer.canvas.operation import Operation, Place, listed
from designer.canvas.pointers import repoint
from sagaflow.core.definition.problems import MAX_STEPS, step_path
from sagaflow.core.json_value import Json

__all__ = [
    "AddSteps",
    "Connect",
    "DeleteSteps",
    "Disconnect",
    "DuplicateStep",
    "MoveSteps",
    "after_all",
    "after_step",
    "before_step",
    "beside_step",
    "require_room",
]


def after_step(draft: Draft, step: str) -> Place:
    """Return the place between a step and all that comes after it in its segment."""
    segment, _ = draft.home(step)
    later = tuple(name for name, before in draft.inner_links().items() if step in before)
    return Place(segment["name"], (step,), later)


def before_step(draft: Draft, step: str) -> Place:
    """Return the place between a step and all that it comes after in its segment."""
    segment, _ = draft.home(step)
    return Place(segment["name"], _in_order(draft, draft.inner_links().get(step, set())), (step,))


def beside_step(draft: Draft, step: str) -> Place:
    """Return the place parallel to a step."""
    before, after = before_step(draft, step), after_step(draft, step)
    return Place(before.segment, before.after, after.before)


def after_all(draft: Draft, segment: str) -> Place:
    """Return the place after all branches of a segment."""
    own = step_names(draft.segment(segment))
    inner = draft.inner_links()
    earlier = set().union(*(inner.get(name, set()) for name in own)) if own else set()
    return Place(segment, tuple(name for name in own if name not in earlier))


def require_room(draft: Draft, more: int) -> None:
    """Refuse ``more`` new steps if the saga would have too many.

    Raises:
        Refused: it would.
    """
    if len(draft.names()) + more > MAX_STEPS:
        raise Refused(f"A saga has at most {MAX_STEPS} steps; move some into a sub-saga.")


@dataclass(frozen=True)
class AddSteps(Operation):
    """Add new steps, each given as the document of a step. Links among them are kept; names that exist are changed."""

    kind = "add-steps"

    steps: tuple[Json, ...]
    place: Place

    def change(self, draft: Draft) -> str:
        require_room(draft, len(self.steps))
        new = [deepcopy(step) for step in self.steps]
        if not new or not all(isinstance(step, dict) and isinstance(step.get("name"), str) for step in new):
            raise Refused("Each new step needs a name.")
        renamed: dict[str, str] = {}
        for step in new:
            renamed[step["name"]] = free_name(step["name"], draft.names() | set(renamed.values()))
        for step in new:
            step["name"] = renamed[step["name"]]
            repoint(step, {old: name for old, name in renamed.items() if old != name})
            if isinstance(step.get("after"), list):
                step["after"] = [renamed[name] for name in step["after"] if name in renamed]
        inside: Links = {}
        for number, step in enumerate(new):
            follows = {new[number - 1]["name"]} if number else set()
            inside[step["name"]] = set(step["after"]) if isinstance(step.get("after"), list) else follows
        _insert(draft, new, inside, self.place)
        return step_path(self.place.segment, new[-1]["name"])

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002 - the signature of every operation
        names = tuple(str(step.get("name", "a step")) if isinstance(step, dict) else "a step" for step in self.steps)
        return f"Added {listed(names)} {self.place.words}."


@dataclass(frozen=True)
class MoveSteps(Operation):
    """Move steps to a place, perhaps in another segment. Links among them are kept, and the gap is closed."""

    kind = "move-steps"

    steps: tuple[str, ...]
    place: Place

    def change(self, draft: Draft) -> str:
        moved = [name for name in _in_order(draft, draft.names()) if name in self.steps]
        if missing := set(self.steps) - set(moved):
            draft.step(min(missing))
        if not moved:
            raise Refused("Select the steps to move.")
        if set(moved) & {*self.place.after, *self.place.before}:
            raise Refused("A step cannot be moved next to itself.", self.place.segment)
        draft.segment(self.place.segment)
        inner = draft.inner_links()
        inside = {name: inner.get(name, set()) & set(moved) for name in moved}
        documents = [draft.step(name) for name in moved]
        _take_out(draft, set(moved))
        _insert(draft, documents, inside, self.place)
        return step_path(self.place.segment, moved[-1])

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002
        return f"Moved {listed(self.steps)} {self.place.words}."


@dataclass(frozen=True)
class DeleteSteps(Operation):
    """Delete steps; what came after them comes after what they came after."""

    kind = "delete-steps"

    steps: tuple[str, ...]

    def change(self, draft: Draft) -> str:
        for name in self.steps:
            draft.step(name)
        if not self.steps:
            raise Refused("Select the steps to delete.")
        segment, _ = draft.home(self.steps[0])
        parts = {step.name: step for part in draft.parts() for step in part.steps}
        events = {parts[name].done_event for name in self.steps if name in parts}
        _take_out(draft, set(self.steps))
        _forget(draft, events)
        return f"segments/{segment['name']}/steps/{self.steps[0]}"

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002
        return f"Deleted {listed(self.steps)}."


@dataclass(frozen=True)
class DuplicateStep(Operation):
    """Add a copy of a step, directly after it. Its events get the usual names, because an event has one meaning."""

    kind = "duplicate-step"

    step: str

    def change(self, draft: Draft) -> str:
        copy = {
            key: value for key, value in draft.step(self.step).items() if key not in ("after", "on", "emits", "pivot")
        }
        return AddSteps((copy,), after_step(draft, self.step)).change(draft)

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002
        return f"Duplicated '{self.step}'."


@dataclass(frozen=True)
class Connect(Operation):
    """Let a step come after another step of its segment too."""

    kind = "connect"

    earlier: str
    later: str

    def change(self, draft: Draft) -> str:
        segment, _ = draft.home(self.earlier)
        other, _ = draft.home(self.later)
        if segment is not other:
            raise Refused(
                f"'{self.earlier}' and '{self.later}' are in two segments; the order of the segments decides there.",
                step_path(other["name"], self.later),
            )
        if self.earlier == self.later:
            raise Refused("A step cannot come after itself.", step_path(other["name"], self.later))
        inner = draft.inner_links()
        if self.earlier in inner.get(self.later, set()):
            raise Refused(f"'{self.later}' comes after '{self.earlier}' already.", step_path(other["name"], self.later))
        draft.link({self.later: inner.get(self.later, set()) | {self.earlier}})
        return step_path(other["name"], self.later)

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002
        return f"Let '{self.later}' come after '{self.earlier}'."


@dataclass(frozen=True)
class Disconnect(Operation):
    """Remove the link between two steps of a segment."""

    kind = "disconnect"

    earlier: str
    later: str

    def change(self, draft: Draft) -> str:
        segment, _ = draft.home(self.later)
        inner = draft.inner_links()
        if self.earlier not in inner.get(self.later, set()):
            raise Refused(
                f"'{self.later}' does not come directly after '{self.earlier}'.", step_path(segment["name"], self.later)
            )
        draft.link({self.later: inner[self.later] - {self.earlier}})
        return step_path(segment["name"], self.later)

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002
        return f"Let '{self.later}' no longer come after '{self.earlier}'."


def _insert(draft: Draft, steps: list[dict[str, Json]], inside: Links, place: Place) -> None:
    """Put ``steps`` into a segment. ``inside`` has the links among them."""
    segment = draft.segment(place.segment)
    known = set(step_names(segment))
    if missing := {*place.after, *place.before} - known:
        raise Refused(
            f"'{min(missing)}' is not in the segment '{place.segment}' any more.", f"segments/{place.segment}"
        )
    wanted = {name: before for name, before in draft.inner_links().items() if name in known}
    own = [step["name"] for step in steps]
    used = set().union(*inside.values())
    last = {name for name in own if name not in used}
    for name in place.before:
        wanted[name] = (wanted.get(name, set()) - set(place.after)) | last
    for name in own:
        wanted[name] = inside[name] or set(place.after)
    items: list[Json] = segment["steps"]
    items[(at := _position(items, place, wanted, own)) : at] = steps
    draft.link(wanted)


def _position(items: list[Json], place: Place, wanted: Links, own: list[str]) -> int:
    """Return the place in the list at which the fewest neighbours have to name what they come after."""
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    behind = max((names.index(name) + 1 for name in place.after), default=0)
    ahead = min((names.index(name) for name in place.before), default=len(names))

    def cost(index: int) -> int:
        order = [*names[:index], *own, *names[index:]]
        fixed = {item["name"] for item in items if isinstance(item, dict) and {"after", "on"} & item.keys()}
        before = zip(order, [None, *order], strict=False)
        return sum(
            wanted.get(str(one), set()) != ({last} if last else set()) for one, last in before if one not in fixed
        )

    near = (behind, ahead) if place.after else (ahead, behind)
    return min(dict.fromkeys((*near, len(names)) if place.after or place.before else (len(names),)), key=cost)


def _take_out(draft: Draft, gone: set[str]) -> None:
    """Remove steps; each step behind them gets the predecessors that they had in its segment."""
    inner = draft.inner_links()
    wanted = {name: _around(inner, before, gone) for name, before in inner.items() if name not in gone}
    for segment in draft.segments:
        segment["steps"][:] = [
            step for step in segment["steps"] if not (isinstance(step, dict) and step.get("name") in gone)
        ]
    draft.link(wanted)


def _forget(draft: Draft, events: set[str]) -> None:
    """Let no step wait for ``events``, which nothing publishes any more."""
    for _, step in draft.steps():
        if isinstance(step.get("on"), list) and events & set(step["on"]):
            step["on"] = [event for event in step["on"] if event not in events]
            if not step["on"]:
                del step["on"]


def _around(inner: Links, before: set[str], gone: set[str]) -> set[str]:
    found, open_ = set[str](), list(before)
    seen: set[str] = set()
    while open_:
        name = open_.pop()
        if name not in gone:
            found.add(name)
        elif name not in seen:
            seen.add(name)
            open_.extend(inner.get(name, set()))
    return found


def _in_order(draft: Draft, names: set[str]) -> tuple[str, ...]:
    return tuple(step["name"] for _, step in draft.steps() if step["name"] in names)

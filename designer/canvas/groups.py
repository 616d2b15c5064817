"""Operations on a selection of steps: into a segment of their own, aside and back, into a sub-saga and back."""

from copy import deepcopy
from dataclasses import dataclass

from designer.canvas.draft import (
    ASIDE,
    Draft,
    Refused,
    aside,
    check_name,
    dependents,
    free_name,
    put,
    reached,
    step_names,
)
from designer.canvas.operation import Operation, Place, listed
from designer.canvas.pointers import change_pointers, pointers, repoint
from designer.canvas.segments import known_style, place_before, split
from designer.canvas.steps import AddSteps, DeleteSteps
from sagaflow.core.definition.condition import tokens
from sagaflow.core.definition.parts import Segment, Style
from sagaflow.core.definition.problems import step_path
from sagaflow.core.json_value import Json

__all__ = ["BringBack", "ExtractSteps", "InlineSaga", "SetAside", "WrapSteps", "extracted"]


@dataclass(frozen=True)
class WrapSteps(Operation):
    """Give steps of one segment a segment of their own. What depends on them goes into another one behind it."""

    kind = "wrap-steps"

    steps: tuple[str, ...]
    name: str
    style: str | None = None

    def change(self, draft: Draft) -> str:
        segment, chosen = _together(draft, self.steps)
        if self.style is not None:
            known_style(self.style)
        own = set(step_names(segment))
        behind = _behind(draft, segment, chosen)
        if chosen == own:
            raise Refused("These are all steps of the segment already.", f"segments/{segment['name']}")
        if chosen | behind == own:
            place_before(draft, segment, chosen, self.name)
        else:
            split(draft, segment, chosen | behind, self.name)
            if behind:
                rest = free_name(f"{self.name}_rest", {one["name"] for one in draft.segments})
                split(draft, draft.segment(self.name), behind, rest)
        if self.style is not None:
            put(draft.segment(self.name), "style", self.style, Segment)
        return f"segments/{self.name}"

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002 - the signature of every operation
        return f"Put {listed(self.steps)} into the segment '{self.name}'."


@dataclass(frozen=True)
class SetAside(Operation):
    """Take steps out of the run and keep them in the document, so that they can be brought back to their places."""

    kind = "set-aside"

    steps: tuple[str, ...]

    def change(self, draft: Draft) -> str:
        if not self.steps:
            raise Refused("Select the steps to set aside.")
        path = ""
        for name in self.steps:
            segment, step = draft.home(name)
            place = _place_of(draft, segment, {name})
            kept = {"name": name, "step": deepcopy(step), "after": list(place.after), "before": list(place.before)}
            DeleteSteps((name,)).change(draft)
            items = segment.get(ASIDE)
            segment[ASIDE] = [*(items if isinstance(items, list) else []), kept]
            path = f"segments/{segment['name']}"
        return path

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002
        return f"Set {listed(self.steps)} aside."


@dataclass(frozen=True)
class BringBack(Operation):
    """Bring a step that was set aside back to its place, next to those of its neighbours that are still there."""

    kind = "bring-back"

    step: str

    def change(self, draft: Draft) -> str:
        for segment in draft.segments:
            kept = next((one for one in aside(segment) if one["name"] == self.step), None)
            if kept is not None:
                segment[ASIDE].remove(kept)
                if not segment[ASIDE]:
                    del segment[ASIDE]
                own = set(step_names(segment))
                after, before = (tuple(n for n in kept.get(key, ()) if n in own) for key in ("after", "before"))
                step = {key: value for key, value in kept["step"].items() if key not in ("after", "on")}
                return AddSteps((step,), Place(segment["name"], after, before)).change(draft)
        raise Refused(f"No step '{self.step}' is set aside any more.")

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002
        return f"Brought '{self.step}' back."


@dataclass(frozen=True)
class ExtractSteps(Operation):
    """Replace steps of one segment by a sub-saga that does them: see :func:`extracted` for its document."""

    kind = "extract-steps"

    steps: tuple[str, ...]
    saga: str
    step: str

    def change(self, draft: Draft) -> str:
        check_name(self.step)
        segment, chosen = _together(draft, self.steps)
        extracted(draft.document, self.steps, self.saga)
        place = _place_of(draft, segment, chosen)
        order = [name for name in step_names(segment) if name in chosen]
        pivot = any(draft.step(name).get("pivot") for name in order)
        DeleteSteps(tuple(order)).change(draft)
        new: dict[str, Json] = {"name": self.step, "saga": self.saga, "undo": {"compensate": {"rollback": True}}}
        path = AddSteps((new | ({"pivot": True} if pivot else {}),), place).change(draft)
        name = path.rpartition("/")[2]
        for _, step in draft.steps():
            repoint(step, {old: f"{name}/{old}" for old in chosen})
        return path

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002
        return f"Extracted {listed(self.steps)} into the saga '{self.saga}'."


def extracted(document: Json, steps: tuple[str, ...], saga: str) -> dict[str, Json]:
    """Return the document of the sub-saga that does ``steps`` of ``document``. Its input is the input of the run.

    Raises:
        Refused: the steps are in two segments, one reads the output of a step outside, or the name is not valid.
    """
    draft = Draft(document)
    check_name(saga)
    segment, chosen = _together(draft, steps)
    _behind(draft, segment, chosen)
    inner = draft.inner_links()
    inside = []
    for step in segment["steps"]:
        if not isinstance(step, dict) or step.get("name") not in chosen:
            continue
        path = step_path(segment["name"], step["name"])
        for pointer in pointers(step):
            match tokens(pointer):
                case ("steps", other, *_) if other not in chosen:
                    message = f"'{step['name']}' reads the output of '{other}', which the sub-saga does not have."
                    raise Refused(f"{message} Select it too, or pass it on as input first.", path)
        inside.append({key: deepcopy(value) for key, value in step.items() if key not in ("after", "on", "pivot")})
    child: dict[str, Json] = {"name": saga}
    child |= {key: deepcopy(draft.document[key]) for key in ("input_schema", "sensitive") if key in draft.document}
    own = {key: segment[key] for key in ("style", "team") if key in segment}
    child["segments"] = [{"name": segment["name"], "style": Style.ORCHESTRATED.value} | own | {"steps": inside}]
    below = Draft(child)
    below.link({name: inner.get(name, set()) & chosen for name in below.names()})
    return below.document


@dataclass(frozen=True)
class InlineSaga(Operation):
    """Replace a sub-saga by the steps of its only segment. ``saga`` is the document of the sub-saga."""

    kind = "inline-saga"

    step: str
    saga: dict[str, Json]

    def change(self, draft: Draft) -> str:
        segment, step = draft.home(self.step)
        path = step_path(segment["name"], self.step)
        child = Draft(self.saga)
        if not isinstance(step.get("saga"), str) or step["saga"] != child.document.get("name"):
            raise Refused(f"'{self.step}' does not start the saga '{child.document.get('name')}'.", path)
        if "input" in step:
            raise Refused(f"'{self.step}' gets an input of its own, which its steps would lose; clear it first.", path)
        if len(child.segments) != 1 or not child.names():
            raise Refused(
                f"The saga '{step['saga']}' has {len(child.segments)} segments; only one can be put here.", path
            )
        place, links = _place_of(draft, segment, {self.step}), child.inner_links()
        order = step_names(child.segments[0])
        renamed = dict[str, str]()
        taken = draft.names() - {self.step}
        for name in order:
            renamed[name] = free_name(name, taken | set(renamed.values()))
        new = [
            deepcopy(one) for one in child.segments[0]["steps"] if isinstance(one, dict) and one.get("name") in renamed
        ]
        for one in new:
            one.pop("on", None)
            one["after"] = [renamed[name] for name in order if name in links[one["name"]]]
            one["name"] = renamed[one["name"]]
            repoint(one, renamed)
        DeleteSteps((self.step,)).change(draft)
        AddSteps(tuple(new), place).change(draft)
        for _, one in draft.steps():
            _point_inside(one, self.step, renamed)
        return step_path(segment["name"], renamed[order[-1]])

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002
        return f"Put the steps of the saga '{self.saga.get('name')}' in the place of '{self.step}'."


def _point_inside(step: dict[str, Json], child: str, renamed: dict[str, str]) -> None:
    """Let pointers to the output of a sub-saga, ``/steps/<child>/<step>/…``, point to the steps themselves."""

    def inside(pointer: str) -> str:
        match pointer.split("/"):
            case ["", "steps", name, inner, *rest] if name == child and inner in renamed:
                return "/".join(("", "steps", renamed[inner], *rest))
            case _:
                return pointer

    change_pointers(step, inside)


def _together(draft: Draft, steps: tuple[str, ...]) -> tuple[dict[str, Json], set[str]]:
    """Return the segment of the steps, and their names.

    Raises:
        Refused: there are none, or they are in two segments.
    """
    if not steps:
        raise Refused("Select some steps first.")
    segment, _ = draft.home(steps[0])
    for name in steps[1:]:
        other, _ = draft.home(name)
        if other is not segment:
            raise Refused(
                f"'{steps[0]}' and '{name}' are in two segments; select steps of one.", step_path(other["name"], name)
            )
    return segment, set(steps)


def _behind(draft: Draft, segment: dict[str, Json], steps: set[str]) -> set[str]:
    """Return all other steps of the segment that come after one of ``steps``.

    Raises:
        Refused: one of them also comes before one of ``steps``.
    """
    inner = draft.inner_links()
    behind = dependents(inner, steps) - steps
    if between := sorted(behind & reached(inner, steps)):
        path = step_path(segment["name"], between[0])
        raise Refused(f"'{between[0]}' comes between the selected steps; select it too.", path)
    return behind


def _place_of(draft: Draft, segment: dict[str, Json], steps: set[str]) -> Place:
    """Return the place of ``steps`` among the other steps of their segment."""
    inner, others = draft.inner_links(), [name for name in step_names(segment) if name not in steps]
    earlier = set().union(*(inner.get(name, set()) for name in steps))
    return Place(
        segment["name"],
        tuple(name for name in others if name in earlier),
        tuple(name for name in others if inner.get(name, set()) & steps),
    )

"""A document that an operation is changing: its elements by name, and the links between its steps.

A document may be unfinished, so nothing here asks for a valid definition. What cannot be read has no links.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Self

from sagaflow.core.definition.document_schema import rules
from sagaflow.core.definition.fields import NAME
from sagaflow.core.definition.forms import properties
from sagaflow.core.definition.graph import links, topological
from sagaflow.core.definition.parts import Segment, Step
from sagaflow.core.definition.validate import validate
from sagaflow.core.errors import SagaflowError
from sagaflow.core.json_value import Json

__all__ = [
    "ASIDE",
    "Draft",
    "Links",
    "Refused",
    "aside",
    "check_name",
    "dependents",
    "free_name",
    "put",
    "reached",
    "step_names",
]

Links = dict[str, set[str]]
ASIDE = "x-set-aside"
"""The key of a segment with the steps that are set aside: each with its document, and the steps around its place."""


KEPT = 4
"""Documents whose segments are kept as they were read: each has up to the limit of a draft."""


class Refused(SagaflowError):
    """An operation that cannot be carried out. ``element`` is the path of the element that stands in its way."""

    def __init__(self, message: str, element: str = "saga") -> None:
        super().__init__(message)
        self.element = element


def check_name(name: str, element: str = "saga") -> None:
    """Raise ``Refused`` unless ``name`` keeps the rule of names. An operation checks each name that it gives."""
    if not NAME.fullmatch(name):
        raise Refused(f"'{name[:80]}' is not a valid name; write a letter, then letters, digits, _ or -.", element)


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Return ``wanted``, or the first of ``wanted_2``, ``wanted_3``, … that is not taken."""
    used = set(taken)
    if wanted not in used:
        return wanted
    return next(name for number in range(2, len(used) + 3) if (name := f"{wanted}_{number}") not in used)


class Draft:
    """A private copy of a document."""

    def __init__(self, document: Json) -> None:
        self.document: dict[str, Json] = deepcopy(document)

    @classmethod
    def reading(cls, document: Json) -> Self:
        """Return a draft of ``document`` itself, which nothing may change then."""
        draft = cls({})
        draft.document = document
        return draft

    @property
    def segments(self) -> list[dict[str, Json]]:
        """The segments that have a name and a list of steps; others are left alone."""
        items = self.document.get("segments")
        return [item for item in items if _is_segment(item)] if isinstance(items, list) else []

    def all_segments(self) -> list[Json]:
        """Return the list of segments itself, which an operation may change."""
        items = self.document.setdefault("segments", [])
        if not isinstance(items, list):
            raise Refused("The segments of the document are not a list; correct that first.")
        return items

    def steps(self) -> Iterator[tuple[dict[str, Json], dict[str, Json]]]:
        """Yield each step that has a name, with its segment."""
        for segment in self.segments:
            for step in segment["steps"]:
                if isinstance(step, dict) and isinstance(step.get("name"), str):
                    yield segment, step

    def segment(self, name: str) -> dict[str, Json]:
        """Return the segment of this name.

        Raises:
            Refused: there is none.
        """
        for segment in self.segments:
            if segment["name"] == name:
                return segment
        raise Refused(f"There is no segment '{name}' any more.")

    def step(self, name: str) -> dict[str, Json]:
        """Return the step of this name."""
        return self.home(name)[1]

    def home(self, name: str) -> tuple[dict[str, Json], dict[str, Json]]:
        """Return the segment of the step ``name``, and the step.

        Raises:
            Refused: there is no such step.
        """
        for segment, step in self.steps():
            if step["name"] == name:
                return segment, step
        raise Refused(f"There is no step '{name}' any more.")

    def names(self) -> set[str]:
        """Return the names of all steps."""
        return {step["name"] for _, step in self.steps()}

    # --- links -------------------------------------------------------------------------------------------------------

    def parts(self) -> tuple[Segment, ...]:
        """Return what can be read of the segments, for the rules of the core."""
        return _parts(json.dumps(self.document.get("segments")))

    def inner_links(self) -> Links:
        """Return for each step the steps of the same segment that it comes directly after."""
        return _inner_links(self.parts())

    def link(self, wanted: Links) -> None:
        """Give the steps of ``wanted`` exactly these direct predecessors in their segments.

        A step that has them already keeps its text. A step that names events to react to gets or loses events. It may
        keep another predecessor, which waits for one of them, if that one comes before the wanted ones anyway.
        """
        wrong: set[str] = set()
        for _ in range(3):  # what a step reacts to may link another one: see the rules of ``links``
            parts = self.parts()
            actual = _inner_links(parts)
            emitted = {step.name: step.done_event for segment in parts for step in segment.steps}
            wrong = {name for name, before in wanted.items() if actual.get(name, set()) != before}
            if not wrong:
                return
            for segment in self.segments:
                last: str | None = None
                for step in segment["steps"]:
                    name = step.get("name") if isinstance(step, dict) else None
                    if name in wrong:
                        _relink(step, wanted[name], actual.get(name, set()), last, emitted, step_names(segment))
                    last = name or last
        parts = self.parts()
        inner, heard = _inner_links(parts), _heard_waits(parts)
        for left in sorted(wrong):
            if not _means(inner, left, wanted[left], heard):
                message = f"The step '{left}' cannot get this place, because of the events that it reacts to."
                raise Refused(message, left)

    def circle(self) -> set[str]:
        """Return the steps that wait for each other, so that none of them can ever start."""
        before = links(self.parts())
        left = before.keys() - set(topological(before))  # what is after a circle cannot start either
        while ends := left - set().union(*(before[name] for name in left)):
            left -= ends
        return left


@lru_cache(maxsize=KEPT)
def _parts(segments: str) -> tuple[Segment, ...]:
    """Return what can be read of ``segments``, in JSON. An operation asks for the same several times."""
    value = validate(rules(), {"segments": json.loads(segments)}).value
    items = value.get("segments", ()) if isinstance(value, dict) else ()
    return tuple(Segment.read(item) for item in items if "name" in item)


def _is_segment(item: Json) -> bool:
    return isinstance(item, dict) and isinstance(item.get("name"), str) and isinstance(item.get("steps"), list)


def _heard_waits(parts: tuple[Segment, ...]) -> Links:
    """Return for each step the steps that wait for an event which it reacts to as well. It keeps these links."""
    steps = [step for segment in parts for step in segment.steps]
    waits = {step.does.awaits: step.name for step in steps if step.does.awaits}
    return {step.name: {waits[event] for event in step.on or () if event in waits} for step in steps}


def _means(inner: Links, name: str, wanted: set[str], heard: Links) -> bool:
    """Return whether a step has the ``wanted`` predecessors, and others only by an event that it heard before them."""
    actual = inner.get(name, set())
    more = actual - wanted
    return (
        wanted <= actual and more <= heard.get(name, set()) and all(is_implied(inner, other, wanted) for other in more)
    )


def is_implied(inner: Links, name: str, by: set[str]) -> bool:
    """Return whether a step of ``by`` comes after ``name`` anyway, so that what comes after it need not name both."""
    return bool((dependents(inner, {name}) - {name}) & by)


def _inner_links(parts: tuple[Segment, ...]) -> Links:
    home = {step.name: segment.name for segment in parts for step in segment.steps}
    before = links(parts)
    return {name: {other for other in before[name] if home[other] == home[name]} for name in before}


def step_names(segment: dict[str, Json]) -> list[str]:
    """Return the names of the steps of a segment, in their order."""
    return [step["name"] for step in segment["steps"] if isinstance(step, dict) and isinstance(step.get("name"), str)]


def aside(segment: Mapping[str, Json]) -> list[dict[str, Json]]:
    """Return what a segment keeps of each step that is set aside: ``name``, ``step``, ``after`` and ``before``."""
    items = segment.get(ASIDE)
    return [item for item in items if _is_kept(item)] if isinstance(items, list) else []


def _is_kept(item: Json) -> bool:
    return isinstance(item, dict) and isinstance(item.get("name"), str) and isinstance(item.get("step"), dict)


def dependents(inner: Links, steps: set[str]) -> set[str]:
    """Return ``steps``, and all steps of their segment that come after one of them."""
    after: dict[str, list[str]] = {}
    for name, before in inner.items():
        for other in before:
            after.setdefault(other, []).append(name)
    return reached(after, steps)


def reached(links: Mapping[str, Iterable[str]], steps: Iterable[str]) -> set[str]:
    """Return ``steps``, and all that follow from one of them by ``links``: each step is looked at once."""
    found = set(steps)
    open_ = list(found)
    while open_:
        more = set(links.get(open_.pop(), ())) - found
        found |= more
        open_ += more
    return found


def _relink(  # noqa: PLR0917 - what is wanted, what is there, and three things to find names by
    step: dict[str, Json],
    wanted: set[str],
    actual: set[str],
    last: str | None,
    emitted: dict[str, str],
    order: list[str],
) -> None:
    in_order = [name for name in order if name in wanted]
    if isinstance(step.get("on"), list):
        gone = {emitted[name] for name in actual - wanted if name in emitted}
        events = [event for event in step["on"] if event not in gone]
        events += [emitted[name] for name in in_order if name not in actual and emitted[name] not in events]
        if isinstance(step.get("after"), list):
            step["after"] = [name for name in step["after"] if name in wanted]
        if events:
            step["on"] = events
            return
        del step["on"]
    if wanted == ({last} if last else set()):
        step.pop("after", None)
        return
    put(step, "after", in_order)


def put(element: dict[str, Json], key: str, value: Json, part: type = Step) -> None:
    """Set a key of a step or segment; a new key gets the place that the reference gives it."""
    if key in element:
        element[key] = value
        return
    order = {name: number for number, name in enumerate(properties(part))}
    later = [name for name in element if order.get(name, 0) > order.get(key, len(order))]
    pairs = list(element.items())
    pairs.insert(list(element).index(later[0]) if later else len(pairs), (key, value))
    element.clear()
    element.update(pairs)

"""Every place of a document at which something can be dropped: for a new step, or for steps that are moved.

A place names the element of the drawing on which it lights up, says itself in words, and has the operation that a drop
there sends. Places at which the operation is impossible or changes nothing are left out. Whether it is possible follows
from the links between the steps; only where steps name the events that they react to is the operation tried.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from designer.canvas.draft import Draft, Links, Refused, free_name, step_names
from designer.canvas.elements import SetField, SetWork
from designer.canvas.operation import Operation, Place, apply
from designer.canvas.operations import Together
from designer.canvas.segments import AddSegment
from designer.canvas.steps import AddSteps, MoveSteps
from sagaflow.core.definition.graph import links
from sagaflow.core.definition.parts import Segment, Style
from sagaflow.core.definition.problems import MAX_STEPS, step_path
from sagaflow.core.halting import go_on, never
from sagaflow.core.json_value import Json
from sagaflow.flowchart.words import clean, humanize

__all__ = ["Spot", "filled", "spots"]

SAMPLE: dict[str, Json] = {
    "$step": {"name": "new_step", "action": "service.verb"},
    "$work": {"action": "service.verb"},
    "$action": "service.verb",
    "$name": "new_observer",
}
"""A value for each word that a template has in place of what is dropped."""


@dataclass(frozen=True)
class Spot:
    """One place to drop on."""

    key: str
    """Unique in a document, and stable: ``after/take``."""
    shape: str
    """``edge``, ``start``, ``end``, ``beside``, ``inside``, ``gap``, ``undo``, ``body`` or ``event``."""
    anchor: str
    """The element of the drawing: ``step/take``, ``edge/command/step/a>step/b``, ``segment/money``."""
    sentence: str
    operation: dict[str, Json]
    """The JSON of the operation, with ``$step``, ``$work``, ``$action`` and ``$name`` in place of what is dropped."""
    takes: str = "step"
    """The things that fit: a ``step`` of any kind, an ``action`` only, or the ``work`` of a step."""
    also: tuple[str, ...] = field(default=())
    """Further keys by which the same place is meant: what is after one step may be before another."""

    def document(self) -> dict[str, Json]:
        """Return the place as JSON."""
        names = ("key", "shape", "anchor", "sentence", "operation", "takes")
        return {name: getattr(self, name) for name in names} | {"also": list(self.also)}


def spots(document: Json, moving: Iterable[str] = (), *, halt: Callable[[], bool] = never) -> tuple[Spot, ...]:
    """Return every place for a new step, or for the steps ``moving``, in reading order.

    When ``halt`` is true, no more operations are tried: a place that would need it is offered, and a drop there may be
    refused.

    Raises:
        Refused: a step of ``moving`` does not exist.
    """
    draft = Draft(document)
    moved = tuple(dict.fromkeys(moving))
    for name in moved:
        draft.step(name)
    scene = _Scene.of(draft, moved, halt)
    found = _of_moved(scene, moved) if moved else _of_new(scene)
    return tuple(_merged(spot for spot in found if spot is not None))


def filled(template: Any, values: Mapping[str, Json]) -> Any:
    """Return the template of an operation with each word that starts with ``$`` replaced."""
    match template:
        case str():
            return values.get(template, template)
        case list():
            return [filled(item, values) for item in template]
        case dict():
            return {key: filled(item, values) for key, item in template.items()}
        case _:
            return template


@dataclass(frozen=True)
class _Scene:
    """The document in which places are found: the links of the steps that stay where they are."""

    draft: Draft
    parts: tuple[Segment, ...]
    before: Links
    """The predecessors in the same segment, of the steps that stay."""
    outside: Links
    """All predecessors, those in earlier segments too."""
    whole: Links
    """The predecessors in the same segment, of all steps."""
    titles: dict[str, str]
    choosers: frozenset[str]
    """The steps that name the events that they react to."""
    halt: Callable[[], bool]
    known: Links = field(default_factory=dict)
    """The ancestors that were looked for already."""

    @classmethod
    def of(cls, draft: Draft, moved: tuple[str, ...], halt: Callable[[], bool]) -> "_Scene":
        parts = draft.parts()
        home = {step.name: segment.name for segment in parts for step in segment.steps}
        outside = {name: set(earlier) for name, earlier in links(parts).items()}
        whole = {name: {one for one in all_ if home[one] == home[name]} for name, all_ in outside.items()}
        titles = {step.name: clean(step.title, longest=60) or humanize(step.name) for p in parts for step in p.steps}
        titles |= {f"/{part.name}": clean(part.title, longest=60) or humanize(part.name) for part in parts}
        choosers = frozenset(step.name for part in parts for step in part.steps if step.on is not None)
        return cls(draft, parts, _without(whole, set(moved)), outside, whole, titles, choosers, halt)

    def steps(self, segment: Segment) -> list[str]:
        """Return the steps of a segment that stay."""
        return [step.name for step in segment.steps if step.name in self.before]

    def later(self, name: str) -> tuple[str, ...]:
        """Return the steps directly after one, in their order."""
        return tuple(other for other, earlier in self.before.items() if name in earlier)

    def earlier(self, name: str) -> tuple[str, ...]:
        """Return the steps directly before one, in their order."""
        return tuple(other for other in self.before if other in self.before[name])

    def implied(self, name: str, earlier: str) -> bool:
        """True if ``earlier`` comes before another predecessor too, so that no arrow is drawn for this link."""
        return any(earlier in self.ancestors(other) for other in self.before[name] if other != earlier)

    def ancestors(self, name: str) -> set[str]:
        if name in self.known:
            return self.known[name]
        go_on()
        found, todo = set[str](), [name]
        while todo:
            for other in self.before[todo.pop()] - found:
                found.add(other)
                if other in self.known:
                    found |= self.known[other]
                else:
                    todo.append(other)
        self.known[name] = found
        return found

    def into(self, segment: Segment, earlier: str, later: str) -> str:
        """Return the arrow between two steps that is drawn, or that will be: the one around what is moved."""
        kind = "event" if segment.style is Style.CHOREOGRAPHED else "command"
        return f"edge/{kind}/step/{earlier}>step/{later}"

    def named(self, names: Iterable[str]) -> str:
        *others, last = [self.titles[name] for name in names]
        return f"{', '.join(others)} and {last}" if others else last


def _of_new(scene: _Scene) -> Iterator[Spot | None]:
    if len(scene.draft.names()) < MAX_STEPS:
        for key, shape, anchor, sentence, place in _places(scene):
            operation = AddSteps(("$step",), place)
            if not _doubtful(scene, place, ()) or scene.halt() or _tried(scene.draft, operation) is not None:
                yield Spot(key, shape, anchor, sentence, operation.document())
        for key, anchor, sentence, name, style, after in _gaps(scene):
            made = AddSegment(name, style, after), AddSteps(("$step",), Place(name))
            both = Together(tuple(one.document() for one in made), f"Added a step {sentence}.")
            yield Spot(key, "gap", anchor, sentence, both.document())
    yield from _undos(scene)
    yield from _bodies(scene)
    yield from _events(scene)


def _of_moved(scene: _Scene, moved: tuple[str, ...]) -> Iterator[Spot | None]:
    homes = {scene.draft.home(name)[0]["name"] for name in moved}
    chain = _Chain.of(scene, moved)
    for key, shape, anchor, sentence, place in _places(scene):
        operation = MoveSteps(moved, place)
        doubtful, same_home = _doubtful(scene, place, moved) and not scene.halt(), homes == {place.segment}
        reached = _tried(scene.draft, operation) if doubtful else chain.after_move(scene, place)
        if reached is not None and not (same_home and reached == scene.whole):
            yield Spot(key, shape, anchor, sentence, operation.document())
    alone = len(homes) == 1 and set(step_names(scene.draft.segment(next(iter(homes))))) == set(moved)
    for key, anchor, sentence, name, style, after in () if alone else _gaps(scene):
        made = AddSegment(name, style, after), MoveSteps(moved, Place(name))
        both = Together(tuple(one.document() for one in made), f"Moved {scene.named(moved)} {sentence}.")
        doubtful = _doubtful(scene, Place(name), moved) and not scene.halt()
        if not doubtful or _tried(scene.draft, both) is not None:
            yield Spot(key, "gap", anchor, sentence, both.document())


def _places(scene: _Scene) -> Iterator[tuple[str, str, str, str, Place]]:
    """Yield key, shape, anchor, sentence and place of all places inside the segments."""
    for segment in scene.parts:
        own, title = scene.steps(segment), scene.titles[f"/{segment.name}"]
        here = f"segment/{segment.name}"
        if not own:
            yield f"inside/{segment.name}", "inside", here, f"into {title}", Place(segment.name)
            continue
        for name in own:
            yield from _around(scene, segment, name)
        ends = tuple(name for name in own if not scene.later(name))
        if len(ends) > 1:
            words = f"after all branches of {title}"
            yield f"join/{segment.name}", "inside", here, words, Place(segment.name, ends)
        if all(scene.earlier(name) for name in own) or len(own) > 1:
            words = f"into {title}, parallel to all of it"
            yield f"inside/{segment.name}", "inside", here, words, Place(segment.name)


def _around(scene: _Scene, segment: Segment, name: str) -> Iterator[tuple[str, str, str, str, Place]]:
    step, title = f"step/{name}", scene.titles[name]
    earlier, later = scene.earlier(name), scene.later(name)
    if len(earlier) != 1 or scene.later(earlier[0]) != (name,):
        words = f"before {title}" + (f", after {scene.named(earlier)}" if earlier else "")
        yield f"before/{name}", "start", step, words, Place(segment.name, earlier, (name,))
    yield f"beside/{name}", "beside", step, f"parallel to {title}", Place(segment.name, earlier, later)
    for other in later:
        if not scene.implied(other, name):
            words = f"between {title} and {scene.titles[other]}"
            place = Place(segment.name, (name,), (other,))
            yield f"edge/{name}>{other}", "edge", scene.into(segment, name, other), words, place
    if len(later) != 1:
        words = f"after {title}" + (f", before {scene.named(later)}" if later else "")
        yield f"after/{name}", "end", step, words, Place(segment.name, (name,), later)
    elif len(scene.earlier(later[0])) != 1:
        yield f"after/{name}", "end", step, f"after {title}", Place(segment.name, (name,), later)


def _gaps(scene: _Scene) -> Iterator[tuple[str, str, str, str, str, str | None]]:
    """Yield key, anchor, sentence, name, style and predecessor of each new segment."""
    names = {part.name for part in scene.parts}
    name = free_name("segment", names | {item["name"] for item in scene.draft.segments})
    first = scene.parts[0].style.value if scene.parts else Style.ORCHESTRATED.value
    yield "gap/", "start", "in a new segment at the start", name, first, None
    for part in scene.parts:
        words = f"in a new segment after {scene.titles[f'/{part.name}']}"
        yield f"gap/{part.name}", f"segment/{part.name}", words, name, part.style.value, part.name


def _undos(scene: _Scene) -> Iterator[Spot]:
    for part in scene.parts:
        for step in part.steps:
            path, title = step_path(part.name, step.name), scene.titles[step.name]
            has_work = step.undo is not None and step.undo.does is not None
            anchor = f"undo/{step.name}" if has_work else f"step/{step.name}"
            words = f"as the new undo of {title}" if has_work else f"as the undo of {title}"
            operation = SetField(path, "undo", "$action").document()
            yield Spot(f"undo/{step.name}", "undo", anchor, words, operation, "action")


def _bodies(scene: _Scene) -> Iterator[Spot]:
    for part in scene.parts:
        for step in part.steps:
            operation = SetWork(step.name, {}).document() | {"work": "$work"}
            words = f"instead of what {scene.titles[step.name]} does"
            yield Spot(f"body/{step.name}", "body", f"step/{step.name}", words, operation, "work")


def _events(scene: _Scene) -> Iterator[Spot]:
    observers = scene.draft.document.get("observers", [])
    if not isinstance(observers, list):
        return
    for part in scene.parts:
        for step in part.steps if part.style is Style.CHOREOGRAPHED else ():
            new = {"name": "$name", "action": "$action", "on": [step.done_event]}
            operation = SetField("saga", "observers", [*observers, new]).document()
            words = f"as an observer of {step.done_event}"
            yield Spot(f"event/{step.done_event}", "event", f"step/{step.name}", words, operation, "action")


def _merged(found: Iterable[Spot]) -> Iterator[Spot]:
    """Yield each place once; the keys of others that mean the same go to ``also``."""
    unique: dict[str, Spot] = {}
    for spot in found:
        place = repr(spot.operation)
        if place in unique:
            unique[place] = replace(unique[place], also=(*unique[place].also, spot.key))
        else:
            unique[place] = replace(spot, also=_aliases(spot))
    yield from unique.values()


def _aliases(spot: Spot) -> tuple[str, ...]:
    """Return the keys ``after/…`` and ``before/…`` of a place between two steps."""
    place = spot.operation.get("place")
    if spot.shape != "edge" or not isinstance(place, dict):
        return ()
    earlier, later = place["after"][0], place["before"][0]
    return f"after/{earlier}", f"before/{later}"


def _doubtful(scene: _Scene, place: Place, moved: tuple[str, ...]) -> bool:
    """True if a step names the events that it reacts to, so that only a try tells whether it can get other links."""
    return bool(scene.choosers if moved else scene.choosers.intersection(place.before))


def _tried(draft: Draft, operation: Operation) -> Links | None:
    """Return the links inside the segments after the operation; ``None``: it is refused."""
    go_on()
    try:
        sample = filled(operation.document(), SAMPLE)
        return Draft(apply(draft.document, _read(operation, sample)).document).inner_links()
    except Refused:
        return None


def _read(operation: Operation, data: dict[str, Json]) -> Operation:
    if isinstance(operation, AddSteps):
        return AddSteps(tuple(data["steps"]), operation.place)
    return operation


@dataclass(frozen=True)
class _Chain:
    """The steps that are moved, which keep the links among themselves."""

    inside: Links
    last: set[str]
    """The steps that none of the others comes after."""

    @classmethod
    def of(cls, scene: _Scene, moved: tuple[str, ...]) -> "_Chain":
        inside = {name: scene.whole[name] & set(moved) for name in moved}
        return cls(inside, set(moved) - set().union(*inside.values()))

    def after_move(self, scene: _Scene, place: Place) -> Links:
        """Return the links inside the segments after the steps have been moved to ``place``."""
        go_on()
        result = dict(scene.before)
        for name in place.before:
            result[name] = (result[name] - set(place.after)) | self.last
        for name, earlier in self.inside.items():
            result[name] = earlier or set(place.after)
        return result


def _without(before: Links, gone: set[str]) -> Links:
    """Return the links of the steps that stay; what came after a step that goes comes after its predecessors."""
    result: Links = {}
    for name, earlier in before.items():
        if name in gone:
            continue
        found, todo, seen = set[str](), list(earlier), set[str]()
        while todo:
            one = todo.pop()
            if one not in gone:
                found.add(one)
            elif one not in seen:
                seen.add(one)
                todo.extend(before.get(one, ()))
        result[name] = found
    return result

"""The differences between two versions of a definition: segments and steps that were added, removed or changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Saga
from sagaflow.core.json_value import Json

__all__ = ["Change", "Difference", "Kind", "compare"]


class Kind(StrEnum):
    """The kind of a difference."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    """The step is in another segment, or at another place among its steps."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field with its value in either version; ``None``: the version does not have it."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One element: ``saga``, ``segment/<name>`` or ``step/<name>``."""

    element: str
    kind: Kind
    changes: tuple[Change, ...] = ()

    @property
    def name(self) -> str:
        """The name of the segment or step, without ``segment/`` or ``step/``."""
        return self.element.partition("/")[2]


def compare(old: Saga, new: Saga) -> tuple[Difference, ...]:
    """Return the differences of the saga, its segments and its steps, in the order of ``new``, removed ones last."""
    before, after = document.dump(old), document.dump(new)
    changes = _changes(before, after, leave_out=("segments",))
    differences = [Difference("saga", Kind.CHANGED, changes)] if changes else []
    differences += _differences("segment", _segments(before), _segments(after))
    differences += _differences("step", _steps(before), _steps(after))
    return tuple(differences)


def _differences(sort: str, old: Mapping[str, Json], new: Mapping[str, Json]) -> list[Difference]:
    differences = []
    for name, element in new.items():
        if name not in old:
            differences.append(Difference(f"{sort}/{name}", Kind.ADDED))
        elif changes := _changes(old[name], element):
            moved = all(change.field in PLACES for change in changes)
            differences.append(Difference(f"{sort}/{name}", Kind.MOVED if moved else Kind.CHANGED, changes))
    return differences + [Difference(f"{sort}/{name}", Kind.REMOVED) for name in old if name not in new]


PLACES = ("segment", "follows")


def _segments(saga: Mapping[str, Json]) -> dict[str, Json]:
    """Return each segment with the one before it, which decides when it starts unless the segment has ``after``."""
    segments, last = {}, None
    for segment in saga["segments"]:
        plain = {key: value for key, value in segment.items() if key != "steps"}
        segments[segment["name"]] = plain if "after" in segment else plain | {"follows": last}
        last = segment["name"]
    return segments


def _steps(saga: Mapping[str, Json]) -> dict[str, Json]:
    steps = {}
    for segment in saga["segments"]:
        last = None
        for step in segment["steps"]:
            place = {"segment": segment["name"]} | ({} if "after" in step else {"follows": last})
            steps[step["name"]] = step | place
            last = step["name"]
    return steps


def _changes(
    old: Mapping[str, object], new: Mapping[str, object], leave_out: tuple[str, ...] = ()
) -> tuple[Change, ...]:
    names = [*new, *(name for name in old if name not in new)]
    return tuple(
        Change(name, old.get(name), new.get(name))
        for name in names
        if name not in leave_out and old.get(name) != new.get(name)
    )

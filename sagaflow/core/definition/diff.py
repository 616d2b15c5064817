"""What differs between two versions of a definition: segments and steps that came, went or changed, and how."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Saga

__all__ = ["Change", "Difference", "Kind", "compare"]


class Kind(StrEnum):
    """What became of an element."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    """To another segment, or to another place among its steps."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field; ``None``: it is not given."""

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
        """Without its sort."""
        return self.element.partition("/")[2]


def compare(old: Saga, new: Saga) -> tuple[Difference, ...]:
    """The saga first, then segments, then steps, each in the order of ``new``, and what went after that."""
    before, after = document.dump(old), document.dump(new)
    changes = _changes(before, after, leave_out=("segments",))
    found = [Difference("saga", Kind.CHANGED, changes)] if changes else []
    found += _differences("segment", _segments(before), _segments(after))
    found += _differences("step", _steps(before), _steps(after))
    return tuple(found)


def _differences(sort: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    found = []
    for name, element in new.items():
        if name not in old:
            found.append(Difference(f"{sort}/{name}", Kind.ADDED))
        elif changes := _changes(old[name], element):
            moved = all(change.field in PLACES for change in changes)
            found.append(Difference(f"{sort}/{name}", Kind.MOVED if moved else Kind.CHANGED, changes))
    return found + [Difference(f"{sort}/{name}", Kind.REMOVED) for name in old if name not in new]


PLACES = ("segment", "follows")


def _segments(saga: Mapping[str, Any]) -> dict[str, Any]:
    """Each with the segment that stands before it, because that decides when it starts unless it says so itself."""
    found, last = {}, None
    for segment in saga["segments"]:
        plain = {key: value for key, value in segment.items() if key != "steps"}
        found[segment["name"]] = plain if "after" in segment else plain | {"follows": last}
        last = segment["name"]
    return found


def _steps(saga: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for segment in saga["segments"]:
        last = None
        for step in segment["steps"]:
            place = {"segment": segment["name"]} | ({} if "after" in step else {"follows": last})
            found[step["name"]] = step | place
            last = step["name"]
    return found


def _changes(old: Mapping[str, Any], new: Mapping[str, Any], leave_out: tuple[str, ...] = ()) -> tuple[Change, ...]:
    names = [*new, *(name for name in old if name not in new)]
    return tuple(
        Change(name, old.get(name), new.get(name))
        for name in names
        if name not in leave_out and old.get(name) != new.get(name)
    )

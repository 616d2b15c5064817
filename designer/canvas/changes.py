"""The difference of two documents as small changes, which can be applied elsewhere and turned round.

An element of a list is addressed by its name and not by its number. So a change still fits after others have added,
moved or removed elements around it.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Self

from sagaflow.core.errors import SagaflowError
from sagaflow.core.halting import go_on
from sagaflow.core.json_value import Json
from sagaflow.core.payload import same

__all__ = ["Change", "Conflict", "applied", "between", "inverse"]

Path = tuple[str, ...]


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Missing()
"""In place of a value that is not there."""


class Conflict(SagaflowError):
    """A change does not fit, because its place has changed. ``path`` is the place: "segments/money/style"."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = "/".join(path)
        super().__init__(f"{self.path or 'The document'}: {reason}")


@dataclass(frozen=True, slots=True)
class Change:
    """A value of a mapping, an element of a list, or the order of a list, before and after."""

    path: Path
    old: Json = NOTHING
    new: Json = NOTHING
    follows: str | None = None
    """The key that stands before a removed or an added key, so that an undo puts it back where it was."""
    orders: bool = False
    """``old`` and ``new`` are the names in the list ``path``, in their order."""

    def document(self) -> dict[str, Json]:
        """Return the change as JSON."""
        values = {name: value for name, value in (("old", self.old), ("new", self.new)) if value is not NOTHING}
        options: dict[str, Json] = {"follows": self.follows} if self.follows is not None else {}
        return {"path": list(self.path), **values, **options, **({"orders": True} if self.orders else {})}

    @classmethod
    def read(cls, data: Mapping[str, Json]) -> Self:
        """Return the change of its JSON."""
        return cls(
            tuple(data["path"]),
            data.get("old", NOTHING),
            data.get("new", NOTHING),
            data.get("follows"),
            data.get("orders", False),
        )


def between(before: Json, after: Json) -> tuple[Change, ...]:
    """Return the changes that turn ``before`` into ``after``; both are documents, so mappings."""
    return tuple(_of_mapping(before, after, ()))


def inverse(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Return the changes that undo ``changes``. Elements come back first, and then the lists get their order."""
    turned = [
        Change(change.path, change.new, change.old, change.follows, change.orders) for change in reversed(changes)
    ]
    return tuple(sorted(turned, key=lambda change: change.orders))


def applied(document: Json, changes: tuple[Change, ...]) -> Json:
    """Return ``document`` with ``changes``.

    Raises:
        Conflict: the place of a change is missing or has another value than when the change was made.
    """
    result = deepcopy(document)
    for change in changes:
        go_on()
        _apply(result, change)
    return result


def names(items: Json) -> list[str] | None:
    """Return the names of the elements of a list; ``None``: it is a plain value, whose elements have no names."""
    if not isinstance(items, list) or not all(
        isinstance(item, dict) and isinstance(item.get("name"), str) for item in items
    ):
        return None
    found = [item["name"] for item in items]
    return found if len(set(found)) == len(found) else None


def _of_mapping(before: Json, after: Json, path: Path) -> Iterator[Change]:
    go_on()
    keys = list(before)
    for index, key in enumerate(keys):
        if key not in after:
            yield Change((*path, key), deepcopy(before[key]), follows=keys[index - 1] if index else None)
    for key in keys:
        if key in after:
            yield from _of_value(before[key], after[key], (*path, key))
    keys = list(after)
    for index, key in enumerate(keys):
        if key not in before:
            yield Change((*path, key), new=deepcopy(after[key]), follows=keys[index - 1] if index else None)


def _of_value(before: Json, after: Json, path: Path) -> Iterator[Change]:
    if same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_mapping(before, after, path)
    elif (old := names(before)) is not None and (new := names(after)) is not None and (old or new):
        yield from _of_list(before, after, old, new, path)
    else:
        yield Change(path, deepcopy(before), deepcopy(after))


def _of_list(before: list[Json], after: list[Json], old: list[str], new: list[str], path: Path) -> Iterator[Change]:
    was, now = dict(zip(old, before, strict=True)), dict(zip(new, after, strict=True))
    yield from (Change((*path, name), deepcopy(was[name])) for name in old if name not in now)
    for name in old:
        if name in now:
            yield from _of_mapping(was[name], now[name], (*path, name))
    yield from (Change((*path, name), new=deepcopy(now[name])) for name in new if name not in was)
    if old != new:
        yield Change(path, old, new, orders=True)


def _apply(document: Json, change: Change) -> None:
    if change.orders:
        items = _at(document, change.path, change)
        _sort(items, {name: number for number, name in enumerate(change.new)})
        return
    if not change.path:
        raise Conflict(change.path, "it cannot be replaced as a whole.")
    parent, key = _at(document, change.path[:-1], change), change.path[-1]
    if isinstance(parent, list):
        _apply_to_list(parent, key, change)
        return
    if not isinstance(parent, dict) or not same(parent.get(key, NOTHING), change.old):
        raise Conflict(change.path, "it has changed in the meantime.")
    if change.new is NOTHING:
        del parent[key]
    elif key in parent:
        parent[key] = deepcopy(change.new)
    else:
        pairs = list(parent.items())
        keys = list(parent)
        place = keys.index(change.follows) + 1 if change.follows in keys else 0 if change.follows is None else len(keys)
        pairs.insert(place, (key, deepcopy(change.new)))
        parent.clear()
        parent.update(pairs)


def _apply_to_list(items: list[Json], name: str, change: Change) -> None:
    index = next((index for index, item in enumerate(items) if item.get("name") == name), None)
    if index is None:
        if change.old is not NOTHING:
            raise Conflict(change.path, "it is not there any more.")
        items.append(deepcopy(change.new))
    elif change.old is NOTHING:
        raise Conflict(change.path, "another element has this name by now.")
    elif not same(items[index], change.old):
        raise Conflict(change.path, "it has changed in the meantime.")
    elif change.new is NOTHING:
        del items[index]
    else:
        items[index] = deepcopy(change.new)


def _at(document: Json, path: Path, change: Change) -> Json:
    for key in path:
        if isinstance(document, dict) and key in document:
            document = document[key]
        elif isinstance(document, list) and (found := [item for item in document if _is_named(item, key)]):
            document = found[0]
        else:
            raise Conflict(change.path, "its place is not there any more.")
    return document


def _is_named(item: Json, name: str) -> bool:
    return isinstance(item, dict) and item.get("name") == name


def _sort(items: list[Json], place: Mapping[str, int]) -> None:
    """Sort by ``place``; an element without a place stays behind the element that it stood behind."""
    keys: list[float] = []
    for item in items:
        last = keys[-1] if keys else -1.0
        keys.append(float(place[item["name"]]) if item.get("name") in place else last)
    order = sorted(range(len(items)), key=lambda index: (keys[index], items[index].get("name") not in place, index))
    items[:] = [items[index] for index in order]

"""Finds for each item of a changed list the item that it was in the old list."""

from sagaflow.core.json_value import Json
from sagaflow.core.payload import same

__all__ = ["alike", "longest_rise", "name_of", "pairs"]


def name_of(value: Json) -> str:
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) else ""


def alike(old: Json, new: Json) -> bool:
    """True if ``new`` may be the changed ``old``: at least half of the keys have the same value."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return not isinstance(old, (dict, list)) and not isinstance(new, (dict, list))
    keys = (old.keys() | new.keys()) - {"name"}
    equal = [key for key in keys if key in old and key in new and same(old[key], new[key])]
    return len(equal) * 2 >= len(keys)


def pairs(old: list[Json], new: list[Json]) -> list[int | None]:
    """Return for each item of ``new`` the index of the item of ``old`` that it was; ``None``: it is new."""
    free = dict(enumerate(old))
    source: list[int | None] = [None] * len(new)
    for fits in (same, lambda one, other: bool(name_of(one)) and name_of(one) == name_of(other)):
        for place, value in enumerate(new):
            if source[place] is None:
                index = next((index for index, item in free.items() if fits(item, value)), -1)
                source[place] = index if index in free else None
                free.pop(index, None)
    for place, value in enumerate(new):
        if source[place] is not None:
            continue
        low = next((index for index in reversed(source[:place]) if index is not None), -1)
        high = next((index for index in source[place:] if index is not None), len(old))
        index = next((index for index in free if low < index < high), -1)
        if index in free and alike(free[index], value):
            source[place] = index
            del free[index]
    return source


def longest_rise(indices: list[int]) -> set[int]:
    """Return the largest set of ``indices`` that already stand in rising order; the others have moved."""
    rises: list[list[int]] = [[]]
    for index in indices:
        longest: list[int] = max([rise for rise in rises if not rise or rise[-1] < index], key=len)
        rises.append([*longest, index])
    longest_of_all: list[int] = max(rises, key=len)
    return set(longest_of_all)

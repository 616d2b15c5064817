"""Random changes of a document, as a person makes them in a designer."""

from collections.abc import Callable
from copy import deepcopy
from random import Random

from sagaflow.core.json_value import Json

__all__ = ["EDITS", "edited"]

TEXTS = (
    "a",
    "it's",
    'say "so"',
    "true",
    "12",
    "",
    " lead",
    "a: b",
    "a #b",
    "- x",
    "x\ny",
    "líne\n\nline\n",
    "日本語",
    "\t",
    "null",
    "{a}",
    "[",
    "&a",
    "*b",
    "!t",
    "%d",
    "@e",
    "`f",
    ", g",
    "on",
    "é\u2028x",
    "\x07",
)
VALUES: tuple[Json, ...] = (
    *TEXTS,
    1,
    0.5,
    True,
    None,
    [],
    {},
    ["a", "b, c"],
    {"gt": ["/input/total", 100]},
    {"a": {"b": [1, {"c": "d"}]}},
    [{"name": "z", "of": ["q"]}],
    [["a"], ["b", ["c"]]],
)


def _steps(document: Json, random: Random) -> list[Json]:
    return random.choice(document["segments"])["steps"]


def _element(document: Json, random: Random) -> dict[str, Json]:
    segment = random.choice(document["segments"])
    return random.choice([document, segment, random.choice(segment["steps"])])


def set_value(document: Json, random: Random) -> None:
    """Give one field of one element another value."""
    element = _element(document, random)
    keys = [key for key in element if key not in ("name", "segments", "steps")] or ["title"]
    element[random.choice(keys)] = deepcopy(random.choice(VALUES))


def add_key(document: Json, random: Random) -> None:
    """Give an element a new field, anywhere among the others but not before its name."""
    element = _element(document, random)
    pairs = list(element.items())
    pairs.insert(
        random.randint(1, len(pairs)), (f"x-{random.choice(TEXTS)}{len(pairs)}", deepcopy(random.choice(VALUES)))
    )
    element.clear()
    element.update(pairs)


def remove_key(document: Json, random: Random) -> None:
    """Take a field from an element."""
    element = _element(document, random)
    if keys := [key for key in element if key not in ("name", "segments", "steps")]:
        del element[random.choice(keys)]


def add_step(document: Json, random: Random) -> None:
    """Insert a step."""
    steps = _steps(document, random)
    new = {
        "name": f"new-{random.randint(0, 10**6)}",
        "action": "a.b",
        "title": random.choice(TEXTS),
        "undo": {"nothing": "x"},
    }
    steps.insert(random.randint(0, len(steps)), new)


def remove_step(document: Json, random: Random) -> None:
    """Remove a step; the list may become empty."""
    steps = _steps(document, random)
    if steps:
        steps.pop(random.randrange(len(steps)))


def move_step(document: Json, random: Random) -> None:
    """Move a step, perhaps to another segment."""
    steps = _steps(document, random)
    if steps:
        step = steps.pop(random.randrange(len(steps)))
        target = _steps(document, random)
        target.insert(random.randint(0, len(target)), step)


def move_segment(document: Json, random: Random) -> None:
    """Move a segment."""
    segments = document["segments"]
    segments.insert(random.randint(0, len(segments)), segments.pop(random.randrange(len(segments))))


def rename_step(document: Json, random: Random) -> None:
    """Give a step another name."""
    if steps := _steps(document, random):
        random.choice(steps)["name"] = f"renamed-{random.randint(0, 10**6)}"


EDITS: tuple[Callable[[Json, Random], None], ...] = (
    set_value,
    add_key,
    remove_key,
    add_step,
    remove_step,
    move_step,
    move_segment,
    rename_step,
)


def edited(document: Json, edits: list[Callable[[Json, Random], None]], random: Random) -> Json:
    """Return a copy of ``document`` after ``edits``."""
    changed = deepcopy(document)
    for edit in edits:
        if all(segment["steps"] for segment in changed["segments"]) or edit not in (set_value, add_key, remove_key):
            edit(changed, random)
    return changed

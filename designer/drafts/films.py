"""Simulated failures as a page plays them on the drawing: a film, the ghost of a rollback, and a grid of all."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from designer.canvas.draft import Refused
from designer.drafts import outcomes
from designer.drafts.editing import BadRequest
from designer.drafts.time_limit import passed
from sagaflow.core.definition import document as documents
from sagaflow.core.definition.durations import duration
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import InvalidDefinition
from sagaflow.core.halting import go_on
from sagaflow.core.json_value import Json
from sagaflow.core.run.preview import PlannedUndo
from sagaflow.core.run.state import Direction, RunStatus
from sagaflow.core.simulation.film import MOST_FRAMES, Frame, film, ghost
from sagaflow.core.simulation.simulate import Case, Halted, Outcome, cases, grouped, simulate
from sagaflow.flowchart.appearance import appearance_of
from sagaflow.flowchart.paint import painter
from sagaflow.flowchart.words import clean, humanize

__all__ = ["film_of", "ghost_of", "grid_of", "playable"]

BUDGET, LONGEST = 1.5, 5.0
"""Seconds after which no more orders of one failure are searched, and after which it is refused. The ends of all
failures have to be known after the first, else a grid has only its cells."""
FEW = 5
"""Steps that a line of a rollback names; of more, it counts the others."""
ENDS = {
    RunStatus.COMPLETED: "The run completes.",
    RunStatus.ROLLED_BACK: "The run is rolled back.",
    RunStatus.PARKED: "The run is parked: an operator has to act.",
    RunStatus.STUCK: "The run is stuck: an operator has to act.",
}
LOOKS = tuple(map(appearance_of, ("completed", "rolled back", "irreversible", "waiting", "parked", "stuck")))
"""The look of each of ``outcomes.WORDS``: that of the status of a run, where one has it."""


def playable(document: Json) -> Saga:
    """Return the saga of a draft.

    Raises:
        Refused: the document has faults, so that no run of it can be played.
    """
    try:
        return documents.load(document)
    except InvalidDefinition as invalid:
        fault = invalid.faults[0]
        raise Refused("Only a draft without faults can be played; Problems lists them.", fault.element) from invalid


def film_of(
    saga: Saga, step: str, case: str, end: str = "", *, folded: Collection[str] = frozenset()
) -> dict[str, Json]:
    """Return one failure as pictures; each has what is painted otherwise than in the one before it.

    ``end``: the number of the end, if the order of parallel steps decides. What is empty is the first.
    """
    name, chosen = _step(saga, step), _case(saga, _step(saga, step), case)
    with _limited() as (halt, give_up):
        ends = [group[0] for group in grouped(simulate(saga, steps={name}, only={chosen}, halt=halt, give_up=give_up))]
    number = int(end[:4]) if end.isascii() and end.isdigit() else 0
    if number >= len(ends):
        raise BadRequest(f"This failure has {len(ends)} ends.")
    titles = _titles(saga)
    frames = film(saga, ends[number], titles)
    return {
        "title": f"{titles[name]}: {chosen.value}",
        "frames": list(_painted(saga, frames, folded)),
        "end": _end_of(ends[number], cut=len(frames) >= MOST_FRAMES),
        "others": [{"end": str(at), "words": _other(one)} for at, one in enumerate(ends)] if len(ends) > 1 else [],
    }


def ghost_of(saga: Saga, step: str) -> dict[str, Json]:
    """Return the rollback that a failure of ``step`` begins: its lines in order, and a sentence above them."""
    name, titles = _step(saga, step), _titles(saga)
    with _limited() as (halt, give_up):
        found = ghost(saga, name, work=outcomes.WORK, halt=halt, give_up=give_up)
    title = titles[name]
    if found.case is None:
        words = f"{title} cannot fail: it only waits for a time."
    elif not found.begins:
        words = f"If {title} fails, nothing is undone. {ENDS.get(found.end, '')}".strip()
    elif not found.plan:
        words = f"If {title} fails, the run is rolled back; no earlier step has anything to undo."
    else:
        words = f"If {title} fails, the run is rolled back."
    decides = _titled(found.decides, titles)
    if decides:
        words = f"{words[:-1]}, provided that {decides}."
    return {"step": name, "words": words, "lines": [_line(line, found.plan, titles) for line in found.plan]}


def grid_of(saga: Saga) -> dict[str, Json]:
    """Return all failures: a line for each step, and a cell for each case with its worst end, if that is known."""
    ends = outcomes.matrix(saga, BUDGET)
    titles = _titles(saga)
    return {
        "cases": [case.value for case in Case],
        "known": ends is not None,
        "legend": [_end(rank) for rank in sorted(set(ends.values()))] if ends else [],
        "lines": [
            {"step": name, "title": titles[name], "cells": list(_cells(saga, name, ends))} for name in saga.graph.order
        ],
    }


@contextmanager
def _limited() -> Iterator[tuple[Callable[[], bool], Callable[[], bool]]]:
    """Yield ``halt`` and ``give_up`` of one simulation; one that takes too long is refused."""
    try:
        yield passed(BUDGET), passed(LONGEST)
    except Halted as halted:
        raise Refused("This failure takes too long to simulate on a page; the command `simulate` can.") from halted


def _cells(saga: Saga, name: str, ends: outcomes.Ends | None) -> Iterator[dict[str, Any] | None]:
    possible = set(cases(saga, saga.steps[name]))
    for case in Case:
        if case not in possible:
            yield None
        elif ends is None:
            yield {"case": case.value, "words": "", "tone": "", "mark": "▸"}
        elif (rank := ends.get((name, case.value))) is None:
            yield None
        else:
            yield {"case": case.value, **_end(rank)}


def _end(rank: int) -> dict[str, Any]:
    return {"words": outcomes.WORDS[rank], "tone": LOOKS[rank].tone, "mark": LOOKS[rank].glyph}


def _painted(saga: Saga, frames: tuple[Frame, ...], folded: Collection[str]) -> Iterator[dict[str, Json]]:
    before: dict[str, list[str]] = {}
    paint = painter(saga, folded=folded)
    for frame in frames:
        go_on()
        now = {key: [*look] for key, look in paint(frame.state, frame.at, clocks=False).items()}
        side = "step" if frame.direction is Direction.DO else "undo"
        yield {
            "at": duration(round(frame.seconds)) or "0 s",
            "words": frame.words,
            "back": frame.back,
            "element": f"{side}/{frame.step}" if frame.step else "",
            "paint": {key: look for key, look in now.items() if before.get(key) != look},
        }
        before = now


def _end_of(outcome: Outcome, *, cut: bool) -> str:
    if cut:
        return f"The film ends here, after {MOST_FRAMES} pictures."
    if not outcome.reached:
        return "This failure is never reached."
    return ENDS.get(outcome.status, f"The run is {outcome.status.value.replace('_', ' ')}.")


def _other(outcome: Outcome) -> str:
    return f"{outcome.status.value.replace('_', ' ')}{f', if {outcome.decides}' if outcome.decides else ''}"


def _undoes(line: PlannedUndo) -> bool:
    return bool(line.action) and line.kind in ("compensate", "semantic")


def _line(line: PlannedUndo, plan: tuple[PlannedUndo, ...], titles: dict[str, str]) -> dict[str, Json]:
    title = titles[line.step]
    others = [titles[one.step] for one in plan if one.order == line.order and one is not line and _undoes(one)]
    match line.kind:
        case "compensate" | "semantic" if line.action:
            meaning = ", in its meaning only" if line.kind == "semantic" else ""
            words, stays = f"{title}: undone by {line.action}{meaning}", False
        case "nothing":
            words, stays = f"{title}: nothing to undo", False
        case _:
            words, stays = f"{title} stays" + (f": {line.reason}" if line.reason else ": it has no undo"), True
    if line.in_progress:
        words += " (under way: only if it takes effect)"
    done = _undoes(line)
    if done and others:
        named = others if len(others) <= FEW else [*others[:FEW], f"{len(others) - FEW} others"]
        words += f", together with {' and '.join(named)}"
    return {"step": line.step, "order": line.order, "words": words, "stays": stays, "done": done}


def _step(saga: Saga, step: str) -> str:
    name = step or next(iter(saga.graph.order))
    if name not in saga.steps:
        raise BadRequest(f"There is no step '{step[:80]}'.")
    return name


def _case(saga: Saga, step: str, case: str) -> Case:
    possible = list(cases(saga, saga.steps[step]))
    if not possible:
        raise Refused("This step cannot fail: it only waits for a time.")
    if case and case not in [one.value for one in possible]:
        raise BadRequest(f"The step cannot fail in this way; it can in these: {', '.join(possible)}.")
    return Case(case) if case else possible[0]


def _titles(saga: Saga) -> dict[str, str]:
    return {name: clean(step.title, longest=60) or humanize(name) for name, step in saga.steps.items()}


def _titled(words: str, titles: dict[str, str]) -> str:
    return " ".join(titles.get(word, word) for word in words.split(" "))

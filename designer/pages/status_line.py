"""The one line above the drawing: what failed or is in progress, in which direction, and who is expected to act."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from designer.pages.run_page import RunPage
from sagaflow import run_view
from sagaflow.core.codec import decode
from sagaflow.core.run.state import Direction, RunStatus, StepError
from sagaflow.core.words.sentences import had_failed, without_step
from sagaflow.flowchart.appearance import Tone, appearance_of
from sagaflow.flowchart.compose import step_title

__all__ = ["StatusLine", "status_line", "who"]

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusLine:
    """One sentence about a run. Its height stays while the page is open."""

    tone: str
    """``bad``, ``back``, ``over``, ``calm`` or ``plain``: the class that colours it."""
    glyph: str
    lead: str
    """The status in words: ``Action required``."""
    text: str = ""
    waiting_on: str = ""
    step: str = ""
    """The step that the button Show centres; empty: there is no button."""
    direction: Direction = Direction.DO


def status_line(page: RunPage, run: Facts) -> StatusLine:
    """Return the line. ``run``: the summary of the run (``run_view.head``)."""
    status, troubles = page.state.status, page.view.troubles
    if run["refusal"]:
        text = f"{run['refusal']['error']} ({run['refusal']['count']} times)"
        return StatusLine(tone="bad", glyph="!", lead="Changes of this run fail", text=text)
    if status.needs_person and troubles:
        return _action_required(page, troubles[0])
    if status in (RunStatus.ROLLED_BACK, RunStatus.CANCELLED):
        return _over(page, run)
    if status is RunStatus.COMPLETED:
        text = _of_all(page.view.progress, "step", "done")
        return StatusLine(tone="calm", glyph="✓", lead="Completed", text=text)
    if page.view.rollback and status is RunStatus.ROLLING_BACK:
        return _rolling_back(page, page.view.rollback)
    if troubles:
        return _trouble(page, troubles[0])
    return _in_progress(page, run)


def _action_required(page: RunPage, trouble: Facts) -> StatusLine:
    name = trouble["step"]
    return StatusLine(
        tone="bad",
        glyph="✕",
        lead="Action required",
        text=_failed(trouble),
        waiting_on=who(page, name, Direction(trouble["direction"])),
        step=name,
        direction=Direction(trouble["direction"]),
    )


def _over(page: RunPage, run: Facts) -> StatusLine:
    rollback = run["rollback"]
    if rollback is None:
        return StatusLine(tone="over", glyph="↩", lead=_words(page.state.status.value))
    lead = "Cancelled" if page.state.status is RunStatus.CANCELLED else "Rolled back"
    return StatusLine(tone="over", glyph="↩", lead=lead, text=_cause(page, rollback), step=_step(page, rollback))


def _rolling_back(page: RunPage, rollback: Facts) -> StatusLine:
    undone, left = len(rollback["undone"]), len(rollback["left"])
    total = {"done": undone, "total": undone + left}
    undoing = next((name for name, now in page.state.steps.items() if now.status.working), "")
    work = f"{page.view.steps[undoing]['title']}: {page.view.steps[undoing]['words']}. " if undoing else ""
    return StatusLine(
        tone="back",
        glyph="↩",
        lead="Rolling back",
        text=f"{work}{_of_all(total, 'step', 'rolled back')}. {_cause(page, rollback)}",
        step=undoing or _step(page, rollback),
        direction=page.state.steps[undoing].status.direction if undoing else Direction.DO,
    )


def _trouble(page: RunPage, trouble: Facts) -> StatusLine:
    """Return the line of a run that continues without an operator, although something is wrong."""
    reason = page.line.attention
    look = appearance_of(reason) if reason else None
    return StatusLine(
        tone="back" if look and look.tone is Tone.ORANGE else "bad",
        glyph=look.glyph if look else "!",
        lead=(look.words if look else "What went wrong").capitalize(),
        text=_failed(trouble),
        waiting_on=who(page, trouble["step"], Direction(trouble["direction"])) if trouble["missed_at"] else "",
        step=trouble["step"],
        direction=Direction(trouble["direction"]),
    )


def _in_progress(page: RunPage, run: Facts) -> StatusLine:
    open_ = run_view.outstanding(page.saga, page.state)
    progress = _of_all(page.view.progress, "step", "done")
    if run["attention"]:
        look = appearance_of(run["attention"])
        return StatusLine(tone="bad", glyph=look.glyph, lead=look.words.capitalize(), text=f"{look.reason}. {progress}")
    if run["starts_at"]:
        return StatusLine(tone="plain", glyph="·", lead="Waiting to start", text=progress)
    if not open_:
        return StatusLine(tone="plain", glyph="·", lead="In progress", text=progress)
    first, more = open_[0], len(open_) - 1
    title = page.view.steps[first["step"]]["title"]
    others = f" and {more} more" if more else ""
    return StatusLine(
        tone="plain",
        glyph="▶",
        lead="In progress",
        text=f"{title}: {first['what']}{others}. {progress}",
        waiting_on=who(page, str(first["step"]), Direction(str(first["direction"]))) if first["service"] else "",
        step=str(first["step"]),
        direction=Direction(str(first["direction"])),
    )


def _failed(trouble: Facts) -> str:
    error = trouble["error"]
    if error is None:
        return f"{trouble['title']}: no reaction in time" if trouble["missed_at"] else str(trouble["title"])
    more = error["message"] if error["message"] != error["code"] else ""
    return f"{trouble['title']} failed: {error['kind']} error {error['code']}{' — ' if more else ''}{more}"


def _cause(page: RunPage, rollback: Facts) -> str:
    """Return why the rollback began: the failure, or who asked for it."""
    step = _step(page, rollback)
    error = rollback.get("error")
    earlier = had_failed(rollback["code"], step, decode(StepError, error) if error else None)
    place = f" at {step_title(page.saga.steps[step])}" if step and not earlier else ""
    message = without_step(rollback["message"], step) if rollback.get("message") else ""
    by = f" (by {rollback['by']})" if rollback.get("by") else ""
    why = f"; {earlier}" if earlier else ""
    return f"{_words(rollback['code'])}{place}{' — ' if message else ''}{message}{by}{why}"


def _words(code: str) -> str:
    """Return a code as the beginning of a sentence."""
    return code.replace("_", " ").replace("-", " ").capitalize()


def _step(page: RunPage, rollback: Facts) -> str:
    return step if (step := rollback.get("step", "")) in page.saga.steps else ""


def who(page: RunPage, name: str, direction: Direction) -> str:
    """Return who is expected to act on a step: the team of its segment, and the service that carries it out."""
    team = page.saga.graph.segment_of[name].team
    service = page.saga.steps[name].service_of(direction)
    return ", ".join([*([f"{team} team"] if team else []), *([f"service {service}"] if service else [])]) or "operator"


def _of_all(count: Facts, what: str, how: str) -> str:
    return f"{count['done']} of {count['total']} {what}{'' if count['total'] == 1 else 's'} {how}"

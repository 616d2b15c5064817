"""The outcome of an act of an operator: what the run did after it was requested. Pure."""

from dataclasses import dataclass

from designer.live.view import View
from sagaflow.core.run.state import Direction, RunStatus, StepError, StepState

__all__ = ["Outcome", "outcome_of"]

RUN_WORDS = {RunStatus.ROLLED_BACK: "rolled back", RunStatus.ROLLING_BACK: "rolling back"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One answer to "what happened?"."""

    title: str
    text: str
    run: str
    """The status of the run, as a sentence."""
    tone: str = "plain"
    """``good``, ``bad`` or ``plain``."""
    glyph: str = "·"
    settled: bool = False
    """True: the page need not ask again."""


def outcome_of(view: View, title: str, step: str | None, since: int) -> Outcome:
    """Return the outcome so far. ``title``: the words on the button; ``since``: the latest entry before the act."""
    run = f"The run is {RUN_WORDS.get(view.state.status, view.status.replace('_', ' '))}."
    if view.state.seq <= since:
        return Outcome(title=title, text="Requested. The run has not changed yet.", run=run)
    if step is None:
        return _of_run(view, title, run)
    return _of_step(view, title, step, run)


def _of_step(view: View, title: str, name: str, run: str) -> Outcome:
    step = view.state.steps[name]
    words = f"{view.steps[name]['title']}: {view.steps[name]['words']}."
    error = _error(step)
    if step.status.working:
        again = f" It failed again: {_words(error)}." if error else ""
        return Outcome(title=f"{title}: in progress", text=words + again, run=run, glyph="▶")
    if step.status.needs_person:
        code = error.code if error else "no reaction in time"
        told = f"{title} failed again: {code}"
        return Outcome(title=told, text=words + _more(error), run=run, tone="bad", glyph="✕", settled=True)
    if step.status.undone or step.status.settled_forward:
        return Outcome(title=f"{title} succeeded", text=words, run=run, tone="good", glyph="✓", settled=True)
    stands = _stands(view)
    if error is None:
        return Outcome(title=f"{title}: done", text=words, run=run, settled=stands)
    told = f"{title}: {error.code}"
    return Outcome(title=told, text=words + _more(error), run=run, tone="bad", glyph="✕", settled=stands)


def _of_run(view: View, title: str, run: str) -> Outcome:
    status, rollback = view.state.status, view.rollback
    text = "The run goes forward: its pivot decides." if rollback is None else _progress(view)
    if status.ended:
        tone = "good" if status in (RunStatus.ROLLED_BACK, RunStatus.CANCELLED) else "plain"
        return Outcome(title=f"{title}: {run[11:-1]}", text=text, run=run, tone=tone, glyph="✓", settled=True)
    if status.needs_person:
        worst = view.troubles[0]["title"] if view.troubles else ""
        more = f" Action required: {worst}." if worst else ""
        told = f"{title} needs an operator"
        return Outcome(title=told, text=text + more, run=run, tone="bad", glyph="✕", settled=True)
    return Outcome(title=f"{title}: in progress", text=text, run=run, glyph="↩")


def _progress(view: View) -> str:
    if view.rollback is None:
        return ""
    undone, left = len(view.rollback["undone"]), len(view.rollback["left"])
    return f"{undone} of {undone + left} steps rolled back." if undone + left else "There was nothing to undo."


def _stands(view: View) -> bool:
    """True if the run does nothing more by itself."""
    return view.state.status.ended or view.state.status.needs_person


def _error(step: StepState) -> StepError | None:
    return step.undo_error if step.status.direction is Direction.UNDO else step.do_error


def _more(error: StepError | None) -> str:
    return f" {error.message}" if error and error.message != error.code else ""


def _words(error: StepError) -> str:
    return f"{error.kind.value} error {error.code}"

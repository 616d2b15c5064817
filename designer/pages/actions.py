"""The actions of operators on a run: each verb with its words, its permission, and the reason why not, if any."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from sagaflow import access, engine
from sagaflow.core.definition.saga import Saga, Style
from sagaflow.core.run.state import Direction, RunState, StepState, StepStatus
from sagaflow.core.run.verbs import RUN_VERBS, STEP_VERBS, VERBS
from sagaflow.flowchart.appearance import Status
from sagaflow.flowchart.compose import work_title
from sagaflow.flowchart.paint import status_of
from sagaflow.store.runs.relatives import Relatives

__all__ = ["Offer", "Panel", "StepOffers", "Viewer", "offers_of", "primary_of", "repair_panel", "tells_of", "title_of"]

PRIMARY = ("retry", "redeliver", "approve", "publish")
"""The verbs that may be the primary action, the first that applies."""
MOST_STEPS = 8
"""The number of steps in the menu of a run. The others are found in the tab Steps."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One button."""

    verb: str
    title: str
    href: str
    why_not: str = ""
    """The reason why the button is not available, or why this user may not use it; empty if it can be used."""
    danger: bool = False


@dataclass(frozen=True, slots=True)
class StepOffers:
    """The buttons of one step."""

    step: str
    title: str
    mark: Status
    offers: tuple[Offer, ...]

    @property
    def usable(self) -> bool:
        """True if any of the buttons can be used."""
        return any(not offer.why_not for offer in self.offers)


@dataclass(frozen=True, slots=True)
class Panel:
    """The actions on a run. ``open``: those on the steps that need attention, the worst first.

    The actions on the other steps are in their panels.
    """

    run: tuple[Offer, ...]
    open: tuple[StepOffers, ...]
    primary: Offer | None = None
    """The action that is shown as a button; the others are in the menu."""
    primary_about: str = ""
    """The title of the step that the primary action is about."""
    again: str = ""
    """The address that starts a run with the same input; empty if this user may not start one, or the saga is gone."""


@dataclass(frozen=True)
class Viewer:
    """A user who looks at a run at one moment."""

    user: Any
    run_id: str
    saga: Saga
    state: RunState
    at: float
    """Seconds since the epoch, by the database's clock."""

    @cached_property
    def relatives(self) -> Relatives:
        """Return what other runs forbid on this one."""
        return Relatives(self.run_id, self.saga, self.state)


def repair_panel(viewer: Viewer) -> Panel:
    """Return the actions for the template ``designer/repair_panel.html``, which expects them as ``repair``."""
    names = [name for name in viewer.saga.graph.order if _may_need_attention(viewer.state.steps[name])]
    names.sort(key=lambda name: not viewer.state.steps[name].status.needs_person)
    steps = [offers for offers in (_step(viewer, name) for name in names) if _needs_attention(viewer.state, offers)]
    pairs = [(primary_of(step.offers), step.title) for step in steps]
    primary, about = next(((offer, title) for offer, title in pairs if offer), (None, ""))
    return Panel(
        run=tuple(offers_of(viewer)),
        open=tuple(steps[:MOST_STEPS]),
        primary=primary,
        primary_about=about,
        again=_again(viewer),
    )


def primary_of(offers: Iterable[Offer]) -> Offer | None:
    """Return the action that operators take most often, if it can be taken now."""
    usable = {offer.verb: offer for offer in offers if not offer.why_not}
    return next((usable[verb] for verb in PRIMARY if verb in usable), None)


def offers_of(viewer: Viewer, step: str | None = None) -> Iterable[Offer]:
    """Yield the buttons of the run, or of one of its steps."""
    for verb, reason in _verbs(viewer, step):
        denied = access.why_not_act(viewer.user, viewer.saga, verb, step, viewer.state)
        query = f"?{urlencode({'step': step})}" if step else ""
        href = reverse("designer:repair", args=[viewer.run_id, verb]) + query
        yield Offer(verb, title_of(verb, viewer.state, step), href, reason or denied, VERBS[verb].dangerous)


def title_of(verb: str, state: RunState, step: str | None) -> str:
    """The words on the button."""
    return (VERBS[verb].undo_title if _back(state, step) else "") or VERBS[verb].title


def tells_of(verb: str, state: RunState, step: str | None) -> str:
    """Return the sentence that says what will happen."""
    return (VERBS[verb].undo_effect if _back(state, step) else "") or VERBS[verb].effect


def _back(state: RunState, step: str | None) -> bool:
    return step is not None and state.steps[step].status.direction is Direction.UNDO


def _verbs(viewer: Viewer, step: str | None) -> Iterable[tuple[str, str]]:
    """Yield each verb with the reason why it is not available, in the order of the buttons."""
    saga, state = viewer.saga, viewer.state
    allowed = viewer.relatives.allowed(viewer.at, step)
    if step is None:
        yield from ((verb, allowed[verb] or "") for verb in RUN_VERBS)
        return
    if saga.steps[step].does.asks:
        waits = state.steps[step].status is StepStatus.WAITING
        why = "" if waits else f"it is {state.steps[step].status.words} and does not wait for a decision."
        yield from (("approve", why), ("reject", why), ("delegate", why))
    if engine.awaited(saga, state, step):
        yield "publish", ""
    reacts = saga.graph.segment_of[step].style is Style.CHOREOGRAPHED and not _back(state, step)
    yield from ((verb, allowed[verb] or "") for verb in STEP_VERBS if verb != "redeliver" or reacts)


def _again(viewer: Viewer) -> str:
    if viewer.saga.name not in {saga.name for saga in access.sagas(viewer.user, "start_run")}:
        return ""
    return reverse("designer:start", args=[viewer.saga.name]) + f"?{urlencode({'like': viewer.run_id})}"


def _step(viewer: Viewer, name: str) -> StepOffers:
    now = viewer.state.steps[name]
    offers = tuple(offers_of(viewer, name))
    title = work_title(viewer.saga.steps[name], now.status.direction)
    return StepOffers(name, title, status_of(viewer.state, now, viewer.at), offers)


def _may_need_attention(step: StepState) -> bool:
    """True if the step is in trouble or waits."""
    return step.status.needs_person or step.status.working or step.missed_at is not None or step.error is not None


def _needs_attention(state: RunState, offers: StepOffers) -> bool:
    """True if the step needs attention now: it is in trouble, or it waits for an operator or an event."""
    step = state.steps[offers.step]
    if step.status.needs_person:
        return True
    troubled = step.missed_at is not None or step.error is not None
    return offers.usable and (troubled or any(offer.verb in ("approve", "publish") for offer in offers.offers))

"""What a person can do about a run: each verb with its words, its permission, and why it does not apply now."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from sagaflow import access, engine
from sagaflow.core.definition.saga import Saga, Style
from sagaflow.core.run import queries
from sagaflow.core.run.state import Direction, RunState, StepStatus
from sagaflow.core.run.verbs import RUN_VERBS, STEP_VERBS, VERBS
from sagaflow.flowchart.appearance import Status
from sagaflow.flowchart.compose import work_title
from sagaflow.flowchart.paint import status_of

__all__ = ["Look", "Offer", "Panel", "StepOffers", "offers_of", "repair_panel", "tells_of", "title_of"]


@dataclass(frozen=True, slots=True)
class Offer:
    """One button."""

    verb: str
    title: str
    href: str
    why_not: str = ""
    """Why it does not apply now, or why this person may not; empty: it can be used."""
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
        """Whether any of them can be used."""
        return any(not offer.why_not for offer in self.offers)


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything a person can do about a run; ``open`` steps need somebody or can be helped, ``rest`` cannot."""

    run: tuple[Offer, ...]
    open: tuple[StepOffers, ...]
    rest: tuple[StepOffers, ...]
    again: str = ""
    """Where one like this is started; empty: not by this person, or its saga is gone."""


@dataclass(frozen=True, slots=True)
class Look:
    """A person looks at a run at one moment."""

    user: Any
    run_id: str
    saga: Saga
    state: RunState
    at: float
    """Seconds since the epoch, by the database's clock."""


def repair_panel(look: Look) -> Panel:
    """For a template to include: ``designer/repair_panel.html`` shows it under the name ``repair``."""
    steps = [_step(look, name) for name in look.saga.graph.order]
    steps.sort(key=lambda each: not look.state.steps[each.step].status.needs_person)
    needy = [each for each in steps if each.usable and _needs_look(look.state, each)]
    return Panel(
        run=tuple(offers_of(look)),
        open=tuple(needy),
        rest=tuple(each for each in steps if each not in needy),
        again=_again(look),
    )


def offers_of(look: Look, step: str | None = None) -> Iterable[Offer]:
    """The buttons of the run, or of one of its steps."""
    for verb, reason in _verbs(look.saga, look.state, look.at, step):
        denied = access.why_not(look.user, VERBS[verb].permission, look.saga)
        if not denied and verb in ("approve", "reject") and step:
            denied = access.why_not_decide(look.user, look.saga, step)
        query = f"?{urlencode({'step': step})}" if step else ""
        href = reverse("designer:repair", args=[look.run_id, verb]) + query
        yield Offer(verb, title_of(verb, look.state, step), href, reason or denied, VERBS[verb].dangerous)


def title_of(verb: str, state: RunState, step: str | None) -> str:
    """The words on the button."""
    return (VERBS[verb].undo_title if _back(state, step) else "") or VERBS[verb].title


def tells_of(verb: str, state: RunState, step: str | None) -> str:
    """What will happen."""
    return (VERBS[verb].undo_effect if _back(state, step) else "") or VERBS[verb].effect


def _back(state: RunState, step: str | None) -> bool:
    return step is not None and state.steps[step].status.direction is Direction.UNDO


def _verbs(saga: Saga, state: RunState, at: float, step: str | None) -> Iterable[tuple[str, str]]:
    """Verb and why it does not apply now, in the order of the buttons."""
    if step is None:
        allowed = queries.allowed(saga, state, at)
        yield from ((verb, allowed[verb] or "") for verb in RUN_VERBS)
        return
    if saga.steps[step].does.asks:
        waits = state.steps[step].status is StepStatus.WAITING
        why = "" if waits else f"it is {state.steps[step].status.value} and does not wait for a decision."
        yield from (("approve", why), ("reject", why))
    if engine.awaited(saga, state, step):
        yield "publish", ""
    allowed = queries.allowed(saga, state, at, step)
    reacts = saga.graph.segment_of[step].style is Style.CHOREOGRAPHED and not _back(state, step)
    yield from ((verb, allowed[verb] or "") for verb in STEP_VERBS if verb != "redeliver" or reacts)


def _again(look: Look) -> str:
    if look.saga.name not in {saga.name for saga in access.sagas(look.user, "start_run")}:
        return ""
    return reverse("designer:start", args=[look.saga.name]) + f"?{urlencode({'like': look.run_id})}"


def _step(look: Look, name: str) -> StepOffers:
    now = look.state.steps[name]
    offers = tuple(offers_of(look, name))
    title = work_title(look.saga.steps[name], now.status.direction)
    return StepOffers(name, title, status_of(look.state, now, look.at), offers)


def _needs_look(state: RunState, each: StepOffers) -> bool:
    """Whether its buttons stand open: it is in trouble, or waits for somebody."""
    now = state.steps[each.step]
    troubled = now.status.needs_person or now.missed_at is not None or now.error is not None
    return troubled or any(offer.verb in ("approve", "publish") for offer in each.offers)

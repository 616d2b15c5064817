"""What a person can do about a run: each verb with its words, its permission, and why it does not apply now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from sagaflow import access, engine
from sagaflow.core.definition.saga import Saga, Style
from sagaflow.core.run import queries
from sagaflow.core.run.interventions import RUN_VERBS, STEP_VERBS
from sagaflow.core.run.state import Direction, RunState, StepStatus
from sagaflow.flowchart.appearance import Status
from sagaflow.flowchart.compose import work_title
from sagaflow.flowchart.paint import status_of

__all__ = ["VERBS", "Look", "Offer", "Panel", "StepOffers", "Verb", "offers_of", "repair_panel", "tells_of", "title_of"]


@dataclass(frozen=True, slots=True)
class Verb:
    """The words of a verb."""

    title: str
    """On the button, on the way forward."""
    tells: str
    """What will happen, in a sentence."""
    permission: str = "operate_run"
    undo_title: str = ""
    """On the button where the compensation is what is open."""
    undo_tells: str = ""
    danger: bool = False


VERBS: Mapping[str, Verb] = {
    "retry": Verb(
        "Retry now",
        "The step is tried again at once, with the same input and the same idempotency key; its retry policy counts "
        "from the beginning.",
        undo_title="Retry the compensation",
        undo_tells="The compensation is tried again at once, with the same idempotency key; its retry policy counts "
        "from the beginning.",
    ),
    "retry_with_input": Verb(
        "Edit input and retry",
        "The step, and only this step, gets the new input from now on, and is tried again at once. Old and new are "
        "kept with the run.",
        undo_title="Edit input and retry the compensation",
        undo_tells="The compensation gets the new input from now on, and is tried again at once. Old and new are kept "
        "with the run.",
    ),
    "redeliver": Verb(
        "Redeliver the event",
        "The event that the step should have reacted to is delivered again: the participant gets it at once, under "
        "the same idempotency key.",
    ),
    "skip": Verb(
        "Skip with a substitute output",
        "The run goes on as if the step were done, with the output that you give. What the step should have effected "
        "is up to you. A rollback later leaves a skipped step alone, unless it was tried.",
        undo_title="Go on without the compensation",
        undo_tells="The rollback goes on and leaves the effect of this step in place; the rollback record says so.",
        danger=True,
    ),
    "mark_done": Verb(
        "Mark the compensation as done",
        "You, or somebody, undid the step by hand. The rollback goes on, and the record says that it was done by hand.",
    ),
    "resume": Verb(
        "Resume from here",
        "The run goes forward again: this step and all that come after it are started anew, in a new round with new "
        "idempotency keys.",
    ),
    "approve": Verb("Approve", "The step is done, and the run goes on.", permission="approve_step"),
    "reject": Verb(
        "Reject",
        "The step fails with the business error 'rejected', and the run is rolled back.",
        permission="approve_step",
        danger=True,
    ),
    "publish": Verb(
        "Hand over the event",
        "The run gets the event that it waits for, as if it had come from outside, with the payload that you give.",
        permission="publish_event",
    ),
    "roll_back": Verb(
        "Roll back",
        "No further step is started, and what took effect is undone in reverse, as the plan says.",
        danger=True,
    ),
    "cancel": Verb(
        "Cancel run",
        "What took effect is undone, the run ends as cancelled, and it is not tried again, whatever its definition "
        "says. A rollback that is under way goes on; a compensation that is stuck still needs an operator. While the "
        "pivot is under way, the pivot decides: if it takes effect, the run goes forward after all.",
        danger=True,
    ),
}


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
        yield Offer(verb, title_of(verb, look.state, step), href, reason or denied, VERBS[verb].danger)


def title_of(verb: str, state: RunState, step: str | None) -> str:
    """The words on the button."""
    return (VERBS[verb].undo_title if _back(state, step) else "") or VERBS[verb].title


def tells_of(verb: str, state: RunState, step: str | None) -> str:
    """What will happen."""
    return (VERBS[verb].undo_tells if _back(state, step) else "") or VERBS[verb].tells


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
        why = "" if waits else f"it is {state.steps[step].status.value} and waits for no decision."
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

"""A subscriber listens to a saga from another app. No definition names it, so it changes no digest."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sagaflow.core.definition.problems import MISSING, RUN_EVENTS, published
from sagaflow.core.definition.saga import Saga, Style
from sagaflow.core.suggestions import did_you_mean

__all__ = ["Subscriber", "action_of", "announced", "deaf", "listening", "meant", "service_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A function that gets events of some sagas. Its outcome never affects a run."""

    name: str
    """``service.verb``; the action of this name is its code. An observer of a definition has no dot in its name."""
    sagas: tuple[str, ...]
    on: tuple[str, ...]
    """The events that it gets."""
    team: str = ""
    app: str = ""
    """The Django app that holds its code; empty: none."""

    @property
    def action(self) -> str:
        """The action that it calls, which has the same name."""
        return self.name

    @property
    def service(self) -> str:
        """The service in whose workers it runs."""
        return self.name.partition(".")[0]


def service_of(saga: Saga, name: str) -> str:
    """Return the service in whose workers the observer or subscriber ``name`` of ``saga`` runs."""
    return action_of(saga, name).partition(".")[0]


def action_of(saga: Saga, name: str) -> str:
    """Return the action of the observer or subscriber ``name`` of ``saga``."""
    return name if "." in name else next(observer.action for observer in saga.observers if observer.name == name)


def announced(saga: Saga) -> frozenset[str]:
    """Return the events that a run publishes even without a listener; others need a definition that asks for them."""
    heard = {event for observer in saga.observers for event in observer.on}
    reacted = {event for name in _choreographed(saga) for event in saga.graph.reacts_to[name]}
    names = published(saga) & RUN_EVENTS | heard
    if not saga.graph.choreographed:
        names.discard(MISSING)
    names |= {segment.started_event for segment in saga.segments}
    for step in saga.steps.values():
        names |= set(step.fails_as.values())
        names |= {step.done_event} if step.emits or step.done_event in reacted else set()
        names |= {step.undone_event} if step.undo is not None and step.undo.emits else set()
    for name in _choreographed(saga):
        step = saga.steps[name]
        names |= {step.done_event, step.failed_event(""), step.undone_event}
    return frozenset(names)


def listening(saga: Saga, subscribers: Collection[Subscriber]) -> Iterator[tuple[Subscriber, tuple[str, ...]]]:
    """Yield the subscribers that listen to this version of a saga, each with the events that it gets."""
    known = announced(saga)
    for subscriber in subscribers:
        events = tuple(event for event in subscriber.on if event in known)
        if saga.name in subscriber.sagas and events:
            yield subscriber, events


def deaf(subscriber: Subscriber, saga: Saga) -> Iterator[tuple[str, str]]:
    """Yield the reason and the remedy for each event that the subscriber will never get from the saga."""
    known = announced(saga)
    for event in subscriber.on:
        if event in known:
            continue
        if event == MISSING:
            why = f"saga '{saga.name}' does not publish '{event}': it has no choreographed segment."
            yield why, "Remove the event from @subscribe."
        elif event in published(saga):
            why = f"saga '{saga.name}' does not publish '{event}': its step is orchestrated, and the event has no name."
            yield why, "Ask the team of the saga to name it with `emits` or `fails_as`, or subscribe to another event."
        else:
            why = f"saga '{saga.name}' has no event '{event}'{meant(event, known)}"
            yield why, "Correct the name of the event in @subscribe."


def meant(name: str, known: Collection[str]) -> str:
    """Return the end of a sentence: a question with the names similar to ``name``, or a full stop."""
    question = did_you_mean(name, known)
    return f"; {question}" if question else "."


def _choreographed(saga: Saga) -> Iterator[str]:
    return (name for name in saga.steps if saga.graph.segment_of[name].style is Style.CHOREOGRAPHED)

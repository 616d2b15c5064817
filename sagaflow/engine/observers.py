"""Observers of the definition and subscribers of other apps: what they do with an event never affects the run.

A failed delivery is tried ten times, then an operator has to act.
"""

from sagaflow import registry, store
from sagaflow.core.definition.saga import Observer, Saga
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.participant import Context
from sagaflow.core.run.reports import StepFailed
from sagaflow.core.run.skills import Skills
from sagaflow.core.run.state import Direction, ErrorKind
from sagaflow.participants import Work, perform
from sagaflow.store import Message
from sagaflow.store.masks import masked_of
from sagaflow.store.runs.outbox import ATTEMPTS

__all__ = ["served_listeners", "observe"]

LONGEST_DELAY = 300.0
DIED = "worker-died: each process that delivered the event died meanwhile, or was stopped."

Listener = Observer | Subscriber


def served_listeners(saga: Saga, skills: Skills) -> dict[str, Listener]:
    """Return by name the observers and subscribers of a saga to which a worker with these skills can deliver events."""
    listeners: tuple[Listener, ...] = (*saga.observers, *registry.subscribers(saga.name))
    return {listener.name: listener for listener in listeners if skills.can_call(listener.action)}


def observe(run_id: str, saga: Saga, skills: Skills) -> int:
    """Deliver due events to the observers that a worker with these skills serves; return the number of deliveries."""
    mine = served_listeners(saga, skills)
    if not mine:
        return 0
    due = store.pending_for(run_id, mine)
    return sum(_deliver(saga, mine[event.observer], event) for event in due if event.event in mine[event.observer].on)


def _deliver(saga: Saga, observer: Listener, message: Message) -> bool:
    if not store.claim_delivery(message):
        return False
    attempt = message.attempts + 1
    if attempt > ATTEMPTS:
        store.mark_failed(message.id, DIED, retry_after=None)
        return False
    outcome = perform(_work(saga, observer, message, attempt))
    if not isinstance(outcome, StepFailed):
        store.mark_sent([message.id])
        return True
    hopeless = outcome.error.kind is ErrorKind.PROGRAMMING
    delay = None if hopeless or attempt >= ATTEMPTS else min(2.0 ** (attempt - 1), LONGEST_DELAY)
    store.mark_failed(message.id, f"{outcome.error.code}: {outcome.error.message}", retry_after=delay)
    return False


def _work(saga: Saga, observer: Listener, message: Message, attempt: int) -> Work:
    context = Context(
        run_id=message.run_id,
        saga=message.saga,
        step=observer.name,
        direction=Direction.DO,
        attempt=attempt,
        key=f"{message.run_id}:{message.seq}:{message.event}:{observer.name}:do",
        service=observer.service,
        input={"event": message.event, "step": message.step, "payload": message.payload},
        causation_id=f"{message.run_id}:{message.seq}",
    )
    return Work(token=0, action=observer.action, context=context, sensitive=masked_of(saga))

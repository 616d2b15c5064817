"""Observers: subscribers whose outcome never affects the run. A failure is tried ten times, then left to a person."""

from sagaflow import store
from sagaflow.core.definition import Observer, Saga
from sagaflow.core.events import StepFailed
from sagaflow.core.participant import Context
from sagaflow.core.skills import Skills
from sagaflow.core.state import Direction, ErrorKind
from sagaflow.participants import Work, perform
from sagaflow.store import Message
from sagaflow.store.outbox import ATTEMPTS

__all__ = ["minds", "observe", "service_of"]

LONGEST_DELAY = 300.0


def service_of(observer: Observer) -> str:
    """The service in whose workers an observer runs."""
    return observer.action.partition(".")[0]


def minds(skills: Skills, observer: Observer) -> bool:
    """Whether a worker with these skills can hand an observer its events."""
    return skills.serve(service_of(observer)) and skills.knows(observer.action)


def observe(run_id: str, saga: Saga, skills: Skills) -> int:
    """Hand the observers that a worker with these skills minds what is due; returns how many took theirs."""
    mine = {each.name: each for each in saga.observers if minds(skills, each)}
    if not mine:
        return 0
    return sum(_show(saga, mine[message.observer], message) for message in store.observed(run_id, mine))


def _show(saga: Saga, observer: Observer, message: Message) -> bool:
    if not store.claim_observed(message):
        return False
    attempt = message.attempts + 1
    outcome = perform(_work(saga, observer, message, attempt))
    if not isinstance(outcome, StepFailed):
        store.sent([message.id])
        return True
    hopeless = outcome.error.kind is ErrorKind.PROGRAMMING
    delay = None if hopeless or attempt >= ATTEMPTS else min(2.0 ** (attempt - 1), LONGEST_DELAY)
    store.failed(message.id, f"{outcome.error.code}: {outcome.error.message}", retry_after=delay)
    return False


def _work(saga: Saga, observer: Observer, message: Message, attempt: int) -> Work:
    context = Context(
        run_id=message.run_id,
        saga=message.saga,
        step=observer.name,
        direction=Direction.DO,
        attempt=attempt,
        key=f"{message.run_id}:{message.seq}:{message.event}:{observer.name}:do",
        service=service_of(observer),
        input={"event": message.event, "step": message.step, "payload": message.payload},
        causation_id=f"{message.run_id}:{message.seq}",
    )
    return Work(token=0, action=observer.action, context=context, sensitive=saga.sensitive)

"""Dramatiq carries hints: "something is due in this run". There is one actor; its messages hold only the IDs of runs.

A message names a run, and in its option ``also`` more of them. A worker of an older version carries on the first and
leaves the others to the sweeper.

The database is the source of truth, a hint only saves time:

- a lost hint costs latency: the sweeper finds the run in the database and sends another hint;
- a doubled hint costs a query: the second worker finds the step leased, or nothing due;
- a late or reordered hint finds the run as it is now, and the worker does what is due now.

So Dramatiq repeats no failed message, and a broker may lose everything that it holds. Dramatiq's global broker is not
used, because it belongs to the project.
"""

import time
from collections.abc import Iterable
from functools import cache
from threading import Event
from typing import Any

import dramatiq
from django.core.signals import setting_changed
from django.db import DatabaseError, close_old_connections, connections
from dramatiq import Message, Worker
from dramatiq.middleware import CurrentMessage

from sagaflow import conf, engine, registry, signals
from sagaflow.core.run.skills import Skills
from sagaflow.counting import counted
from sagaflow.engine.batch import Batch, Crew, can_batch
from sagaflow.processes.inbox import Inbox
from sagaflow.processes.isolation import Isolation
from sagaflow.store import refusals
from sagaflow.store.errors import Broken
from sagaflow.transport import brokers
from sagaflow.transport.hint_sender import HintSender

__all__ = ["MAIN_QUEUE", "HintWorker", "Transport", "connect", "current", "queue_of", "send"]

log = counted(__name__)

ACTOR = "sagaflow_wake"
PATIENCE = 1.0
"""Seconds after which a hint that no thread of this process takes is sent again: another process may be free."""
PREFETCH = 4
"""The number of messages of one queue that a process holds at most."""
OFFERS = 4
"""The number of messages whose runs wait in this process at the same time: those of one batch come in several."""
MAIN_QUEUE = "sagaflow"
"""The queue for coordination, which needs no code of a participant: every worker consumes it."""


def queue_of(service: str) -> str:
    """Return the queue of a service; for "" the queue that every worker consumes."""
    return f"{MAIN_QUEUE}.{service}" if service else MAIN_QUEUE


class Transport:
    """The connection to one broker that carries hints."""

    def __init__(self, url: str) -> None:
        self.broker: Any = brokers.build(url, [CurrentMessage()])
        self.is_embedded = url == conf.EMBEDDED
        self._sender = HintSender(self._enqueue, self.broker.rest)

    def send(self, run_id: str, service: str = "") -> None:
        """Send a hint without blocking or raising. In embedded mode a hint for another process is dropped."""
        self.give_back(run_id, queue_of(service))

    def give_back(self, run_id: str, queue: str) -> None:
        """Send a hint to a queue, as ``send`` does."""
        if self.is_embedded:
            self._enqueue([run_id], queue)
        else:
            self._sender.post(run_id, queue)

    def waiting(self, service: str = "") -> int:
        """Return the number of hints in the queue of a service; the driver raises its errors if the broker is down."""
        return int(self.broker.waiting(queue_of(service)))

    def flush(self, timeout: float) -> bool:
        """Wait until the broker has all hints, or they were dropped; return False after ``timeout`` seconds."""
        return self._sender.flush(timeout)

    def close(self) -> None:
        """Send the last hints and close the connections."""
        self._sender.close()
        self.broker.close()

    def _enqueue(self, run_ids: list[str], queue: str) -> None:
        first, *also = run_ids
        options = {"also": also} if also else {}
        self.broker.enqueue(Message(queue_name=queue, actor_name=ACTOR, args=(first,), kwargs={}, options=options))


class HintWorker:
    """The threads of this process that do what is due, and a few that consume hints for them.

    Dramatiq allows one worker per process.
    """

    def __init__(
        self, transport: Transport, *, name: str, services: Iterable[str] | None = None, threads: int = 8
    ) -> None:
        self.name = name
        self.services = None if services is None else frozenset(services)
        self._stopping = Event()
        self._isolation = Isolation(name, self.services, self.wake)
        broker = transport.broker
        self._transport, self._inbox = transport, Inbox(self._wake, self._batch, connections.close_all, threads=threads)
        dramatiq.actor(actor_name=ACTOR, queue_name=MAIN_QUEUE, broker=broker)(self.take)
        for service in sorted(_known_services() if self.services is None else self.services):
            broker.declare_queue(queue_of(service))
        self._worker = Worker(broker, worker_threads=OFFERS, worker_timeout=broker.poll)
        self._worker.queue_prefetch = PREFETCH

    def start(self) -> None:
        self._inbox.start()
        self._worker.start()

    def stop(self, grace: float) -> None:
        """Claim no more steps, wait up to `grace` seconds for running steps, and give unread hints back."""
        ends_at = time.monotonic() + grace
        self._stopping.set()
        self._isolation.stop()
        self._inbox.close()
        log.info("The worker %s stops after its running steps.", self.name)
        try:
            self._worker.stop(timeout=int(grace * 1000))
        except Exception as error:  # noqa: BLE001 - a broker that is down must not keep a process from ending
            log.warning(
                "The worker %s could not give its hints back: %s. The sweeper sends them again.", self.name, error
            )
        self._inbox.join_threads(lambda: max(0.0, ends_at - time.monotonic()))

    def take(self, run_id: str) -> None:
        """The actor: wait until threads of this process take the runs; what they do not take is sent again."""
        message = CurrentMessage.get_current_message()
        also = message.options.get("also", ()) if message else ()
        queue = message.queue_name if message else MAIN_QUEUE
        together = can_batch(queue.removeprefix(MAIN_QUEUE).removeprefix("."))
        for left in self._inbox.offer([run_id, *also], PATIENCE, together=together):
            self._transport.give_back(left, queue)

    def _batch(self) -> Batch:
        skills = Skills(self.services, frozenset(registry.known()))
        inbox = self._inbox
        return Batch(Crew(self.name, skills, self._may_go_on, inbox.join, inbox.put, self._failed))

    def _wake(self, run_id: str) -> None:
        close_old_connections()
        try:
            self.wake(run_id)
        finally:
            close_old_connections()

    def wake(self, run_id: str) -> None:
        """Do what is due in a run. It never raises, because the sweeper finds a run that still waits."""
        if self._stopping.is_set():
            return
        try:
            engine.wake(
                run_id,
                services=self.services,
                known=registry.known(),
                worker=self.name,
                go_on=self._may_go_on,
                isolate=self._isolation.perform,
            )
        except Exception as error:  # noqa: BLE001 - it is logged
            self._failed(run_id, error)

    def _failed(self, run_id: str, error: Exception) -> None:
        if not isinstance(error, DatabaseError | Broken):
            log.error("Run %s could not continue. The sweeper sends another hint.", run_id, exc_info=error)
        elif not refusals.is_lasting(error):  # the engine has recorded and logged those
            log.warning(
                "Run %s could not continue, the database failed: %s. The sweeper sends another hint.", run_id, error
            )

    def _may_go_on(self) -> bool:
        return not self._stopping.is_set()


@cache
def current() -> Transport:
    """Return the transport that the settings name; it is created at the first call."""
    return Transport(conf.current().broker_url)


def send(run_id: str, service: str = "") -> None:
    """Send a hint with the current transport."""
    current().send(run_id, service)


def connect() -> None:
    """Send a hint for each `work_due` signal of the engine from now on."""
    signals.work_due.connect(_on_work_due, dispatch_uid="sagaflow.processes.actors")


def _on_work_due(*, run_id: str, service: str, **_: object) -> None:
    send(run_id, service)


def _known_services() -> set[str]:
    """Return the services of every action and step that this process knows."""
    steps = (step for saga in registry.sagas() for step in saga.steps.values())
    named = {name for step in steps for name in (step.service, step.undo_service)}
    return {service for service in named | {action.service for action in registry.actions()} if service}


def _forget(*, setting: str, **_: object) -> None:
    if setting == "SAGAFLOW":
        current.cache_clear()


setting_changed.connect(_forget, dispatch_uid="sagaflow.processes.actors")

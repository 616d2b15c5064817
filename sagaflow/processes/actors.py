"""Dramatiq carries hints: "something is due in this run". There is one actor; its messages hold only the ID of a run.

The database is the source of truth, a hint only saves time:

- a lost hint costs latency: the sweeper finds the run in the database and sends another hint;
- a doubled hint costs a query: the second worker finds the step leased, or nothing due;
- a late or reordered hint finds the run as it is now, and the worker does what is due now.

So Dramatiq repeats no failed message, and a broker may lose everything that it holds. Dramatiq's global broker is not
used, because it belongs to the project.
"""

from collections.abc import Iterable
from functools import cache
from threading import Event
from typing import Any

import dramatiq
from django.core.signals import setting_changed
from django.db import DatabaseError, close_old_connections, connections
from dramatiq import Message, Middleware, Worker

from sagaflow import conf, engine, registry, signals
from sagaflow.counting import counted
from sagaflow.processes.isolation import Isolation
from sagaflow.store import refusals
from sagaflow.store.errors import Broken
from sagaflow.transport import brokers
from sagaflow.transport.hint_sender import HintSender

__all__ = ["MAIN_QUEUE", "HintWorker", "Transport", "connect", "current", "queue_of", "send"]

log = counted(__name__)

ACTOR = "sagaflow_wake"
MAIN_QUEUE = "sagaflow"
"""The queue for coordination, which needs no code of a participant: every worker consumes it."""


def queue_of(service: str) -> str:
    """Return the queue of a service; for "" the queue that every worker consumes."""
    return f"{MAIN_QUEUE}.{service}" if service else MAIN_QUEUE


class Transport:
    """The connection to one broker that carries hints."""

    def __init__(self, url: str) -> None:
        self.broker: Any = brokers.build(url, [FreshConnections()])
        self.is_embedded = url == conf.EMBEDDED
        self._sender = HintSender(self._enqueue, self.broker.rest)

    def send(self, run_id: str, service: str = "") -> None:
        """Send a hint without blocking or raising. In embedded mode a hint for another process is dropped."""
        if self.is_embedded:
            self._enqueue(run_id, queue_of(service))
        else:
            self._sender.post(run_id, queue_of(service))

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

    def _enqueue(self, run_id: str, queue: str) -> None:
        self.broker.enqueue(Message(queue_name=queue, actor_name=ACTOR, args=(run_id,), kwargs={}, options={}))


class HintWorker:
    """The threads of this process that consume hints and do what is due. Dramatiq allows one worker per process."""

    def __init__(
        self, transport: Transport, *, name: str, services: Iterable[str] | None = None, threads: int = 8
    ) -> None:
        self.name = name
        self.services = None if services is None else frozenset(services)
        self._stopping = Event()
        self._isolation = Isolation(name, self.services, self.wake)
        broker = transport.broker
        dramatiq.actor(actor_name=ACTOR, queue_name=MAIN_QUEUE, broker=broker)(self.wake)
        for service in sorted(_known_services() if self.services is None else self.services):
            broker.declare_queue(queue_of(service))
        self._worker = Worker(broker, worker_threads=threads, worker_timeout=broker.poll)

    def start(self) -> None:
        self._worker.start()

    def stop(self, grace: float) -> None:
        """Claim no more steps, wait up to `grace` seconds for running steps, and give unread hints back."""
        self._stopping.set()
        self._isolation.stop()
        log.info("The worker %s stops after its running steps.", self.name)
        try:
            self._worker.stop(timeout=int(grace * 1000))
        except Exception as error:  # noqa: BLE001 - a broker that is down must not keep a process from ending
            log.warning(
                "The worker %s could not give its hints back: %s. The sweeper sends them again.", self.name, error
            )

    def wake(self, run_id: str) -> None:
        """The actor: do what is due in a run. It never raises, because the sweeper finds a run that still waits."""
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
        except (DatabaseError, Broken) as error:
            if not refusals.is_lasting(error):  # the engine has recorded and logged those
                log.warning(
                    "Run %s could not continue, the database failed: %s. The sweeper sends another hint.",
                    run_id,
                    error,
                )
        except Exception:
            log.exception("Run %s could not continue. The sweeper sends another hint.", run_id)

    def _may_go_on(self) -> bool:
        return not self._stopping.is_set()


class FreshConnections(Middleware):
    """Close database connections that are too old or broken, as Django does around each request."""

    def before_process_message(self, *_: object) -> None:
        close_old_connections()

    def after_process_message(self, *_: object, **__: object) -> None:
        close_old_connections()

    def before_worker_thread_shutdown(self, *_: object) -> None:
        connections.close_all()


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

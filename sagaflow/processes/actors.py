"""Dramatiq carries hints: "look at this run". There is one actor, for ever; its messages hold a run's ID, no more.

A hint may be lost, doubled, late or reordered at no cost but latency. The global broker of Dramatiq is never touched.
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
from sagaflow.transport.hint_sender import Courier

__all__ = ["MAIN_QUEUE", "HintWorker", "Transport", "connect", "current", "queue_of", "send"]

log = counted(__name__)

ACTOR = "sagaflow_wake"
MAIN_QUEUE = "sagaflow"
"""For coordination, which needs no participant's code: every worker consumes it."""


def queue_of(service: str) -> str:
    """The queue of a service, or for "" the one that every worker consumes."""
    return f"{MAIN_QUEUE}.{service}" if service else MAIN_QUEUE


class Transport:
    """Hints to, and from, one broker."""

    def __init__(self, url: str) -> None:
        self.broker: Any = brokers.build(url, [FreshConnections()])
        self.is_embedded = url == conf.EMBEDDED
        self._courier = Courier(self._enqueue, self.broker.rest)

    def send(self, run_id: str, service: str = "") -> None:
        """Never blocks, never raises. Embedded, a hint that no worker of this process consumes is dropped."""
        if self.is_embedded:
            self._enqueue(run_id, queue_of(service))
        else:
            self._courier.post(run_id, queue_of(service))

    def waiting(self, service: str = "") -> int:
        """How many hints lie in the queue of a service; raises what the driver raises when the broker is down."""
        return int(self.broker.waiting(queue_of(service)))

    def flush(self, timeout: float) -> bool:
        """Waits until what was sent is with the broker, or dropped."""
        return self._courier.flush(timeout)

    def close(self) -> None:
        """Lets the last hints leave and closes the connections."""
        self._courier.close()
        self.broker.close()

    def _enqueue(self, run_id: str, queue: str) -> None:
        self.broker.enqueue(Message(queue_name=queue, actor_name=ACTOR, args=(run_id,), kwargs={}, options={}))


class HintWorker:
    """Threads of this process that consume hints and carry runs on. Dramatiq allows one per process."""

    def __init__(
        self, transport: Transport, *, name: str, services: Iterable[str] | None = None, threads: int = 8
    ) -> None:
        self.name = name
        self.services = None if services is None else frozenset(services)
        self._stopping = Event()
        self._isolation = Isolation(name, self.services, self.wake)
        broker = transport.broker
        dramatiq.actor(self.wake, actor_name=ACTOR, queue_name=MAIN_QUEUE, broker=broker)
        for service in sorted(_known_services() if self.services is None else self.services):
            broker.declare_queue(queue_of(service))
        self._worker = Worker(broker, worker_threads=threads, worker_timeout=broker.poll)

    def start(self) -> None:
        self._worker.start()

    def stop(self, grace: float) -> None:
        """Claims nothing more, waits up to `grace` seconds for the steps that run, and gives unread hints back."""
        self._stopping.set()
        self._isolation.stop()
        log.info("The worker %s ends after the steps that run.", self.name)
        try:
            self._worker.stop(timeout=int(grace * 1000))
        except Exception as error:  # noqa: BLE001 - a broker that is down must not keep a process from ending
            log.warning(
                "The worker %s could not give its hints back: %s. The sweeper sends them again.", self.name, error
            )

    def wake(self, run_id: str) -> None:
        """The actor. It never raises: a message that fails is dead, but a run that waits is found by the sweeper."""
        if self._stopping.is_set():
            return
        try:
            engine.wake(
                run_id,
                services=self.services,
                known=registry.known(),
                worker=self.name,
                go_on=self._is_on_duty,
                isolate=self._isolation.perform,
            )
        except (DatabaseError, Broken) as error:
            if not refusals.is_lasting(error):  # the engine has noted those, and told once
                log.warning(
                    "Run %s was not carried on, the database failed: %s. The sweeper sends another hint.", run_id, error
                )
        except Exception:
            log.exception("Run %s was not carried on. The sweeper sends another hint.", run_id)

    def _is_on_duty(self) -> bool:
        return not self._stopping.is_set()


class FreshConnections(Middleware):
    """Lets go of database connections that are too old or broken, as Django does around each request."""

    def before_process_message(self, *_: Any) -> None:
        close_old_connections()

    def after_process_message(self, *_: Any, **__: Any) -> None:
        close_old_connections()

    def before_worker_thread_shutdown(self, *_: Any) -> None:
        connections.close_all()


@cache
def current() -> Transport:
    """The transport that the settings name, made when it is first needed."""
    return Transport(conf.current().broker_url)


def send(run_id: str, service: str = "") -> None:
    """A hint by the current transport."""
    current().send(run_id, service)


def connect() -> None:
    """From here on, what the engine announces as due becomes hints."""
    signals.work_due.connect(_on_work_due, dispatch_uid="sagaflow.processes.actors")


def _on_work_due(*, run_id: str, service: str, **_: Any) -> None:
    send(run_id, service)


def _known_services() -> set[str]:
    """The services of every action and step that this process knows."""
    steps = (step for saga in registry.sagas() for step in saga.steps.values())
    named = {name for step in steps for name in (step.service, step.undo_service)}
    return {service for service in named | {action.service for action in registry.actions()} if service}


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "SAGAFLOW":
        current.cache_clear()


setting_changed.connect(_forget, dispatch_uid="sagaflow.processes.actors")

"""Heartbeats of this process, read by the sweeper and the readiness check, and the return of what dead workers held."""

import os
import socket
from collections import deque
from collections.abc import Iterable

from django.apps import apps as installed
from django.db import DatabaseError, connections

from sagaflow import engine, registry, store
from sagaflow.counting import counted
from sagaflow.processes.loop import Loop

__all__ = ["Presence", "DeadWorkers", "name_of"]

log = counted(__name__)


def name_of(number: int | str = 0, pid: int | None = None) -> str:
    """Return the name of a process of this machine: of this process, or of the child ``pid``."""
    return f"{socket.gethostname()[:100]}:{pid or os.getpid()}:{number}"


class Presence:
    """Send a heartbeat of this process every few seconds, and sign off when it stops."""

    def __init__(self, name: str, kind: str, services: Iterable[str] | None = None) -> None:
        self.name = name
        self._kind = kind
        self._services = None if services is None else tuple(services)
        self._began: float | None = None
        self._loop = Loop("heartbeat", self.beat, store.BEAT)

    def start(self) -> None:
        """Send heartbeats from a separate thread."""
        self._loop.start()

    def beat(self) -> None:
        """Send one heartbeat."""
        performs = self._kind in store.PERFORMING
        store.appear(self.name, self._kind, self._services, registry.known() if performs else ())
        if performs:
            registry.sagas(web=True)  # this process can start the sub-sagas that were published since
            self._began = store.now() if self._began is None else self._began
            apps = {app.name for app in installed.get_app_configs()}
            store.declare(registry.subscribers(), apps=apps, began=self._began)

    def stop(self) -> None:
        """Sign off: the process stops cleanly."""
        self._loop.stop(timeout=1.0)
        try:
            store.leave(self.name)
        except DatabaseError as error:
            log.info("The process %s could not sign off: %s. It is forgotten in time.", self.name, error)


class DeadWorkers:
    """Give back the steps that dead processes held, and repeat it until the database accepts it."""

    def __init__(self) -> None:
        self._dead: deque[tuple[str, str, bool]] = deque()
        self._loop = Loop("return of dead workers' steps", self._duty, store.BEAT)

    def start(self) -> None:
        """Run in a separate thread."""
        self._loop.start()

    def add(self, name: str, how: str, *, blameless: bool = False) -> None:
        """Note that the process ``name`` died; ``how`` completes "the process …", as in "was killed by SIGSEGV"."""
        self._dead.append((name, how, blameless))
        self._loop.wake()

    def give_back(self) -> None:
        """Give back the steps of every process that is known to be dead."""
        while self._dead:
            name, how, blameless = self._dead[0]
            engine.worker_died(name, how, blameless=blameless)
            store.leave(name)
            self._dead.popleft()

    def _duty(self) -> None:
        """Give back the steps, and close the connection: deaths are rare."""
        try:
            self.give_back()
        finally:
            connections.close_all()

    def stop(self) -> None:
        """Stop after a last try."""
        self._loop.stop(timeout=1.0)
        try:
            self.give_back()
        except DatabaseError as error:
            log.warning("The steps of dead workers were not given back: %s. They are due when their leases end.", error)

"""Signs of life of this process, for the sweeper, for readiness, and for the leases that it would leave behind."""

import os
import socket
from collections import deque
from collections.abc import Iterable

from django.apps import apps as installed
from django.db import DatabaseError, connections

from sagaflow import engine, registry, store
from sagaflow.counting import counted
from sagaflow.processes.loop import Loop

__all__ = ["Presence", "Undertaker", "name_of"]

log = counted(__name__)


def name_of(number: int | str = 0, pid: int | None = None) -> str:
    """The name of a process of this machine: of this one, or of the child ``pid``."""
    return f"{socket.gethostname()[:100]}:{pid or os.getpid()}:{number}"


class Presence:
    """Says every few seconds that the process is there, and at the end that it is not any more."""

    def __init__(self, name: str, kind: str, services: Iterable[str] | None = None) -> None:
        self.name = name
        self._kind = kind
        self._services = None if services is None else tuple(services)
        self._began: float | None = None
        self._loop = Loop("sign of life", self.beat, store.BEAT)

    def start(self) -> None:
        """From a thread of its own."""
        self._loop.start()

    def beat(self) -> None:
        """One sign of life."""
        performs = self._kind in store.PERFORMING
        store.appear(self.name, self._kind, self._services, registry.known() if performs else ())
        if performs:
            self._began = store.now() if self._began is None else self._began
            apps = {each.name for each in installed.get_app_configs()}
            store.declare(registry.subscribers(), apps=apps, began=self._began)

    def stop(self) -> None:
        """The process ends in good order."""
        self._loop.stop(timeout=1.0)
        try:
            store.leave(self.name)
        except DatabaseError as error:
            log.info("The process %s could not say good-bye: %s. It is forgotten in time.", self.name, error)


class Undertaker:
    """Gives back what dead processes held, again and again until the database takes it."""

    def __init__(self) -> None:
        self._dead: deque[tuple[str, str, bool]] = deque()
        self._loop = Loop("return of what dead workers held", self._duty, store.BEAT)

    def start(self) -> None:
        """In a thread of its own."""
        self._loop.start()

    def take(self, name: str, how: str, *, blameless: bool = False) -> None:
        """The process ``name`` died; ``how`` continues "the process", such as ``was killed by SIGSEGV``."""
        self._dead.append((name, how, blameless))
        self._loop.nudge()

    def bury(self) -> None:
        """Deals with every death that is known."""
        while self._dead:
            name, how, blameless = self._dead[0]
            engine.worker_died(name, how, blameless=blameless)
            store.leave(name)
            self._dead.popleft()

    def _duty(self) -> None:
        """Deaths are rare: no connection is kept for them."""
        try:
            self.bury()
        finally:
            connections.close_all()

    def stop(self) -> None:
        """After a last try."""
        self._loop.stop(timeout=1.0)
        try:
            self.bury()
        except DatabaseError as error:
            log.warning("What dead workers held could not be given back: %s. It is when their leases are over.", error)

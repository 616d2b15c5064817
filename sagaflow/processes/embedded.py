"""Everything in one process: site, worker, sweeper and relay, on a database file that no second one may use."""

import logging
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread, Timer
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import CharField, EmailField, TextField
from django.utils.module_loading import import_string

from sagaflow import conf, engine, registry, store
from sagaflow.core.errors import SagaflowError
from sagaflow.processes import actors, anchoring, bulk_repair, relay, sweeper
from sagaflow.processes.presence import Presence, name_of
from sagaflow.processes.stop_signal import StopRequest

__all__ = ["PortTaken", "admin_name", "admin_password", "listening", "migrate", "serve", "take_over", "working"]

log = logging.getLogger(__name__)

ADMIN = "admin"
BACKLOG = 128
GRACE = 8.0
"""Seconds for running steps to end."""
PATIENCE = 15.0
"""Seconds after the request to stop at which the process ends whatever happens."""


class PortTaken(SagaflowError):
    """The address cannot be listened on."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(f"Cannot listen on {host}:{port}: {why}. Choose another one with --port or --host.")


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A bound socket: whether the port is free is known before anything else starts.

    Raises:
        PortTaken: it is not, or the host is no address of this machine.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((host, port))
            server.listen(BACKLOG)
        except (OSError, OverflowError) as error:
            raise PortTaken(host, port, getattr(error, "strerror", None) or str(error)) from error
        yield server


def migrate() -> list[str]:
    """Brings the databases that hold tables of Sagaflow up to date, no other; returns the aliases that were not."""
    behind = [alias for alias in registry.databases() if _outstanding(alias)]
    for alias in behind:
        call_command("migrate", database=alias, interactive=False, verbosity=0)
    return behind


def admin_password() -> str | None:
    """Creates the superuser of the demo and returns its password.

    None where there is one already, and where the user model of the project requires what only the project knows.
    """
    users = get_user_model()._default_manager  # noqa: SLF001 - Django's documented way to a swappable model
    fields = _required(users.model)
    if fields is None or users.filter(**{users.model.USERNAME_FIELD: admin_name()}).exists():
        return None
    password = secrets.token_urlsafe(12)
    users.create_superuser(password=password, **fields)
    return password


def admin_name() -> str:
    """By which the superuser of the demo logs in: an e-mail address where the user model wants one."""
    model = get_user_model()
    return _value(model, model.USERNAME_FIELD) or ADMIN


def take_over() -> None:
    """Gives back what earlier processes on the same file held, which were killed: there can be none but this one.

    Raises:
        DatabaseError: the database cannot be written.
    """
    Presence(name_of(), "embedded", conf.current().services).beat()
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        for name in set(store.relics("embedded")) - {name_of()}:
            engine.worker_died(name)
            store.leave(name)


@contextmanager
def working(*, threads: int | None = None) -> Iterator[None]:
    """Worker, sweeper and relay in threads of this process, ended in an order that loses no time.

    `threads`: how many actions run at a time; default: as the settings say.
    """
    told = conf.current()
    presence = Presence(name_of(), "embedded", told.services)
    worker = actors.HintWorker(
        actors.current(),
        name=presence.name,
        services=told.services,
        threads=threads or told.worker_threads,
    )
    loops = [sweeper.loop(), relay.loop(), anchoring.loop(), bulk_repair.loop()]
    presence.start()
    worker.start()
    for loop in loops:
        loop.start()
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        worker.stop(GRACE)
        for loop in loops:
            loop.stop(timeout=1.0)
        presence.stop()


def serve(server: socket.socket, stop: StopRequest) -> None:
    """The site in the main thread, until it is asked to stop."""
    # Importing the reactor installs it, for the whole process.
    from daphne.server import Server
    from twisted.internet import reactor

    def end() -> None:
        stop.wait()
        last_resort = Timer(PATIENCE, os._exit, [1])
        last_resort.daemon = True
        last_resort.start()
        reactor.callFromThread(reactor.stop)

    Thread(target=end, name="sagaflow-stop", daemon=True).start()
    application = import_string(settings.ASGI_APPLICATION)
    Server(application, endpoints=[f"fd:fileno={server.detach()}"], signal_handlers=False, server_name="").run()


def _outstanding(alias: str) -> bool:
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _required(model: Any) -> dict[str, str] | None:
    """Values for what a user model requires; None if it requires more than texts and addresses."""
    found = {name: _value(model, name) for name in (model.USERNAME_FIELD, *model.REQUIRED_FIELDS)}
    return None if None in found.values() else found


def _value(model: Any, name: str) -> str | None:
    match model._meta.get_field(name):  # noqa: SLF001 - public by usage
        case EmailField():
            return f"{ADMIN}@localhost"
        case CharField() | TextField():
            return ADMIN
    return None

"""Site, worker, sweeper, relay and listener in one process, on a database file that no other process may use."""

import logging
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread, Timer

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import CharField, EmailField, TextField
from django.utils.module_loading import import_string

from sagaflow import conf, engine, registry, store
from sagaflow.core.errors import SagaflowError
from sagaflow.processes import actors, anchoring, bulk_repair, listener, relay, sweeper
from sagaflow.processes.presence import Presence, name_of
from sagaflow.processes.stop_signal import StopRequest

__all__ = ["PortTaken", "admin_name", "admin_password", "listening", "migrate", "serve", "take_over", "working"]

log = logging.getLogger(__name__)

ADMIN = "admin"
BACKLOG = 128
GRACE = 8.0
"""Seconds in which running steps may end."""
PING_INTERVAL, PING_TIMEOUT = 20, 20
"""Seconds of silence after which a socket is asked if it is still there, and those that it has to answer."""
PATIENCE = 15.0
"""Seconds after the request to stop at which the process ends in any case."""


class PortTaken(SagaflowError):
    """The address cannot be listened on."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(f"Cannot listen on {host}:{port}: {why}. Choose another address with --port or --host.")


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Bind a socket before anything else starts, so that a port that is in use is known early.

    Raises:
        PortTaken: the port is in use, or the host is not an address of this machine.
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
    """Migrate the databases that hold tables of Sagaflow; return the aliases of those that were not up to date."""
    behind = [alias for alias in registry.databases() if _outstanding(alias)]
    for alias in behind:
        call_command("migrate", database=alias, interactive=False, verbosity=0)
    return behind


def admin_password() -> str | None:
    """Create the superuser of the demo and return its password.

    Return None if it exists already, or if the user model of the project requires values that only the project knows.
    """
    users = get_user_model()._default_manager  # noqa: SLF001 - Django's documented way to a swappable model
    fields = _required(users.model)
    if fields is None or users.filter(**{users.model.USERNAME_FIELD: admin_name()}).exists():
        return None
    password = secrets.token_urlsafe(12)
    users.create_superuser(password=password, **fields)
    return password


def admin_name() -> str:
    """Return the login name of the demo's superuser: an e-mail address if the user model requires one."""
    model = get_user_model()
    return _value(model, model.USERNAME_FIELD) or ADMIN


def take_over() -> None:
    """Give back the steps that killed processes on the same file held: no other process can be alive.

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
    """Run worker, sweeper, relay and listeners in threads of this process, and stop them without losing time.

    `threads`: the number of actions that run at the same time; default: as in the settings.
    """
    settings_in_force = conf.current()
    presence = Presence(name_of(), "embedded", settings_in_force.services)
    worker = actors.HintWorker(
        actors.current(),
        name=presence.name,
        services=settings_in_force.services,
        threads=threads or settings_in_force.worker_threads,
    )
    loops = [sweeper.loop(), relay.loop(), anchoring.loop(), bulk_repair.loop(), *listener.loops()]
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
    """Serve the site in the main thread until the process is asked to stop."""
    # Importing the reactor installs it for the whole process.
    from twisted.internet import reactor

    from sagaflow.processes.bounded_site import BoundedServer

    def end() -> None:
        stop.wait()
        last_resort = Timer(PATIENCE, os._exit, [1])
        last_resort.daemon = True
        last_resort.start()
        reactor.callFromThread(reactor.stop)  # type: ignore[misc]  # the reactor is a module until it is installed

    Thread(target=end, name="sagaflow-stop", daemon=True).start()
    application = import_string(settings.ASGI_APPLICATION)
    BoundedServer(
        application,
        endpoints=[f"fd:fileno={server.detach()}"],
        signal_handlers=False,
        ping_interval=PING_INTERVAL,
        ping_timeout=PING_TIMEOUT,
        server_name="",
    ).run()


def _outstanding(alias: str) -> bool:
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _required(model: type[AbstractUser]) -> dict[str, str] | None:
    """Return values for the required fields of a user model; None if one is neither a text nor an e-mail address."""
    names = {model.USERNAME_FIELD, *model.REQUIRED_FIELDS}
    values = {name: value for name in names if (value := _value(model, name)) is not None}
    return values if len(values) == len(names) else None


def _value(model: type[AbstractUser], name: str) -> str | None:
    match model._meta.get_field(name):  # noqa: SLF001 - public by usage
        case EmailField():
            return f"{ADMIN}@localhost"
        case CharField() | TextField():
            return ADMIN
        case _:
            return None

"""Run site, worker, sweeper, relay and the listeners of the setting SOURCES in one process.

The command needs no other service. Runs are stored in the database that DATABASE_URL names, by default an SQLite file,
and hints are in memory. The command first migrates the database `default` and the databases that registered actions
name by `database=`. If there is no user `admin`, it creates one and shows the password once. SIGTERM or Ctrl-C ends the
process. The next start continues the unfinished runs.
"""

import argparse
import os
import socket

from sagaflow.management.output import CommandFailed, Exit, Output, escape
from sagaflow.processes.stop_signal import StopRequest

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default=DEFAULT_HOST, help="IPv4 address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="port to listen on, 0 for any (default: %(default)s)"
    )
    parser.add_argument("--no-admin", action="store_true", help="do not create the user `admin`")


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow.processes import alone, embedded

    stop = StopRequest().on_signals()
    try:
        with alone.only_one(), embedded.listening(options.host, options.port) as server:
            run(server, stop, options, out)
    except (alone.Busy, alone.Unwritable, embedded.PortTaken) as error:
        raise CommandFailed(str(error), Exit.REFUSED) from error
    out.say("Ended. Unfinished runs continue at the next start.")


def run(server: socket.socket, stop: StopRequest, options: argparse.Namespace, out: Output) -> None:
    """Prepare the databases and serve requests until the process has to stop."""
    from django.conf import settings
    from django.db import DatabaseError

    from sagaflow.processes import alone, embedded

    try:
        for alias in embedded.migrate():
            out.say(f"Migrated the database {escape(alias)}.")
        embedded.take_over()
    except DatabaseError as error:
        raise alone.Unwritable(settings.DATABASES["default"]["NAME"], error) from error
    password = None if options.no_admin else embedded.admin_password()
    with embedded.working():
        welcome(out, f"http://{options.host}:{server.getsockname()[1]}/", password)
        embedded.serve(server, stop)


def welcome(out: Output, url: str, password: str | None) -> None:
    """Print the address and the login."""
    from sagaflow.processes import embedded

    name = embedded.admin_name()

    def lines() -> None:
        out.say(f"Sagaflow is up at [bold]{url}[/bold] (Ctrl-C ends it).")
        if password:
            out.say(
                f"Log in as [bold]{escape(name)}[/bold], password [bold]{escape(password)}[/bold] (shown only once)."
            )
        else:
            out.say(
                f"Log in with your account. `manage.py changepassword {escape(name)}` sets a password; "
                "`manage.py createsuperuser` creates an account."
            )

    out.answer({"url": url, "pid": os.getpid(), "user": name, "password": password}, lines)
    out.console.file.flush()

"""Carry runs on: consume hints from the broker and perform what is due.

Starts worker processes and keeps them alive: one that dies is started again. SIGTERM or Ctrl-C ends them after the
steps that run, or after --grace seconds; whatever was left is taken over by another worker when its lease is over.
"""

import argparse
import os
import socket

from sagaflow import conf
from sagaflow.management.output import CommandFailed, Exit, Output

DEFAULT_PROCESSES = 2
DEFAULT_GRACE = 25.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--services", metavar="A,B", help="run only the actions of these services (default: SAGAFLOW_SERVICES, or all)"
    )
    parser.add_argument(
        "--processes", type=count, default=DEFAULT_PROCESSES, help="processes to keep alive (default: %(default)s)"
    )
    parser.add_argument(
        "--threads", type=count, help="actions that one process runs at a time (default: WORKER_THREADS)"
    )
    parser.add_argument(
        "--grace", type=float, default=DEFAULT_GRACE, help="seconds for running steps to end (default: %(default)s)"
    )
    parser.add_argument("--child", type=count, help=argparse.SUPPRESS)
    parser.add_argument("--skip-checks", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow.supervisor import Supervisor, this_command

    if conf.current().is_embedded:
        raise CommandFailed(
            "SAGAFLOW_BROKER_URL is embedded, so workers live inside `manage.py sagaflow up`. "
            "For workers of their own set it to a redis:// or amqp:// URL.",
            Exit.USAGE,
        )
    if options.child:
        work(options)
        return
    served = options.services or "all services"
    out.say(f"Keeping {options.processes} worker processes alive for {served}; Ctrl-C ends them.")
    Supervisor(
        lambda number: this_command("--skip-checks", "--child", str(number)), options.processes, options.grace
    ).run()


def work(options: argparse.Namespace) -> None:
    """What a child does until it is told to stop, or its supervisor is gone."""
    from sagaflow import actors
    from sagaflow.stopping import StopRequest
    from sagaflow.supervisor import Leash

    settings = conf.current()
    services = tuple(filter(None, options.services.split(","))) if options.services else settings.services
    stop = StopRequest().on_signals()
    Leash(stop.set).start()
    worker = actors.HintWorker(
        actors.current(),
        name=f"{socket.gethostname()}:{os.getpid()}:{options.child}",
        services=services,
        threads=options.threads or settings.worker_threads,
    )
    worker.start()
    stop.wait()
    worker.stop(options.grace)
    actors.current().close()


def count(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 on")
    return int(text)

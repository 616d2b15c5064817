"""Run workers, which consume hints from the broker and perform the steps that are due.

The command starts worker processes and restarts a process that dies. SIGTERM or Ctrl-C ends them when their running
steps have ended, or after --grace seconds. Another worker takes over a step that was left when its lease expires.
"""

import argparse

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
        "--threads", type=count, help="actions that one process runs at the same time (default: WORKER_THREADS)"
    )
    parser.add_argument(
        "--grace",
        type=float,
        default=DEFAULT_GRACE,
        help="seconds that running steps have to end (default: %(default)s)",
    )
    parser.add_argument("--child", type=count, help=argparse.SUPPRESS)
    parser.add_argument("--alone", metavar="RUN", help=argparse.SUPPRESS)
    parser.add_argument("--name", help=argparse.SUPPRESS)
    parser.add_argument("--skip-checks", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def handle(options: argparse.Namespace, out: Output) -> None:
    if options.alone:
        work_alone(options)
        return
    if conf.current().is_embedded:
        raise CommandFailed(
            "SAGAFLOW_BROKER_URL is embedded, so the worker runs inside `manage.py sagaflow up`. "
            "To run separate workers, set it to a redis:// or amqp:// URL.",
            Exit.USAGE,
        )
    if options.child:
        work(options)
        return
    served = options.services or "all services"
    out.say(f"Keeping {options.processes} worker processes alive for {served}; Ctrl-C ends them.")
    supervise(options)


def supervise(options: argparse.Namespace) -> None:
    """Keep the child processes alive, and release the leases of a child that died."""
    from sagaflow.processes.presence import DeadWorkers, name_of
    from sagaflow.processes.supervisor import Supervisor, this_command

    dead_workers = DeadWorkers()
    dead_workers.start()
    Supervisor(
        lambda number: this_command("--skip-checks", "--child", str(number)),
        options.processes,
        options.grace,
        died=lambda number, pid, how, blameless: dead_workers.add(name_of(number, pid), how, blameless=blameless),
    ).run()
    dead_workers.stop()


def work(options: argparse.Namespace) -> None:
    """Work as a child process until a signal comes or the supervisor is gone."""
    from sagaflow.processes import actors
    from sagaflow.processes.presence import Presence, name_of
    from sagaflow.processes.stop_signal import StopRequest
    from sagaflow.processes.supervisor import Leash

    services, name = served(options), name_of(options.child)
    stop = StopRequest().on_signals()
    Leash(stop.set).start()
    worker = actors.HintWorker(
        actors.current(),
        name=name,
        services=services,
        threads=options.threads or conf.current().worker_threads,
    )
    presence = Presence(name, "worker", services)
    presence.start()
    worker.start()
    stop.wait()
    worker.stop(options.grace)
    presence.stop()
    actors.current().close()


def work_alone(options: argparse.Namespace) -> None:
    """Make one attempt of a step that was running when a process died. A worker waits for the end of this process."""
    from sagaflow import engine, registry
    from sagaflow.processes import actors
    from sagaflow.processes.stop_signal import StopRequest
    from sagaflow.processes.supervisor import Leash

    orphaned = StopRequest()
    Leash(orphaned.set).start()
    first = iter((True,))
    engine.wake(
        options.alone,
        services=served(options),
        known=registry.known(),
        worker=options.name,
        go_on=lambda: next(first, False) and not orphaned.wait(0),
        alone=True,
    )
    actors.current().close()


def served(options: argparse.Namespace) -> tuple[str, ...] | None:
    """Return the services of the option or of the settings. None means all services."""
    return tuple(filter(None, options.services.split(","))) if options.services else conf.current().services


def count(text: str) -> int:
    """Parse a whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 on")
    return int(text)

"""Hear events from brokers, and give them to the runs that they are for.

The setting SOURCES names the streams. A message that cannot be read is set aside on the admin page *Unreadable
messages*. Several listeners may run at the same time; they share the messages.
"""

import argparse
from collections.abc import Iterable

from sagaflow.management.output import CommandFailed, Exit, Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source", action="append", metavar="NAME", help="hear only this source; repeatable (default: all)"
    )


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow import conf
    from sagaflow.processes import listener
    from sagaflow.processes.loop import LONGEST_DUTY
    from sagaflow.processes.stop_signal import StopRequest

    known = {source.name: source for source in conf.current().listened}
    if missing := sorted(set(options.source or ()) - set(known)):
        raise CommandFailed(f"There is no source '{missing[0]}'; {_choice(known)}.", Exit.REFUSED)
    wanted = [source for name, source in known.items() if not options.source or name in options.source]
    if not wanted:
        raise CommandFailed(f"There is nothing to listen to: {_choice(known)}.", Exit.REFUSED)
    stop = StopRequest().on_signals()
    loops = listener.loops(wanted)
    for loop in loops:
        loop.start()
    out.say(f"Listening to {', '.join(source.name for source in wanted)}; Ctrl-C ends it.")
    out.console.file.flush()
    stop.wait()
    for loop in loops:
        loop.stop()
    for loop in loops:
        loop.stop(timeout=LONGEST_DUTY)


def _choice(known: Iterable[str]) -> str:
    return f"known are {', '.join(known)}" if list(known) else "add one to the setting SOURCES"

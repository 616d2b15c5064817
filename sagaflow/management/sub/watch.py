"""Watch a run live until it ends.

A terminal shows the steps and keeps them up to date. Elsewhere each journal entry is a line. With --json each line is
a JSON document: the entries, and at the end {"end": …}. The exit code is 0 only if the run is completed. Ctrl-C stops
the command and does not affect the run.

Examples:
  manage.py sagaflow watch 3f2a91c0
  manage.py sagaflow watch 3f2a91c0 --until-parked --timeout 600 --json
"""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sagaflow.core.json_value import Json
from sagaflow.management.arguments import positive
from sagaflow.management.output import Exit, Output
from sagaflow.management.runs import add_run, run_id_of

if TYPE_CHECKING:
    from sagaflow.core.run.state import RunState
    from sagaflow.management.follow import Snapshot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument(
        "--from", dest="after", type=int, default=0, metavar="SEQ", help="only entries after this number"
    )
    parser.add_argument("--until-parked", action="store_true", help="end also if the run waits for an operator")
    parser.add_argument("--timeout", type=positive, metavar="SECONDS", help="end after this time in any case")
    parser.add_argument(
        "--interval",
        type=positive,
        metavar="SECONDS",
        default=0.25,
        help="time between two polls (default: %(default)s)",
    )


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow.management import follow

    run_id = run_id_of(options.run)
    snapshots = follow.follow(
        run_id,
        after=max(0, options.after),
        until_parked=options.until_parked,
        timeout=options.timeout,
        interval=options.interval,
    )
    show = _lines if out.as_json or not out.console.is_terminal else _live
    state = show(run_id, snapshots, out)
    if out.as_json:
        _line(out, {"end": {"run": run_id, "status": state.status.value, "text": follow.verdict(run_id, state)}})
    else:
        from sagaflow.management.terminal import cell

        out.say(cell(follow.verdict(run_id, state), "bold"))
    return follow.code_of(state)


def _lines(run_id: str, snapshots: "Iterator[Snapshot]", out: Output) -> "RunState":  # noqa: ARG001 - one signature for both displays
    from sagaflow import run_view
    from sagaflow.management.terminal import cell

    for snapshot in snapshots:
        for entry in snapshot.fresh:
            line = run_view.entry(snapshot.saga, entry)
            if out.as_json:
                _line(out, line)
            else:
                text = f"{line['at'][:19].replace('T', ' ')} {line['seq']:>4} {line['kind']}: {line['text']}"
                out.say(cell(text))
        out.console.file.flush()
    return snapshot.state


def _live(run_id: str, snapshots: "Iterator[Snapshot]", out: Output) -> "RunState":
    from rich.live import Live

    from sagaflow import run_view, store
    from sagaflow.management import tables

    entries: list[dict[str, Any]] = []
    with Live(console=out.console, auto_refresh=False, vertical_overflow="visible") as display:
        for snapshot in snapshots:
            entries += [run_view.entry(snapshot.saga, entry) for entry in snapshot.fresh]
            head = run_view.head(store.run(run_id), snapshot.saga, snapshot.state, store.now())
            display.update(tables.live(head, run_view.steps(snapshot.saga, snapshot.state), entries), refresh=True)
    return snapshot.state


def _line(out: Output, value: dict[str, Json]) -> None:
    from sagaflow.management.terminal import json_text

    out.raw(json_text(value))
    out.console.file.flush()

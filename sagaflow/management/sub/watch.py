"""Watch a run live until it ends.

A terminal shows the steps and repaints them; elsewhere each journal entry is a line. With --json each line is a
JSON document: an entry, at the end {"end": …}. The exit code is 0 only if the run is completed. Ctrl-C ends the
watching, not the run.

Examples:
  manage.py sagaflow watch 3f2a91c0
  manage.py sagaflow watch 3f2a91c0 --until-parked --timeout 600 --json
"""

import argparse
from collections.abc import Iterator
from typing import Any

from sagaflow.management.given import positive
from sagaflow.management.output import Exit, Output
from sagaflow.management.runs import add_run, run_id_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument(
        "--from", dest="after", type=int, default=0, metavar="SEQ", help="only entries after this number"
    )
    parser.add_argument("--until-parked", action="store_true", help="end also when only a person gets the run on")
    parser.add_argument("--timeout", type=positive, metavar="SECONDS", help="end after so long in any case")
    parser.add_argument(
        "--interval", type=positive, metavar="SECONDS", default=0.25, help="between two looks (default: %(default)s)"
    )


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow.management import follow

    run_id = run_id_of(options.run)
    looks = follow.follow(
        run_id,
        after=max(0, options.after),
        until_parked=options.until_parked,
        timeout=options.timeout,
        interval=options.interval,
    )
    show = _lines if out.as_json or not out.console.is_terminal else _live
    state = show(run_id, looks, out)
    if out.as_json:
        _line(out, {"end": {"run": run_id, "status": state.status.value, "text": follow.verdict(run_id, state)}})
    else:
        from sagaflow.management.plain import cell

        out.say(cell(follow.verdict(run_id, state), "bold"))
    return follow.code_of(state)


def _lines(run_id: str, looks: Iterator[Any], out: Output) -> Any:  # noqa: ARG001 - one signature for both displays
    from sagaflow import run_view
    from sagaflow.management.plain import cell

    for look in looks:
        for entry in look.fresh:
            found = run_view.entry(look.saga, entry)
            if out.as_json:
                _line(out, found)
            else:
                text = f"{found['at'][:19].replace('T', ' ')} {found['seq']:>4} {found['kind']}: {found['text']}"
                out.say(cell(text))
        out.console.file.flush()
        state = look.state
    return state


def _live(run_id: str, looks: Iterator[Any], out: Output) -> Any:
    from rich.live import Live

    from sagaflow import run_view, store
    from sagaflow.management import tables

    entries: list[dict[str, Any]] = []
    with Live(console=out.console, auto_refresh=False, vertical_overflow="visible") as display:
        for look in looks:
            entries += [run_view.entry(look.saga, entry) for entry in look.fresh]
            head = run_view.head(store.run(run_id), look.saga, look.state, store.now())
            display.update(tables.live(head, run_view.steps(look.saga, look.state), entries), refresh=True)
            state = look.state
    return state


def _line(out: Output, value: dict[str, Any]) -> None:
    from sagaflow.management.plain import json_text

    out.raw(json_text(value))
    out.console.file.flush()

"""List runs, the newest first.

Examples:
  manage.py sagaflow runs --attention
  manage.py sagaflow runs --saga order-fulfilment --status rolled_back --limit 100
  manage.py sagaflow runs --search customer=C-9 --json
"""

import argparse
from collections.abc import Callable
from typing import Any

from sagaflow.core.definition.durations import rough
from sagaflow.core.json_value import Json
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.state import RunStatus
from sagaflow.management.arguments import whole
from sagaflow.management.output import CommandFailed, Exit, Output
from sagaflow.management.terminal import cell, compact, standing, status

ANY = "any"
COLUMNS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "RUN": lambda run: cell(run["id"], "bold"),
    "SAGA": lambda run: run["saga"],
    "STATUS": standing,
    "ATTENTION": lambda run: status(run["attention"]),
    "AGE": lambda run: rough(run["age"]),
    "SEARCH": lambda run: ", ".join(f"{name}={compact(value, 40)}" for name, value in _found_by(run).items()),
}
"""The columns of the list: the header, and a function of the JSON of a run that returns the cell."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--saga", metavar="NAME", default="", help="only runs of this saga")
    parser.add_argument("--key", default="", help="only runs with this key")
    parser.add_argument(
        "--status", choices=[status.value for status in RunStatus], default="", help="only with this status"
    )
    parser.add_argument(
        "--attention",
        nargs="?",
        const=ANY,
        choices=(*(reason.value for reason in Attention), ANY),
        help="only runs that need attention, for this reason or for any",
    )
    parser.add_argument(
        "--search",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="only with this search attribute; repeatable",
    )
    parser.add_argument("--limit", type=whole, default=30, help="largest number of runs to list (default: %(default)s)")


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow import run_view, store
    from sagaflow.core import payload
    from sagaflow.store.lists import lookup

    payload.checked(options.saga, what="--saga")
    payload.checked(options.key, what="--key")
    run_filter = lookup.RunFilter(
        saga=options.saga,
        key=options.key,
        status=options.status,
        attention="*" if options.attention == ANY else options.attention,
        search=dict(_attribute(text) for text in options.search),
    )
    rows, total, now = lookup.find(run_filter, limit=options.limit), lookup.count(run_filter), store.now()
    runs = [run_view.summary(run, store.readable_definition(run.digest), now) for run in rows]
    out.answer({"runs": runs, "total": total}, lambda: _render(out, runs, total))


def _found_by(run: dict[str, Any]) -> dict[str, Json]:
    """Return the key of a run, if it has one, and its search attributes."""
    return {**({"key": run["key"]} if run["key"] else {}), **run["search"]}


def _attribute(text: str) -> tuple[str, tuple[object, ...]]:
    """Read a search attribute. ``total=12`` finds the number 12 and the text "12"."""
    from sagaflow.core import payload
    from sagaflow.store.errors import BadFilter
    from sagaflow.store.lists import search

    payload.checked(text, what="--search")
    try:
        return search.attribute(text)
    except BadFilter as error:
        raise CommandFailed(f"--search {error}", Exit.USAGE) from error


def _render(out: Output, runs: list[dict[str, Json]], total: int) -> None:
    if not runs:
        out.say("No runs.")
        return
    out.table(list(COLUMNS), [[value_of(run) for value_of in COLUMNS.values()] for run in runs])
    if total > len(runs):
        out.say(f"{len(runs)} of {total} runs; --limit shows more.")

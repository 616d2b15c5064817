"""Show one run: its steps, what it is waiting on, why it rolled back, and the possible actions.

Examples:
  manage.py sagaflow show 3f2a91c0
  manage.py sagaflow show 3f2a91c0 --journal
  manage.py sagaflow show 3f2a91c0 --json | jq '.outstanding'
"""

import argparse

from sagaflow.management.output import Output
from sagaflow.management.runs import add_run, run_id_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("--journal", action="store_true", help="also show every journal entry")


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow import run_view
    from sagaflow.management import tables

    view = run_view.of(run_id_of(options.run), with_journal=options.journal)

    def render() -> None:
        for part in tables.overview(view):
            out.console.print(part)

    out.answer(view, render)

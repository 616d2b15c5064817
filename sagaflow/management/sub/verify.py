"""Check that the history of runs is complete and unchanged.

For each run, the command checks that its journal has no gap, that every entry matches its hash and the previous entry,
that the snapshot matches the journal, that the run is pinned to the definition that it started with, that no rollback
record was changed, that each operator action has its journal entry, and that all of this matches the anchors. Without
RUN it also checks the anchors themselves, the triggers that keep the history append-only, and that no run was deleted.
Each fault is printed as a sentence, and then the exit code is 1.

Examples:
  manage.py sagaflow verify
  manage.py sagaflow verify 3f2a91c0 77be04d1 --json
  manage.py sagaflow verify --receipt 17:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
"""

import argparse
from collections.abc import Iterable, Iterator

from sagaflow.core.json_value import Json
from sagaflow.management.output import Exit, Output
from sagaflow.management.runs import HELP, run_id_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", metavar="RUN", nargs="*", help=f"{HELP} (default: all runs)")
    parser.add_argument(
        "--receipt",
        metavar="NUMBER:HASH",
        action="append",
        default=[],
        help="also check that the anchor of this receipt is unchanged; repeatable",
    )


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow import store
    from sagaflow.store.lists import lookup
    from sagaflow.store.proof import anchors

    total = len(options.runs) or lookup.count(lookup.RunFilter())
    ids = [run_id_of(text) for text in options.runs] if options.runs else lookup.all_ids()
    checked, faults = 0, list(_anchor_faults(options))
    for run_id in _shown(ids, total, out):
        checked += 1
        faults += [{"run": run_id, "fault": sentence} for sentence in store.verify(run_id)]
    last = anchors.latest()
    answer = {"checked": checked, "anchors": last.number if last else 0, "whole": not faults, "faults": faults}
    out.answer(answer, lambda: _render(out, answer))
    return Exit.FAILED if faults else Exit.OK


def _anchor_faults(options: argparse.Namespace) -> Iterator[dict[str, str]]:
    from sagaflow.store import protection
    from sagaflow.store.proof import anchored

    faults = [] if options.runs else [*protection.faults("default"), *anchored.check_anchors()]
    faults += filter(None, map(anchored.check_receipt, options.receipt))
    return ({"run": "", "fault": sentence} for sentence in faults)


def _shown(ids: Iterable[str], total: int, out: Output) -> Iterator[str]:
    """Return the IDs, with a progress bar in a terminal."""
    from rich.progress import track

    if out.as_json or not out.console.is_terminal:
        return iter(ids)
    return iter(track(ids, "Verifying", total=total, console=out.console, transient=True))


def _render(out: Output, answer: dict[str, Json]) -> None:
    from sagaflow.management.terminal import cell, counted

    faults = answer["faults"]
    for fault in faults:
        out.say(cell(fault["fault"], "red"))
    what = f"{counted(answer['checked'], 'run')} and {counted(answer['anchors'], 'anchor')}"
    result = counted(len(faults), "fault") if faults else "no faults"
    out.say(cell(f"Verified {what}: {result}.", "bold red" if faults else "green"))

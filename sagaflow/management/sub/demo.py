"""Perform the shows of the installed apps with a real worker, and check that each ends as declared.

Prints the steps, the events and the rollback record of each run, and writes its flowchart, painted with the outcome, as
SVG. Nothing else has to run. Ends with 1 unless every run, and every table of its participants, is as declared.

Examples:
  manage.py sagaflow demo
  manage.py sagaflow demo not-on-the-shelf --output pictures
  manage.py sagaflow demo --load
"""

import argparse
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from sagaflow.management.output import CommandFailed, Exit, Output, escape

if TYPE_CHECKING:
    from sagaflow.testing import Showcase

ONE_AT_A_TIME = 1
"""Threads of the worker: of parallel branches the one that fails comes last, so that always the same is undone."""
POLL = 0.05
"""Seconds between two looks at the run."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="SHOW", nargs="*", help="only these shows (default: all)")
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        type=Path,
        default=Path("var/demo"),
        help="for the pictures (default: %(default)s)",
    )
    parser.add_argument("--load", action="store_true", help="only add the data that the installed examples start with")


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow.processes import alone, embedded

    embedded.migrate()
    if options.load:
        loaded = load()
        out.answer({"loaded": loaded}, lambda: out.say(f"Loaded the data of {escape(', '.join(loaded))}."))
        return Exit.OK
    chosen = chosen_of(options.name)
    options.output.mkdir(parents=True, exist_ok=True)
    try:
        with alone.only_one(), embedded.working(threads=ONE_AT_A_TIME), quiet():
            shown = [perform(each, options.output, out) for each in chosen]
    except (alone.Busy, alone.Unwritable) as error:
        raise CommandFailed(str(error), Exit.REFUSED) from error
    wrong = [each["name"] for each in shown if each["fault"]]
    out.answer({"shows": shown}, lambda: close(out, shown, wrong))
    return Exit.FAILED if wrong else Exit.OK


def load() -> list[str]:
    """Calls `load` of each installed app's module `demo`; the labels of those that have one."""
    from sagaflow.management.appmodules import modules_of_apps

    found = {label: module for label, module in modules_of_apps("demo") if hasattr(module, "load")}
    for module in found.values():
        module.load()
    return list(found)


def chosen_of(names: list[str]) -> "list[Showcase]":
    """The shows of these names, or all of them.

    Raises:
        CommandFailed: there is none, or not one of that name.
    """
    from sagaflow.management.appmodules import modules_of_apps

    known = {show.name: show for _, module in modules_of_apps("showcases") for show in module.SHOWCASES}
    if not known:
        raise CommandFailed(
            "No installed app has shows; set SAGAFLOW_EXAMPLES=1 to install the examples.", Exit.REFUSED
        )
    for name in names:
        if name not in known:
            raise CommandFailed(f"There is no show '{name}'; choose from {', '.join(known)}.", Exit.REFUSED)
    return [known[name] for name in names or known]


def perform(show: "Showcase", folder: Path, out: Output) -> dict[str, Any]:
    """One run, from the start to the comparison with what is declared of it."""
    from sagaflow import engine, registry, run_view
    from sagaflow.testing import seen

    with registry.standing_in(show.saga):
        run_id = engine.start(show.saga.name, show.prepare(secrets.token_hex(4)), by="demo")
    rested = await_rest(run_id, show.patience)
    run = seen(run_id)
    picture = draw(run, folder / f"{show.name}.svg")
    found = run_view.of(run_id, with_journal=True)
    events = [entry for entry in found.pop("journal") if entry["kind"] == "EventPublished"]
    found["allowed"] = []
    fault = fault_of(show, run) if rested else f"It had not come to rest after {show.patience:.0f} seconds."
    shown = {"name": show.name, "title": show.title, "fault": fault, "picture": picture, "events": events, **found}
    tell(shown, out)
    return shown


def await_rest(run_id: str, patience: float) -> bool:
    """Whether the run ended, or asks for a person, and its observers have had their events, in time."""
    from sagaflow import store

    turns = int(patience / POLL)
    for _ in range(turns):
        row = store.run(run_id)
        observing = row.outbox.exclude(observer="").filter(due_at__isnull=False).exists()
        if not observing and (row.ended_at or row.status in ("parked", "stuck")):
            return True
        Event().wait(POLL)
    return False


def draw(run: Any, path: Path) -> str:
    """Writes the flowchart of a run, painted with its state; the path."""
    from sagaflow import store
    from sagaflow.flowchart.draw import draw_svg
    from sagaflow.store import subscriptions

    listeners = subscriptions.of(run.saga.name)
    path.write_text(draw_svg(run.saga, run.state, store.now(), subscribers=listeners), encoding="utf-8")
    return str(path)


def fault_of(show: "Showcase", run: Any) -> str:
    """What is not as declared, or nothing."""
    try:
        show.check(run)
    except AssertionError as difference:
        return str(difference) or "It is not as declared."
    return ""


def tell(shown: dict[str, Any], out: Output) -> None:
    """The tables of one run, for people."""
    from rich.rule import Rule

    from sagaflow.management import tables

    out.console.print(Rule(escape(shown["title"]), align="left"))
    for part in tables.overview(shown):
        out.console.print(part)
    rows = [
        (each["seq"], each["at"][11:23], each["data"]["event"], each["data"].get("step", ""))
        for each in shown["events"]
    ]
    out.console.print(tables.grid(("SEQ", "AT", "EVENT", "BY STEP"), rows, title="\nEvents"))
    verdict = (
        f"[red]✗ {escape(shown['fault'])}[/red]" if shown["fault"] else "[green]✓ everything is as declared[/green]"
    )
    out.say(f"\n{verdict}\nFlowchart: {escape(shown['picture'])}\n")


def close(out: Output, shown: list[dict[str, Any]], wrong: list[str]) -> None:
    """The last line."""
    if wrong:
        out.say(f"[red]{len(wrong)} of {len(shown)} runs did not end as declared: {escape(', '.join(wrong))}.[/red]")
    else:
        out.say(f"[green]All {len(shown)} runs ended as declared.[/green]")


@contextmanager
def quiet() -> Iterator[None]:
    """The failures are declared: their tracebacks are not news."""
    logger = logging.getLogger("sagaflow.participants")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)

"""Play the example sagas of the installed apps with a real worker, and check their outcomes.

Prints the steps, the events and the rollback record of each run, and writes its flowchart with the outcome as SVG. No
other process has to run. The exit code is 1 if a run, or a table of its participants, differs from its declaration.

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
from typing import TYPE_CHECKING

from sagaflow.core.json_value import Json
from sagaflow.management.output import CommandFailed, Exit, Output, escape

if TYPE_CHECKING:
    from sagaflow.testing import Showcase
    from sagaflow.testing.result import RunResult

ONE_AT_A_TIME = 1
"""Threads of the worker: one, so that parallel branches run in a fixed order and always the same steps are undone."""
POLL = 0.05
"""Seconds between two polls of the run."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="EXAMPLE", nargs="*", help="only these examples (default: all)")
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        type=Path,
        default=Path("var/demo"),
        help="folder for the flowcharts (default: %(default)s)",
    )
    parser.add_argument("--load", action="store_true", help="only load the data that the installed examples need")


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
            shown = [perform(show, options.output, out) for show in chosen]
    except (alone.Busy, alone.Unwritable) as error:
        raise CommandFailed(str(error), Exit.REFUSED) from error
    wrong = [show["name"] for show in shown if show["fault"]]
    out.answer({"shows": shown}, lambda: close(out, shown, wrong))
    return Exit.FAILED if wrong else Exit.OK


def load() -> list[str]:
    """Call `load` in the module `demo` of each installed app, and return the labels of the apps that have one."""
    from sagaflow.management.appmodules import modules_of_apps

    loaders = {label: module for label, module in modules_of_apps("demo") if hasattr(module, "load")}
    for module in loaders.values():
        module.load()
    return list(loaders)


def chosen_of(names: list[str]) -> "list[Showcase]":
    """Return the examples with these names, or all examples.

    Raises:
        CommandFailed: there are no examples, or none has this name.
    """
    from sagaflow.management.appmodules import modules_of_apps

    known = {show.name: show for _, module in modules_of_apps("showcases") for show in module.SHOWCASES}
    if not known:
        raise CommandFailed("No installed app has examples; set SAGAFLOW_EXAMPLES=1 to install them.", Exit.REFUSED)
    for name in names:
        if name not in known:
            raise CommandFailed(f"The example '{name}' does not exist; choose from {', '.join(known)}.", Exit.REFUSED)
    return [known[name] for name in names or known]


def perform(show: "Showcase", folder: Path, out: Output) -> dict[str, Json]:
    """Start one run, wait for its end, and compare it with its declaration."""
    from sagaflow import engine, registry, run_view
    from sagaflow.testing import seen

    with registry.standing_in(show.saga):
        run_id = engine.start(show.saga.name, show.prepare(secrets.token_hex(4)), by="demo")
    ended = await_end(run_id, show.patience)
    run = seen(run_id)
    picture = draw(run, folder / f"{show.name}.svg")
    view = run_view.of(run_id, with_journal=True)
    events = [entry for entry in view.pop("journal") if entry["kind"] == "EventPublished"]
    view["allowed"] = []
    fault = fault_of(show, run) if ended else f"The run had not ended after {show.patience:.0f} seconds."
    shown = {"name": show.name, "title": show.title, "fault": fault, "picture": picture, "events": events, **view}
    tell(shown, out)
    return shown


def await_end(run_id: str, patience: float) -> bool:
    """True if the run ends or waits for an operator in time, and its observers have got their events."""
    from sagaflow import store
    from sagaflow.store.runs import outbox

    turns = int(patience / POLL)
    for _ in range(turns):
        run = store.run(run_id)
        observing = any(delivery.due_at for delivery in outbox.deliveries(run_id))
        if not observing and (run.ended_at or run.status in ("parked", "stuck")):
            return True
        Event().wait(POLL)
    return False


def draw(run: "RunResult", path: Path) -> str:
    """Write the flowchart of a run, painted with its state, and return the path."""
    from sagaflow import store
    from sagaflow.flowchart.draw import draw_svg
    from sagaflow.store import subscriptions

    listeners = subscriptions.of(run.saga.name)
    path.write_text(draw_svg(run.saga, run.state, store.now(), subscribers=listeners), encoding="utf-8")
    return str(path)


def fault_of(show: "Showcase", run: "RunResult") -> str:
    """Return the difference between the run and its declaration, or an empty text."""
    try:
        show.check(run)
    except AssertionError as difference:
        return str(difference) or "The run differs from its declaration."
    return ""


def tell(shown: dict[str, Json], out: Output) -> None:
    """Print the tables of one run."""
    from rich.rule import Rule

    from sagaflow.management import tables
    from sagaflow.management.output import grid

    out.console.print(Rule(escape(shown["title"]), align="left"))
    for part in tables.overview(shown):
        out.console.print(part)
    rows = [
        (event["seq"], event["at"][11:23], event["data"]["event"], event["data"].get("step", ""))
        for event in shown["events"]
    ]
    out.console.print(grid(("SEQ", "AT", "EVENT", "BY STEP"), rows, title="\nEvents"))
    verdict = (
        f"[red]✗ {escape(shown['fault'])}[/red]" if shown["fault"] else "[green]✓ everything is as declared[/green]"
    )
    out.say(f"\n{verdict}\nFlowchart: {escape(shown['picture'])}\n")


def close(out: Output, shown: list[dict[str, Json]], wrong: list[str]) -> None:
    """Print the last line."""
    if wrong:
        out.say(f"[red]{len(wrong)} of {len(shown)} runs did not end as declared: {escape(', '.join(wrong))}.[/red]")
    else:
        out.say(f"[green]All {len(shown)} runs ended as declared.[/green]")


@contextmanager
def quiet() -> Iterator[None]:
    """Hide the tracebacks of the failures, because the examples fail on purpose."""
    logger = logging.getLogger("sagaflow.participants")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)

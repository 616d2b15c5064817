"""Draw the flowchart of a definition, or of a run with the state of its steps.

NAME is a registered saga or a file with a definition. A run is drawn on the definition that it started with. --format
names the format; without it, the suffix of the file does (.svg, .png, .dot, .mmd, .txt), and the default is svg. The
format `outline` is a text for screen readers, terminals and diffs. The drawing includes the subscribers: those that
this code registers, or for a run those in the database.

Examples:
  manage.py sagaflow draw order-fulfilment -o order.svg
  manage.py sagaflow draw --run 3f2a91c0 --format outline
  manage.py sagaflow draw drafts/returns.yaml --format mermaid --no-compensations --fold warehouse
"""

import argparse
from typing import TYPE_CHECKING, Any

from sagaflow.core.json_value import Json
from sagaflow.management.files import add_output, deliver, form_of
from sagaflow.management.output import CommandFailed, Exit, Output
from sagaflow.management.runs import HELP

if TYPE_CHECKING:
    from sagaflow.core.definition.saga import Saga
    from sagaflow.core.definition.subscriber import Subscriber
    from sagaflow.core.run.state import RunState
    from sagaflow.flowchart.appearance import Status

FORMATS = ("svg", "png", "dot", "mermaid", "outline")
SUFFIXES = {
    ".svg": "svg",
    ".png": "png",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".txt": "outline",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("name", metavar="NAME", nargs="?", help="registered saga, or a .json, .yaml or .yml file")
    what.add_argument("--run", metavar="RUN", help=HELP)
    parser.add_argument("--format", choices=FORMATS, help="format of the drawing")
    add_output(parser)
    parser.add_argument("--no-compensations", action="store_true", help="draw no compensations")
    parser.add_argument(
        "--fold", metavar="SEGMENT", action="append", default=[], help="draw this segment as one node; repeatable"
    )


def handle(options: argparse.Namespace, out: Output) -> None:
    form = form_of(options, SUFFIXES, "svg")
    saga, state, at = _subject(options)
    _check(options, form, saga)
    look: dict[str, Any] = {"subscribers": _subscribers(options, saga)}
    if options.run:
        look["failing"] = _failing(options.run, saga)
    if form != "outline":
        look |= {"compensations": not options.no_compensations, "folded": options.fold}
    about = {"saga": saga.name, "digest": saga.digest, "run": options.run}
    deliver(_drawn(form, saga, state, at, look), form, options, out, about)


def _subject(options: argparse.Namespace) -> "tuple[Saga, RunState | None, float]":
    """Return the definition, the state if a run is drawn, and the time."""
    if options.run is None:
        from sagaflow.management.documents import saga_of

        return saga_of(options.name), None, 0.0
    from sagaflow import store
    from sagaflow.management.runs import run_id_of

    options.run = run_id_of(options.run)
    return *store.state(options.run), store.now()


def _subscribers(options: argparse.Namespace, saga: "Saga") -> "tuple[Subscriber, ...]":
    """Return the registered subscribers, or for a run those in the database."""
    if options.run is None:
        from sagaflow import registry

        return registry.subscribers(saga.name)
    from sagaflow.store import subscriptions

    return subscriptions.of(saga.name)


def _failing(run_id: str, saga: "Saga") -> "dict[str, Status]":
    from sagaflow import run_view

    return run_view.failing_observers(run_id, saga)


def _check(options: argparse.Namespace, form: str, saga: "Saga") -> None:
    if form == "outline" and (options.fold or options.no_compensations):
        raise CommandFailed("An outline always has all parts; leave out --fold and --no-compensations.", Exit.USAGE)
    names = [segment.name for segment in saga.segments]
    for name in options.fold:
        if name not in names:
            known = ", ".join(names)
            raise CommandFailed(f"Saga '{saga.name}' has no segment '{name}'; its segments are {known}.", Exit.REFUSED)


def _drawn(form: str, saga: "Saga", state: "RunState | None", at: float, look: dict[str, Json]) -> str | bytes:
    from sagaflow.flowchart.draw import draw_dot, draw_png, draw_svg
    from sagaflow.flowchart.mermaid import mermaid
    from sagaflow.flowchart.outline import as_text, outline

    match form:
        case "svg":
            return draw_svg(saga, state, at, **look)
        case "png":
            return draw_png(saga, state, at, **look)
        case "mermaid":
            return mermaid(saga, state, at, **look)
        case "outline":
            return as_text(outline(saga, state, at, **look))
        case _:
            return draw_dot(saga, state, at, **look)

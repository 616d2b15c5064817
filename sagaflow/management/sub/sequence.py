"""Draw the messages between the services of a run, as its journal recorded them.

The messages are the commands and replies of orchestrated segments, the events of choreographed ones, and the events
that observers and subscribers got. --format names the format; without it, the suffix of the file does (.mmd, .svg,
.json, .txt), and the default is text.

Examples:
  manage.py sagaflow sequence 3f2a91c0
  manage.py sagaflow sequence 3f2a91c0 --format mermaid -o order.mmd
"""

import argparse
from typing import TYPE_CHECKING, Any

from sagaflow.management.files import add_output, deliver, form_of
from sagaflow.management.output import Output
from sagaflow.management.runs import add_run, run_id_of

if TYPE_CHECKING:
    from sagaflow.flowchart.sequence import Message

FORMATS = ("text", "mermaid", "svg", "json")
SUFFIXES = {".mmd": "mermaid", ".mermaid": "mermaid", ".svg": "svg", ".json": "json", ".txt": "text"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("--format", choices=FORMATS, help="format of the drawing; --json is the same as json")
    add_output(parser)


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow import store
    from sagaflow.core.codec import encode
    from sagaflow.flowchart.sequence import messages, participants
    from sagaflow.management.terminal import json_text
    from sagaflow.store.runs import outbox

    run_id = run_id_of(options.run)
    saga, _ = store.state(run_id)
    sent = messages(saga, store.journal(run_id), heard=outbox.heard(run_id))
    about: dict[str, Any] = {"run": run_id, "saga": saga.name, "participants": list(participants(sent))}
    whole = {**about, "messages": [encode(message) for message in sent]}
    form = form_of(options, SUFFIXES, "json" if out.as_json else "text")
    if form == "json" and not options.output:
        out.as_json = True
        out.data(whole)
        return
    content = json_text(whole, indent=2) + "\n" if form == "json" else _drawn(form, sent)
    deliver(content, form, options, out, about)


def _drawn(form: str, sent: "tuple[Message, ...]") -> str:
    from sagaflow.flowchart import sequence, sequence_svg

    match form:
        case "mermaid":
            return sequence.as_mermaid(sent)
        case "svg":
            return sequence_svg.sequence_svg(sent)
        case _:
            return sequence.as_table(sent)

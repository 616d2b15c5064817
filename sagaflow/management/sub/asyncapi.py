"""Write the events of a saga as an AsyncAPI 3 document, or compare them with an earlier one.

The document has the events that the saga publishes and those that it hears, as CloudEvents, with the JSON Schemas that
the actions declare for their outputs. Commit it: other teams read it, and --against says in CI what a change breaks.

OLD is a document of this command, a definition in a file, or the number of a version. The schemas of the actions of a
definition are those of today. The exit code is 1 if a change is breaking.

Examples:
  manage.py sagaflow asyncapi order-fulfilment
  manage.py sagaflow asyncapi order-fulfilment -o contracts/orders.yaml
  manage.py sagaflow asyncapi order-fulfilment --against contracts/orders.yaml
"""

import argparse
from typing import TYPE_CHECKING

from sagaflow.core.json_value import Json
from sagaflow.management.files import add_document_output, deliver_document
from sagaflow.management.output import CommandFailed, Exit, Output

if TYPE_CHECKING:
    from sagaflow.core.contracts import Change
    from sagaflow.core.definition.saga import Saga

LONGEST_NUMBER = 9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="registered saga, or a .json, .yaml or .yml file")
    parser.add_argument("--against", metavar="OLD", help="compare with this earlier contract instead of writing one")
    add_document_output(parser)


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow.management.documents import saga_of

    if options.against is not None and (options.output or options.format):
        raise CommandFailed("--against writes no document; leave --output and --format out.", Exit.USAGE)
    saga = saga_of(options.name)
    document = _described(saga)
    if options.against is not None:
        return _compare(saga, _old(saga, options.against), document, out)
    deliver_document(document, options, out, {"saga": saga.name, "digest": saga.digest})
    return Exit.OK


def _described(saga: "Saga") -> Json:
    from sagaflow import names, sinks
    from sagaflow.core.contracts import describe

    return describe(saga, names.here(), sinks.addresses(saga.name))


def _old(saga: "Saga", text: str) -> Json:
    """Return the earlier contract that ``--against`` names."""
    from sagaflow.core.definition import document
    from sagaflow.management.arguments import text_of
    from sagaflow.management.documents import is_file
    from sagaflow.sources import saga_files
    from sagaflow.store import definitions

    if is_file(text):
        found = saga_files.parse(text, text_of(text, "The earlier contract"))
        is_contract = isinstance(found, dict) and "asyncapi" in found
        return found if is_contract else _described(document.load(found))
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise CommandFailed(f"--against '{text[:64]}' is neither a file nor the number of a version.", Exit.USAGE)
    version = definitions.numbered(saga.name, int(text))
    if version is None:
        raise CommandFailed(f"Saga '{saga.name}' has no version {text} that a run ever started with.", Exit.REFUSED)
    return _described(version)


def _compare(saga: "Saga", old: Json, new: Json, out: Output) -> Exit:
    from sagaflow.core.contracts import Effect, changes

    found = changes(old, new)
    breaking = sum(change.effect is Effect.BREAKING for change in found)
    answer = {
        "saga": saga.name,
        "breaking": breaking,
        "changes": [{"event": each.event, "effect": each.effect.value, "message": each.message} for each in found],
    }
    out.answer(answer, lambda: _render(out, saga, found))
    return Exit.FAILED if breaking else Exit.OK


def _render(out: Output, saga: "Saga", found: "tuple[Change, ...]") -> None:
    from sagaflow.management.terminal import cell

    if not found:
        out.say(f"The contract of {saga.name} is the same.")
        return
    colors = {"breaking": "bold red", "unknown": "bold yellow", "compatible": "green"}
    rows = [(cell(each.effect.value, colors[each.effect.value]), each.event, each.message) for each in found]
    out.table(["EFFECT", "EVENT", "CHANGE"], rows, title=f"Changes of the contract of {saga.name}")

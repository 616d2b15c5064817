"""Write the events of a saga as an AsyncAPI 3 document, or compare them with an earlier one or with what others need.

The document has the events that the saga publishes and those that it hears, as CloudEvents, with the JSON Schemas that
the actions declare for their outputs. Commit it: other teams read it, and --against says in CI what a change breaks.

OLD is a document of this command, a definition in a file, or the number of a version. The schemas of the actions of a
definition are those of today. The exit code is 1 if a change is breaking.

--expected reads what a consumer needs of the events: a file that its tests write with `expects_event`. The exit code is
1 if the saga does not promise all of it.

Examples:
  manage.py sagaflow asyncapi order-fulfilment
  manage.py sagaflow asyncapi order-fulfilment -o contracts/orders.yaml
  manage.py sagaflow asyncapi order-fulfilment --against contracts/orders.yaml
  manage.py sagaflow asyncapi order-fulfilment --expected contracts/mailer.json
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
COLUMNS = ("EFFECT", "EVENT")
COLORS = {"breaking": "bold red", "unknown": "bold yellow", "compatible": "green"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="registered saga, or a .json, .yaml or .yml file")
    parser.add_argument("--against", metavar="OLD", help="compare with this earlier contract instead of writing one")
    parser.add_argument(
        "--expected", metavar="FILE", action="append", help="compare with the expectations of a consumer; repeatable"
    )
    add_document_output(parser)


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow.management.documents import saga_of

    if options.against is not None and options.expected:
        raise CommandFailed("Compare with --against or with --expected, one at a time.", Exit.USAGE)
    compares = options.against is not None or options.expected
    if compares and (options.output or options.format):
        raise CommandFailed("A comparison writes no document; leave --output and --format out.", Exit.USAGE)
    saga = saga_of(options.name)
    document = _described(saga)
    if options.against is not None:
        return _compare(saga, _old(saga, options.against), document, out)
    if options.expected:
        return _compare_expected(saga, options.expected, document, out)
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
    from sagaflow.core.contracts import changes

    found = changes(old, new)
    answer = {"saga": saga.name, "breaking": _breaking(found), "changes": [*map(_of_change, found)]}

    def render() -> None:
        if found:
            out.table([*COLUMNS, "CHANGE"], map(_row, found), title=f"Changes of the contract of {saga.name}")
        else:
            out.say(f"The contract of {saga.name} is the same.")

    out.answer(answer, render)
    return Exit.FAILED if _breaking(found) else Exit.OK


def _compare_expected(saga: "Saga", files: list[str], contract: Json, out: Output) -> Exit:
    from sagaflow.core.contracts import unmet

    needs = {file: _needs(saga, file) for file in files}
    found = {file: unmet(needed, contract) for file, needed in needs.items()}
    breaking = sum(map(_breaking, found.values()))
    answer = {
        "saga": saga.name,
        "breaking": breaking,
        "unmet": [{"file": file, **_of_change(each)} for file, changes in found.items() for each in changes],
    }

    def render() -> None:
        for file, changes in found.items():
            if changes:
                out.table(
                    [*COLUMNS, "WHAT IS MISSING"], map(_row, changes), title=f"{file} expects more of {saga.name}"
                )
            else:
                out.say(f"{saga.name} promises what {file} expects: {_counted(needs[file])}.")

    out.answer(answer, render)
    return Exit.FAILED if breaking else Exit.OK


def _needs(saga: "Saga", file: str) -> dict[str, Json]:
    """Return the expectations of a file about the saga."""
    from sagaflow.core.contracts import expected
    from sagaflow.core.errors import InvalidPayload
    from sagaflow.management.arguments import json_file

    document = json_file(file, "The file of expectations")
    try:
        return expected(document, saga.name)
    except InvalidPayload as error:
        raise InvalidPayload(f"The file '{file}' cannot be used. {error}") from error


def _counted(needed: dict[str, Json]) -> str:
    from sagaflow.management.terminal import counted

    return counted(len(needed), "event") if needed else "nothing of it"


def _breaking(found: "tuple[Change, ...]") -> int:
    from sagaflow.core.contracts import Effect

    return sum(change.effect is Effect.BREAKING for change in found)


def _of_change(change: "Change") -> dict[str, Json]:
    return {"event": change.event, "effect": change.effect.value, "message": change.message}


def _row(change: "Change") -> tuple[object, str, str]:
    from sagaflow.management.terminal import cell

    return cell(change.effect.value, COLORS[change.effect.value]), change.event, change.message

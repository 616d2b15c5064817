"""Start a run of a saga.

The input is JSON: an argument, a file, or `-` for standard input. The same --key (or --run-id) with the same input is
the same run, however often you start it, so a script can safely repeat the command.

With --many, each line of the file starts one run: an object with `input`, and if you like `key` or `run_id`. A line
that is refused stops no other; the exit code is then 1, and the message names the line. Give each line a key, so that
you can repeat the command after a failure: it starts only the runs that are missing.

Examples:
  manage.py sagaflow start order-fulfilment --input '{"order": "A-17"}' --key A-17
  manage.py sagaflow start order-fulfilment --input-file order.json --wait
  jq .order basket.json | manage.py sagaflow start order-fulfilment -
  jq -c '{key: .order, input: .}' orders.json | manage.py sagaflow start order-fulfilment --many -
"""

import argparse
from collections import deque
from collections.abc import Iterator
from itertools import count, islice
from typing import TYPE_CHECKING

from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json
from sagaflow.management.arguments import binary_file, by_of, json_file, json_of, payload_limit, positive
from sagaflow.management.output import CommandFailed, Exit, Output

if TYPE_CHECKING:
    from sagaflow.engine import NewRun, Started


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("saga", metavar="NAME", help="name of a registered saga")
    parser.add_argument("stdin", metavar="-", nargs="?", help="read the input from standard input")
    parser.add_argument("--input", metavar="JSON", help="the run's input (default: null)")
    parser.add_argument("--input-file", metavar="FILE", help="file that holds the input")
    parser.add_argument(
        "--many", metavar="FILE", help="start one run for each line of this file; `-` is standard input"
    )
    parser.add_argument("--run-id", metavar="UUID", help="ID of the run, which makes it safe to repeat the command")
    parser.add_argument("--key", help="your own name for the run, instead of its ID: one run of the saga has it")
    parser.add_argument("--by", metavar="NAME", help="your name (default: the name that you are logged in with)")
    parser.add_argument(
        "--wait",
        action="store_true",
        help="wait until the run ends or waits for an operator; exit code 0 only if it is completed",
    )
    parser.add_argument("--timeout", type=positive, metavar="SECONDS", help="with --wait: the longest time to wait")


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow import engine, registry, run_view

    if options.many is not None:
        return _start_many(options, out)
    run_input = _input(options)
    registry.get_saga(options.saga)
    run_id = engine.start(options.saga, run_input, run_id=options.run_id, key=options.key, by=by_of(options))
    if options.wait:
        return _wait(run_id, options, out)
    shown = {key: run_view.of(run_id)["run"][key] for key in ("id", "saga", "key", "version", "digest", "status")}
    out.answer(shown, lambda: out.raw(run_id))
    return Exit.OK


def _input(options: argparse.Namespace) -> object:
    sources = [options.stdin is not None, options.input is not None, options.input_file is not None]
    if sum(sources) > 1:
        raise CommandFailed("Give the input once: as --input, as --input-file, or as `-`.", Exit.USAGE)
    if options.stdin not in (None, "-"):
        raise CommandFailed("Give the input with --input JSON or --input-file FILE, or as `-` on stdin.", Exit.USAGE)
    if options.input_file is not None:
        return json_file(options.input_file, "The input file")
    text = options.stdin or options.input
    return None if text is None else json_of(text, "The input")


def _start_many(options: argparse.Namespace, out: Output) -> Exit:
    """Start a run for each line, a transaction for each hundred of them; print the IDs as they come."""
    from sagaflow import engine, registry
    from sagaflow.engine.start import MOST

    if any((options.stdin, options.input, options.input_file, options.run_id, options.key, options.wait)):
        raise CommandFailed("With --many, each line has the input and the key or ID; give nothing else.", Exit.USAGE)
    registry.get_saga(options.saga)
    told: list[dict[str, Json]] = []
    lines = _lines(options.many)
    while part := [*islice(lines, MOST)]:
        given = [(number, _new_run(text)) for number, text in part]
        runs = [run for _, run in given if isinstance(run, engine.NewRun)]
        fates = iter(engine.start_many(options.saga, runs, by=by_of(options)))
        for number, run in given:
            fate = next(fates) if isinstance(run, engine.NewRun) else engine.Started(error=run)
            told.append(_told(number, fate, out))
    out.data({"runs": told})
    return Exit.FAILED if any(each["error"] for each in told) else Exit.OK


def _told(number: int, fate: "Started", out: Output) -> dict[str, Json]:
    if fate.error:
        out.warn(f"Line {number}: {fate.error}")
    elif not out.as_json:
        out.raw(fate.run_id)
    error = fate.error and {"code": fate.error.code, "message": str(fate.error)}
    return {"line": number, "id": fate.run_id or None, "error": error}


def _lines(path: str) -> Iterator[tuple[int, bytes]]:
    """Yield each line that is not blank, with its number."""
    longest = payload_limit() + 1
    with binary_file(path, "The file of runs") as file:
        for number in count(1):
            if not (line := file.readline(longest)):
                return
            rest = line
            while not rest.endswith(b"\n") and len(rest) == longest:
                rest = file.readline(longest)
            if line.strip():
                yield number, line


def _new_run(text: bytes) -> "NewRun | InvalidPayload":
    """Return the run of a line, or its fault."""
    from sagaflow import engine
    from sagaflow.encoding import parse_payload

    try:
        given = parse_payload(text.rstrip(), what="It")
    except InvalidPayload as error:
        return error
    texts = given if isinstance(given, dict) else {"": given}
    if "input" not in texts or not texts.keys() <= {"input", "key", "run_id"}:
        return InvalidPayload("It must be an object with `input`, and if you like `key` or `run_id`; nothing else.")
    if not all(isinstance(texts.get(each, ""), str) for each in ("key", "run_id")):
        return InvalidPayload("`key` and `run_id` must be texts.")
    return engine.NewRun(**texts)


def _wait(run_id: str, options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow import run_view
    from sagaflow.management import follow, tables

    state = deque(follow.follow(run_id, until_parked=True, timeout=options.timeout), maxlen=1).pop().state
    run = run_view.of(run_id)

    def render() -> None:
        for part in tables.overview(run):
            out.console.print(part)

    out.answer(run, render)
    if not state.status.ended or follow.code_of(state):
        out.warn(follow.verdict(run_id, state))
    return follow.code_of(state)

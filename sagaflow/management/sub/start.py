"""Start a run of a saga.

The input is JSON: an argument, a file, or `-` for standard input. The same --key (or --run-id) with the same input is
the same run, however often you start it, so a script can safely repeat the command.

Examples:
  manage.py sagaflow start order-fulfilment --input '{"order": "A-17"}' --key A-17
  manage.py sagaflow start order-fulfilment --input-file order.json --wait
  jq .order basket.json | manage.py sagaflow start order-fulfilment -
"""

import argparse
from collections import deque

from sagaflow.management.arguments import by_of, json_file, json_of, positive
from sagaflow.management.output import CommandFailed, Exit, Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("saga", metavar="NAME", help="name of a registered saga")
    parser.add_argument("stdin", metavar="-", nargs="?", help="read the input from standard input")
    parser.add_argument("--input", metavar="JSON", help="the run's input (default: null)")
    parser.add_argument("--input-file", metavar="FILE", help="file that holds the input")
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

"""Simulate every failure of each step of a saga, and show how the run would end.

Every step fails in every way that its kind of work can fail: a business error, technical errors until the retries are
used up, a timeout, a duplicate reply, a crash before and after the commit, a compensation that fails. No action is
called and nothing is stored. If steps run in parallel, the order of their outcomes can decide how the run ends. Then
each end has a row, and the column `if` shows the order. A sub-saga counts as one step. NAME is a registered saga or a
file with a definition.

Examples:
  manage.py sagaflow simulate order-fulfilment
  manage.py sagaflow simulate drafts/returns.yaml --step refund --json
  manage.py sagaflow simulate refunds --input '{"amount": 900}' --outputs '{"check": {"risk": "high"}}'
"""

import argparse
from typing import TYPE_CHECKING

from sagaflow.core.json_value import Json
from sagaflow.management.arguments import json_of
from sagaflow.management.output import CommandFailed, Exit, Output

if TYPE_CHECKING:
    from sagaflow.core.definition.saga import Saga
    from sagaflow.core.simulation.simulate import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="registered saga, or a .json, .yaml or .yml file")
    parser.add_argument("--step", metavar="STEP", action="append", default=[], help="only this step; repeatable")
    parser.add_argument("--input", metavar="JSON", help="input of the run, for conditions")
    parser.add_argument("--outputs", metavar="JSON", help="object with the outputs of steps, for conditions")


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow.core.simulation.simulate import about_children, simulate
    from sagaflow.management.documents import saga_of

    saga = saga_of(options.name)
    run_input = None if options.input is None else json_of(options.input, "The input")
    outputs = _outputs(saga, options.outputs)
    _known(saga, options.step, "--step")
    outcomes = tuple(
        outcome
        for outcome in simulate(saga, run_input, outputs=outputs)
        if not options.step or outcome.step in options.step
    )
    told = [_outcome(outcome) for outcome in outcomes]
    answer = {"saga": saga.name, "digest": saga.digest, "outcomes": told, "note": about_children(saga)}
    out.answer(answer, lambda: _render(out, saga, outcomes))
    return Exit.FAILED if any(outcome.inconsistent for outcome in outcomes) else Exit.OK


def _outputs(saga: "Saga", text: str | None) -> dict[str, Json] | None:
    value = None if text is None else json_of(text, "The outputs")
    if value is not None and not isinstance(value, dict):
        raise CommandFailed(
            '--outputs is not a JSON object; write for example {"check": {"risk": "high"}}.', Exit.USAGE
        )
    _known(saga, list(value or ()), "--outputs")
    return value


def _known(saga: "Saga", names: list[str], option: str) -> None:
    for name in names:
        if name not in saga.steps:
            steps = ", ".join(saga.steps)
            raise CommandFailed(
                f"{option}: saga '{saga.name}' has no step '{name}'; its steps are {steps}.", Exit.REFUSED
            )


def _outcome(outcome: "Outcome") -> dict[str, Json]:
    from sagaflow.core.codec import encode

    names = (
        "step",
        "case",
        "reached",
        "status",
        "compensated",
        "semantic",
        "irreversible",
        "given_up",
        "for_a_person",
        "standing",
        "attempts",
        "seconds",
        "runs_again",
        "inconsistent",
        "decides",
        "before",
        "cut",
    )
    return {name: encode(getattr(outcome, name)) for name in names}


def _render(out: Output, saga: "Saga", outcomes: "tuple[Outcome, ...]") -> None:
    from sagaflow.core.simulation.simulate import HEADER, about_children, table
    from sagaflow.management.terminal import cell, status

    rows = []
    for row in table(outcomes):
        step, case, run, *rest = row
        rows.append((cell(step, "bold"), case, status(run), *rest))
    out.table([name.upper() for name in HEADER], rows, title=f"Failure simulation of {saga.name}")
    if any(outcome.cut for outcome in outcomes):
        out.say("Some cases have too many possible orders. The ends that differ most are shown.")
    if note := about_children(saga):
        out.say(note)
    for outcome in outcomes:
        for fault in outcome.inconsistent:
            out.say(cell(f"{outcome.step}, {outcome.case.value}: {fault}", "bold red"))

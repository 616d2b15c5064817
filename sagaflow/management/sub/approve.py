"""Approve or reject a step that waits for an approval.

Examples:
  manage.py sagaflow approve 3f2a91c0 check_refund --reason "amount is below the limit"
  manage.py sagaflow approve 3f2a91c0 check_refund --reject --reason "no receipt"
"""

import argparse

from sagaflow.management.arguments import add_operator, add_round, by_of
from sagaflow.management.output import Output
from sagaflow.management.runs import add_run, run_id_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("step", metavar="STEP", help="the step that waits for the approval")
    parser.add_argument(
        "--reject", action="store_true", help="reject: the step fails with the business error `rejected`"
    )
    add_operator(parser)
    add_round(parser)


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow import engine
    from sagaflow.management.terminal import cell

    run_id, by = run_id_of(options.run), by_of(options)
    decision = {"approved": not options.reject, "reason": options.reason, "round": options.round}
    engine.approve(run_id, options.step, by=by, **decision)
    status = engine.state(run_id)[1].status.value
    word = "rejected" if options.reject else "approved"
    shown = {"run": run_id, "step": options.step, "decision": word, "by": by, "status": status}
    out.answer(shown, lambda: out.say(cell(f"Step '{options.step}' of run {run_id} is {word} by {by}.")))

"""Approve or reject a step that waits for an approval, or delegate the decision.

Examples:
  manage.py sagaflow approve 3f2a91c0 check_refund --reason "amount is below the limit"
  manage.py sagaflow approve 3f2a91c0 check_refund --reject --reason "no receipt"
  manage.py sagaflow approve 3f2a91c0 check_refund --to bo --reason "I am away this week"
"""

import argparse

from sagaflow.management.arguments import add_operator, add_round, by_of
from sagaflow.management.output import CommandFailed, Exit, Output
from sagaflow.management.runs import add_run, run_id_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("step", metavar="STEP", help="the step that waits for the approval")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--reject", action="store_true", help="reject: the step fails with the business error `rejected`"
    )
    instead.add_argument("--to", metavar="USER", help="do not decide: this user may decide too, outside the group")
    instead.add_argument(
        "--to-group", action="store_true", help="do not decide: hand a delegated decision back to the group"
    )
    add_operator(parser)
    add_round(parser)


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow import engine
    from sagaflow.management.terminal import cell

    run_id, by = run_id_of(options.run), by_of(options)
    if options.to is not None or options.to_group:
        _delegate(run_id, by, options, out)
        return
    decision = {"approved": not options.reject, "reason": options.reason, "round": options.round}
    engine.approve(run_id, options.step, by=by, **decision)
    status = engine.state(run_id)[1].status.value
    word = "rejected" if options.reject else "approved"
    shown = {"run": run_id, "step": options.step, "decision": word, "by": by, "status": status}
    out.answer(shown, lambda: out.say(cell(f"Step '{options.step}' of run {run_id} is {word} by {by}.")))


def _delegate(run_id: str, by: str, options: argparse.Namespace, out: Output) -> None:
    from sagaflow import access, engine
    from sagaflow.management.terminal import cell

    saga, state = engine.state(run_id)
    to = "" if options.to_group else options.to
    if not options.to_group and (why := access.why_not_delegate(to, saga, options.step, state)):
        raise CommandFailed(why, Exit.REFUSED)
    told = {"step": options.step, "to": to, "round": options.round}
    act = engine.operate(run_id, "delegate", by=by, reason=options.reason, **told)
    if act.outcome == "refused":
        raise CommandFailed(act.detail, Exit.REFUSED)
    shown = {"run": run_id, "step": options.step, "to": to, "by": by}
    out.answer(shown, lambda: out.say(cell(f"Step '{options.step}' of run {run_id} is {act.detail} by {by}.")))

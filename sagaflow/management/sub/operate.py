"""Operate a run: retry, skip, mark as undone by hand, resume, roll back or cancel.

verbs on a step:  retry             retry the step now
                  retry_with_input  retry the step with the input of --input
                  redeliver         deliver its event again (choreographed); the same as retry
                  skip              continue as if the step had returned --output, or skip its compensation
                  mark_done         record that its compensation was done by hand
                  resume            go forward again from this step, after a rollback or when parked
verbs on a run:   roll_back         undo every step that ran
                  cancel            undo every step that ran, and end as cancelled

`sagaflow show RUN` lists the verbs that apply now. In a terminal, skip, roll_back and cancel show their effect and ask
for confirmation; --yes skips the question. Your name, the reason and the outcome are saved with the run, also if the
verb is refused (exit code 3). A verb that needs a second person (setting SECOND_PERSON) is refused too: ask for it with
--ask, and another operator gives it with `sagaflow requests`.

Examples:
  manage.py sagaflow operate retry 3f2a91c0 take_payment --reason "the gateway is back"
  manage.py sagaflow operate skip 3f2a91c0 award_points --output '{"points": 0}' --reason "customer has no account"
  manage.py sagaflow operate roll_back 3f2a91c0 --reason "ordered twice" --yes
  manage.py sagaflow operate cancel 3f2a91c0 --reason "ordered twice" --ask
"""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from sagaflow.core.run.verbs import OPERATE_VERBS, RUN_VERBS, STEP_VERBS, VERBS
from sagaflow.management.arguments import add_operator, add_round, by_of, json_of
from sagaflow.management.output import CommandFailed, Exit, Output
from sagaflow.management.runs import HELP, run_id_of

if TYPE_CHECKING:
    from sagaflow.store import RecordedAct

ASKED_FIRST = tuple(verb for verb in OPERATE_VERBS if VERBS[verb].dangerous)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("verb", metavar="VERB", choices=OPERATE_VERBS, help="one of the verbs above")
    parser.add_argument("run", metavar="RUN", help=HELP)
    parser.add_argument("step", metavar="STEP", nargs="?", help="the step, for a verb on a step")
    add_operator(parser)
    add_round(parser)
    parser.add_argument("--input", metavar="JSON", help="retry_with_input: the whole new input of the step; - is stdin")
    parser.add_argument("--output", metavar="JSON", help="skip: the substitute output (default: null); - is stdin")
    parser.add_argument("--ask", action="store_true", help="do not do it: ask a second person to give it")
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow import engine

    _check(options)
    values: dict[str, Any] = {"round": options.round}
    if options.input is not None:
        values["input"] = json_of(options.input, "The new input")
    if options.output is not None:
        values["output"] = json_of(options.output, "The substitute output")
    run_id, by = run_id_of(options.run), by_of(options)
    if options.ask:
        asked = engine.ask(run_id, options.verb, by=by, reason=options.reason, step=options.step, **values)
        shown = {"request": asked.request_id, "run": run_id, "verb": asked.verb, "step": asked.step, "by": by}
        out.answer(shown, lambda: out.say(f"Asked: request {asked.request_id}. Nothing was done yet."))
        return Exit.OK
    if _must_ask(options, out) and not _confirmed(run_id, options, out):
        raise CommandFailed("Nothing was done.")
    act = engine.operate(run_id, options.verb, by=by, reason=options.reason, step=options.step, **values)
    return _report(run_id, act, out)


def _check(options: argparse.Namespace) -> None:
    verb = options.verb
    if verb in STEP_VERBS and not options.step:
        raise CommandFailed(f"The verb {verb} needs a step; name it after the run.", Exit.USAGE)
    if verb in RUN_VERBS and options.step:
        raise CommandFailed(f"The verb {verb} is for a whole run; leave '{options.step}' out.", Exit.USAGE)
    if (VERBS[verb].takes == "input") != (options.input is not None):
        raise CommandFailed("retry_with_input needs --input, and no other verb takes it.", Exit.USAGE)
    if options.output is not None and VERBS[verb].takes != "output":
        raise CommandFailed("Only skip takes --output.", Exit.USAGE)


def _must_ask(options: argparse.Namespace, out: Output) -> bool:
    asks = options.verb in ASKED_FIRST and not options.yes and not out.as_json
    return asks and out.console.is_terminal and sys.stdin.isatty()


def _confirmed(run_id: str, options: argparse.Namespace, out: Output) -> bool:
    from dataclasses import asdict

    from sagaflow import engine
    from sagaflow.management import tables
    from sagaflow.management.terminal import cell

    if options.verb == "skip":
        out.say(cell(f"Run {run_id} will continue without step '{options.step}'."))
    elif planned := engine.plan(run_id):
        out.console.print(tables.plan(asdict(line) for line in planned))
    else:
        out.say("There is nothing to undo.")
    try:
        return out.console.input("Continue? [y/N] ", markup=False).strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _report(run_id: str, act: "RecordedAct", out: Output) -> Exit:
    from sagaflow.management.terminal import cell

    done = act.outcome == "done"
    names = ("verb", "step", "by", "reason", "outcome", "detail")
    shown = {"run": run_id} | {name: getattr(act, name) for name in names}
    if act.verb == "retry_with_input" and done:
        shown["detail"] = "the input was replaced"
    if out.as_json:
        out.data(shown)
    elif done:
        place = f" of step '{act.step}'" if act.step else ""
        out.say(cell(f"Done: {act.verb}{place} of run {run_id}; {shown['detail']}."))
    else:
        out.fail(act.detail, kind="Refused")
    return Exit.OK if done else Exit.REFUSED

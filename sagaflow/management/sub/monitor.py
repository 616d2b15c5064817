"""Show the expected, done, late and *missing* steps of a run, and its unexpected events.

For choreographed segments this shows the process that only the subscriptions imply. The exit code is 1 if a step is
missing.

Examples:
  manage.py sagaflow monitor 3f2a91c0
  manage.py sagaflow monitor 3f2a91c0 --json | jq '.missing'
"""

import argparse
from typing import Any

from rich.text import Text

from sagaflow.management.output import Exit, Output
from sagaflow.management.runs import add_run, run_id_of

TONES = {"done": "green", "late": "yellow", "missing": "bold red", "failed": "red", "expected": "cyan"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow import engine
    from sagaflow.core.codec import encode
    from sagaflow.management.terminal import plain
    from sagaflow.run_view import iso_time

    run_id = run_id_of(options.run)
    found = engine.monitor(run_id)
    whole: dict[str, Any] = {
        "run": run_id,
        "missing": list(found.missing),
        "next_deadline": iso_time(found.next_deadline),
        "steps": [
            {**encode(each), "at": iso_time(each.at), "deadline": iso_time(each.deadline)}
            for each in found.steps.values()
        ],
        "findings": [{**encode(each), "at": iso_time(each.at)} for each in found.findings],
    }

    def render() -> None:
        steps = (
            (
                Text(each["step"]),
                Text(each["standing"], TONES.get(each["standing"], "")),
                each["event"],
                each["at"] or "",
                each["deadline"] or "",
                ", ".join(each.get("after", ())),
            )
            for each in whole["steps"]
        )
        out.table(("STEP", "STANDING", "EVENT", "AT", "DEADLINE", "REACTS TO"), steps)
        odd = [
            (each["oddity"], each["event"], each["at"] or "", plain(each.get("message", "")))
            for each in whole["findings"]
        ]
        if odd:
            out.table(("ODDITY", "EVENT", "AT", "WHAT"), odd, title="Odd events")

    out.answer(whole, render)
    return Exit.FAILED if found.missing else Exit.OK

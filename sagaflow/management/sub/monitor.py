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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow import engine
    from sagaflow.core.codec import encode
    from sagaflow.management.terminal import plain, status
    from sagaflow.run_view import iso_time

    run_id = run_id_of(options.run)
    report = engine.monitor(run_id)
    answer: dict[str, Any] = {
        "run": run_id,
        "missing": list(report.missing),
        "next_deadline": iso_time(report.next_deadline),
        "steps": [
            {**encode(line), "at": iso_time(line.at), "deadline": iso_time(line.deadline)}
            for line in report.steps.values()
        ],
        "findings": [{**encode(line), "at": iso_time(line.at)} for line in report.findings],
    }

    def render() -> None:
        steps = (
            (
                Text(line["step"]),
                status(line["standing"]),
                line["event"],
                line["at"] or "",
                line["deadline"] or "",
                ", ".join(line.get("after", ())),
            )
            for line in answer["steps"]
        )
        out.table(("STEP", "STANDING", "EVENT", "AT", "DEADLINE", "REACTS TO"), steps)
        unexpected = [
            (line["oddity"], line["event"], line["at"] or "", plain(line.get("message", "")))
            for line in answer["findings"]
        ]
        if unexpected:
            out.table(("ODDITY", "EVENT", "AT", "WHAT"), unexpected, title="Odd events")

    out.answer(answer, render)
    return Exit.FAILED if report.missing else Exit.OK

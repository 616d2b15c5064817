"""Find definitions that are valid but likely to end in a bad state.

NAME is a registered saga, or a file that ends in .json, .yaml or .yml and has a definition. Without a name, all
registered sagas are checked. Actions and sub-sagas are compared with the registered ones, and the groups of approvals
with the database. If a file does not have a valid definition, every fault is listed and counts as a warning; so is
every fault for which this version refuses to publish a stored definition again. The exit code is 1 if there are
warnings; with --strict also if there is advice.

Examples:
  manage.py sagaflow lint
  manage.py sagaflow lint order-fulfilment drafts/returns.yaml --strict
  manage.py sagaflow lint --json | jq -r '.findings[].message'
"""

import argparse
from contextlib import suppress
from typing import TYPE_CHECKING

from sagaflow.core.json_value import Json
from sagaflow.management.output import Exit, Output

if TYPE_CHECKING:
    from sagaflow.core.lint import Known
    from sagaflow.core.lint.finding import Proposal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", metavar="NAME", nargs="*", help="registered sagas or files (default: all registered)")
    parser.add_argument("--strict", action="store_true", help="exit code 1 also if there is advice")


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow import names as existing
    from sagaflow import registry

    names = options.names or [saga.name for saga in registry.sagas()]
    known = existing.here(drafts=_drafts(names), groups=existing.groups())
    findings = [finding for name in names for finding in _findings(name, known)]
    warnings = sum(finding["severity"] == "warning" for finding in findings)
    counts = {"sagas": len(names), "warnings": warnings, "advice": len(findings) - warnings}
    out.answer({**counts, "findings": findings}, lambda: _render(out, counts, findings))
    return Exit.FAILED if warnings or (options.strict and findings) else Exit.OK


def _drafts(names: list[str]) -> list[str]:
    """Return the names of the sagas in files, because they may start each other."""
    from sagaflow.core.errors import InvalidDefinition
    from sagaflow.management.documents import is_file, saga_of

    sagas = []
    for name in filter(is_file, names):
        with suppress(InvalidDefinition):  # its faults are listed with its findings
            sagas.append(saga_of(name).name)
    return sagas


def _findings(name: str, known: "Known") -> list[dict[str, Json]]:
    from sagaflow.core.errors import InvalidDefinition
    from sagaflow.core.lint import lint
    from sagaflow.management.documents import saga_of

    try:
        saga = saga_of(name)
    except InvalidDefinition as error:
        return [
            {
                "saga": name,
                "severity": "warning",
                "rule": finding.rule,
                "element": finding.element,
                "message": finding.message,
            }
            | {"proposal": None}
            for finding in error.faults
        ]
    return [
        {
            "saga": saga.name,
            "severity": finding.severity.value,
            "rule": finding.rule,
            "element": finding.element,
            "message": finding.message,
            "proposal": _proposal(finding.proposal),
        }
        for finding in lint(saga, known)
    ]


def _proposal(proposal: "Proposal | None") -> dict[str, Json] | None:
    from sagaflow.core.codec import encode
    from sagaflow.core.lint import Limit, Move, StateInput

    if proposal is None:
        return None
    if isinstance(proposal, Move):
        after = ", ".join(proposal.after) or "nothing"
        text = f"let {proposal.step} come after {after}, in segment {proposal.segment}"
    elif isinstance(proposal, StateInput):
        text = f"give the saga an input schema that requires {', '.join(proposal.schema['required'])}"
    elif isinstance(proposal, Limit):
        text = f"give {proposal.step} a timeout of {proposal.seconds:g} s"
    else:
        text = f"mark segment {proposal.segment} {proposal.style.value}"
    return {"kind": type(proposal).__name__.lower(), "text": text, **encode(proposal)}


def _render(out: Output, counts: dict[str, int], findings: list[dict[str, Json]]) -> None:
    from sagaflow.management.terminal import cell, counted

    colors = {"warning": "bold yellow", "advice": "cyan"}
    for finding in findings:
        out.say(cell(f"{finding['saga']}: {finding['element']}", "bold"))
        out.say(
            cell(f"  {finding['severity']} [{finding['rule']}] ", colors[finding["severity"]])
            + cell(finding["message"])
        )
        if finding["proposal"]:
            out.say(cell(f"  proposal: {finding['proposal']['text']}", "green"))
    sagas, warnings = counted(counts["sagas"], "saga"), counted(counts["warnings"], "warning")
    out.say(f"{sagas}: {warnings}, {counts['advice']} advice.")

"""Tables about one run, made from the JSON of ``run_view``. Texts of users pass through ``plain``."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sagaflow.core.codec import decode
from sagaflow.core.json_value import Json
from sagaflow.core.run.state import StepError, StepStatus
from sagaflow.core.words.sentences import cause, had_failed, reason, without_step
from sagaflow.management.output import grid
from sagaflow.management.terminal import cell, compact, plain, standing, status
from sagaflow.run_view import iso_time

__all__ = ["acts", "overview", "heading", "journal", "live", "plan", "steps"]

COMMAND = "manage.py sagaflow"
LIVE_LINES = 8
DULL = "dim"
OPEN = frozenset(status.value for status in StepStatus if status.working or status is StepStatus.PARKED)
UNDONE = frozenset(status.value for status in StepStatus if status.undone)


def overview(view: dict[str, Json]) -> list[RenderableType]:
    """Return all parts of the output of ``show``, in order."""
    parts: list[RenderableType] = [heading(view["run"]), steps(view["steps"])]
    if view["outstanding"]:
        parts.append(_outstanding(view["outstanding"]))
    if view["observers"]:
        parts.append(_observers(view["observers"]))
    parts += [part for record in view["rollbacks"] for part in _rollback(record)]
    if view["acts"]:
        parts.append(_operator_actions(view["acts"]))
    if "journal" in view:
        parts.append(journal(view["journal"]))
    if view["allowed"]:
        parts.append(acts(view["allowed"], view["steps"]))
    return parts


def heading(run: dict[str, Json]) -> RenderableType:
    """Return the facts about the run, one per line."""
    lines = [
        ("run", cell(run["id"], "bold")),
        ("saga", cell(f"{run['saga']}, version {run['version']} ({run['digest'][:12]})")),
        ("key", cell(run["key"])),
        ("status", _status(run)),
        ("refused", cell(_refusal(run["refusal"]))),
        ("started", cell(_when(run["created_at"]) + (f" by {run['by']}" if run["by"] else ""))),
        ("ended", cell(_when(run["ended_at"]))),
        ("deadline", cell(_when(run["deadline"]))),
        ("search", cell(", ".join(f"{name}={compact(value)}" for name, value in run["search"].items()))),
        ("parent", cell(run["parent"])),
        ("retry", cell(f"{run['number']} of {run['origin']}" if run["origin"] else "")),
        ("retried as", cell(run["retried_as"])),
        ("input", cell(compact(run["input"]))),
        ("rolled back", cell(_reason(run["rollback"]))),
    ]
    table = Table.grid(padding=(0, 2))
    for name, value in lines:
        if value.plain:
            table.add_row(Text(name, style=DULL), value)
    return table


def steps(all_steps: list[dict[str, Json]]) -> Table:
    """Return the table of the steps with their states."""
    columns = ("STEP", "SEGMENT", "STATUS", "TRIES", "UNDO", "ENDED", "DETAIL")
    rows = (
        (
            step["step"],
            cell(f"{step['segment']} ({step['style']})", DULL),
            _stand(step),
            step["attempts"] or "",
            step["undo_attempts"] or "",
            _when(step["undo_ended_at"] or step["ended_at"]),
            _detail(step),
        )
        for step in all_steps
    )
    return grid(columns, rows, title="\nSteps")


def journal(entries: Iterable[dict[str, Json]]) -> Table:
    """Return the table of journal entries."""
    rows = ((entry["seq"], _when(entry["at"]), entry["cause"] or "", entry["kind"], entry["text"]) for entry in entries)
    return grid(("SEQ", "AT", "CAUSE", "ENTRY", "WHAT HAPPENED"), rows, title="\nJournal")


def acts(actions: list[dict[str, Json]], all_steps: list[dict[str, Json]]) -> Table:
    """Return the table of possible actions with their commands. A verb that only repeats another one is left out."""
    known = {step["step"]: step for step in all_steps}
    wanted = [action for action in actions if _helps(action["verb"], known.get(action["step"]))]
    rows = (
        (cell(action["verb"].replace("_", " ")), action["step"], cell(f"{COMMAND} {action['command']}", "cyan"))
        for action in wanted
    )
    return grid(("VERB", "STEP", "COMMAND"), rows, title="\nPossible actions")


def plan(undos: Iterable[dict[str, object]]) -> Table:
    """Return the table of the steps that a rollback would undo."""
    rows = ((undo["order"], undo["step"], _how(undo), undo["action"], undo["reason"]) for undo in undos)
    return grid(("ORDER", "STEP", "UNDO", "BY", "REASON"), rows, title="A rollback would undo")


def _how(line: dict[str, Json]) -> str:
    if line["decides"]:
        return "in progress; nothing is undone if it takes effect"
    return f"in progress; if it takes effect: {line['kind']}" if line["in_progress"] else line["kind"]


def live(run: dict[str, Json], all_steps: list[dict[str, Json]], last: list[dict[str, Json]]) -> RenderableType:
    """Return the parts of the display that ``watch`` keeps up to date."""
    return Group(heading(run), steps(all_steps), journal(last[-LIVE_LINES:]))


def _helps(verb: str, step: dict[str, Json] | None) -> bool:
    if step is None:
        return True
    if verb in ("retry", "redeliver"):
        return (verb == "redeliver") == (step["style"] == "choreographed" and step["status"] in ("due", "waiting"))
    return verb != "resume" or step["status"] != "pending"


def _status(run: dict[str, Json]) -> Text:
    text = standing(run)
    if run["attention"] and run["attention"] != run["status"]:
        text = Text.assemble(text, ", ", status(run["attention"]))
    return text


def _stand(step: dict[str, Json]) -> Text:
    """Return the status of a step, and "missing" if its reaction did not come in time."""
    text = status(step["status"])
    missing = step["missed_at"] and step["status"] in OPEN
    return Text.assemble(text, ", ", status("missing")) if missing else text


def _refusal(refusal: dict[str, Json] | None) -> str:
    return f"{refusal['count']} times; the latest: {refusal['error']}" if refusal else ""


def _outstanding(items: list[dict[str, Json]]) -> Table:
    rows = (
        (
            _place(item["step"], item["direction"]),
            item["what"],
            item["service"],
            _when(item["due_at"]),
            _when(item["until"]),
        )
        for item in items
    )
    return grid(("STEP", "WAITING ON", "SERVICE", "DUE", "UNTIL"), rows, title="\nWaiting on")


def _observers(failing: list[dict[str, Json]]) -> Table:
    rows = (
        (observer["observer"], observer["event"], observer["attempts"], _next_try(observer), observer["error"])
        for observer in failing
    )
    return grid(("OBSERVER", "EVENT", "TRIES", "NEXT TRY", "ERROR"), rows, title="\nObservers without their events")


def _next_try(observer: dict[str, Json]) -> str:
    return "when one comes" if observer["needs"] else _when(observer["next_try"]) or "given up"


def _rollback(record: dict[str, Json]) -> list[RenderableType]:
    error = record.get("error")
    failed = had_failed(record["code"], record["failed_step"], decode(StepError, error) if error else None)
    because = f" because of {record['failed_step']}" if record["failed_step"] and not failed else ""
    who = f" by {record['by']}" if record["by"] else ""
    why = reason(record["code"], record["message"], record["failed_step"])
    words = f"\nRollback {record['number']}, {record['outcome'].replace('_', ' ')}{because}{who}: {why}" + (
        f"; {failed}" if failed else ""
    )
    words += f"; followed by rollback {record['followed_by']}" if record.get("followed_by") else ""
    rows = (
        (
            step["step"],
            status(step["outcome"]),
            step["undo_attempts"] or "",
            _undone(step),
            step["reason"],
        )
        for step in record["steps"]
    )
    table = grid(("STEP", "OUTCOME", "TRIES", "UNDONE", "REASON"), rows)
    return [Text(plain(words, lines=True)), Text(plain(f"Summary: {record['summary']}"), style="bold"), table]


def _place(step: str, direction: str) -> str:
    return f"undo of {step}" if direction == "undo" else step


def _operator_actions(actions: list[dict[str, Json]]) -> Table:
    rows = (
        (
            _when(action["at"]),
            action["verb"],
            action["step"],
            action["by"],
            action["reason"],
            action["outcome"],
            action["detail"],
        )
        for action in actions
    )
    return grid(("AT", "VERB", "STEP", "BY", "REASON", "OUTCOME", "DETAIL"), rows, title="\nOperator actions")


def _detail(step: dict[str, Json]) -> str:
    if step["undo_error"]:
        return f"undo failed: {_error(step['undo_error'])}"
    if step["error"] and step["status"] not in UNDONE:
        return _error(step["error"])
    if step["note"]:
        return f"{step['note']}" + (f" ({step['by']})" if step["by"] else "")
    if step["worker"]:
        return f"worker {step['worker']}"
    return "" if step["output"] is None else compact(step["output"])


def _error(error: dict[str, Json]) -> str:
    message = error.get("message", "")
    return f"{error['kind']} error {error['code']}" + (f": {message}" if message else "")


def _reason(rollback: dict[str, Json] | None) -> str:
    if rollback is None:
        return ""
    step, error = rollback.get("step", ""), rollback.get("error")
    failed = had_failed(rollback["code"], step, decode(StepError, error) if error else None)
    place = f" at {step}" if step and not failed else ""
    text = without_step(rollback.get("message", ""), step)
    return cause(rollback["code"]) + place + (f": {text}" if text else "") + (f"; {failed}" if failed else "")


def _when(at: str | None) -> str:
    """Return an ISO time as ``2026-01-31 09:30:00``, in UTC."""
    return "" if at is None else at[:19].replace("T", " ")


def _undone(row: dict[str, Json]) -> str:
    return _when(iso_time(row["undo_ended_at"]))

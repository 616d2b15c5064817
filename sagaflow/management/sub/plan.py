"""Show the effect of a deployment of this code on unfinished runs, for example in CI.

Runs keep the definition that they started with. The command lists the unfinished runs that are pinned to another
version than the registered one (or the one in FILE), and the actions and sub-sagas that they name but that no
registered code provides. It also lists the subscribers that this code removes, and the unknown actions, observers and
sub-sagas that new runs would need. The exit code is 1 if an unfinished run or a new run needs something that the code
does not provide.

Examples:
  manage.py sagaflow plan
  manage.py sagaflow plan drafts/order-fulfilment.yaml --json
  manage.py sagaflow plan --services warehouse,payment
"""

import argparse
from typing import TYPE_CHECKING, Any

from sagaflow.management.output import CommandFailed, Exit, Output

if TYPE_CHECKING:
    from sagaflow.core.definition.saga import Saga
    from sagaflow.management.deployment import Plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names", metavar="FILE", nargs="*", help="changed definitions, or registered sagas (default: all registered)"
    )
    parser.add_argument("--services", metavar="A,B", help="this code provides only the actions of these services")


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow import names, registry
    from sagaflow.management.deployment import survey
    from sagaflow.management.documents import saga_of
    from sagaflow.store.lists import lookup

    changed = {saga.name: saga for saga in map(saga_of, options.names)}
    wanted = changed or {saga.name: saga for saga in registry.sagas()}
    plan = survey(
        lookup.unfinished(),
        frozenset(action.name for action in registry.actions()),
        frozenset(saga.name for saga in registry.sagas()) | changed.keys(),
        services := _services(options.services),
    )
    known = names.here(drafts=changed, services=services)
    found = _found(
        plan, wanted, everything=not changed, versions=lookup.versions([each.digest for each in wanted.values()])
    )
    found["unknown"] = [
        {"saga": saga.name, "rule": each.rule, "element": each.element, "message": each.message}
        for saga, each in names.unknown(wanted.values(), known)
    ]
    found["leaving"] = [] if changed else _leaving(services)
    out.answer(found, lambda: _render(out, found))
    lacking = found["unknown"] or any(each["needed_by"] for each in found["vanished"])
    return Exit.FAILED if lacking else Exit.OK


def _leaving(services: frozenset[str] | None) -> list[dict[str, Any]]:
    """Return the subscribers that belong to the installed apps and are no longer registered."""
    from django.apps import apps

    from sagaflow import registry
    from sagaflow.store import subscriptions

    mine = {(saga, each.name, event) for each in registry.subscribers() for saga in each.sagas for event in each.on}
    found = []
    for each in subscriptions.listed():
        (saga,), name = each.subscriber.sagas, each.subscriber.name
        events = [event for event in each.subscriber.on if (saga, name, event) not in mine]
        ours = apps.is_installed(each.subscriber.app) and (services is None or each.subscriber.service in services)
        if events and ours:
            found.append({"subscriber": name, "saga": saga, "events": events, "pending": each.pending})
    return found


def _services(text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    names = frozenset(filter(None, (name.strip() for name in text.split(","))))
    if not names:
        raise CommandFailed("--services names no service; write for example warehouse,payment.", Exit.USAGE)
    return names


def _found(plan: "Plan", wanted: dict[str, "Saga"], *, everything: bool, versions: dict[str, int]) -> dict[str, Any]:
    """Return the answer. With ``everything``, it includes sagas that have runs and are no longer registered."""
    pinned = {each.saga.name for each in plan.pinned.values()}
    names = sorted(wanted.keys() | (pinned if everything else set()))
    return {
        "runs": plan.runs,
        "sagas": [_saga(plan, name, wanted.get(name), versions) for name in names],
        "vanished": [
            {
                "name": each.name,
                "kind": each.kind,
                "sagas": sorted(each.sagas),
                "needed_by": each.needed_by,
                "runs": each.examples,
            }
            for _, each in sorted(plan.vanished.items())
        ],
    }


def _saga(plan: "Plan", name: str, new: "Saga | None", versions: dict[str, int]) -> dict[str, Any]:
    digest = new.digest if new else None
    older = [(key, each) for key, each in plan.pinned.items() if each.saga.name == name and key != digest]
    pinned = [
        {
            "digest": key,
            "version": each.version,
            "runs": each.runs,
            "steps": {step: each.working[step] for step in each.saga.steps if step in each.working},
        }
        for key, each in sorted(older, key=lambda pair: pair[1].version)
    ]
    return {
        "saga": name,
        "digest": digest,
        "version": versions.get(digest or ""),
        "current_runs": plan.pinned[digest].runs if digest in plan.pinned else 0,
        "touched_runs": sum(each["runs"] for each in pinned),
        "pinned": pinned,
    }


def _render(out: Output, found: dict[str, Any]) -> None:
    from sagaflow.management.terminal import cell, counted

    rows = []
    for saga in found["sagas"]:
        name = _version(saga)
        if not saga["pinned"]:
            rows.append((saga["saga"], name, "", saga["current_runs"], cell("no run is affected", "green")))
        for each in saga["pinned"]:
            steps = ", ".join(f"{step} {count}" for step, count in each["steps"].items()) or "none"
            pinned = f"version {each['version']} ({each['digest'][:12]})"
            rows.append((saga["saga"], name, cell(pinned, "yellow"), each["runs"], f"open steps: {steps}"))
    out.table(("SAGA", "CODE HAS", "PINNED TO", "RUNS", ""), rows)
    for each in found["vanished"]:
        runs = f"{counted(each['needed_by'], 'run')}: {', '.join(each['runs'])}" if each["runs"] else "no run"
        text = f"The {each['kind']} {each['name']} of {', '.join(each['sagas'])} is not registered; needed by {runs}."
        out.say(cell(text, "bold red" if each["needed_by"] else "yellow"))
    for each in found["leaving"]:
        events = ", ".join(each["events"])
        text = f"The subscriber {each['subscriber']} no longer listens to {events} of {each['saga']}"
        out.say(cell(f"{text}; undelivered events: {each['pending']}.", "yellow"))
    for each in found["unknown"]:
        text = f"A new run of {each['saga']} cannot finish: {each['element']}: {each['message']}."
        out.say(cell(text, "bold red"))
    touched = sum(saga["touched_runs"] for saga in found["sagas"])
    out.say(f"{counted(found['runs'], 'unfinished run')}, {touched} of them on another definition than the code has.")


def _version(saga: dict[str, Any]) -> str:
    if saga["digest"] is None:
        return "no saga of this name"
    version = f"version {saga['version']}" if saga["version"] else "a new version"
    return f"{version} ({saga['digest'][:12]})"

"""Show the effect of a deployment of this code on unfinished runs, for example in CI.

Runs keep the definition that they started with. The command lists the unfinished runs that are pinned to another
version than the registered one (or the one in FILE), and the actions and sub-sagas that they name but that no
registered code provides. It also lists the subscribers that this code removes, and the unknown actions, observers and
sub-sagas that new runs would need. A saga that was published on the web and breaks a newer rule runs on, but this code
refuses to publish it again: the command names the rule. If the rule is about its input schema, no new run can start.
The exit code is 1 if an unfinished run or a new run needs something that the code does not provide, or if no new run
can start.

Examples:
  manage.py sagaflow plan
  manage.py sagaflow plan drafts/order-fulfilment.yaml --json
  manage.py sagaflow plan --services warehouse,payment
"""

import argparse
from typing import TYPE_CHECKING, Any

from sagaflow.core.json_value import Json
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
    wanted = changed or {saga.name: saga for saga in registry.sagas(web=True)}
    plan = survey(
        lookup.unfinished(),
        frozenset(action.name for action in registry.actions()),
        frozenset(saga.name for saga in registry.sagas(web=True)) | changed.keys(),
        services := _services(options.services),
    )
    known = names.here(drafts=changed, services=services, web=True)
    answer = _answer(
        plan, wanted, everything=not changed, versions=lookup.versions([saga.digest for saga in wanted.values()])
    )
    answer["unknown"] = [
        {"saga": saga.name, "rule": fault.rule, "element": fault.element, "message": fault.message}
        for saga, fault in names.unknown(wanted.values(), known)
    ]
    answer["refused"] = [
        {
            "saga": saga.name,
            "rule": fault.rule,
            "element": fault.element,
            "message": fault.message,
            "starts": fault.lets_runs_start,
        }
        for saga in wanted.values()
        for fault in saga.faults
    ]
    answer["leaving"] = [] if changed else _leaving(services)
    out.answer(answer, lambda: _render(out, answer))
    lacking = answer["unknown"] or any(vanished["needed_by"] for vanished in answer["vanished"])
    starts = all(fault["starts"] for fault in answer["refused"])
    return Exit.FAILED if lacking or not starts else Exit.OK


def _leaving(services: frozenset[str] | None) -> list[dict[str, Json]]:
    """Return the subscribers that belong to the installed apps and are no longer registered."""
    from django.apps import apps

    from sagaflow import registry
    from sagaflow.store import subscriptions

    mine = {
        (saga, listed.name, event) for listed in registry.subscribers() for saga in listed.sagas for event in listed.on
    }
    leaving = []
    for listed in subscriptions.listed():
        (saga,), name = listed.subscriber.sagas, listed.subscriber.name
        events = [event for event in listed.subscriber.on if (saga, name, event) not in mine]
        ours = apps.is_installed(listed.subscriber.app) and (services is None or listed.subscriber.service in services)
        if events and ours:
            leaving.append({"subscriber": name, "saga": saga, "events": events, "pending": listed.pending})
    return leaving


def _services(text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    names = frozenset(filter(None, (name.strip() for name in text.split(","))))
    if not names:
        raise CommandFailed("--services names no service; write for example warehouse,payment.", Exit.USAGE)
    return names


def _answer(plan: "Plan", wanted: dict[str, "Saga"], *, everything: bool, versions: dict[str, int]) -> dict[str, Json]:
    """Return the answer. With ``everything``, it includes sagas that have runs and are no longer registered."""
    pinned = {item.saga.name for item in plan.pinned.values()}
    names = sorted(wanted.keys() | (pinned if everything else set()))
    return {
        "runs": plan.runs,
        "sagas": [_saga(plan, name, wanted.get(name), versions) for name in names],
        "vanished": [
            {
                "name": item.name,
                "kind": item.kind,
                "sagas": sorted(item.sagas),
                "needed_by": item.needed_by,
                "runs": item.examples,
            }
            for _, item in sorted(plan.vanished.items())
        ],
    }


def _saga(plan: "Plan", name: str, new: "Saga | None", versions: dict[str, int]) -> dict[str, Json]:
    digest = new.digest if new else None
    older = [
        (key, pinned_to) for key, pinned_to in plan.pinned.items() if pinned_to.saga.name == name and key != digest
    ]
    pinned = [
        {
            "digest": key,
            "version": pinned_to.version,
            "runs": pinned_to.runs,
            "steps": {step: pinned_to.working[step] for step in pinned_to.saga.steps if step in pinned_to.working},
        }
        for key, pinned_to in sorted(older, key=lambda pair: pair[1].version)
    ]
    return {
        "saga": name,
        "digest": digest,
        "version": versions.get(digest or ""),
        "current_runs": plan.pinned[digest].runs if digest in plan.pinned else 0,
        "touched_runs": sum(pinned_to["runs"] for pinned_to in pinned),
        "pinned": pinned,
    }


def _render(out: Output, answer: dict[str, Json]) -> None:
    from sagaflow.management.terminal import cell, counted

    rows: list[tuple[Any, ...]] = []
    for saga in answer["sagas"]:
        name = _version(saga)
        if not saga["pinned"]:
            rows.append((saga["saga"], name, "", saga["current_runs"], cell("no run is affected", "green")))
        for definition in saga["pinned"]:
            steps = ", ".join(f"{step} {count}" for step, count in definition["steps"].items()) or "none"
            pinned = f"version {definition['version']} ({definition['digest'][:12]})"
            rows.append((saga["saga"], name, cell(pinned, "yellow"), definition["runs"], f"open steps: {steps}"))
    out.table(("SAGA", "CODE HAS", "PINNED TO", "RUNS", ""), rows)
    for vanished in answer["vanished"]:
        runs = (
            f"{counted(vanished['needed_by'], 'run')}: {', '.join(vanished['runs'])}" if vanished["runs"] else "no run"
        )
        name = f"{vanished['kind']} {vanished['name']} of {', '.join(vanished['sagas'])}"
        text = f"The {name} is not registered; needed by {runs}."
        out.say(cell(text, "bold red" if vanished["needed_by"] else "yellow"))
    for subscription in answer["leaving"]:
        events = ", ".join(subscription["events"])
        text = f"The subscriber {subscription['subscriber']} no longer listens to {events} of {subscription['saga']}"
        out.say(cell(f"{text}; undelivered events: {subscription['pending']}.", "yellow"))
    for fault in answer["unknown"]:
        text = f"A new run of {fault['saga']} cannot finish: {fault['element']}: {fault['message']}."
        out.say(cell(text, "bold red"))
    for fault in answer["refused"]:
        what = "runs on but cannot be published again" if fault["starts"] else "runs on, but no new run of it can start"
        text = f"{fault['saga']} {what}: {fault['element']}: {fault['message']}."
        out.say(cell(text, "yellow" if fault["starts"] else "bold red"))
    touched = sum(saga["touched_runs"] for saga in answer["sagas"])
    out.say(f"{counted(answer['runs'], 'unfinished run')}, {touched} of them on another definition than the code has.")


def _version(saga: dict[str, Json]) -> str:
    if saga["digest"] is None:
        return "no saga of this name"
    version = f"version {saga['version']}" if saga["version"] else "a new version"
    return f"{version} ({saga['digest'][:12]})"

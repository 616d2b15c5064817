"""Checks of the sagas that are registered: their names, their sources and their subscribers."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from sagaflow.core.definition.subscriber import Subscriber, deaf, meant

__all__ = ["files_are_definitions", "names_are_known", "names_have_one_source", "subscribers_can_hear"]


@register("sagaflow")
def names_are_known(**_: object) -> list[CheckMessage]:
    """sagaflow.W002: a registered saga names an action or a sub-saga that no registered code provides."""
    names = import_module("sagaflow.names")
    sagas = import_module("sagaflow.registry").sagas()
    hint = (
        "Correct the name, or register what it names in a sagas.py of an installed app. If another project provides "
        'it, add "sagaflow.W002" to SILENCED_SYSTEM_CHECKS.'
    )
    return [
        checks.Warning(
            f"Saga '{saga.name}', {finding.element}: {finding.message}.", hint=hint, obj=saga.name, id="sagaflow.W002"
        )
        for saga, finding in names.unknown(sagas, names.here())
    ]


@register("sagaflow")
def files_are_definitions(**_: object) -> list[CheckMessage]:
    """sagaflow.E010: a file in the folder `sagas` of an app gives no definition, or its name has another source."""
    hint = "Correct the file, move it out of the folder `sagas`, or remove the other source of the name."
    return [
        Error(fault, hint=hint, obj=path, id="sagaflow.E010")
        for path, fault in import_module("sagaflow.discovery").file_faults()
    ]


@register("sagaflow")
def subscribers_can_hear(**_: object) -> list[CheckMessage]:
    """sagaflow.E008: a subscriber names a saga that is not registered, or an event that its saga never publishes."""
    registry = import_module("sagaflow.registry")
    if not registry.sagas():
        return []  # the definitions are in other projects and unknown here
    return [
        Error(
            f"The subscriber '{subscriber.name}' misses events: {why}",
            hint=hint,
            obj=subscriber.name,
            id="sagaflow.E008",
        )
        for subscriber in registry.subscribers()
        for why, hint in _missed_events(registry, subscriber)
    ]


def _missed_events(registry: ModuleType, subscriber: Subscriber) -> Iterator[tuple[str, str]]:
    """Yield each reason for which a subscriber will miss events, with the remedy."""
    known = {saga.name: saga for saga in registry.sagas()}
    elsewhere = 'If another project has the saga, add "sagaflow.E008" to SILENCED_SYSTEM_CHECKS.'
    for name in subscriber.sagas:
        if name in known:
            yield from deaf(subscriber, known[name])
        else:
            yield f"saga '{name}' does not exist{meant(name, known)}", f"Correct the name in @subscribe. {elsewhere}"


@register(Tags.database)
def names_have_one_source(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """sagaflow.E011: a saga in code or in a file has the name of one that was published on the web."""
    registry, models = import_module("sagaflow.registry"), find_spec("sagaflow.models.draft")
    tables = connections["default"].introspection.table_names() if "default" in (databases or ()) and models else ()
    if "sagaflow_webversion" not in tables:
        return []
    published = import_module("sagaflow.store.web_sagas").names()
    return [
        Error(
            registry.two_sources(saga.name),
            hint="Rename one of them, or remove the one in code; its next runs then use the published version.",
            obj=saga.name,
            id="sagaflow.E011",
        )
        for saga in registry.sagas()
        if saga.name in published
    ]

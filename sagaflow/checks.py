"""System checks, which report a wrong setup before the first run starts, each with a remedy."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from sagaflow import conf
from sagaflow.core.definition.subscriber import Subscriber, deaf, meant

DISTRIBUTION = "django-sagaflow"
"""The name of the package of Sagaflow."""
SQLITE = "django.db.backends.sqlite3"
LOGIN_REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"
FEWEST_CHARACTERS = 12
"""Different characters in a random secret of 32 characters; fewer are next to impossible."""
OF_DJANGO = "django-insecure-"
OWN_CACHES = ("django.core.cache.backends.locmem.LocMemCache", "django.core.cache.backends.dummy.DummyCache")
"""Caches that one process cannot share with another."""
LOCAL_CHANNEL_LAYER = "channels.layers.InMemoryChannelLayer"


@register("sagaflow")
def settings_are_valid(**_: object) -> list[CheckMessage]:
    """sagaflow.E001: the dictionary SAGAFLOW has unknown keys or bad values."""
    try:
        conf.current()
    except conf.BadSettings as error:
        hint = "Correct the dictionary SAGAFLOW in your settings module; docs/reference lists every key."
        return [Error(f"{fault}.", hint=hint, obj="SAGAFLOW", id="sagaflow.E001") for fault in error.faults]
    return []


@register("sagaflow", deploy=True)
def secrets_are_strong(**_: object) -> list[CheckMessage]:
    """sagaflow.E012: a secret that signs sessions or anchors can be guessed."""
    try:
        anchor_key = conf.current().anchor_key
    except conf.BadSettings:
        return []  # sagaflow.E001 says it
    secrets = {"SECRET_KEY": str(settings.SECRET_KEY), "SAGAFLOW['ANCHOR_KEY']": anchor_key}
    return [
        Error(
            f"{name} can be guessed: it is short, has few different characters, or came with Django.",
            hint="Set a random text, for example the output of `openssl rand -base64 48`.",
            obj=name,
            id="sagaflow.E012",
        )
        for name, secret in secrets.items()
        if (secret or name == "SECRET_KEY") and _is_weak(secret)
    ]


def _is_weak(secret: str) -> bool:
    return len(secret) < conf.SHORTEST_SECRET or len(set(secret)) < FEWEST_CHARACTERS or secret.startswith(OF_DJANGO)


@register("sagaflow")
def encoder_is_usable(**_: object) -> list[CheckMessage]:
    """sagaflow.E005: the function that ENCODER names cannot be imported or called."""
    try:
        path = conf.current().encoder
    except conf.BadSettings:
        return []  # sagaflow.E001 says it
    try:
        if not path or callable(import_string(path)):
            return []
        why = "it is not a function"
    except ImportError as error:
        why = str(error)
    return [
        Error(
            f"The encoder '{path}' cannot be used: {why}.",
            hint='Name a function of one value in SAGAFLOW["ENCODER"], for example "shop.encoding.encode".',
            obj="SAGAFLOW",
            id="sagaflow.E005",
        )
    ]


@register("sagaflow")
def sources_have_clients(**_: object) -> list[CheckMessage]:
    """sagaflow.E013: a source of events needs a client library that is not installed."""
    try:
        sources = conf.current().listened
    except conf.BadSettings:
        return []  # sagaflow.E001 says it
    return [
        Error(
            f"The source '{source.name}' cannot be heard: {why}.",
            hint=f"Install its client library with `pip install django-sagaflow[{source.kind.extra}]`.",
            obj="SAGAFLOW",
            id="sagaflow.E013",
        )
        for source in sources
        if (why := _missing_import(source.kind.module))
    ]


def _missing_import(module: str) -> str:
    try:
        import_module(module)
    except ImportError as error:
        return str(error)
    return ""


@register("sagaflow")
def sqlite_begins_immediately(**_: object) -> list[CheckMessage]:
    """sagaflow.E002: a deferred transaction that reads and then writes fails if another one has written meanwhile."""
    of_sagaflow = import_module("sagaflow.registry").databases()
    return [
        Error(
            f'The SQLite database "{alias}" uses deferred transactions; concurrent runs would fail as locked.',
            hint=f'Set DATABASES["{alias}"]["OPTIONS"]["transaction_mode"] to "IMMEDIATE".',
            obj=f"DATABASES[{alias!r}]",
            id="sagaflow.E002",
        )
        for alias, database in connections.settings.items()
        if alias in of_sagaflow
        and database["ENGINE"] == SQLITE
        and database.get("OPTIONS", {}).get("transaction_mode") != "IMMEDIATE"
    ]


@register("sagaflow")
def databases_are_supported(**_: object) -> list[CheckMessage]:
    """sagaflow.E006: runs or barriers are in a database whose locks and triggers Sagaflow does not support."""
    supported = import_module("sagaflow.models.triggers").VENDORS
    return [
        Error(
            f'Sagaflow has tables in the database "{alias}", which is {connections[alias].display_name}; '
            "it supports PostgreSQL and SQLite only.",
            hint=f'Use PostgreSQL or SQLite in DATABASES["{alias}"]. Other databases of the project may be of any kind '
            "under other aliases.",
            obj=f"DATABASES[{alias!r}]",
            id="sagaflow.E006",
        )
        for alias in import_module("sagaflow.registry").databases()
        if connections[alias].vendor not in supported
    ]


@register("sagaflow")
def models_are_in_default(**_: object) -> list[CheckMessage]:
    """sagaflow.E009: a router sends runs, or the users that they name, to another database than ``default``.

    Sagaflow changes a run, and local participants write, in one transaction of one database.
    """
    ours = [f"sagaflow.{model.__name__}" for model in apps.get_app_config("sagaflow").get_models()]
    errors: list[CheckMessage] = [
        Error(
            f'A database router sends {name} to "{alias}", but Sagaflow works in the database "default".',
            hint='Let the routers in DATABASE_ROUTERS return None or "default" for this model, for reads and writes; '
            "participants may have separate databases.",
            obj=f"DATABASE_ROUTERS = {settings.DATABASE_ROUTERS!r}",
            id="sagaflow.E009",
        )
        for name in (*ours, settings.AUTH_USER_MODEL, "auth.Group")
        if (alias := _elsewhere(apps.get_model(name)))
    ]
    return errors + [
        Error(
            f'A database router keeps sagaflow.Barrier out of "{alias}", the database of an action, which needs it.',
            hint=f'Let allow_migrate of the routers in DATABASE_ROUTERS return None or True for it in "{alias}".',
            obj=f"DATABASE_ROUTERS = {settings.DATABASE_ROUTERS!r}",
            id="sagaflow.E009",
        )
        for alias in import_module("sagaflow.registry").databases()
        if alias != DEFAULT_DB_ALIAS and not router.allow_migrate_model(alias, apps.get_model("sagaflow.Barrier"))
    ]


def _elsewhere(model: type[Model]) -> str:
    """Return the other alias to which a router sends the model, ``nowhere``, or an empty text for ``default``."""
    for alias in (router.db_for_write(model), router.db_for_read(model)):
        if alias != DEFAULT_DB_ALIAS:
            return alias
    return "" if router.allow_migrate_model(DEFAULT_DB_ALIAS, model) else "nowhere"


@register("sagaflow")
def pages_are_ours(**_: object) -> list[CheckMessage]:
    """sagaflow.W004: another app with the name ``designer`` hides the app with the pages of Sagaflow."""
    if not apps.is_installed("designer"):
        return []
    designer = import_module("designer")
    if getattr(designer, "DISTRIBUTION", "") == DISTRIBUTION:
        return []
    return [
        checks.Warning(
            f"The app 'designer' is {designer.__file__}, not the app with the pages of Sagaflow.",
            hint="Rename your app to use the pages. Sagaflow also works without the pages: in that case add "
            '"sagaflow.W004" to SILENCED_SYSTEM_CHECKS.',
            obj="INSTALLED_APPS",
            id="sagaflow.W004",
        )
    ]


@register("sagaflow")
def api_answers_programs(**_: object) -> list[CheckMessage]:
    """sagaflow.W005: Django's own middleware reads the session before the API is asked."""
    try:
        reverse("sagaflow-api:openapi")
    except (NoReverseMatch, ImproperlyConfigured):
        return []  # this project has no API
    if LOGIN_REQUIRED not in settings.MIDDLEWARE:
        return []
    return [
        checks.Warning(
            f"With '{LOGIN_REQUIRED}', the API answers programs with an HTML page while the database is down.",
            hint="Name sagaflow.api.login.LoginRequiredMiddleware in MIDDLEWARE instead: it is the same for all pages.",
            obj="MIDDLEWARE",
            id="sagaflow.W005",
        )
    ]


@register("sagaflow")
def times_are_aware(**_: object) -> list[CheckMessage]:
    """sagaflow.E007: without time zones, SQLite refuses the times that Sagaflow writes, and PostgreSQL shifts some."""
    if settings.USE_TZ:
        return []
    return [
        Error(
            "USE_TZ is False, but Sagaflow writes every time with its zone.",
            hint="Set USE_TZ = True in your settings module; TIME_ZONE may stay as it is.",
            obj="USE_TZ",
            id="sagaflow.E007",
        )
    ]


@register("sagaflow")
def live_views_hear_every_process(**_: object) -> list[CheckMessage]:
    """sagaflow.W001: an in-memory channel layer does not reach other processes, such as the workers."""
    layer = getattr(settings, "CHANNEL_LAYERS", {}).get("default", {}).get("BACKEND", LOCAL_CHANNEL_LAYER)
    broker = getattr(settings, "SAGAFLOW", {}).get("BROKER_URL", conf.EMBEDDED)
    if broker == conf.EMBEDDED or layer != LOCAL_CHANNEL_LAYER:
        return []
    return [
        checks.Warning(
            "Workers are separate processes, but the channel layer is in the memory of one process: "
            "live views are updated by their heartbeat only.",
            hint="Set CHANNEL_URL to a redis:// URL (or CHANNEL_LAYERS to a layer that processes share).",
            obj="CHANNEL_LAYERS",
            id="sagaflow.W001",
        )
    ]


@register("sagaflow", deploy=True)
def limits_hold_for_all_processes(**_: object) -> list[CheckMessage]:
    """sagaflow.W006: failed logins and quotas are counted in each process, although there may be several."""
    backend = settings.CACHES.get("default", {}).get("BACKEND", "")
    broker = getattr(settings, "SAGAFLOW", {}).get("BROKER_URL", conf.EMBEDDED)
    if broker == conf.EMBEDDED or backend not in OWN_CACHES:
        return []
    return [
        checks.Warning(
            "Failed logins, wrong tokens and daily quotas are counted in the memory of each process: "
            "with several web processes, the limits are several times as high.",
            hint="Set CACHE_URL to a redis:// URL (or CACHES to a cache that processes share). With one web process, "
            'add "sagaflow.W006" to SILENCED_SYSTEM_CHECKS.',
            obj="CACHES",
            id="sagaflow.W006",
        )
    ]


@register("sagaflow")
def requests_may_be_as_long_as_payloads(**_: object) -> list[CheckMessage]:
    """sagaflow.W003: Django refuses the body of a request that PAYLOAD_LIMIT allows."""
    most: int | None = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # a project may lift the limit with None
    try:
        limit = conf.current().payload_limit
    except conf.BadSettings:
        return []  # sagaflow.E001 says it
    if most is None or limit <= most:
        return []
    return [
        checks.Warning(
            f"PAYLOAD_LIMIT is {limit} bytes, but Django refuses requests of more than {most} bytes.",
            hint="Set DATA_UPLOAD_MAX_MEMORY_SIZE above PAYLOAD_LIMIT, with 16 KiB to spare, or lower PAYLOAD_LIMIT.",
            obj="SAGAFLOW",
            id="sagaflow.W003",
        )
    ]


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


@register(Tags.database)
def journal_is_append_only(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """sagaflow.E003: the triggers that refuse changes of the journal are missing, disabled or not what they were.

    A rebuild of a table drops them. Someone with rights on the tables can disable or replace them.
    """
    if not (find_spec("sagaflow.models") and find_spec("sagaflow.models.triggers")):
        return []
    missing = import_module("sagaflow.models.triggers").missing
    return [
        Error(
            f'The database "{alias}" lacks the trigger {trigger}, or has it disabled or with another body, so '
            "recorded history can be changed.",
            hint=f"Run `manage.py migrate --database {alias}`: it creates the triggers again. If nothing rebuilt the "
            "table, find out who changed them, and run `sagaflow verify`.",
            id="sagaflow.E003",
        )
        for alias in databases or ()
        for trigger in missing(connections[alias])
    ]

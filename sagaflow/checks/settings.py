"""Checks of the settings of Sagaflow, and of the settings of Django that have to fit to them."""

from importlib import import_module

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from sagaflow import conf

__all__ = [
    "encoder_is_usable",
    "requests_may_be_as_long_as_payloads",
    "secrets_are_strong",
    "settings_are_valid",
    "sources_have_clients",
    "times_are_aware",
]

FEWEST_CHARACTERS = 12
"""Different characters in a random secret of 32 characters; fewer are next to impossible."""
OF_DJANGO = "django-insecure-"


@register("sagaflow")
def settings_are_valid(**_: object) -> list[CheckMessage]:
    """sagaflow.E001: the dictionary SAGAFLOW has unknown keys or bad values."""
    try:
        conf.current()
    except conf.BadSettings as error:
        hint = "Correct the dictionary SAGAFLOW in your settings module; docs/reference lists every key."
        return [Error(f"{fault}.", hint=hint, obj="SAGAFLOW", id="sagaflow.E001") for fault in error.faults]
    return []


def _valid() -> conf.Settings | None:
    """Return the settings; ``None``: they have faults, which sagaflow.E001 reports."""
    try:
        return conf.current()
    except conf.BadSettings:
        return None


@register("sagaflow", deploy=True)
def secrets_are_strong(**_: object) -> list[CheckMessage]:
    """sagaflow.E012: a secret that signs sessions or anchors can be guessed."""
    current = _valid()
    if current is None:
        return []
    secrets = {"SECRET_KEY": str(settings.SECRET_KEY), "SAGAFLOW['ANCHOR_KEY']": current.anchor_key}
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
    current = _valid()
    path = current.encoder if current else ""
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
    current = _valid()
    return [
        Error(
            f"The source '{source.name}' cannot be heard: {why}.",
            hint=f"Install its client library with `pip install django-sagaflow[{source.kind.extra}]`.",
            obj="SAGAFLOW",
            id="sagaflow.E013",
        )
        for source in (current.listened if current else ())
        if (why := _missing_import(source.kind.module))
    ]


def _missing_import(module: str) -> str:
    try:
        import_module(module)
    except ImportError as error:
        return str(error)
    return ""


@register("sagaflow")
def requests_may_be_as_long_as_payloads(**_: object) -> list[CheckMessage]:
    """sagaflow.W003: Django refuses the body of a request that PAYLOAD_LIMIT allows."""
    most: int | None = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # a project may lift the limit with None
    current = _valid()
    if most is None or current is None or current.payload_limit <= most:
        return []
    return [
        checks.Warning(
            f"PAYLOAD_LIMIT is {current.payload_limit} bytes, but Django refuses requests of more than {most} bytes.",
            hint="Set DATA_UPLOAD_MAX_MEMORY_SIZE above PAYLOAD_LIMIT, with 16 KiB to spare, or lower PAYLOAD_LIMIT.",
            obj="SAGAFLOW",
            id="sagaflow.W003",
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

"""Convert Python values to payloads: first with the project's encoder, then with encodings that lose nothing.

Each type has one encoding, so that a participant in any language can read it.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

from django.utils import timezone
from django.utils.module_loading import import_string

from sagaflow import conf
from sagaflow.core.json_value import Json
from sagaflow.core.payload import checked, parse

__all__ = ["check_payload", "encode", "parse_payload"]


def check_payload(value: object, what: str) -> Json:
    """Return ``value`` as strict JSON within the limits of the settings.

    Raises:
        InvalidPayload: the value breaks a rule; the message names the rule and the place.
    """
    return checked(value, what=what, limit=conf.current().payload_limit, encode=encode)


def parse_payload(text: str | bytes, *, what: str = "The payload") -> Json:
    """Return the value of a JSON text within the limits of the settings.

    Raises:
        InvalidPayload: it is not JSON, or breaks a rule.
    """
    return parse(text, what=what, limit=conf.current().payload_limit)


def encode(value: object) -> Json:
    """Return a JSON value for a value of another type; its parts may have to be encoded too.

    Raises:
        TypeError: neither the project nor the framework has an encoding for it.
    """
    if path := conf.current().encoder:
        try:
            return import_string(path)(value)
        except TypeError:
            pass  # The project leaves this type to the framework.
    return _encoded(value)


def _encoded(value: object) -> Json:
    match value:
        case Decimal():
            return str(value) if value.is_finite() else math.nan
        case datetime() if timezone.is_naive(value):
            return timezone.make_aware(value, timezone.get_default_timezone()).isoformat()  # as Django reads it
        case date() | time():
            return value.isoformat()
        case timedelta():
            return _seconds(value)
        case UUID():
            return str(value)
        case Enum():
            return value.value
        case Mapping():
            return dict(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {item.name: getattr(value, item.name) for item in fields(value)}
        case _:
            raise TypeError(f"a {type(value).__name__} has no encoding")


def _seconds(value: timedelta) -> int | float:
    """Return a duration as a number of seconds, as in definitions."""
    whole = value // timedelta(seconds=1)
    return whole if value == timedelta(seconds=whole) else value.total_seconds()

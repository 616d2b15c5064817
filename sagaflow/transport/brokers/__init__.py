"""The brokers that can carry hints: memory, Redis and RabbitMQ. ``conf.BROKERS`` declares each of them.

Each is a Dramatiq broker with three additions: ``poll``, the milliseconds after which a consumer looks again at most;
``waiting(queue)``, an estimate of the number of hints in a queue; and ``rest()``, which is called when nothing was sent
for a while. None waits for delayed messages.
"""

from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from dramatiq import Middleware

from sagaflow.conf import BROKERS

__all__ = ["build"]


def build(url: str, middleware: list[Middleware]) -> Any:
    """Return the broker for "embedded" or a URL with a scheme of ``conf.BROKERS``; it connects when it is first used.

    Raises:
        ImproperlyConfigured: the client library for that broker is not installed.
    """
    scheme = urlsplit(url).scheme
    declared = BROKERS[scheme]
    try:
        kind: Any = getattr(import_module(declared.module), declared.name)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"The broker {scheme}:// needs a client library that is not installed: {error}. "
            f"Install it with `pip install django-sagaflow[{declared.extra}]`."
        ) from error
    return kind(url, middleware)

"""Secrets by name: a connection stores only the name, and only names that are reserved for secrets can be read."""

import os

from django.conf import settings

from sagaflow.core.participant import TechnicalError

__all__ = ["secret"]

PREFIX = "SAGAFLOW_SECRET_"


def secret(name: str, connection: str) -> str:
    """Return the variable ``SAGAFLOW_SECRET_<name>``, or the key ``name`` of the setting ``SAGAFLOW_SECRETS``.

    Raises:
        TechnicalError: the secret is not set, or cannot be sent in a header; the message does not contain it.
    """
    value = os.environ.get(PREFIX + name) or getattr(settings, "SAGAFLOW_SECRETS", {}).get(name)
    if not value:
        remedy = f"Set the environment variable {PREFIX}{name} in every worker."
        raise TechnicalError(f"The secret {name} of connection '{connection}' is not set. {remedy}", code="no-secret")
    value = value.strip()
    if not (value.isascii() and value.isprintable()):
        message = f"The secret {name} of connection '{connection}' has characters that no header can carry; correct it."
        raise TechnicalError(message, code="bad-secret")
    return value

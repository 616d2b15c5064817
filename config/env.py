"""Reads the process environment: a value is either valid and typed, or one sentence says what to do about it.

Nothing here has a side effect, and an error never repeats a password.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class BadEnvironment(ImproperlyConfigured):
    """An environment variable has a value that breaks its rule."""

    def __init__(self, variable: str, value: str, rule: str, example: str) -> None:
        self.variable = variable
        found = repr(masked(value)) if value else "not set"
        super().__init__(
            f"The environment variable {variable} is {found}, but it must be {rule}. For example: {variable}={example}"
        )


class Environment:
    """Typed look-ups in a mapping such as `os.environ`; a blank value counts as absent."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str = "") -> str:
        return self._variables.get(name, "").strip() or default

    def words(self, name: str, default: str = "") -> tuple[str, ...]:
        """The values of a comma-separated list."""
        return tuple(word for word in (part.strip() for part in self.text(name, default).split(",")) if word)

    def origins(self, name: str) -> tuple[str, ...]:
        """The origins of a comma-separated list: scheme and host, no path."""
        for word in (words := self.words(name)):
            if not is_url(word, ("http", "https")) or urlsplit(word).path:
                raise BadEnvironment(name, word, "a list of origins, each a scheme and a host", "https://example.com")
        return words

    def flag(self, name: str, *, default: bool) -> bool:
        raw = self.text(name).lower()
        if raw and raw not in TRUE + FALSE:
            raise BadEnvironment(name, raw, f"one of {', '.join(TRUE + FALSE)}", "on")
        return raw in TRUE if raw else default

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        raw = self.text(name, default)
        if raw.upper() not in choices:
            raise BadEnvironment(name, raw, f"one of {', '.join(choices)}", default)
        return raw.upper()

    def integer(self, name: str, default: int, *, least: int, most: int) -> int:
        raw = self.text(name, str(default))
        if not (raw.isascii() and raw.isdigit() and least <= int(raw) <= most):
            raise BadEnvironment(name, raw, f"a whole number from {least} to {most}", str(default))
        return int(raw)

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        raw = self.text(name, str(default))
        try:
            value = float(raw)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise BadEnvironment(name, raw, f"a number from {least} to {most}", str(default))
        return value

    def mapping(self, name: str, example: str) -> dict[str, Any]:
        """A JSON object. An error does not repeat it, because it may hold what a log must not."""
        raw = self.text(name)
        try:
            value = json.loads(raw or "{}")
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise BadEnvironment(name, "(not shown)", "a JSON object", example)
        return value

    def address(self, name: str, default: str, *, words: tuple[str, ...], schemes: tuple[str, ...]) -> str:
        """A URL with one of the schemes and a host, or one of the words that stand for "no server"."""
        raw = self.text(name, default)
        if raw in words or is_url(raw, schemes):
            return raw
        rule = " or ".join([*(f'the word "{word}"' for word in words), *(f"a {scheme}:// URL" for scheme in schemes)])
        raise BadEnvironment(name, raw, rule, f"{schemes[0]}://localhost")


def is_url(text: str, schemes: tuple[str, ...]) -> bool:
    """True if the text is a URL with a scheme of the list, a host and a valid port."""
    try:
        url = urlsplit(text)
        return url.scheme in schemes and bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def masked(text: str) -> str:
    """The text with the password of a URL hidden."""
    scheme, mark, rest = text.partition("://")
    credentials, at, host = rest.rpartition("@")
    user, colon, _ = credentials.partition(":")
    return f"{scheme}{mark}{user}{colon}{'***' if colon else ''}{at}{host}" if at else text

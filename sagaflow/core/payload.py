"""One strict parser and one canonical form for every JSON payload.

The parser refuses what SQLite accepts and PostgreSQL does not (NUL, lone surrogates), what JSON does not have (NaN,
Infinity), what hides content (duplicate keys), and values that are too deep or too long.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json

__all__ = ["CLOUD_EVENT", "MAX_DEPTH", "MAX_SIZE", "Encoder", "canonical", "checked", "parse", "payload_faults", "same"]

CLOUD_EVENT = "application/cloudevents+json"
"""The type of a message that is a whole event as JSON."""
MAX_DEPTH = 32
MAX_SIZE = 256 * 1024
"""The most bytes of UTF-8 text if the caller gives no limit, as for a definition."""
LEAST, MOST = -(2**63), 2**63 - 1
"""The integers of 64 bits, which every database and most languages can hold."""
LONGEST_PATH = 120
"""The most characters of a path in a message."""
SURROGATE = re.compile("[\ud800-\udfff]")
JSON_TYPES = (type(None), bool, int, float, str, list, tuple, dict)

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
Encoder = Callable[[Any], Any]
"""A function that returns a value of JSON types for another value, or raises ``TypeError``."""


def canonical(value: object) -> str:
    """Return the canonical text of a JSON value: sorted keys, no white space, every number as ``repr`` writes it."""
    return _CANONICAL.encode(value)


def parse(text: str | bytes, *, what: str = "The payload", limit: int = MAX_SIZE) -> Json:
    """Return the value of a JSON text of at most ``limit`` bytes.

    Raises:
        InvalidPayload: the text is not JSON, or breaks a rule of this module.
    """
    if len(text) > limit:
        raise InvalidPayload(f"{what} has {len(text)} bytes; the limit is {limit}. Pass a reference to large data.")

    def refuse(name: str) -> NoReturn:
        raise InvalidPayload(f"{what} contains {name}, which is not JSON; send null or a string.")

    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        value = json.loads(decoded, parse_constant=refuse, object_pairs_hook=lambda pairs: _object(pairs, what))
    except UnicodeDecodeError as error:
        raise InvalidPayload(f"{what} is not UTF-8 text: {error.reason} at byte {error.start}.") from error
    except RecursionError as error:
        raise InvalidPayload(f"{what} is nested deeper than {MAX_DEPTH} levels; flatten it.") from error
    except json.JSONDecodeError as error:
        raise InvalidPayload(f"{what} is not JSON: {error.msg} at line {error.lineno} column {error.colno}.") from error
    except ValueError as error:  # Python reads no whole number of more than 4300 digits
        raise InvalidPayload(f"{what} has an integer beyond 64 bits; send it as a string.") from error
    return checked(value, what=what, limit=limit)


def checked(value: object, *, what: str = "The payload", limit: int = MAX_SIZE, encode: Encoder | None = None) -> Json:
    """Return ``value`` in JSON types; tuples become lists. ``limit`` is in bytes.

    ``encode`` returns the JSON value of other types. Without it, other types are refused.

    Raises:
        InvalidPayload: the value breaks a rule; the message names the rule and the place.
    """
    value = _Walk(what, limit, encode).plain(value, "", 0)
    size = len(canonical(value).encode())
    if size > limit:
        raise InvalidPayload(f"{what} has {size} bytes; the limit is {limit}. Pass a reference to large data.")
    return value


def same(one: object, other: object) -> bool:
    """Return true if two JSON values are equal: ``2`` equals ``2.0``, but ``1`` does not equal ``true``.

    A tuple is a list, as for ``checked``.
    """
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
        case list() | tuple(), list() | tuple():
            return len(one) == len(other) and all(map(same, one, other))
        case _:
            return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def payload_faults(value: object, what: str) -> list[str]:
    """Return the reasons why ``checked`` would refuse ``value``, without full stops; empty: it would not."""
    try:
        checked(value, what=what)
    except InvalidPayload as error:
        return [str(error).removesuffix(".")]
    return []


def _object(pairs: list[tuple[str, Json]], what: str) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) < len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise InvalidPayload(f"{what} has the key {twice!r} twice in one object; keep one.")
    return result


@dataclass(slots=True)
class _Walk:
    """The conversion of every part of a value to JSON types."""

    what: str
    limit: int
    encode: Encoder | None
    seen: int = 0
    """The number of parts so far. Each takes at least a byte, so the limit also stops a value that repeats a part."""

    def plain(self, value: object, path: str, depth: int) -> Json:
        """Return ``value`` without subclasses of the JSON types, which may have other texts."""
        self.seen += 1
        if depth > MAX_DEPTH:
            message = f"{self.what} is nested deeper than {MAX_DEPTH} levels at {_place(path)}; flatten it."
            raise InvalidPayload(message)
        if self.seen > self.limit:
            raise InvalidPayload(f"{self.what} has more than {self.limit} bytes. Pass a reference to large data.")
        match value:
            case None | bool():
                return value
            case int():
                return self._integer(int(value), path)
            case float():
                return self._number(float(value), path)
            case str():
                return self._text(value, path)
            case list() | tuple():
                return [self.plain(item, f"{path}/{index}", depth + 1) for index, item in enumerate(value)]
            case dict():
                return {
                    self._key(key, path): self.plain(item, f"{path}/{key}", depth + 1) for key, item in value.items()
                }
            case _:
                return self.plain(self._encoded(value, path), path, depth)

    def _encoded(self, value: object, path: str) -> Json:
        """Return the result of the encoder, which may have to encode its own result again."""
        encoded = value
        for _ in range(MAX_DEPTH):
            if isinstance(encoded, JSON_TYPES):
                return encoded
            try:
                encoded = self._encode(encoded)
            except TypeError:
                raise InvalidPayload(f"{self.what} is not JSON: {_is_a(value, path)}; {self._remedy(value)}.") from None
            except Exception as error:
                fault = f"{_is_a(value, path)}, and encoding it raised {type(error).__name__}"
                raise InvalidPayload(f"{self.what} is not JSON: {fault}; correct the encoder.") from error
        raise InvalidPayload(f"{self.what} is not JSON: {_is_a(value, path)}, which the encoder never ends to encode.")

    def _encode(self, value: object) -> Json:
        if self.encode is None:
            raise TypeError
        return self.encode(value)

    def _integer(self, value: int, path: str) -> int:
        if not LEAST <= value <= MOST:
            raise InvalidPayload(f"{self.what} has an integer beyond 64 bits at {_place(path)}; send it as a string.")
        return value

    def _number(self, value: float, path: str) -> float:
        if not math.isfinite(value):
            message = f"{self.what} has {value} at {_place(path)}, which is not JSON; send null or a string."
            raise InvalidPayload(message)
        return value

    def _key(self, key: object, path: str) -> str:
        if not isinstance(key, str):
            raise InvalidPayload(f"{self.what} has the key {_place(repr(key))} at {_place(path)}; keys are strings.")
        return self._text(key, path)

    def _text(self, value: str, path: str) -> str:
        if "\x00" in value:
            raise InvalidPayload(f"{self.what} has a NUL character at {_place(path)}; remove it.")
        if SURROGATE.search(value):
            raise InvalidPayload(f"{self.what} has half of a surrogate pair at {_place(path)}; send valid Unicode.")
        return str.__str__(value)

    def _remedy(self, value: object) -> str:
        if isinstance(value, set | frozenset):
            return "give a list in an order that you choose"
        if isinstance(value, bytes | bytearray | memoryview):
            return "give text, for example Base64"
        return "use JSON types only" if self.encode is None else "use JSON types, or teach your ENCODER the type"


def _place(path: str) -> str:
    """Return a path, or a key, that is short enough for a message."""
    return (path or "/") if len(path) <= LONGEST_PATH else f"{path[:LONGEST_PATH]}…"


def _is_a(value: object, path: str) -> str:
    name = type(value).__name__
    return f"{_place(path) if path else 'it'} is {'an' if name[:1] in 'AEIOUaeiou' else 'a'} {name}"

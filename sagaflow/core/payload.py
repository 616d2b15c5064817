"""One strict parser and one canonical form for every JSON payload.

What SQLite takes and PostgreSQL refuses (NUL, lone surrogates), what JSON does not have (NaN, Infinity) and what hides
content (duplicate keys) is refused at the door, and so is what is too deep or too long.
"""

import json
import math
from collections import Counter
from typing import Any, NoReturn

from sagaflow.core.errors import InvalidPayload

__all__ = ["MAX_DEPTH", "MAX_SIZE", "canonical", "checked", "parse", "payload_faults"]

MAX_DEPTH = 32
MAX_SIZE = 256 * 1024
"""Bytes of UTF-8 text."""


def canonical(value: Any) -> str:
    """The one text of a JSON value: sorted keys, no white space, every number as ``repr`` has it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def parse(text: str | bytes, *, what: str = "The payload") -> Any:
    """The value of a JSON text.

    Raises:
        InvalidPayload: it is no JSON, or breaks a rule of this module.
    """
    if len(text) > MAX_SIZE:
        raise InvalidPayload(f"{what} has {len(text)} bytes; the limit is {MAX_SIZE}. Pass a reference to large data.")

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
    return checked(value, what=what)


def checked(value: Any, *, what: str = "The payload", limit: int = MAX_SIZE) -> Any:
    """``value`` itself, if it is made of JSON types and within the limits (bytes); tuples become lists.

    Raises:
        InvalidPayload: naming the rule and the place.
    """
    value = _check(value, what, "", 0)
    size = len(canonical(value).encode())
    if size > limit:
        raise InvalidPayload(f"{what} has {size} bytes; the limit is {limit}. Pass a reference to large data.")
    return value


def payload_faults(value: Any, what: str) -> list[str]:
    """Why ``checked`` would refuse ``value``, as the end of a sentence; an empty list: it would not."""
    try:
        checked(value, what=what)
    except InvalidPayload as error:
        return [str(error).removesuffix(".")]
    return []


def _object(pairs: list[tuple[str, Any]], what: str) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise InvalidPayload(f"{what} has the key {twice!r} twice in one object; keep one.")
    return found


def _check(value: Any, what: str, path: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise InvalidPayload(f"{what} is nested deeper than {MAX_DEPTH} levels at {path[:80]}…; flatten it.")
    match value:
        case None | bool() | int():
            if isinstance(value, int) and abs(value) >= 2**63:
                raise InvalidPayload(f"{what} has an integer beyond 64 bits at {path or '/'}; send it as a string.")
            return value
        case float():
            if not math.isfinite(value):
                raise InvalidPayload(f"{what} has {value} at {path or '/'}, which is not JSON; send null or a string.")
            return value
        case str():
            return _text(value, what, path)
        case list() | tuple():
            return [_check(item, what, f"{path}/{index}", depth + 1) for index, item in enumerate(value)]
        case dict():
            return {
                _key(key, what, path): _check(item, what, f"{path}/{key}", depth + 1) for key, item in value.items()
            }
        case _:
            raise InvalidPayload(f"{what} has a {type(value).__name__} at {path or '/'}; use JSON types only.")


def _key(key: Any, what: str, path: str) -> str:
    if not isinstance(key, str):
        raise InvalidPayload(f"{what} has the key {key!r} at {path or '/'}; keys are strings.")
    return _text(key, what, path)


def _text(value: str, what: str, path: str) -> str:
    if "\x00" in value:
        raise InvalidPayload(f"{what} has a NUL character at {path or '/'}; remove it.")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidPayload(f"{what} has half of a surrogate pair at {path or '/'}; send valid Unicode.")
    return value

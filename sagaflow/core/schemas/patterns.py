"""Regular expressions that users write, on an engine that needs time in proportion to the text (RE2).

Python's own engine tries combinations: a pattern of eight characters can stop a process for years. RE2 has no
look-around and no back-references, which need such trials. A large pattern still costs for each character of the text,
so that each search says what it costs before it begins.
"""

import re
from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]  # it comes without types

__all__ = ["LONGEST", "BadPattern", "cost", "pattern_fault", "search"]

LONGEST = 200
"""The most characters of a pattern."""
MEMORY = 2**20
"""The bytes that one pattern may use. It also limits how large a repetition becomes."""
CHEAP = 64
"""The number of characters times instructions that count as one comparison."""
CODE = re.compile(r"\\(?:\\|u(?P<code>[0-9A-Fa-f]{4}))")
"""An escaped backslash, or a character by its code as in JSON and JavaScript."""
NEEDS_TRIALS = re.compile(r"perl operator|escape sequence: \\[0-9]")
"""The complaints of the engine about look-around and back-references."""


class BadPattern(ValueError):
    """The engine refuses a pattern. The message says why, and what to write instead."""


def pattern_fault(pattern: str) -> str:
    """Return why a pattern cannot be used, and the remedy; empty: it can be used."""
    try:
        _compiled(pattern)
    except BadPattern as bad:
        return str(bad)
    return ""


def cost(pattern: str, text: str) -> int:
    """Return the comparisons that one search may take."""
    size: int = _compiled(pattern).programsize
    return 1 + size * len(text) // CHEAP


def search(pattern: str, text: str) -> bool:
    """Return true if some part of ``text`` matches."""
    return _compiled(pattern).search(text) is not None


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> Any:
    if len(pattern) > LONGEST:
        raise BadPattern(f"a pattern has {len(pattern)} characters, and {LONGEST} is the limit; shorten it")
    options = re2.Options()
    options.max_mem, options.log_errors = MEMORY, False
    try:
        return re2.compile(CODE.sub(_written, pattern), options)
    except re2.error as error:
        (said,) = error.args
        raise BadPattern(_why(pattern, said.decode("utf-8", "replace"))) from None


def _written(found: re.Match[str]) -> str:
    whole, code = found.group(), found["code"]
    return f"\\x{{{code}}}" if code else whole


def _why(pattern: str, said: str) -> str:
    quoted = f"'{pattern}' is not a regular expression"
    if NEEDS_TRIALS.search(said):
        return f"{quoted} that takes limited time: {said}; write it without look-around and back-references"
    if "too large" in said or "repetition size" in said:
        return f"{quoted} of a usable size: {said}; repeat less, and limit lengths by maxLength"
    return f"{quoted}: {said}; correct it"

"""The key of a run: a text of the caller's own, such as an order number, that names one run of a saga.

The ID of the run follows from the saga and the key. So a start that is repeated with its key is repeated with its ID,
and the ID of a run is known before the run exists.
"""

import hashlib

from sagaflow.core.errors import Refused

__all__ = ["LONGEST_KEY", "check_key", "kept_for", "run_id_of"]

LONGEST_KEY = 200
SEPARATOR = "\n"
"""No key and no name of a saga contains it."""
OWN_FORM = 8
"""The version of UUIDs that an application makes by a rule of its own (RFC 9562)."""
VARIANT = "89ab"
"""The first digit of the fourth group of such a UUID."""
DERIVED = 5
"""The version of UUIDs that follow from another one by a hash, as those of sub-sagas and of retries do."""
KEPT = {OWN_FORM: "stands for a key", DERIVED: "stands for a sub-saga or a retry of a whole run"}


def check_key(key: object) -> str:
    """Return ``key`` if it can be the key of a run.

    Raises:
        Refused: it is not a printable text, is too long or empty, or has a blank at an end, which a page does not show.
    """
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY or not key.isprintable() or key != key.strip():
        raise Refused(
            f"The key {str(key)[:50]!r} of a run must be a printable text of 1 to {LONGEST_KEY} characters without a "
            "blank at its beginning or end.",
            code="bad-key",
        )
    return key


def run_id_of(saga: str, key: str) -> str:
    """Return the ID of the run of ``saga`` with this key."""
    text = f"sagaflow run{SEPARATOR}{saga}{SEPARATOR}{key}"
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    number = number & ~(0xF << 76) | OWN_FORM << 76  # the version
    digits = f"{number & ~(0b11 << 62) | 0b10 << 62:032x}"  # the variant
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def kept_for(run_id: str) -> str:
    """Return why no caller may choose this ID, which has the form of those that Sagaflow gives; empty: a caller may.

    Else a run under such an ID would stand in the way of the one that needs it.
    """
    _, _, version, variant, _ = run_id.split("-")
    if not variant.startswith(tuple(VARIANT)):
        return ""
    number = next((each for each in KEPT if version.startswith(str(each))), None)
    return f"is a UUID of version {number}, which {KEPT[number]}" if number else ""

"""The key of a run: a text of the caller's own, such as an order number, that names one run of a saga.

The ID of the run follows from the saga and the key. So a start that is repeated with its key is repeated with its ID,
and the ID of a run is known before the run exists.
"""

import hashlib

from sagaflow.core.errors import Refused

__all__ = ["LONGEST_KEY", "check_key", "run_id_of", "stands_for_key"]

LONGEST_KEY = 200
SEPARATOR = "\n"
"""No key and no name of a saga contains it."""
OWN_FORM = 8
"""The version of UUIDs that an application makes by a rule of its own (RFC 9562)."""
VARIANT = "89ab"
"""The first digit of the fourth group of such a UUID."""


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


def stands_for_key(run_id: str) -> bool:
    """Return true if the ID has the form of those that follow from keys, so that no caller may choose it."""
    _, _, version, variant, _ = run_id.split("-")
    return version.startswith(str(OWN_FORM)) and variant.startswith(tuple(VARIANT))

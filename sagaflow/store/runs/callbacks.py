"""One-time tokens with which a participant answers one attempt later. The database keeps their hashes only."""

import hashlib
import secrets
from dataclasses import dataclass

from sagaflow.core.errors import Refused
from sagaflow.core.run.state import Direction
from sagaflow.models import CallbackToken
from sagaflow.store.clock import now, to_datetime

__all__ = ["LIFETIME", "Callback", "expire_callbacks", "find", "open_callback", "spend"]

LIFETIME = 30 * 86_400.0
"""Seconds that a token lives when its step has no timeout."""
PREFIX = "cb_"
"""Says what it is, and that it is no option where somebody gives it to a command."""
REMEDY = "Ask the sender of the request for a new one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """What a token permits: to answer this attempt, and no other."""

    run_id: str
    step: str
    direction: Direction
    attempt: int
    token: int
    """The fencing token of the attempt."""


def open_callback(bound: Callback, *, timeout: float | None) -> str:
    """A new token for ``bound``, valid for ``timeout`` seconds (``None``: 30 days)."""
    secret = PREFIX + secrets.token_urlsafe(32)
    CallbackToken.objects.create(
        digest=_digest(secret),
        run_id=bound.run_id,
        step=bound.step,
        direction=bound.direction.value,
        attempt=bound.attempt,
        token=bound.token,
        expires_at=to_datetime(now() + (timeout or LIFETIME)),
    )
    return secret


def find(secret: str) -> Callback:
    """What the token permits.

    Raises:
        Refused: it is ``forged``, ``used`` or ``late``.
    """
    row = CallbackToken.objects.filter(pk=_digest(secret)).first()
    if row is None:
        raise Refused(f"This callback token was never given out. {REMEDY}", code="forged")
    place = f"The callback token of step '{row.step}' of run {row.run_id}"
    if row.used_at is not None:
        raise Refused(f"{place} was used already; each is good for one answer. Nothing was changed.", code="used")
    if row.expires_at.timestamp() <= now():
        raise Refused(f"{place} expired at {row.expires_at:%Y-%m-%d %H:%M:%S} UTC. {REMEDY}", code="late")
    return Callback(
        run_id=str(row.run_id), step=row.step, direction=Direction(row.direction), attempt=row.attempt, token=row.token
    )


def spend(secret: str, *, at: float) -> None:
    """Uses the token up: of two answers at once, one gets through.

    Raises:
        Refused: somebody was quicker.
    """
    unused = CallbackToken.objects.filter(pk=_digest(secret), used_at__isnull=True)
    if not unused.update(used_at=to_datetime(at)):
        raise Refused("This callback token was used already; each is good for one answer.", code="used")


def expire_callbacks() -> int:
    """Removes tokens long after their end, so that a late answer is still told why; returns how many."""
    return CallbackToken.objects.filter(expires_at__lte=to_datetime(now() - LIFETIME)).delete()[0]


def _digest(secret: str) -> str:
    return hashlib.sha256(str(secret).encode("utf-8", "replace")).hexdigest()

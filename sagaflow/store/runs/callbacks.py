"""One-time tokens with which a participant answers one attempt later. The database stores only their hashes."""

import hashlib
import secrets
from dataclasses import dataclass

from sagaflow.core.errors import Refused
from sagaflow.core.run.state import Direction
from sagaflow.models import CallbackToken
from sagaflow.store.clock import now, to_datetime

__all__ = ["LIFETIME", "Callback", "expire_callbacks", "find", "open_callback", "spend"]

LIFETIME = 30 * 86_400.0
"""Seconds that a token is valid when its step has no timeout."""
PREFIX = "cb_"
"""Shows that the text is a callback token. It never begins with a dash, which a command would take for an option."""
REMEDY = "Ask the sender of the request for a new one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """The attempt that a token permits to answer."""

    run_id: str
    step: str
    direction: Direction
    attempt: int
    token: int
    """The fencing token of the attempt."""


def open_callback(attempt: Callback, *, timeout: float | None) -> str:
    """Return a new token for ``attempt``, valid for ``timeout`` seconds (``None``: 30 days)."""
    secret = PREFIX + secrets.token_urlsafe(32)
    CallbackToken.objects.create(
        digest=_digest(secret),
        run_id=attempt.run_id,
        step=attempt.step,
        direction=attempt.direction.value,
        attempt=attempt.attempt,
        token=attempt.token,
        expires_at=to_datetime(now() + (timeout or LIFETIME)),
    )
    return secret


def find(secret: str) -> Callback:
    """Return the attempt that the token permits to answer.

    Raises:
        Refused: the token is ``forged``, ``used`` or ``late``.
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
    """Mark the token as used: of two answers at the same time, one is accepted.

    Raises:
        Refused: the token was used before.
    """
    unused = CallbackToken.objects.filter(pk=_digest(secret), used_at__isnull=True)
    if not unused.update(used_at=to_datetime(at)):
        raise Refused("This callback token was used already; each is good for one answer.", code="used")


def expire_callbacks() -> int:
    """Delete tokens long after they expired, so that a late answer still gets the reason. Return their number."""
    return CallbackToken.objects.filter(expires_at__lte=to_datetime(now() - LIFETIME)).delete()[0]


def _digest(secret: str) -> str:
    return hashlib.sha256(str(secret).encode("utf-8", "replace")).hexdigest()

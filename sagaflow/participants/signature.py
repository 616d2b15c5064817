"""Standard Webhooks: a participant can verify that a request is genuine and recent (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

from sagaflow.core.participant import TechnicalError

__all__ = ["signature_headers"]

PREFIX = "whsec_"


def signature_headers(keys: Iterable[str], message_id: str, at: int, body: bytes, connection: str) -> dict[str, str]:
    """Return the three headers, with one signature per key, so that keys can be rotated. ``at``: Unix time in seconds.

    Raises:
        TechnicalError: a key is not base64.
    """
    content = f"{message_id}.{at}.".encode() + body
    signatures = (hmac.digest(_key(key, connection), content, hashlib.sha256) for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in signatures),
    }


def _key(text: str, connection: str) -> bytes:
    try:
        return base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        message = f"The signing secret of connection '{connection}' is not base64; write it as {PREFIX}<base64>."
        raise TechnicalError(message, code="bad-secret") from None

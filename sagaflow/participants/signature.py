"""Standard Webhooks: the participant can tell that a request is ours and fresh (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

from sagaflow.core.participant import TechnicalError

__all__ = ["signature_headers"]

PREFIX = "whsec_"


def signature_headers(keys: Iterable[str], message_id: str, at: int, body: bytes, connection: str) -> dict[str, str]:
    """The three headers, with one signature per key, so that keys can be rotated. ``at``: seconds since the epoch.

    Raises:
        TechnicalError: a key is no base64.
    """
    content = f"{message_id}.{at}.".encode() + body
    signatures = (hmac.digest(_key(key, connection), content, hashlib.sha256) for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signatures),
    }


def _key(text: str, connection: str) -> bytes:
    try:
        return base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        message = f"The signing secret of connection '{connection}' is no base64; write it as {PREFIX}<base64>."
        raise TechnicalError(message, code="bad-secret") from None

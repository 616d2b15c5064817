"""The key that anchors are signed with (Ed25519, RFC 8032): who has only the database cannot make them anew.

It derives from the setting ANCHOR_KEY or, where that is empty, from Django's SECRET_KEY. Everybody who has that key
can sign, whoever has the public one can check.
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from sagaflow import conf

__all__ = ["holds", "public_key", "sign", "trusted"]

PURPOSE = b"sagaflow.anchor.1"


def sign(text: str) -> str:
    """The signature, in hexadecimal digits."""
    return _private().sign(text.encode()).hex()


def holds(text: str, signature: str, key: str) -> bool:
    """Whether the public ``key`` (hex) made the ``signature`` (hex) of the text."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key() -> str:
    """Of the key in force, in hexadecimal digits: for whoever checks elsewhere."""
    return _private().public_key().public_bytes_raw().hex()


def trusted() -> frozenset[str]:
    """The public keys whose anchors are believed: the one in force, and earlier ones that the settings name."""
    told = conf.current()
    earlier = () if told.anchor_key else (_derived(old) for old in settings.SECRET_KEY_FALLBACKS)
    return frozenset(
        {public_key(), *told.anchor_trusted_keys, *(key.public_key().public_bytes_raw().hex() for key in earlier)}
    )


def _private() -> Ed25519PrivateKey:
    return _derived(conf.current().anchor_key or settings.SECRET_KEY)


def _derived(secret: str | bytes) -> Ed25519PrivateKey:
    given = secret if isinstance(secret, bytes) else secret.encode()
    return Ed25519PrivateKey.from_private_bytes(hmac.new(given, PURPOSE, hashlib.sha256).digest())

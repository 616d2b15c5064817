"""The key that signs anchors (Ed25519, RFC 8032): an attacker who has only the database cannot forge them.

The key is derived from the setting ANCHOR_KEY or, if that is empty, from Django's SECRET_KEY. The holder of that key
can sign; the public key is enough to check.
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
    """Return the signature of the text, in hexadecimal digits."""
    return _private().sign(text.encode()).hex()


def holds(text: str, signature: str, key: str) -> bool:
    """True if the ``signature`` (hex) of the text was made with the private key of the public ``key`` (hex)."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key() -> str:
    """Return the public key in use, in hexadecimal digits, for a check outside of Sagaflow."""
    return _private().public_key().public_bytes_raw().hex()


def trusted() -> frozenset[str]:
    """Return the public keys whose anchors are accepted: the one in use, and earlier ones that the settings name."""
    options = conf.current()
    earlier = () if options.anchor_key else (_derived(old) for old in settings.SECRET_KEY_FALLBACKS)
    return frozenset(
        {public_key(), *options.anchor_trusted_keys, *(key.public_key().public_bytes_raw().hex() for key in earlier)}
    )


def _private() -> Ed25519PrivateKey:
    return _derived(conf.current().anchor_key or settings.SECRET_KEY)


def _derived(secret: str | bytes) -> Ed25519PrivateKey:
    key = secret if isinstance(secret, bytes) else secret.encode()
    return Ed25519PrivateKey.from_private_bytes(hmac.new(key, PURPOSE, hashlib.sha256).digest())

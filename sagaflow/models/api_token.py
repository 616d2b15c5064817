"""Bearer tokens of the HTTP API. Only their hash is stored, so that a reader of the database cannot use them."""

import hashlib
import secrets

from django.conf import settings
from django.db import models

PREFIX = "sgf_"
"""The prefix by which secret scanners and people recognise a token."""


class ApiToken(models.Model):
    """A token with which a program acts as a user, with that user's permissions or fewer."""

    name = models.CharField(max_length=64, help_text="what it is for, such as: the shop's web server")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text="sha256 of the token")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="empty: never; delete the token to revoke it")
    permissions = models.TextField(
        blank=True, db_default="", help_text="the only permissions that it has, one per line; empty: all of its user"
    )
    sagas = models.TextField(
        blank=True, db_default="", help_text="the only sagas that it is for, a name per line; empty: all of its user"
    )

    shown_once: str
    """The token itself: only the object that was just made knows it, no column."""

    class Meta:
        ordering = ["name", "id"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name

    def renew(self) -> str:
        """Give the (unsaved) row a new token and return it. It is not shown again."""
        token = PREFIX + secrets.token_urlsafe(32)
        self.digest = fingerprint(token)
        return token


def fingerprint(token: str) -> str:
    """Return the sha256 (hex) of a token. No salt and no slow hash: the token has 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

"""Addresses of HTTP participants. Administrators create them, so that no definition contains an address."""

import ipaddress

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from sagaflow.networks import Network, allow_list

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST = rf"^({LABEL}(\.{LABEL})*\.?|\[[0-9a-f:.]{{2,45}}\])\Z"
SEGMENTS = r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)"
OWN_HEADERS = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "host", "idempotency-key"}
    | {"te", "traceparent", "trailer", "transfer-encoding", "upgrade", "user-agent", "webhook-id"}
    | {"webhook-signature", "webhook-timestamp", "sagaflow-correlation-id", "sagaflow-causation-id"}
)
REFERENCE = RegexValidator(r"^[A-Z][A-Z0-9_]{0,63}\Z", "Write a name in capitals, such as PAYMENTS_TOKEN.")
NAMING = (
    "The name of the secret, never the secret itself: NAME stands for the environment variable SAGAFLOW_SECRET_NAME, "
    "or for the key NAME of the setting SAGAFLOW_SECRETS."
)


class Scheme(models.TextChoices):
    """The protocol to the participant."""

    HTTPS = "https", "https"
    HTTP = "http", "http"


class Connection(models.Model):
    """The address of one HTTP participant, and the names of its secrets."""

    name = models.SlugField(max_length=64, unique=True, help_text="what http_action(connection=…) names")
    scheme = models.CharField(max_length=5, choices=Scheme.choices, default=Scheme.HTTPS)
    host = models.CharField(
        max_length=253,
        validators=[RegexValidator(HOST, "Write a host name or address in lower case, without a port.")],
        help_text="payments.example.org, 203.0.113.7 or [2001:db8::7]",
    )
    port = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(65_535)],
        help_text="empty: 443 or 80",
    )
    base_path = models.CharField(
        max_length=200,
        blank=True,
        validators=[RegexValidator(f"^{SEGMENTS}*\\Z", "Begin with a slash and do not end with one, such as /v1.")],
        help_text="goes before the path of every action",
    )
    allow = models.TextField(
        "allowed networks",
        blank=True,
        help_text=(
            "Addresses that are not public and that this connection may reach: networks or single addresses, separated "
            "by spaces or lines, such as 10.1.0.0/16 or 127.0.0.1. Link-local and cloud metadata addresses never are."
        ),
    )
    header = models.CharField(
        max_length=64,
        blank=True,
        default="Authorization",
        validators=[
            RegexValidator(r"^[A-Za-z][A-Za-z0-9-]*\Z", "Write the name of an HTTP header, such as X-Api-Key.")
        ],
        help_text="the header that carries the secret",
    )
    secret = models.CharField(
        max_length=64,
        blank=True,
        validators=[REFERENCE],
        help_text=f"{NAMING} It is the whole value of the header.",
    )
    signing_secret = models.CharField(
        max_length=64,
        blank=True,
        validators=[REFERENCE],
        help_text=f"{NAMING} It signs the requests (Standard Webhooks); several keys, for a rotation, with spaces.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def allowed(self) -> tuple[Network, ...]:
        """Return the networks that it may reach although they are not public."""
        return allow_list(self.allow)

    @property
    def origin(self) -> str:
        """Return scheme, host and port in the form of a URL."""
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port else "")

    def clean(self) -> None:
        """Check the rules about several fields, and those that a pattern cannot express."""
        faults = {}
        try:
            allow_list(self.allow)
        except ValueError as error:
            faults["allow"] = str(error)
        if self.host.startswith("["):
            try:
                ipaddress.IPv6Address(self.host.strip("[]"))
            except ValueError:
                faults["host"] = "The text in brackets must be an IPv6 address."
        if self.secret and not self.header:
            faults["header"] = "A secret needs the name of the header that carries it."
        if self.header.lower() in OWN_HEADERS:
            faults["header"] = f"Sagaflow sets the header {self.header} itself; name another one."
        if any(part in (".", "..") for part in self.base_path.split("/")):
            faults["base_path"] = "The path must not contain . or .. between slashes."
        if faults:
            raise ValidationError(faults)

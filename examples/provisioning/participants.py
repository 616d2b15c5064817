"""The actions of validation, identity and email. Each checks the record of the service before it."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from examples.provisioning import provider
from examples.provisioning.models import OutgoingEmail, SuppressedAddress, TransactionRecord, User
from sagaflow import BusinessError, Context, TechnicalError
from sagaflow.core.payload import canonical
from sagaflow.registry import action

ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,}")
MAILBOX_TAG = re.compile(r"\+[^@]*(?=@)")
"""``ada+shop@…`` is delivered to ``ada@…``."""


@action("validation.validate_data")
def validate_data(ctx: Context) -> dict[str, Any]:
    """A pure check. Its output is its record, and says exactly what was found valid."""
    if not ADDRESS.fullmatch(ctx.input["email"]):
        raise BusinessError("invalid_data", f"'{ctx.input['email']}' is not a valid e-mail address.")
    if not ctx.input["name"].strip():
        raise BusinessError("invalid_data", "The name is blank.")
    return {"valid": True, "digest": _digest(ctx.input)}


@action("identity.create_user")
def create_user(ctx: Context) -> dict[str, Any]:
    digest = _digest(ctx.input)
    if ctx.outputs["validate_data"]["digest"] != digest:
        raise BusinessError("not_validated", "The data is not what was validated.")
    try:
        provider_id = provider.create_user(ctx.key, email=ctx.input["email"], name=ctx.input["name"])
    except provider.Refusal as refusal:
        raise BusinessError("address_taken", str(refusal)) from refusal
    except provider.Unavailable as fault:
        raise TechnicalError(str(fault), code="provider_unavailable") from fault
    with transaction.atomic():
        User.objects.get_or_create(provider_id=provider_id)
        fields = {"service": "identity", "subject": provider_id, "digest": digest}
        TransactionRecord.objects.get_or_create(key=ctx.key, defaults=fields)
    return {"provider_id": provider_id, "record": ctx.key}


@action("identity.delete_user")
def delete_user(ctx: Context) -> dict[str, Any]:
    """Delete by the key of the creation, because there is no ID if the provider's answer was lost."""
    key = f"{ctx.key.removesuffix(':undo')}:do"
    try:
        provider_id = provider.delete_user(key)
    except provider.Unavailable as fault:
        raise TechnicalError(str(fault), code="provider_unavailable") from fault
    with transaction.atomic():
        User.objects.filter(provider_id=provider_id).delete()
        TransactionRecord.objects.filter(key=key).update(state="undone")
    return {"deleted": provider_id}


@action("email.send_email", database="default")
def send_email(ctx: Context) -> dict[str, Any]:
    _check(ctx.outputs["create_user"])
    if SuppressedAddress.objects.filter(email=MAILBOX_TAG.sub("", ctx.input["email"])).exists():
        raise BusinessError("address_suppressed", f"{ctx.input['email']} must not be written to.")
    data = {"name": ctx.input["name"], "email": ctx.input["email"]}
    OutgoingEmail.objects.create(key=ctx.key, template_id=ctx.input["template"], data=data)
    return {"template_id": ctx.input["template"]}


def _check(created: Mapping[str, Any]) -> None:
    """Check that the record of the identity service confirms this user."""
    record = {"key": created["record"], "service": "identity", "subject": created["provider_id"], "state": "done"}
    if not TransactionRecord.objects.filter(**record).exists():
        raise BusinessError("no_user", "The identity service has no record of the user.")


def _digest(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(data).encode()).hexdigest()

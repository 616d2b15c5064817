"""Notifications: a message cannot be unsent, so the compensation sends a second one."""

from typing import Any

from examples.streamtech.models import Notice
from sagaflow import Context
from sagaflow.registry import action


@action("notifications.notify_customer")
def notify_customer(ctx: Context) -> dict[str, Any]:
    return _send(ctx, "order_confirmed")


@action("notifications.send_cancellation_notice")
def send_cancellation_notice(ctx: Context) -> dict[str, Any]:
    return _send(ctx, "order_cancelled")


def _send(ctx: Context, template: str) -> dict[str, Any]:
    Notice.leave(ctx, customer=ctx.input["customer"], order=ctx.input["order"], template=template)
    return {"template": template}

"""The payment service: translates its work into calls of the gateway, and the gateway's answers into ours."""

from typing import Any

from examples.streamtech import gateway
from sagaflow import BusinessError, Context, TechnicalError
from sagaflow.registry import action

FAULTS = (TimeoutError, gateway.GatewayDown)


@action("payment.take_payment")
def take_payment(ctx: Context) -> dict[str, Any]:
    asked = {name: ctx.input[name] for name in ("order", "customer", "amount")}
    try:
        payment_id = gateway.charge(ctx.key, correlation_id=ctx.correlation_id, **asked)
    except gateway.Declined as refusal:
        raise BusinessError("insufficient_funds", str(refusal)) from refusal
    except FAULTS as fault:
        raise TechnicalError(str(fault), code="gateway_unavailable") from fault
    return {"payment_id": payment_id, "amount": asked["amount"]}


@action("payment.refund_payment")
def refund_payment(ctx: Context) -> dict[str, Any]:
    """If the answer to the charge was lost there is no payment ID, and the gateway finds the charge by the key."""
    return {"refunded": _refund(ctx, (ctx.output or {}).get("payment_id"))}


@action("payment.refund_return")
def refund_return(ctx: Context) -> dict[str, Any]:
    payment_id = gateway.payment_of(ctx.input["order"], key=ctx.key)
    if payment_id is None:
        raise BusinessError("nothing_to_refund", f"Order {ctx.input['order']} was never paid, or paid back already.")
    return {"refunded": _refund(ctx, payment_id)}


def _refund(ctx: Context, payment_id: str | None) -> int:
    try:
        return gateway.refund(ctx.key, correlation_id=ctx.correlation_id, payment_id=payment_id)
    except FAULTS as fault:
        raise TechnicalError(str(fault), code="gateway_unavailable") from fault

"""A saga with one step of every kind that is answered from outside."""

from sagaflow.core.definition.saga import Approval, Saga, Step, WaitForEvent, orchestrated
from sagaflow.core.participant import BusinessError
from sagaflow.registry import Action

PURCHASE = Saga(
    "api_purchase",
    orchestrated(
        "main",
        Step("reserve", "api_stock.reserve", undo="api_stock.release"),
        Step("charge", "api_payment.charge", undo="api_payment.refund", timeout=600),
        Step("agree", Approval(by="buyers")),
        Step("arrive", WaitForEvent("GoodsArrived", service="carrier")),
    ),
    input_schema={"type": "object", "required": ["item"], "properties": {"item": {"type": "string"}}},
    search={"item": "/item", "amount": "/amount"},
    sensitive=("card",),
)


def reserve(context):
    if context.input["item"] == "sold-out":
        raise BusinessError("insufficient-stock", "Nothing is left.")
    return {"reservation": "R-1", "card": "card-of-output"}


def put_into(registered):
    """Registers the saga and its actions with the (patched) registry."""
    registered.register(PURCHASE)
    registered.add(Action(name="api_stock.reserve", does=reserve))
    registered.add(Action(name="api_stock.release", does=lambda context: {"released": True}))
    registered.add(Action(name="api_payment.refund", does=lambda context: {"refunded": True}))
    registered.http_action("api_payment.charge", connection="payments", path="/charges", callback=True, timeout=5)

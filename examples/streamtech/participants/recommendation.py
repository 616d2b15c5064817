"""Recommendation observes the orders. It fails for customers whose taste it does not know, and delays no order."""

from typing import Any

from examples.streamtech.models import Recommendation, TasteProfile
from sagaflow import Context
from sagaflow.registry import action


@action("recommendation.learn_taste")
def learn_taste(ctx: Context) -> dict[str, Any]:
    order = ctx.input["payload"]
    profile = TasteProfile.objects.get(customer=order["customer"])
    Recommendation.leave(ctx, customer=profile.customer, sku=order["sku"])
    return {"customer": profile.customer}

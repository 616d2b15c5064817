"""What the sagas of StreamTech are started with, as JSON Schema. Amounts are cents."""

from typing import Any

__all__ = ["DELIVERY", "ORDER", "RETURN"]


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    required = sorted(properties)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


_NAME = {"type": "string", "minLength": 1, "maxLength": 64}
_COUNT = {"type": "integer", "minimum": 1, "maximum": 1_000_000}

ORDER = _object(order=_NAME, customer=_NAME, sku=_NAME, quantity=_COUNT, amount=_COUNT)
RETURN = _object(reference=_NAME, order=_NAME, sku=_NAME, quantity=_COUNT)
DELIVERY = _object(reference=_NAME, purchase_order=_NAME, sku=_NAME, quantity=_COUNT)

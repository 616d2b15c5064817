"""The inputs of StreamTech's sagas, as JSON Schema. Amounts are cents."""

from typing import Any

__all__ = ["DELIVERY", "ORDER", "RETURN"]


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    required = sorted(properties)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _name(tells: str) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": 64, "description": tells}


def _count(tells: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": 1_000_000, "description": tells}


_SKU = _name("A DVD: alien, brazil, or metropolis, which is in the books but not on the shelf.")

ORDER = _object(
    order=_name("A new number, such as S-17."),
    customer=_name("ada or ben; cleo has too little money."),
    sku=_SKU,
    quantity=_count("How many."),
    amount=_count("The price in cents."),
)
RETURN = _object(
    reference=_name("A new number, such as R-17."),
    order=_name("The order that comes back."),
    sku=_SKU,
    quantity=_count("As many as were ordered."),
)
DELIVERY = _object(
    reference=_name("A new number, such as D-17."),
    purchase_order=_name("PO-1 asks for 10 of brazil."),
    sku=_SKU,
    quantity=_count("As many as were delivered."),
)

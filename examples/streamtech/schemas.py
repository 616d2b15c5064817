"""The inputs of StreamTech's sagas, as JSON Schema. Amounts are cents."""

from typing import Any

__all__ = ["DELIVERY", "ORDER", "RETURN"]


def _object(*examples: dict[str, Any], **properties: dict[str, Any]) -> dict[str, Any]:
    required = sorted(properties)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
        "examples": list(examples),
    }


def _name(tells: str) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": 64, "description": tells}


def _new(tells: str) -> dict[str, Any]:
    """A name that must be new: the form gives an example that is taken another ending."""
    return {**_name(tells), "x-new": True}


def _count(tells: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": 1_000_000, "description": tells}


_SKU = _name("A DVD: alien, brazil, or metropolis, which is in the books but not on the shelf.")

ORDER = _object(
    {"order": "S-101", "customer": "ada", "sku": "alien", "quantity": 1, "amount": 1_500},
    {"order": "S-102", "customer": "ada", "sku": "metropolis", "quantity": 2, "amount": 3_000},
    {"order": "S-103", "customer": "cleo", "sku": "alien", "quantity": 1, "amount": 1_500},
    order=_new("A new number, such as S-17."),
    customer=_name("ada or ben; cleo has too little money."),
    sku=_SKU,
    quantity=_count("How many."),
    amount=_count("The price in cents."),
)
RETURN = _object(
    {"reference": "R-101", "order": "S-101", "sku": "alien", "quantity": 1},
    reference=_new("A new number, such as R-17."),
    order=_name("The order that comes back."),
    sku=_SKU,
    quantity=_count("As many as were ordered."),
)
DELIVERY = _object(
    {"reference": "D-101", "purchase_order": "PO-1", "sku": "brazil", "quantity": 10},
    {"reference": "D-102", "purchase_order": "PO-1", "sku": "brazil", "quantity": 2},
    reference=_new("A new number, such as D-17."),
    purchase_order=_name("PO-1 asks for 10 of brazil."),
    sku=_SKU,
    quantity=_count("As many as were delivered."),
)

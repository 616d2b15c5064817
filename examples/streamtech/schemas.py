"""The inputs of StreamTech's sagas, as JSON Schema. Amounts are cents."""

from typing import Any

__all__ = ["DELIVERY", "ORDER", "RETURN"]


def _object(*examples: tuple[str, dict[str, Any]], **properties: dict[str, Any]) -> dict[str, Any]:
    """``examples``: the title says how a run of that input ends."""
    required = sorted(properties)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
        "examples": [example for _, example in examples],
        "x-example-titles": [title for title, _ in examples],
    }


def _name(tells: str) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": 64, "description": tells}


def _new(tells: str) -> dict[str, Any]:
    """A name that must be new: the form gives an example that is taken another ending."""
    return {**_name(tells), "x-new": True}


def _count(tells: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": 1_000_000, "description": tells}


_SKU = {
    **_name("Stock keeping unit: alien, brazil, or metropolis, in the books but not on the shelf."),
    "title": "SKU",
}

ORDER = _object(
    (
        "Completes: alien is on the shelf",
        {"order": "S-101", "customer": "ada", "sku": "alien", "quantity": 1, "amount": 1_500},
    ),
    (
        "Rolls back: metropolis is not on the shelf",
        {"order": "S-102", "customer": "ada", "sku": "metropolis", "quantity": 2, "amount": 3_000},
    ),
    (
        "Rolls back: cleo has too little money",
        {"order": "S-103", "customer": "cleo", "sku": "alien", "quantity": 1, "amount": 1_500},
    ),
    order=_new("A new number, such as S-17."),
    customer=_name("ada or ben; cleo has too little money."),
    sku=_SKU,
    quantity=_count("How many."),
    amount=_count("The price in cents."),
)
RETURN = _object(
    ("Completes after order S-101", {"reference": "R-101", "order": "S-101", "sku": "alien", "quantity": 1}),
    reference=_new("A new number, such as R-17."),
    order=_name("The order that comes back."),
    sku=_SKU,
    quantity=_count("As many as were ordered."),
)
DELIVERY = _object(
    (
        "Completes, once: 10 were ordered",
        {"reference": "D-101", "purchase_order": "PO-1", "sku": "brazil", "quantity": 10},
    ),
    (
        "Rolls back: 2 are fewer than were ordered",
        {"reference": "D-102", "purchase_order": "PO-1", "sku": "brazil", "quantity": 2},
    ),
    reference=_new("A new number, such as D-17."),
    purchase_order=_name("PO-1 asks for 10 of brazil."),
    sku=_SKU,
    quantity=_count("As many as were delivered."),
)

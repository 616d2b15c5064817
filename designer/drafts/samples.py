"""The sagas that a new one can begin as: a file each, in the folder next to this module."""

from functools import cache
from pathlib import Path

from sagaflow.core.json_value import Json
from sagaflow.sources import saga_files

__all__ = ["SAMPLES", "document_of"]

FOLDER = Path(__file__).with_name("samples")
SAMPLES = {
    "travel": "Book a trip: flight, hotel, car and card",
    "create-customer": "Create a customer: loyalty points and a welcome pack",
    "order-fulfilment": "Order fulfilment: payment, stock and delivery, in both styles",
    "place-order-choreographed": "Place an order: three services that react to events",
}
"""The name of each file with its title in the form."""


def document_of(sample: str, name: str) -> dict[str, Json]:
    """Return the document of a sample as the beginning of the saga ``name``."""
    return {**_read(sample), "name": name}


@cache
def _read(sample: str) -> dict[str, Json]:
    path = FOLDER / f"{sample}.yaml"
    document: dict[str, Json] = saga_files.parse(path.name, path.read_bytes())
    return document

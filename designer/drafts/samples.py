"""The sagas that a new one can begin as: a file each, in the folder next to this module."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sagaflow.core.json_value import Json
from sagaflow.sources import saga_files

__all__ = ["SAMPLES", "Sample", "document_of"]

FOLDER = Path(__file__).with_name("samples")


@dataclass(frozen=True)
class Sample:
    """A template as a page offers it."""

    title: str
    sentence: str
    """It says what is special about it."""


SAMPLES = {
    "travel": Sample(
        "Book a trip", "Flight, hotel and car each have an undo: when the card is declined, all three are cancelled."
    ),
    "create-customer": Sample(
        "Create a customer", "Loyalty points and a welcome pack are begun in parallel, and can be taken back."
    ),
    "order-fulfilment": Sample(
        "Order fulfilment", "Payment, stock and delivery in both styles, with a point after which nothing is undone."
    ),
    "place-order-choreographed": Sample(
        "Place an order", "Three services react to events of each other, and no coordinator commands them."
    ),
}
"""The samples by name, in the order in which the page offers them."""


def document_of(sample: str, name: str) -> dict[str, Json]:
    """Return the document of a sample as the beginning of the saga ``name``."""
    return {**_read(sample), "name": name}


@cache
def _read(sample: str) -> dict[str, Json]:
    path = FOLDER / f"{sample}.yaml"
    document: dict[str, Json] = saga_files.parse(path.name, path.read_bytes())
    return document

"""The models with a list in the admin, by the names in their addresses, and the permissions to view them."""

from sagaflow import models

RECORDS = (
    "run",
    "definition",
    "journalentry",
    "rollbackrecord",
    "operatoract",
    "outboxmessage",
    "unmatchedevent",
    "unreadablemessage",
    "anchor",
    "anchoritem",
    "bulkrepair",
    "bulkrepairitem",
    "actrequest",
)
"""The models whose rows only the store writes."""
VIEWS = tuple(f"view_{name}" for name in RECORDS)


def model_of(name):
    """The class of a model: ``model_of("journalentry")``."""
    return models.__dict__[next(known for known in models.__all__ if known.lower() == name)]

"""Shared fixtures of the tests of the pages: runs in every state that a page shows."""

import pytest

from sagaflow import engine, registry
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Saga, Step, choreographed, orchestrated
from sagaflow.core.participant import BusinessError, TechnicalError
from sagaflow.registry import Action
from tests.people import boss, person  # noqa: F401 - fixtures

ONCE = RetryPolicy(attempts=1)
PARCEL = Saga(
    "page_parcel",
    (
        orchestrated(
            "pack", Step("fetch", "page_shelf.fetch", undo="page_shelf.put_back", undo_retry=ONCE), team="hall"
        ),
        choreographed("send", Step("ship", "page_van.ship", retry=ONCE, timeout=600)),
    ),
    title="Send a <parcel>",
    search={"item": "/item"},
    sensitive=("card",),
)


def fetch(context):
    if context.input["item"] == "shards":
        raise BusinessError("broken", "<b>It</b> fell down.")
    return {"shelf": 3, "card": "card-of-output"}


def put_back(context):
    if context.input["item"] == "glass":
        raise BusinessError("broken", "<b>It</b> fell down.")


def ship(context):
    match context.input["item"]:
        case "heavy":
            raise TechnicalError("the van has a flat tyre", code="flat-tyre")
        case "feather" | "glass":
            raise BusinessError("too-light", "<script>alert(1)</script>")
    return {"parcel": "P-1"}


@pytest.fixture(autouse=True)
def known(monkeypatch, db):
    monkeypatch.setattr(registry, "_actions", {})
    monkeypatch.setattr(registry, "_sagas", {})
    registry.register(PARCEL)
    for name, function in {"shelf.fetch": fetch, "shelf.put_back": put_back, "van.ship": ship}.items():
        registry.add(Action(name=f"page_{name}", does=function))


@pytest.fixture
def run_of():
    """``run_of("heavy")``: a run that did every step it can. heavy: parked; feather: rolled back; glass: stuck."""

    def run_of(item="book", **more):
        run_id = engine.start("page_parcel", {"item": item, "card": "card-of-input", **more}, by="somebody")
        while engine.wake(run_id):
            pass
        return run_id

    return run_of

"""Two sagas that share nothing. A user who may see one of them does not learn that the other exists."""

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Approval, Saga, Step, choreographed, orchestrated
from sagaflow.core.participant import BusinessError, TechnicalError
from sagaflow.registry import Action

ONCE = RetryPolicy(attempts=1)
PARCEL = Saga(
    "access_parcel",
    (
        orchestrated("pack", Step("fetch", "access_shelf.fetch", undo="access_shelf.put_back"), team="hall"),
        choreographed("send", Step("ship", "access_van.ship", retry=ONCE)),
        orchestrated("settle", Step("agree", Approval(by="buyers"))),
    ),
    title="Parcel of the hall",
    search={"item": "/item"},
    sensitive=("card",),
)
OLDER = Saga("access_parcel", PARCEL.segments[:2], title="Parcel of the hall, as it was", search=PARCEL.search)
LETTER = Saga(
    "access_letter", orchestrated("write", Step("draft", "access_desk.draft"), team="desk"), search={"item": "/item"}
)


def ship(context):
    match context.input["item"]:
        case "heavy":
            raise TechnicalError("the van has a flat tyre", code="flat-tyre")
        case "feather":
            raise BusinessError("too-light", "It flew away.")
    return {"parcel": "P-1"}


def put_into(registered):
    """Registers sagas and actions with the (patched) registry."""
    registered.register(PARCEL)
    registered.register(LETTER)
    for name in ("shelf.fetch", "shelf.put_back", "desk.draft"):
        registered.add(Action(name=f"access_{name}", does=lambda context: {"card": "card-of-output"}))
    registered.add(Action(name="access_van.ship", does=ship))

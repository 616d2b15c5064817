"""Takes events from outside, as plain JSON or as CloudEvents in structured mode (application/cloudevents+json)."""

from functools import partial
from typing import Any, TypeVar

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import BaseModel, ValidationError

from sagaflow import access, conf, engine
from sagaflow.api import examples
from sagaflow.api.auth import require, require_run
from sagaflow.api.body import read_json
from sagaflow.api.limits import Quota
from sagaflow.api.problems import Problem, invalid
from sagaflow.api.shapes import CloudEvent, Event
from sagaflow.cloud_events import MEDIA_TYPE, identity
from sagaflow.core.json_value import Json

M = TypeVar("M", bound=BaseModel)

__all__ = ["router"]

router = Router(tags=["events"])

SCHEMAS = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": Event.model_json_schema()},
            MEDIA_TYPE: {"schema": CloudEvent.model_json_schema(), "example": examples.CLOUD_EVENT},
        },
    }
}


@router.post("", response={202: dict[str, Any]}, openapi_extra=SCHEMAS, summary="Publish an event")
def publish_event(request: HttpRequest) -> Status[dict[str, str]]:
    """``accepted``: the run took it; ``ignored``: the run did not expect it; ``unmatched``: no such run, or it ended.

    The correlation ID is the ID or the key of the run. By a key, the event is for the one open run with it that hears
    the event. 404 if the user may publish to some sagas only, and none of these has such a run. Then nothing is stored.
    Without a correlation ID, the event goes to one run of each saga whose ``correlate`` finds a key in the payload, of
    those to which the user may publish. It starts runs of sagas that ``starts_on`` it, if the user may start them.
    """
    require(request, "publish_event")
    body = read_json(request)
    event = _from_cloud(_read(CloudEvent, body)) if request.content_type == MEDIA_TYPE else _read(Event, body)
    user, may_have = request.user, partial(access.may_publish, request.user)
    rights: dict[str, Any] = {"may_have": may_have, "may_start": partial(access.may_start, user)}
    if event.correlation_id and access.visible_runs(request.user, "publish_event") != access.EVERYTHING:
        found = engine.addressee(event.event, event.correlation_id, may_have)
        require_run(request, "publish_event", found or event.correlation_id)
    quota = Quota(request.user.pk, "kept", conf.current().events_kept_per_user)
    if not quota.take() and not _finds_run(event, rights):
        quota.give_back()
        detail = "No run takes this event now, and you have used up what is kept for you in a day. Start the run first."
        raise Problem(429, "too-many", detail)
    origin: dict[str, Any] = {"event_id": event.event_id, "source": event.source}
    rights |= {"by": user.get_username(), "round": event.round}
    outcome = ""
    try:
        outcome = engine.publish(event.event, event.correlation_id or "", event.payload, **origin, **rights)
    finally:
        if outcome != "unmatched":
            quota.give_back()
    return Status(202, {"outcome": outcome})


def _finds_run(event: Event, rights: dict[str, Any]) -> bool:
    if event.correlation_id:
        return bool(engine.addressee(event.event, event.correlation_id, rights["may_have"]))
    return engine.finds_run(event.event, event.payload, **rights)


def _read(shape: type[M], body: Json) -> M:
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        raise invalid("The event", ({**fault, "loc": ("body", *fault["loc"])} for fault in error.errors())) from None


def _from_cloud(event: CloudEvent) -> Event:
    """Convert a CloudEvent. Two are the same event if they have the same source and ID (CloudEvents 1.0, 3.1)."""
    correlation = event.correlationid or event.subject or None
    origin = {"event_id": identity(event.source, event.id), "source": event.source}
    return Event(event=event.type, correlation_id=correlation, payload=event.data, round=None, **origin)

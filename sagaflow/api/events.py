"""Events from outside: as plain JSON, or as CloudEvents in structured mode (application/cloudevents+json)."""

import hashlib
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import ValidationError

from sagaflow import access, engine
from sagaflow.api.auth import require, require_run
from sagaflow.api.body import read_json
from sagaflow.api.problems import Problem
from sagaflow.api.shapes import CloudEvent, Event

__all__ = ["CLOUD_EVENT", "router"]

router = Router(tags=["events"])

CLOUD_EVENT = "application/cloudevents+json"
LONGEST_ID = 200
SCHEMAS = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": Event.model_json_schema()},
            CLOUD_EVENT: {"schema": CloudEvent.model_json_schema()},
        },
    }
}


@router.post("", response={202: dict[str, Any]}, openapi_extra=SCHEMAS, summary="Publish an event")
def publish_event(request: HttpRequest) -> Status:
    """``accepted``: the run took it; ``ignored``: it did not expect it; ``unmatched``: no such run, or it ended.

    404 for whoever may publish to some sagas only, where no run of theirs has the ID: nothing is kept for later then.
    """
    require(request, "publish_event")
    told = read_json(request)
    event = _from_cloud(_read(CloudEvent, told)) if request.content_type == CLOUD_EVENT else _read(Event, told)
    if access.visible_runs(request.user, "publish_event") != access.EVERYTHING:
        require_run(request, "publish_event", event.correlation_id)
    given = {"event_id": event.event_id, "source": event.source}
    return Status(202, {"outcome": engine.publish(event.event, event.correlation_id, event.payload, **given)})


def _read(shape: type[Any], told: Any) -> Any:
    try:
        return shape.model_validate(told)
    except ValidationError as error:
        faults = [{"where": "/".join(map(str, each["loc"])), "message": each["msg"]} for each in error.errors()]
        told = "; ".join(f"{fault['where'] or 'body'}: {fault['message']}" for fault in faults)
        raise Problem(422, "invalid", f"The event is not as it should be: {told}.", errors=faults) from None


def _from_cloud(event: CloudEvent) -> Event:
    """An event is the same if source and ID are (CloudEvents 1.0, section 3.1)."""
    correlation = event.correlationid or event.subject
    if not correlation:
        detail = "The event names no run; give its ID as the extension correlationid, or as the subject."
        raise Problem(422, "no-correlation", detail)
    identity = f"{event.source} {event.id}"
    if len(identity) > LONGEST_ID:
        identity = hashlib.sha256(identity.encode()).hexdigest()
    return Event(
        event=event.type, correlation_id=correlation, payload=event.data, event_id=identity, source=event.source
    )

"""The contracts of sagas with other systems."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from sagaflow import names, sinks
from sagaflow.api.auth import require_saga
from sagaflow.api.shapes import Name
from sagaflow.core.contracts import describe
from sagaflow.core.json_value import Json

__all__ = ["router"]

router = Router(tags=["sagas"])


@router.get("/{name}/asyncapi", response=dict[str, Any], url_name="asyncapi", summary="The events of a saga")
def get_asyncapi(request: HttpRequest, name: Name) -> dict[str, Json]:
    """An AsyncAPI 3.0 document: what the registered definition publishes and hears, with JSON Schemas."""
    saga = require_saga(request, "view_run", name)
    return describe(saga, names.here(), sinks.addresses(saga.name))

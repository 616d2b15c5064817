"""The services share the topic and the form of an event. None of it is of Sagaflow."""

import asyncio
import json
import os
from typing import Any

import nats
from nats.aio.client import Client

__all__ = ["STREAM", "SUBJECTS", "connected", "event", "published"]

STREAM, SUBJECTS = "CRM", "crm.>"


async def connected() -> Client:
    """Connect to the broker, and again whenever it comes back."""
    return await nats.connect(
        os.environ["NATS_URL"], max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=_not_now
    )


async def _not_now(_: Exception) -> None:
    """Say nothing: it tries again."""


def event(name: str, number: int, source: str) -> dict[str, Any]:
    """Return a CloudEvent about a customer. The same fact has the same ID, however often it is published."""
    data = {"customer": {"number": number}}
    return {"specversion": "1.0", "type": name, "id": f"{name}-{number}", "source": f"/{source}", "data": data}


async def published(client: Client, told: dict[str, Any]) -> None:
    """Publish an event, and wait until the stream has it."""
    while True:
        try:
            await client.jetstream().publish(f"crm.{told['type']}", json.dumps(told).encode())
        except (nats.errors.Error, TimeoutError):
            await asyncio.sleep(0.2)  # the fact remains true until the broker is available again
        else:
            return

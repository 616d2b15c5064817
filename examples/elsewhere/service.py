"""A service that reacts to an event with another one: ``python service.py post CustomerCreated WelcomePackSent``.

It knows the topic, and neither Sagaflow nor the other services. ``DELAY`` seconds pass before a reaction, and of every
``SWALLOWS`` customers it forgets one.
"""

import asyncio
import json
import os
import sys

import nats
from messages import STREAM, connected, event, published
from nats.js.errors import NotFoundError

DELAY = float(os.environ.get("DELAY", "0"))
SWALLOWS = int(os.environ.get("SWALLOWS", "0"))


async def main(name: str, hears: str, says: str) -> None:
    client = await connected()
    inbox = await client.jetstream().pull_subscribe(f"crm.{hears}", durable=name, stream=STREAM)
    while True:
        try:
            messages = await inbox.fetch(10, timeout=1)
        except (nats.errors.Error, NotFoundError, TimeoutError):
            continue
        for message in messages:
            number = json.loads(message.data)["data"]["customer"]["number"]
            await asyncio.sleep(DELAY)
            if not SWALLOWS or number % SWALLOWS:
                await published(client, event(says, number, name))
            await message.ack()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

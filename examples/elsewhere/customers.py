"""New customers: ``python customers.py 20 3`` publishes ``CustomerCreated`` for 20 customers, one every 3 seconds."""

import asyncio
import sys

from messages import connected, event, published


async def main(count: int, pause: float) -> None:
    client = await connected()
    for number in range(1, count + 1):
        await published(client, event("CustomerCreated", number, "customer"))
        await asyncio.sleep(pause)
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))

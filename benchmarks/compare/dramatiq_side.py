"""A pipeline of five Dramatiq actors on Redis, where nothing is durable: the price of the transport alone.

``dramatiq -p 2 -t 8 benchmarks.compare.dramatiq_side`` performs them. As a program it is the client.
"""

import os
import sys
from itertools import count
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker

DONE = "compare-done"
LAST = 5
broker = RedisBroker(url=os.environ["REDIS_URL"])
dramatiq.set_broker(broker)


def made(number: int) -> Any:
    """Return an actor that does nothing; the fifth counts the pipeline as done."""

    def step(name: str, before: object = None) -> dict[str, bool]:  # noqa: ARG001 - the answer of the step before
        if number == LAST:
            broker.client.incr(DONE)
        return {"ok": True}

    return dramatiq.actor(step, actor_name=f"step{number}", max_retries=0)


ACTORS = [made(number) for number in range(1, LAST + 1)]


def main() -> None:
    """Answer each line ``<number> <variant>`` by ``started``, after that many pipelines were sent."""
    names = count()
    print("ready", flush=True)  # noqa: T201  (the protocol)
    for line in sys.stdin:
        for _ in range(int(line.split()[0])):
            dramatiq.pipeline([actor.message(f"run-{next(names)}") for actor in ACTORS]).run()
        print("started", flush=True)  # noqa: T201  (the protocol)


if __name__ == "__main__":
    main()

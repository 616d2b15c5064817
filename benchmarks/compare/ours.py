"""The client of Sagaflow: starts as many sagas as a line of its input says. Run by the comparison."""

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.compare.settings"


def main() -> None:
    """Answer each line ``<number> <variant>`` by ``started``, after that many starts."""
    import django

    django.setup()
    from sagaflow import engine
    from sagaflow.processes import actors

    actors.connect()
    print("ready", flush=True)  # noqa: T201  (the protocol)
    for line in sys.stdin:
        number, variant = line.split()
        if variant == "together":
            engine.start_many("five", [engine.NewRun(input={})] * int(number))
        else:
            for _ in range(int(number)):
                engine.start("five-failing" if variant == "failing" else "five", {})
        print("started", flush=True)  # noqa: T201  (the protocol)
    actors.current().close()


main()

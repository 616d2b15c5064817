"""Registers the saga."""

from django.apps import AppConfig

from sagaflow import registry
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.registry import Action


class LongConfig(AppConfig):
    name = "tests.faults.long"

    def ready(self) -> None:
        steps = (Step(f"step_{number:03}", "long.work", title="€" * 99) for number in range(500))
        registry.add(Action(name="long.work", does=lambda _: {}))
        registry.register(Saga("long", (orchestrated("main", *steps),)))

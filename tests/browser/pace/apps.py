"""Puts a gate before actions: ``<GATES>/<action>.shut`` holds one until the file is gone.

``.broken`` lets it fail for good, and ``.down`` lets it fail until the next attempt.
"""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.apps import AppConfig

from designer.drafts import time_limit
from sagaflow import BusinessError, TechnicalError, registry
from tests.servers.waiting import until

GATED = ("order.place_order", "payment.take_payment", "payment.refund_payment", "warehouse.dispatch_order")


class PaceConfig(AppConfig):
    name = "tests.browser.pace"

    def ready(self) -> None:
        time_limit._clock = time.thread_time  # a machine that is busy with others shortens no page
        for name in GATED:
            action = registry.get_action(name)
            registry._actions[name] = replace(action, does=gated(name, action.does))


def gated(name: str, does: Callable[..., Any]) -> Callable[..., Any]:
    folder = Path(os.environ.get("GATES", "/nonexistent"))
    shut, broken, down = (folder / f"{name}.{how}" for how in ("shut", "broken", "down"))

    def wait_and_do(context: Any) -> Any:
        until(lambda: not shut.exists(), f"the gate before {name} to open", seconds=100)
        if broken.exists():
            raise BusinessError("closed", broken.read_text())
        if down.exists():
            raise TechnicalError(down.read_text(), code="gateway_unavailable")
        return does(context)

    return wait_and_do

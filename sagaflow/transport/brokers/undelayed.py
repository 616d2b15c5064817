"""Delays are database times (DESIGN.md §6), so no thread of a worker needs to wait for delayed hints."""

from typing import Any

from dramatiq import Broker


class Undelayed(Broker):
    """Put before a broker class: its workers consume no delay queues."""

    def emit_after(self, signal: str, *args: Any, **kwargs: Any) -> None:
        if signal != "declare_delay_queue":
            super().emit_after(signal, *args, **kwargs)

    def get_declared_delay_queues(self) -> set[str]:
        return set()

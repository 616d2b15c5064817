"""A broker without delay queues: delays are times in the database, so no thread has to wait for them."""

from dramatiq import Broker


class Undelayed(Broker):
    """A mixin for a broker class, whose workers then consume no delay queues."""

    def emit_after(self, signal: str, *args: object, **kwargs: object) -> None:
        if signal != "declare_delay_queue":
            super().emit_after(signal, *args, **kwargs)

    def get_declared_delay_queues(self) -> set[str]:
        return set()

"""Hints in the memory of this process, for the embedded mode.

A hint that already waits is not added again, a hint for an undeclared queue is dropped, and a failed hint is not kept.
So the memory is bounded by the number of active runs.
"""

from collections import OrderedDict
from threading import Condition, Semaphore

from dramatiq import Broker, Message, MessageProxy, Middleware
from dramatiq.broker import Consumer
from dramatiq.errors import QueueNotFound


class MemoryBroker(Broker):
    poll = 200

    def __init__(self, _url: str, middleware: list[Middleware]) -> None:
        super().__init__(middleware)
        self.queues: dict[str, HintQueue] = {}

    def declare_queue(self, queue_name: str) -> None:
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = HintQueue()
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: Message[object], *, delay: int | None = None) -> Message[object]:
        if delay is not None:
            raise ValueError("Hints cannot be delayed: the database says when a run is due.")
        if message.queue_name in self.queues:
            self.emit_before("enqueue", message, delay)
            self.queues[message.queue_name].put(message)
            self.emit_after("enqueue", message, delay)
        return message

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 200) -> Consumer:
        if queue_name not in self.queues:
            raise QueueNotFound(queue_name)
        return MemoryConsumer(self.queues[queue_name], prefetch, timeout / 1000)

    def flush(self, queue_name: str) -> None:
        self.queues[queue_name].clear()

    def flush_all(self) -> None:
        for queue in self.queues.values():
            queue.clear()

    def waiting(self, queue: str) -> int:
        return len(self.queues.get(queue, ()))

    def rest(self) -> None:
        """Do nothing: there is no connection."""


class HintQueue:
    """A first-in-first-out queue that holds each actor with its arguments only once."""

    def __init__(self) -> None:
        self._messages: OrderedDict[tuple[object, ...], Message[object]] = OrderedDict()
        self._filled = Condition()

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Message[object]) -> None:
        with self._filled:
            self._messages.setdefault((message.actor_name, *message.args), message)
            self._filled.notify()

    def get(self, timeout: float) -> Message[object] | None:
        """Return the next message, or None if there was none for `timeout` seconds."""
        with self._filled:
            self._filled.wait_for(lambda: self._messages, timeout)
            return self._messages.popitem(last=False)[1] if self._messages else None

    def clear(self) -> None:
        with self._filled:
            self._messages.clear()


class MemoryConsumer(Consumer):
    """Take messages up to the number that may be under way at the same time."""

    def __init__(self, queue: HintQueue, prefetch: int, timeout: float) -> None:
        self._queue, self._timeout = queue, timeout
        self._room = Semaphore(prefetch)

    def __next__(self) -> MessageProxy | None:
        if not self._room.acquire(timeout=self._timeout):
            return None
        if message := self._queue.get(self._timeout):
            return MessageProxy(message)
        self._room.release()
        return None

    def ack(self, _: MessageProxy) -> None:
        self._room.release()

    def nack(self, _: MessageProxy) -> None:
        self._room.release()

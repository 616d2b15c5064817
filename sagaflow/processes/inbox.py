"""The runs that hints named, on their way to the threads of this process that carry them on.

A hint stays with the broker until a thread has taken each of its runs. So a process that dies takes with it only the
runs under way, and a slow action holds only its own thread: the others take what is left.
"""

from collections import deque
from collections.abc import Callable, Iterable
from threading import Condition, Lock, Thread

from sagaflow.counting import counted

__all__ = ["Inbox"]

log = counted(__name__)


class Inbox:
    """A first-in-first-out queue of runs, and the threads that call ``perform`` with each."""

    def __init__(self, perform: Callable[[str], None], end: Callable[[], None], *, threads: int) -> None:
        """Prepare the threads. ``end``: called by each when it ends."""
        self._perform, self._end = perform, end
        self._waiting: deque[str] = deque()
        self._closed = False
        lock = Lock()
        self._filled, self._taken = Condition(lock), Condition(lock)
        self._threads = [Thread(target=self._work, name=f"sagaflow-{n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Let each thread end after its run."""
        with self._filled:
            self._closed = True
            self._filled.notify_all()
            self._taken.notify_all()

    def join(self, timeout: Callable[[], float]) -> None:
        """Wait for the threads, each as long as ``timeout`` says."""
        for thread in self._threads:
            thread.join(timeout())

    def offer(self, runs: Iterable[str], patience: float) -> list[str]:
        """Wait until threads have taken the runs; return those that none took in ``patience`` seconds, or by the end.

        One thread may offer at a time.
        """
        with self._taken:
            self._waiting.extend(dict.fromkeys(runs))
            self._filled.notify(len(self._waiting))
            self._taken.wait_for(lambda: self._closed or not self._waiting, patience)
            left = [*self._waiting]
            self._waiting.clear()
        return left

    def _take(self) -> str | None:
        with self._filled:
            self._filled.wait_for(lambda: self._closed or self._waiting)
            if self._closed:
                return None
            run_id = self._waiting.popleft()
            if not self._waiting:
                self._taken.notify()
            return run_id

    def _work(self) -> None:
        try:
            while (run_id := self._take()) is not None:
                try:
                    self._perform(run_id)
                except BaseException:
                    log.exception("A thread of the worker was interrupted in run %s, and goes on.", run_id)
        finally:
            self._end()

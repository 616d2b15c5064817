"""One private server: a process with its own folder and port, started, killed and stopped by a test.

It dies with the process that started it, even when that one is killed: the kernel sends it `parting_signal` then.
"""

import atexit
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Self

import psutil

from tests.servers.ports import free_port
from tests.servers.waiting import until

PR_SET_PDEATHSIG = 1


class DidNotStart(AssertionError):
    """A server ended, or did not answer, while it was being started; the message has the end of its log."""


class Server(ABC):
    """Shared by PostgreSQL, Redis, RabbitMQ and NATS."""

    name: str
    user: str | None = None
    """The account of the process when the tests run as root."""
    parting_signal = signal.SIGKILL
    """The signal that ends it immediately."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"sagaflow-{self.name}-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.stop)
        if self.account:
            shutil.chown(self.folder, self.account)

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    def answers(self) -> bool:
        """True if this server accepts a client now."""

    @property
    def account(self) -> str | None:
        return self.user if os.geteuid() == 0 else None

    def environment(self) -> dict[str, str]:
        return {**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}

    def prepare(self) -> None:  # noqa: B027  (most need nothing)
        """Create what has to exist before a start, such as a data folder."""

    def start(self) -> Self:
        """Start it, unless it runs already. Return when it answers."""
        if self.is_running:
            return self
        self.prepare()
        self._process = self.spawn(self.command())
        until(lambda: self.answers() or not self.is_running, f"{self.name} to answer", seconds=60)
        if not self.is_running:
            raise DidNotStart(f"{self.name} did not start. The end of its log:\n{self.log()[-2000:]}")
        return self

    def kill(self) -> None:
        """End it immediately, as a power cut would, with all processes that it started."""
        if self._process is None:
            return
        family = [self._process.pid, *(child.pid for child in children(self._process.pid))]
        self._process.send_signal(self.parting_signal)
        self._process.wait(timeout=30)
        for pid in family[1:]:
            end(pid)
        self._process = None

    def restart(self) -> None:
        """Kill it and start it again on the same port, with its data on disk."""
        self.kill()
        self.start()

    def stop(self) -> None:
        """End it permanently and remove its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.stop)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pids(self) -> list[int]:
        """Every process that belongs to it."""
        return [self._process.pid, *(child.pid for child in children(self._process.pid))] if self._process else []

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self.environment(),
                user=self.account,
                group=self.account,
                extra_groups=[] if self.account else None,
                start_new_session=True,
                preexec_fn=dying_with_parent(self.parting_signal),
            )

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def end(pid: int) -> None:
    """Kill the process, if it still exists, and wait for its end."""
    try:
        process = psutil.Process(pid)
        process.kill()
        process.wait(timeout=60)
    except psutil.NoSuchProcess:
        pass


def dying_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """For `preexec_fn`: ask the kernel for that signal when the parent dies. Linux only; elsewhere atexit does it."""
    if not hasattr(os, "pidfd_open"):
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)

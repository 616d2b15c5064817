"""Real processes for the tests that kill them. Each process dies with its test, in any case."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.servers.server import children, dying_with_parent, end
from tests.servers.waiting import until

ROOT = Path(__file__).parent.parent.parent


class Running:
    """A process, what it printed so far, and its children."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._log = Path(tempfile.mkstemp(prefix="sagaflow-process-", suffix=".log")[1])
        with self._log.open("wb") as log:
            self.popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
                start_new_session=True,
                preexec_fn=dying_with_parent(signal.SIGKILL),
            )

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def children(self) -> list[psutil.Process]:
        return [child for child in children(self.popen.pid) if child.status() != psutil.STATUS_ZOMBIE]

    def says(self, text: str, *, seconds: float = 60) -> None:
        """Wait until the process has printed the text."""
        try:
            until(lambda: text in self.output or self.popen.poll() is not None, f"{text!r}", seconds=seconds)
        finally:
            assert text in self.output, self.output

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait(60)

    def terminate(self, *, seconds: float = 60) -> int:
        """Send SIGTERM. Return the exit code."""
        self.popen.terminate()
        return self.popen.wait(seconds)

    def close(self) -> None:
        family = children(self.popen.pid)
        self.popen.kill()
        self.popen.wait(60)
        for child in family:
            end(child.pid)
        self._log.unlink()


@contextmanager
def running(*command: str, **environment: str) -> Iterator[Running]:
    """A Python process with these arguments. If the test fails, it shows the output."""
    process = Running([sys.executable, *command], environment)
    try:
        yield process
    except BaseException:
        sys.stderr.write(f"--- {' '.join(command)[:200]}\n{process.output}")
        raise
    finally:
        process.close()

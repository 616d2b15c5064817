"""Only one process at a time uses an SQLite file, whether by its path, a symbolic link or a hard link."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from sagaflow.core.errors import SagaflowError

__all__ = ["Busy", "Unwritable", "only_one"]

LOCKS = Path("/proc/locks")
_opened: dict[tuple[int, int], int] = {}
"""Descriptors by device and inode. They stay open, as closing one would release the locks of SQLite in this process."""


class Busy(SagaflowError):
    """Another process serves the same database file."""

    def __init__(self, database: Path, holder: str) -> None:
        super().__init__(
            f"`sagaflow up` already runs on {database} (process {holder or 'unknown'}). Stop that process first, or "
            "set DATABASE_URL to another file. To use several processes, use PostgreSQL and the commands worker, "
            "sweeper and relay."
        )


class Unwritable(SagaflowError):
    """The database cannot be written, so no run could start."""

    def __init__(self, database: object, why: object) -> None:
        super().__init__(
            f"The database {database} cannot be written: {why}. Give this user the right to write the file and its "
            "folder, make room on the disk, or set DATABASE_URL to another database."
        )


@contextmanager
def only_one() -> Iterator[None]:
    """Hold a lock on the SQLite file of the runs; the kernel releases it even if this process is killed.

    Raises:
        Busy: another process holds the lock.
        Unwritable: the file or its folder cannot be written.
    """
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        yield
        return
    path = Path(database["NAME"])
    try:
        file = _open(path)
    except OSError as error:
        raise Unwritable(path, error.strerror) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise Busy(path, _holder(file)) from error
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _open(path: Path) -> int:
    """Return the descriptor of the file, which is the same for each of its names; create the file if it is missing."""
    if not os.access(path.resolve().parent, os.W_OK):
        raise PermissionError(13, "the folder is read-only")  # SQLite writes its log into the same folder
    if path.exists() and (known := _opened.get(_identity(path.stat()))) is not None:
        return known
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    return _opened.setdefault(_identity(os.fstat(file)), file)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _holder(file: int) -> str:
    """Return the process that holds the lock, or "" if the system does not say."""
    inode = str(os.fstat(file).st_ino)
    lines = LOCKS.read_text().splitlines() if LOCKS.exists() else []
    locks = (line.split() for line in lines if " FLOCK " in line and " -> " not in line)
    return next((words[4] for words in locks if words[5].rpartition(":")[2] == inode), "")

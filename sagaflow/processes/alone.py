"""One process at a time on an SQLite file, however each of them names it: by a path, a symbolic link or a hard link."""

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
"""By device and inode. Never closed: that would take the locks away that SQLite holds on the file in this process."""


class Busy(SagaflowError):
    """Another process serves the same database file."""

    def __init__(self, database: Path, holder: str) -> None:
        super().__init__(
            f"`sagaflow up` runs already on {database} (process {holder or 'unknown'}). End that one first, or set "
            "DATABASE_URL to another file. To use several processes, take PostgreSQL and the commands worker, sweeper "
            "and relay."
        )


class Unwritable(SagaflowError):
    """The database cannot be written, so that no run could start."""

    def __init__(self, database: object, why: object) -> None:
        super().__init__(
            f"The database {database} cannot be written: {why}. Give this user the right to write the file and its "
            "folder, make room on the disk, or set DATABASE_URL to another database."
        )


@contextmanager
def only_one() -> Iterator[None]:
    """Holds a lock on the SQLite file of the runs itself; the kernel takes it back however this process ends.

    Raises:
        Busy: another process holds it.
        Unwritable: the file, or its folder, cannot be written.
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
    """The descriptor of the file, which is made if it is not there; the same one for every name of it."""
    if not os.access(path.resolve().parent, os.W_OK):
        raise PermissionError(13, "the folder is read-only")  # SQLite keeps its log beside the file
    if path.exists() and (known := _opened.get(_identity(path.stat()))) is not None:
        return known
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    return _opened.setdefault(_identity(os.fstat(file)), file)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _holder(file: int) -> str:
    """The process that holds the lock, where the system tells; else empty."""
    inode = str(os.fstat(file).st_ino)
    lines = LOCKS.read_text().splitlines() if LOCKS.exists() else []
    held = (line.split() for line in lines if " FLOCK " in line and " -> " not in line)
    return next((words[4] for words in held if words[5].rpartition(":")[2] == inode), "")

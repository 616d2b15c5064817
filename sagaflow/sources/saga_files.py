"""Definitions in files: the folder ``sagas`` of an app, read like code and reviewed like code."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sagaflow.core import payload
from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import InvalidDefinition, SagaflowError
from sagaflow.core.json_value import Json
from sagaflow.sources import yaml_text

__all__ = ["FOLDER", "SUFFIXES", "FileChanged", "files_in", "parse", "read", "replace"]

FOLDER = "sagas"
"""The folder of an app that holds definitions."""
SUFFIXES = (".json", ".yaml", ".yml")


class FileChanged(SagaflowError):
    """A file has other content than the change was made for. Nothing was written."""


class BadFile(SagaflowError):
    """A file cannot be read as a definition. The message names the file and every fault."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file with its definition, or with the reason why it has none."""

    path: Path
    saga: Saga | None
    fault: str = ""


def files_in(app: Path) -> Iterator[Found]:
    """Read every definition in the folder of an app, sorted by name. A file with faults does not hide the others."""
    folder = app / FOLDER
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES) if folder.is_dir() else []
    for path in paths:
        try:
            yield Found(path, read(path))
        except SagaflowError as error:
            yield Found(path, None, str(error))


def parse(name: str, text: str | bytes) -> Json:
    """Return the document in the text of the file ``name``, whose suffix says whether it is JSON or YAML.

    Raises:
        InvalidPayload: the text is neither; the message names the file.
    """
    what = f"The file '{name}'"
    if name.lower().endswith(".json"):
        return payload.parse(text.encode() if isinstance(text, str) else text, what=what)
    return yaml_text.parse(text, what=what)


def read(path: Path) -> Saga:
    """Return the definition in a file.

    Raises:
        BadFile: the file cannot be read, or its content is not a valid definition.
        InvalidPayload: the text is neither JSON nor YAML.
    """
    try:
        return document.load(parse(path.name, path.read_bytes()))
    except OSError as error:
        raise BadFile(f"The file '{path}' cannot be read: {error.strerror}.") from error
    except InvalidDefinition as error:
        faults = "; ".join(f"{fault.element}: {fault.message}" for fault in error.faults)
        raise BadFile(f"The file '{path}' is not a valid definition: {faults}.") from error


def replace(path: Path, before: bytes | None, after: bytes) -> None:
    """Replace the content of a file in one step: a reader sees the old or the new content, and never a part.

    Args:
        path: the file. The target of a symbolic link is replaced, and its permissions stay.
        before: the content that the file is known to have; ``None``: it does not exist yet.
        after: the new content.

    Raises:
        FileChanged: the file has other content, or exists already.
        OSError: the file or its folder cannot be written.
    """
    path = path.resolve()
    now = path.read_bytes() if path.exists() else None
    if now != before:
        why = "exists already" if before is None else "is gone" if now is None else "has changed in the meantime"
        raise FileChanged(f"The file '{path}' {why}; nothing was written.")
    if now == after:
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o7777 if now is not None else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

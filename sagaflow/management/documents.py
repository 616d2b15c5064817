"""Reads the definition that a command line names: a registered saga, or a file with a document in JSON or YAML."""

from pathlib import Path

from sagaflow import registry
from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Saga
from sagaflow.management.arguments import text_of
from sagaflow.sources import saga_files

__all__ = ["is_file", "saga_of"]


def is_file(name: str) -> bool:
    """True if ``name`` is the name of a file, False if it is that of a registered saga."""
    return Path(name).suffix.lower() in saga_files.SUFFIXES


def saga_of(name: str) -> Saga:
    """Return the definition.

    Raises:
        UnknownSaga: no saga of this name is registered.
        CommandFailed: the file cannot be read.
        InvalidPayload: the content is neither JSON nor YAML.
        InvalidDefinition: the content is not a valid definition; the error lists every fault.
    """
    if not is_file(name):
        return registry.get_saga(name)
    return document.load(saga_files.parse(name, text_of(name, "The definition file")))

"""Finds what the installed apps register: their modules ``sagas``, and the files in their folders ``sagas``."""

from importlib import import_module
from pathlib import Path

from sagaflow import registry
from sagaflow.sources import saga_files
from sagaflow.sources.source import Source

__all__ = ["autodiscover", "discover_files", "file_faults"]

_faults: list[tuple[str, str]] = []


def autodiscover() -> None:
    """Import the ``sagas`` module of every installed app that has one, and read the files in its folder ``sagas``."""
    from django.apps import apps
    from django.utils.module_loading import module_has_submodule

    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, saga_files.FOLDER):
            import_module(f"{config.name}.{saga_files.FOLDER}")
    for config in apps.get_app_configs():
        discover_files(Path(config.path))


def discover_files(app: Path) -> None:
    """Register the definitions in the files of an app. A system check reports the files that give none."""
    for file in saga_files.files_in(app):
        if file.saga is None:
            _faults.append((str(file.path), file.fault))
            continue
        try:
            registry.register(file.saga, source=Source(path=file.path))
        except registry.BadAction as error:
            _faults.append((str(file.path), str(error)))


def file_faults() -> tuple[tuple[str, str], ...]:
    """Return each file in a folder ``sagas`` that gives no definition, with the reason."""
    return tuple(_faults)

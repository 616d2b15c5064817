"""Finds modules of one name in the installed apps, for commands that use what apps offer."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.apps import apps

__all__ = ["modules_of_apps"]


def modules_of_apps(name: str) -> Iterator[tuple[str, ModuleType]]:
    """Yield ``(label, module)`` for each installed app that has a module of this name."""
    for config in apps.get_app_configs():
        path = f"{config.name}.{name}"
        if find_spec(path):
            yield config.label, import_module(path)

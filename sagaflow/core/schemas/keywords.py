"""The keywords of the library for JSON Schema, with another engine in the place of Python's regular expressions.

The library looks for patterns in several of its functions. So its modules of keywords are loaded a second time, and
there ``re`` is the engine: the library that others import stays as it is.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any, Protocol

__all__ = ["Engine", "on_engine"]

UTILS = "jsonschema._utils"
MODULES = ("jsonschema._keywords", "jsonschema._legacy_keywords")
Keyword = Callable[..., Any]


class Engine(Protocol):
    """The part of the module ``re`` that the library uses."""

    def search(self, pattern: str, text: str) -> object:
        """Return something true if a part of the text matches."""
        ...


def on_engine(engine: Engine) -> Callable[[Keyword], Keyword]:
    """Return a function that returns each keyword of the library as it is on ``engine``."""
    utils, original = _again(UTILS, engine), import_module(UTILS)

    def additional(instance: dict[str, Any], schema: dict[str, Any]) -> list[str]:
        """Search for each pattern by itself: joined, they would be one that is too long."""
        named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        return [name for name in instance if name not in named and not any(engine.search(p, name) for p in patterns)]

    vars(utils)["find_additional_properties"] = additional
    modules = {name: _again(name, engine) for name in MODULES}
    for module in modules.values():
        for name, value in [*vars(module).items()]:
            if value is original:
                setattr(module, name, utils)
            elif callable(value) and vars(original).get(name) is value:
                setattr(module, name, getattr(utils, name))
    return lambda keyword: getattr(modules[keyword.__module__], keyword.__name__, keyword)


def _again(name: str, engine: Engine) -> ModuleType:
    spec = find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module)["re"] = engine
    return module

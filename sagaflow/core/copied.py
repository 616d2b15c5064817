"""Copies of frozen dataclasses with some fields changed, by a plan per class: a decision makes some fifty of them."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

__all__ = ["copied", "getter"]

T = TypeVar("T")


def copied(value: T, /, **changes: Any) -> T:
    """Return a copy of a dataclass with slots and without ``__post_init__``, as ``dataclasses.replace`` does.

    Raises:
        TypeError: the class has no field of a name in ``changes``.
    """
    new, get, setters, by_name = _plan(type(value))  # type: ignore[arg-type]  # a class is hashable
    result: T = new()
    for put, item in zip(setters, get(value), strict=True):
        put(result, item)
    for name, item in changes.items():
        if name not in by_name:
            raise TypeError(f"{type(value).__name__} has no field {name}.")
        by_name[name](result, item)
    return result


def getter(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Return the function that returns the values of these attributes, in this order."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


@cache
def _plan(kind: type) -> tuple[Callable[[], Any], Callable[[Any], tuple[Any, ...]], list[Any], dict[str, Any]]:
    if hasattr(kind, "__post_init__") or "__slots__" not in vars(kind):
        raise TypeError(f"{kind.__name__} cannot be copied field by field; use dataclasses.replace.")
    setters = {item.name: getattr(kind, item.name).__set__ for item in fields(kind)}  # frozen: the slots are not
    return lambda: object.__new__(kind), getter([*setters]), [*setters.values()], setters

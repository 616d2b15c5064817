"""Copies of frozen dataclasses with some fields changed, by a plan per class: a decision makes some fifty of them."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from itertools import repeat
from operator import attrgetter, call
from typing import Any, TypeVar

__all__ = ["copied", "getter", "put_fields"]

T = TypeVar("T")


def copied(value: T, /, **changes: Any) -> T:
    """Return a copy of a dataclass with slots and without ``__post_init__``, as ``dataclasses.replace`` does.

    Raises:
        TypeError: the class has no field of a name in ``changes``.
    """
    new, get, setters, by_name = _plan(type(value))  # type: ignore[arg-type]  # a class is hashable
    result: T = new()
    any(map(call, setters, repeat(result), get(value)))  # each returns None: a loop that needs no statement for each
    for name, item in changes.items():
        if name not in by_name:
            raise TypeError(f"{type(value).__name__} has no field {name}.")
        by_name[name](result, item)
    return result


def put_fields(value: object, /, **changes: Any) -> None:
    """Change fields of a dataclass of which the caller has the only reference, although it is frozen.

    Raises:
        KeyError: the class has no field of a name in ``changes``.
    """
    setters = _plan(type(value))[3]  # type: ignore[arg-type]  # a class is hashable
    for name, item in changes.items():
        setters[name](value, item)


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

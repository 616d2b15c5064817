"""Convert frozen dataclasses to JSON values or canonical text, and back, by their annotations.

Fields with their default value are left out, so that a snapshot of a long saga stays small and old ones stay readable.
"""

import json.encoder
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from sagaflow.core.copied import getter
from sagaflow.core.json_value import Json
from sagaflow.core.payload import canonical

__all__ = ["decode", "encode", "quoted", "write"]

T = TypeVar("T")
quoted = json.encoder.encode_basestring
"""The function that writes a text as JSON: the one that ``canonical`` uses."""


def encode(value: object) -> Json:
    """Return the JSON value of a dataclass instance (an object without default fields), or of a container of them."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            name: encode(item)
            for name, default in _defaults(type(value))
            if not _same(item := getattr(value, name), default)
        }
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    return value


def write(value: object) -> str:
    """Return ``canonical(encode(value))``. A plan per class makes the text at once, without the JSON value."""
    return _writer(type(value))(value)  # type: ignore[arg-type]  # a class is hashable


def decode(kind: type[T], value: Json) -> T:
    """Return the instance of ``kind`` from which ``encode`` made ``value``.

    Raises:
        TypeError: ``value`` has fields that ``kind`` does not, or lacks one that it needs.
    """
    readers = _readers(kind)  # type: ignore[arg-type]  # a class is hashable
    unknown = value.keys() - readers.keys()
    if unknown:
        raise TypeError(f"{kind.__name__} has no field {', '.join(sorted(unknown))}.")
    return kind(**{name: readers[name](item) for name, item in value.items()})


def _same(item: object, default: object) -> bool:
    """Return true if two values are equal and of one type: ``False`` is not ``0``."""
    return item is default or (type(item) is type(default) and item == default)


@cache
def _defaults(kind: type) -> tuple[tuple[str, object], ...]:
    return tuple((item.name, _default(item)) for item in fields(kind))


def _default(item: "Field[object]") -> object:
    if item.default is not MISSING:
        return item.default
    return item.default_factory() if item.default_factory is not MISSING else MISSING


@cache
def _writer(kind: type) -> Callable[[Any], str]:
    """Return the function that writes the values of exactly this class."""
    if own := getattr(kind, "written", None):
        return own  # type: ignore[no-any-return]  # a container that keeps the texts of its parts
    if is_dataclass(kind):
        defaults = dict(_defaults(kind))
        names = sorted(defaults)
        plan, get = tuple((f"{quoted(name)}:", defaults[name]) for name in names), getter(names)
        return lambda value: _write_fields(plan, get(value))
    if issubclass(kind, StrEnum):
        return {member: quoted(member.value) for member in kind}.__getitem__
    return _PLAIN.get(kind, _write_any)


def _write_fields(plan: tuple[tuple[str, object], ...], items: tuple[object, ...]) -> str:
    parts = [
        head + _writer(type(item))(item)  # type: ignore[arg-type]  # a class is hashable
        for (head, default), item in zip(plan, items, strict=True)
        if item is not default and not (item == default and type(item) is type(default))  # as ``_same``, without a call
    ]
    return "{" + ",".join(parts) + "}"


def _write_any(value: object) -> str:
    try:
        return canonical(value)
    except TypeError:  # it has a dataclass in it, or a mapping of another class than dict
        return canonical(encode(value))


_PLAIN: Mapping[type, Callable[[Any], str]] = {
    str: quoted,
    bool: {True: "true", False: "false"}.__getitem__,
    int: int.__repr__,
    float: lambda value: float.__repr__(value) if math.isfinite(value) else canonical(value),
    type(None): lambda _: "null",
}


@cache
def _readers(kind: type) -> dict[str, Callable[[Json], object]]:
    hints = get_type_hints(kind)
    return {item.name: _reader(hints[item.name]) for item in fields(kind)}


def _reader(hint: object) -> Callable[[Json], object]:
    """Return the function that converts a JSON value to the annotated type."""
    if get_origin(hint) in (Union, types.UnionType):
        inner = _reader(next(arg for arg in get_args(hint) if arg is not type(None)))
        return lambda value: None if value is None else inner(value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda value: decode(hint, value)
    if get_origin(hint) is Mapping:
        item = _reader(get_args(hint)[1])
        return lambda value: {key: item(element) for key, element in value.items()}
    if get_origin(hint) is tuple:
        item = _reader(get_args(hint)[0])
        return lambda value: tuple(item(element) for element in value)
    if hint is float:
        return float
    return lambda value: value

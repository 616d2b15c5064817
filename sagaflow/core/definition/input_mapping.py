"""The input of a step as a mapping: each of its fields is picked from data of the run, or is a constant.

A mapping looks at the same data as a condition: ``{"input": …, "steps": {name: output}}``. Without a mapping a step
gets the whole input of the run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from sagaflow.core.definition.condition import astray, pointer_faults, resolve, tokens
from sagaflow.core.definition.fields import plain
from sagaflow.core.json_value import Json
from sagaflow.core.payload import payload_faults

__all__ = ["InputMapping", "Pick", "pick"]

LONGEST_FIELD = 200
MOST_PICKS = 100
"""Each field may pick the whole input, so that the input of the step can be so many times as large."""
FROM, VALUE, DEFAULT = "from", "value", "default"
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Pick:
    """The value at a JSON pointer: into the run's input, ``/input/amount``, or an output, ``/steps/place/order_id``."""

    pointer: str
    default: Any = _MISSING
    """The value if there is nothing at the pointer. Without a default, the field is then left out."""

    @property
    def has_default(self) -> bool:
        """True if the field always has a value."""
        return self.default is not _MISSING

    @property
    def step(self) -> str:
        """The step whose output it reads; empty: it reads the run's input."""
        match tokens(self.pointer):
            case ("steps", name, *_):
                return name
            case _:
                return ""

    def faults(self) -> list[str]:
        """Return a sentence about each fault."""
        found = pointer_faults(self.pointer) or list(astray(self.pointer))
        return found + (payload_faults(self.default, "the default") if self.has_default else [])

    def document(self) -> dict[str, Json]:
        """Return the pick as JSON: ``{"from": "/input/amount", "default": 0}``."""
        return {FROM: self.pointer} | ({DEFAULT: plain(self.default)} if self.has_default else {})


def pick(pointer: str, default: object = _MISSING) -> Pick:
    """Return a field's value as a JSON pointer, such as ``pick("/steps/place_order/order_id")``."""
    return Pick(pointer, default)


@dataclass(frozen=True, slots=True)
class InputMapping:
    """Name of a field → a :class:`Pick`, or a constant: any other JSON value."""

    fields: Mapping[str, Any]

    @property
    def picks(self) -> dict[str, Pick]:
        """The fields that are picked, by name."""
        return {name: value for name, value in self.fields.items() if isinstance(value, Pick)}

    def value(self, data: Mapping[str, object]) -> dict[str, Json]:
        """Return the input that ``data`` gives. A field without a value is left out."""
        values = {name: self._value(value, data) for name, value in self.fields.items()}
        return {name: value for name, value in values.items() if value is not _MISSING}

    def steps(self) -> frozenset[str]:
        """Return the names of the steps whose outputs are read."""
        return frozenset(picked.step for picked in self.picks.values()) - {""}

    def hiding(self, sensitive: Iterable[str]) -> tuple[str, ...]:
        """Return the fields that a sensitive field fills, so that they are sensitive under their own names, too."""
        hidden = {name.casefold() for name in sensitive}
        return tuple(
            name
            for name, picked in self.picks.items()
            if any(token.casefold() in hidden for token in tokens(picked.pointer)) and name.casefold() not in hidden
        )

    def faults(self) -> list[str]:
        """Return a sentence about each fault."""
        faults = []
        if len(self.picks) > MOST_PICKS:
            faults.append(f"it picks {len(self.picks)} fields and {MOST_PICKS} is the limit; pick an object as a whole")
        for name, value in self.fields.items():
            if not 0 < len(name) <= LONGEST_FIELD:
                faults.append(f"the field {name[:50]!r} has no usable name; give 1 to {LONGEST_FIELD} characters")
                continue
            faults += payload_faults(name, "the name of a field")
            found = value.faults() if isinstance(value, Pick) else payload_faults(value, "the constant")
            faults += [f"the field '{name}': {fault}" for fault in found]
        return faults

    def document(self) -> dict[str, Json]:
        """Return the mapping as JSON: ``{"amount": {"from": "/input/amount"}, "currency": {"value": "EUR"}}``."""
        return {
            name: value.document() if isinstance(value, Pick) else {VALUE: plain(value)}
            for name, value in self.fields.items()
        }

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Return the mapping of a document."""
        return cls({name: _read(item) for name, item in data.items()})

    @staticmethod
    def _value(value: Any, data: Mapping[str, object]) -> Any:
        return resolve(data, value.pointer, value.default) if isinstance(value, Pick) else value


def _read(item: Mapping[str, Any]) -> Any:
    return Pick(item[FROM], item.get(DEFAULT, _MISSING)) if FROM in item else item[VALUE]

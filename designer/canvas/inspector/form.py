"""A form as values: its groups, their fields, and what each field sends when it is edited."""

from dataclasses import dataclass

__all__ = ["Field", "Group", "Inspector"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of the form."""

    name: str
    """The key of the element's document that an edit sets: ``retry``."""
    label: str
    control: str
    """``text``, ``area``, ``number``, ``flag``, ``choice``, ``names``, ``pairs``, ``json``, ``action`` …"""
    inside: str = ""
    """The key inside the value of ``name``: ``attempts``."""
    value: str = ""
    """The value as the control shows it; empty: not set."""
    default: str = ""
    """The value that holds while none is set, in words."""
    help: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """Value and label of each choice, or of each suggestion."""
    faults: tuple[str, ...] = ()
    operation: str = "set-field"
    """The kind of the operation that an edit sends."""
    samples: str = ""
    """JSON: of the choice of a kind, the work with which each begins; of a mapping, what it can be filled with; of a
    button, the operation that it sends."""

    @property
    def key(self) -> str:
        """The name of the control, unique in the form."""
        return f"{self.name}.{self.inside}" if self.inside else self.name


@dataclass(frozen=True)
class Group:
    """Fields under one heading."""

    title: str
    fields: tuple[Field, ...]
    is_open: bool = True

    @property
    def is_set(self) -> bool:
        """True if a field has a value or a fault."""
        return any(field.value or field.faults for field in self.fields)


@dataclass(frozen=True)
class Inspector:
    """The form of an element."""

    element: str
    title: str
    sort: str
    """``saga``, ``segment``, ``step`` or ``observer``."""
    groups: tuple[Group, ...]
    faults: tuple[str, ...] = ()
    """Faults that belong to no field."""

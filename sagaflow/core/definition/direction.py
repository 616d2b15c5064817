"""The two directions of a step."""

from enum import StrEnum

__all__ = ["Direction"]


class Direction(StrEnum):
    """Whether work does a step or undoes it."""

    DO = "do"
    UNDO = "undo"

"""The two directions of a step."""

from enum import StrEnum

__all__ = ["Direction"]


class Direction(StrEnum):
    """The direction of work: it does a step, or it undoes one."""

    DO = "do"
    UNDO = "undo"

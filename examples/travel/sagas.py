"""This module registers actions and no saga: a saga of them is made in the designer, as a copy of "Book a trip"."""

from examples.travel import participants

__all__ = ["participants"]

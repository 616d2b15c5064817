"""The number of examples of a property test: all of them in CI, a share of them locally (see `conftest.py`)."""

from typing import Any

from hypothesis import settings

FULL = 100
"""The `max_examples` of a profile that tries everything: Hypothesis's default, which a test without a number gets."""


def examples(full: int, **more: Any) -> settings:
    """Settings with ``full`` examples, or with the share of them that the profile tries."""
    return settings(max_examples=share(full), **more)


def share(full: int) -> int:
    """The number of things that the profile tries, at least one, where there are ``full`` of them."""
    return max(1, full * settings().max_examples // FULL)

"""How many examples a property test tries: all of them in CI, a share of them at the desk (see `conftest.py`)."""

from typing import Any

from hypothesis import settings

FULL = 100
"""The `max_examples` of a profile that tries everything: Hypothesis's own, which a test without a number gets."""


def examples(full: int, **more: Any) -> settings:
    """Settings with ``full`` examples, or the share of them that the profile tries."""
    return settings(max_examples=max(1, full * settings().max_examples // FULL), **more)

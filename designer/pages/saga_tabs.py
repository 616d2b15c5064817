"""The tabs that the pages of one saga share, and the word for its styles."""

from sagaflow.core.definition.saga import Saga

__all__ = ["TABS", "styles_of"]

TABS = ("overview", "versions")
"""The values of ``?tab=`` of the page of a saga. The first one is shown if the address names none."""


def styles_of(saga: Saga) -> str:
    """Return the style of all segments, or ``mixed``."""
    styles = {segment.style.value for segment in saga.segments}
    return styles.pop() if len(styles) == 1 else "mixed"

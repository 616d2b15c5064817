"""How much of a value a page shows: a page has a bounded length, whatever the steps return."""

import json
from typing import Any

__all__ = ["MOST_SHOWN", "cut", "json_text"]

MOST_SHOWN = 2_000
"""Characters of one value; the rest is a link away."""


def json_text(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def cut(text: str) -> tuple[str, str]:
    """The text, or its beginning; and a sentence that says so, empty if nothing is left out."""
    if len(text) <= MOST_SHOWN:
        return text, ""
    return f"{text[:MOST_SHOWN]}…", f"The first {MOST_SHOWN} of {len(text)} characters are shown."

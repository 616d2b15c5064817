"""The part of a long value that a page shows, because a page has a bounded length whatever the steps return."""

import json

__all__ = ["MOST_SHOWN", "cut", "json_text"]

MOST_SHOWN = 2_000
"""The most characters of one value; a link leads to the rest."""


def json_text(value: object) -> str:
    """Return a value as indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def cut(text: str, most: int = MOST_SHOWN) -> tuple[str, str]:
    """Return the text or its beginning, and a sentence that says so, which is empty if nothing is left out."""
    if len(text) <= most:
        return text, ""
    return f"{text[:most]}…", f"The first {most} of {len(text)} characters are shown."

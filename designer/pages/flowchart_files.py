"""The files of a flowchart, and the words about it in an address."""

from collections.abc import Mapping

__all__ = ["FORMATS", "NOTHING"]

FORMATS: Mapping[str, tuple[str, str]] = {
    "svg": ("SVG", "image/svg+xml"),
    "png": ("PNG", "image/png"),
    "dot": ("DOT", "text/vnd.graphviz; charset=utf-8"),
    "mmd": ("Mermaid", "text/plain; charset=utf-8"),
}
"""The name and the content type of each format, by the suffix of its files."""
NOTHING = "-"
"""The value of ``fold`` in an address that folds no segment of a large drawing."""

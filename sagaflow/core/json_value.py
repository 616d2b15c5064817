"""The name of JSON in signatures: `Any` says that anything may come, and `Json` that only JSON does.

The alias documents and does not check. Values are checked once, where they come in (`core/payload.py`); a recursive
type would ask for a cast at each access after that.
"""

from typing import Any, TypeAlias

__all__ = ["Json"]

Json: TypeAlias = Any
"""None, a bool, an int, a float, a str, a list of such values, or a mapping from str to such values."""

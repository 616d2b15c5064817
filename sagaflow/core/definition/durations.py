"""Durations in words."""

__all__ = ["duration"]


def duration(seconds: float) -> str:
    """Return a duration as text, in the two largest units that are not zero: ``90`` → ``1 min 30 s``."""
    parts, rest = [], float(seconds)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if rest >= size:
            parts.append(f"{int(rest // size)} {unit}")
            rest %= size
    if rest or not parts:
        parts.append(f"{rest:g} s")
    return " ".join(parts[:2])

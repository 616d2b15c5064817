"""Durations in words, each way of saying one once. A number of seconds is exact, measured, or rough.

Exact durations stand in a definition, measured ones in what a run did, and rough ones where the age of a thing matters.
"""

__all__ = ["DAY", "HOUR", "MINUTE", "ago", "duration", "fine", "measured", "rough"]

MINUTE, HOUR, DAY = 60, 3_600, 86_400
UNITS = (("d", DAY), ("h", HOUR), ("min", MINUTE))
NOUNS = {"d": "day", "h": "hour", "min": "minute"}


def duration(seconds: float) -> str:
    """Return a duration as text, in the two largest units that are not zero: ``90`` → ``1 min 30 s``."""
    parts, rest = [], float(seconds)
    for unit, size in UNITS:
        if rest >= size:
            parts.append(f"{int(rest // size)} {unit}")
            rest %= size
    if rest or not parts:
        parts.append(f"{rest:g} s")
    return " ".join(parts[:2])


def measured(seconds: float) -> str:
    """Return a measured duration in seconds or in two units: ``0.012 s``, ``3 min 5 s``, ``4 d 3 h``."""
    if seconds < MINUTE:
        return f"{seconds:.3f} s" if seconds < 10 else f"{seconds:.1f} s"  # noqa: PLR2004 - three digits say enough
    sizes = [*UNITS, ("s", 1)]
    at = next(at for at, (_, size) in enumerate(sizes) if seconds >= size)
    (unit, size), (small, part) = sizes[at : at + 2]
    return f"{int(seconds // size)} {unit} {int(seconds % size // part)} {small}"


def fine(seconds: float) -> str:
    """Return a duration on a scale that begins with milliseconds: ``120 ms``, ``1.25 s``, ``3 min 5 s``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms" if seconds else "0"
    return f"{seconds:.2f} s" if seconds < MINUTE else duration(round(seconds))


def rough(seconds: float) -> str:
    """Return a duration in its largest useful unit: ``12 s``, ``5 min``, ``3 h``, ``2 d``."""
    whole = max(0, int(seconds))
    unit, size = next(((unit, size) for unit, size in UNITS if whole >= 2 * size), ("s", 1))
    return f"{whole // size} {unit}"


def ago(seconds: float) -> str:
    """Return how long ago something was: ``5 minutes ago``."""
    for unit, size in UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {NOUNS[unit]}{'s' if count > 1 else ''} ago"
    return "just now" if seconds < 10 else f"{int(seconds)} seconds ago"  # noqa: PLR2004

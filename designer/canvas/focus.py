"""The element that an edit leaves selected: what changed, or what is nearest to it if that is gone."""

from designer.canvas.draft import Draft

__all__ = ["nearest", "regained"]


def nearest(path: str, before: Draft, after: Draft) -> str:
    """Return ``path``, or what is nearest to it if ``after`` lacks it.

    ``before`` has it. A step that moved is found by its name. Of a step that is gone, the one before it in its segment
    is the nearest, then the one after it, then the segment.
    """
    kind, _, rest = path.partition("/")
    segment, _, step = rest.partition("/steps/")
    if kind != "segments":
        return path
    if step:
        places = dict(_steps(after))
        siblings = [name for name, home in _steps(before) if home == segment]
        found = next((name for name in _around(step, siblings) if name in places), None)
        if found is not None:
            return f"segments/{places[found]}/steps/{found}"
    names = [each["name"] for each in after.segments]
    found = next((name for name in _around(segment, [each["name"] for each in before.segments]) if name in names), None)
    return "saga" if found is None else f"segments/{found}"


def regained(before: Draft, after: Draft, focus: str) -> str:
    """Return what is selected when an edit is taken back: the first thing that comes back, else what had changed."""
    steps, names = dict(_steps(after)), {each["name"] for each in after.segments}
    for each in before.segments:
        if each["name"] not in names:
            return f"segments/{each['name']}"
    for name, home in _steps(before):
        if name not in steps:
            return f"segments/{home}/steps/{name}"
    return nearest(focus, after, before)


def _steps(draft: Draft) -> list[tuple[str, str]]:
    return [(step["name"], segment["name"]) for segment, step in draft.steps()]


def _around(name: str, names: list[str]) -> list[str]:
    """Return the name itself, those before it, the closest first, and those after it."""
    at = names.index(name) if name in names else 0
    return [name, *reversed(names[:at]), *names[at + 1 :]]

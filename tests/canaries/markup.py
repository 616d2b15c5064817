"""Text that tries to be executed, with the name of the field that contains it."""

__all__ = ["FIELDS", "canary"]

OF_DEFINITION = ("saga.title", "segment.title", "team", "step.title", "undo.reason", "approval", "code", "schema.title")
OF_RUN = ("by", "input.key", "input.value", "output.key", "output.value", "message", "odd.code", "odd.message")
OF_ACTS = ("act.by", "act.reason", "edited", "substitute", "approval.by", "approval.reason", "bulk.by", "bulk.reason")
OF_EVENTS = ("payload", "source", "event.id", "stray.id", "stray.payload", "stray.source", "undo.message", "sink")
OTHERS = ("username", "group", "token", "token.sagas", "bulk.selection", "bulk.step")
FIELDS = (*OF_DEFINITION, *OF_RUN, *OF_ACTS, *OF_EVENTS, *OTHERS)


def canary(field: str) -> str:
    """The longest is 90 characters, because a code has at most 100."""
    return f"</script><img src=x onerror='window.__owned=1'>\"&{{{{7*7}}}}<svg/onload=__owned=1>#{field}"

"""The run that an event from outside is for, if the event names it by its key."""

from collections.abc import Callable

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.correlation import hears
from sagaflow.models import Run
from sagaflow.store import definitions

__all__ = ["MayHave", "latest", "listener"]

MayHave = Callable[[Saga], bool]
"""Returns true if the sender of an event may give it to the runs of a saga."""


def listener(key: str, event: str, may_have: MayHave | None = None) -> tuple[str, str]:
    """Return the ID of the one open run with this key that hears ``event``, or an empty text and the reason why not.

    Of a run and its retries only the latest counts. ``may_have``: the sagas whose runs count; ``None``: all.
    """
    latest: dict[str, tuple[str, str, bool]] = {}
    rows = Run.objects.filter(key=key).order_by("saga", "number")
    for run_id, saga, digest, ended_at in rows.values_list("pk", "saga", "definition_id", "ended_at"):
        latest[saga] = (str(run_id), digest, ended_at is not None)
    heard = [(run_id, ended) for run_id, digest, ended in latest.values() if _hears(digest, event, may_have)]
    if not heard:
        return "", f"no run with the ID or the key '{key}' waits for this event yet"
    open_ = [run_id for run_id, ended in heard if not ended]
    if len(open_) == 1:
        return open_[0], ""
    if not open_:
        return "", "the run has ended"
    runs = " and ".join(sorted(open_))
    return "", f"{len(open_)} runs with the key '{key}' wait for this event, {runs}; name one by its ID"


def _hears(digest: str, event: str, may_have: MayHave | None) -> bool:
    saga = definitions.readable(digest)
    if saga is None or not (may_have is None or may_have(saga)):
        return False
    return hears(saga, event)


def latest(saga: str, key: str) -> str:
    """Return the ID of the run of ``saga`` with this key, the latest if it was retried as a whole; empty: none."""
    rows = Run.objects.filter(saga=saga, key=key).order_by("-number")
    return str(rows.values_list("pk", flat=True).first() or "")

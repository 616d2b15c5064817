"""The IDs of the events that a run took: the latest are in the snapshot, which has to stay small, all others here."""

from collections.abc import Iterable

from sagaflow.models import RememberedEvent

__all__ = ["keep", "knows", "lost"]


def knows(run_id: str, event_id: str) -> bool:
    """True if the run took an event with this ID that its snapshot no longer contains."""
    return RememberedEvent.objects.filter(run_id=run_id, event_id=event_id).exists()


def keep(run_id: str, event_ids: Iterable[str]) -> None:
    """Store IDs that the snapshot no longer contains; one that is stored already is skipped."""
    rows = [RememberedEvent(run_id=run_id, event_id=event_id) for event_id in event_ids]
    if rows:
        RememberedEvent.objects.bulk_create(rows, ignore_conflicts=True)


def lost(run_id: str, event_ids: Iterable[str]) -> list[str]:
    """Return the IDs that are not stored here although they should be."""
    expected = dict.fromkeys(event_ids)
    if not expected:
        return []
    known = set(RememberedEvent.objects.filter(run_id=run_id).values_list("event_id", flat=True))
    return [event_id for event_id in expected if event_id not in known]

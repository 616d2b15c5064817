"""The IDs of the events that a run took: the snapshot holds the latest, and has to stay small; all others are here."""

from collections.abc import Iterable

from sagaflow.models import RememberedEvent

__all__ = ["keep", "knows", "lost"]


def knows(run_id: str, event_id: str) -> bool:
    """Whether the run took an event with this ID longer ago than its snapshot tells."""
    return RememberedEvent.objects.filter(run_id=run_id, event_id=event_id).exists()


def keep(run_id: str, event_ids: Iterable[str]) -> None:
    """Remember what the snapshot no longer holds; an ID that is remembered already stays so."""
    rows = [RememberedEvent(run_id=run_id, event_id=each) for each in event_ids]
    if rows:
        RememberedEvent.objects.bulk_create(rows, ignore_conflicts=True)


def lost(run_id: str, event_ids: Iterable[str]) -> list[str]:
    """Those of the IDs that are not remembered here, although they should be."""
    wanted = dict.fromkeys(event_ids)
    if not wanted:
        return []
    known = set(RememberedEvent.objects.filter(run_id=run_id).values_list("event_id", flat=True))
    return [each for each in wanted if each not in known]

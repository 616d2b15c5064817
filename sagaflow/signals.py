"""What the engine tells this process after a commit. Signals carry hints, never truth: each of them may be lost."""

from django.dispatch import Signal

__all__ = ["event_published", "run_changed", "work_due"]

work_due = Signal()
"""``run_id`` (str), ``service`` (``""``: any worker) and ``due_at`` (seconds since the epoch): a worker should look."""

run_changed = Signal()
"""``run_id`` (str), ``seq`` of its latest journal entry and ``status``: a viewer may catch up."""

event_published = Signal()
"""``event`` (a CloudEvent as a dict of JSON types): the relay hands it on; it may come twice, with the same ``id``."""

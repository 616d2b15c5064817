"""Django signals that the engine sends in this process after a commit. They are hints: each of them may be lost."""

from django.dispatch import Signal

__all__ = ["event_published", "run_changed", "work_due"]

work_due = Signal()
"""``run_id`` (str), ``service`` (``""``: any worker) and ``due_at`` (seconds since the epoch): work is due."""

run_changed = Signal()
"""``run_id`` (str), ``seq`` of its latest journal entry and ``status``: the run changed."""

event_published = Signal()
"""``event`` (a CloudEvent as a dict of JSON types): it may arrive twice, with the same ``id``."""

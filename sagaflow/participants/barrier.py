"""The barrier: an undo without its action does nothing and bars the action permanently; nothing runs twice.

Law L10. The rows are in the participant's database and are written in the participant's transaction, so a row exists if
and only if the effect exists.
"""

import json
from collections.abc import Callable

from django.db import connections
from django.utils import timezone

from sagaflow.core.participant import Accepted, TechnicalError
from sagaflow.core.payload import canonical
from sagaflow.models import Barrier

__all__ = ["bar", "once"]

INSERT = """
INSERT INTO sagaflow_barrier (key, direction, barred, output, at) VALUES (%s, %s, %s, NULL, %s)
ON CONFLICT (key, direction) DO NOTHING
"""
DO = "do"


def once(alias: str, key: str, direction: str, run: Callable[[], object]) -> object:
    """Return the answer of ``run``, or its earlier answer if it ran before. Call it in the participant's transaction.

    Raises:
        TechnicalError: with the code ``barred``: the compensation came first.
    """
    rows = Barrier.objects.using(alias).filter(key=key, direction=direction)
    if not _enter(alias, key, direction, barred=False):
        before = rows.get()
        if before.barred:
            raise TechnicalError(f"'{key}' was undone before it was done, and is barred permanently.", code="barred")
        if before.output is not None:
            return json.loads(before.output)
    answer = run()
    rows.update(output=None if isinstance(answer, Accepted) else canonical(answer))
    return answer


def bar(alias: str, key: str) -> bool:
    """Bar the action unless it took effect; return True if there is nothing to undo. Call it inside a transaction."""
    return _enter(alias, key, DO, barred=True) or Barrier.objects.using(alias).get(key=key, direction=DO).barred


def _enter(alias: str, key: str, direction: str, *, barred: bool) -> bool:
    """Insert the row; return True if it did not exist. Wait for another transaction that inserts it now."""
    connection = connections[alias]
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [key, direction, barred, now])
        return bool(cursor.rowcount == 1)

"""The barrier: an undo without its action is a no-op and bars the action for ever; what ran once does not run again.

Law L10. The rows lie in the participant's database and are written in the participant's transaction, so that they are
there if and only if the effect is.
"""

import json
from collections.abc import Callable
from typing import Any

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


def once(alias: str, key: str, direction: str, run: Callable[[], Any]) -> Any:
    """The answer of ``run``, or of the time that it ran before. Call it inside the participant's transaction.

    Raises:
        TechnicalError: with the code ``barred``: the compensation came first.
    """
    rows = Barrier.objects.using(alias).filter(key=key, direction=direction)
    if not _enter(alias, key, direction, barred=False):
        before = rows.get()
        if before.barred:
            raise TechnicalError(f"'{key}' was undone before it was done, and is barred for ever.", code="barred")
        if before.output is not None:
            return json.loads(before.output)
    answer = run()
    rows.update(output=None if isinstance(answer, Accepted) else canonical(answer))
    return answer


def bar(alias: str, key: str) -> bool:
    """Bars the action, unless it took effect. Says whether there is nothing to undo. Call it inside a transaction."""
    return _enter(alias, key, DO, barred=True) or Barrier.objects.using(alias).get(key=key, direction=DO).barred


def _enter(alias: str, key: str, direction: str, *, barred: bool) -> bool:
    """Whether nobody was here before; waits for whoever is here now."""
    connection = connections[alias]
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [key, direction, barred, now])
        return bool(cursor.rowcount == 1)

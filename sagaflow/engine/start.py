"""Starting a run: an accepted start is never lost (law L1), and a repeated one is the same."""

import uuid
from typing import Any

from django.db import transaction

from sagaflow import registry, store
from sagaflow.core.errors import Refused
from sagaflow.core.run.reports import RunRequested
from sagaflow.engine.after_commit import announce
from sagaflow.engine.events import hand_over
from sagaflow.engine.inputs import LONGEST_NAME, check_input, check_text
from sagaflow.store import Links

__all__ = ["start"]


def start(
    saga_name: str,
    input: Any,  # noqa: A002 - the word of the definition
    *,
    run_id: str | None = None,
    by: str = "",
    not_before: float | None = None,
) -> str:
    """Start a run of the newest definition of ``saga_name``; returns its ID.

    ``run_id``: a UUID that the caller chose; the same ID, saga and input again is the same run.
    ``not_before``: seconds since the epoch before which no step is due.

    Raises:
        UnknownSaga: listing close names.
        InvalidPayload: the input is no strict JSON.
        Refused: the input breaks the schema, or the ID belongs to another run.
    """
    saga = registry.get_saga(saga_name)
    check_text("name of who starts the run", by, longest=LONGEST_NAME, required=False)
    value = check_input(saga, input)
    chosen = _chosen(run_id) if run_id else str(uuid.uuid4())
    run, new = store.create(saga, chosen, RunRequested(input=value, not_before=not_before), Links(by=by))
    if new:
        announce(run)
        if run_id:
            transaction.on_commit(lambda: hand_over(chosen))
    return chosen


def _chosen(run_id: str) -> str:
    try:
        return str(uuid.UUID(str(run_id)))
    except ValueError as error:
        message = f"'{str(run_id)[:100]}' cannot be the ID of a run; give a UUID, or leave it out to get one."
        raise Refused(message, code="bad-id") from error

"""Start a run: an accepted start is never lost (law L1), and a repeated start returns the same run."""

import uuid

from django.db import transaction

from sagaflow import registry, store
from sagaflow.core.errors import Refused
from sagaflow.core.json_value import Json
from sagaflow.core.run.key import check_key, run_id_of, stands_for_key
from sagaflow.core.run.reports import RunRequested
from sagaflow.engine.after_commit import announce
from sagaflow.engine.events import deliver_stored_events
from sagaflow.engine.inputs import LONGEST_NAME, check_input, check_text
from sagaflow.store import Links
from sagaflow.store.runs.creating import Knows

__all__ = ["start"]


def start(
    saga_name: str,
    input: Json,  # noqa: A002 - the word of the definition
    *,
    run_id: str | None = None,
    key: str | None = None,
    by: str = "",
    not_before: float | None = None,
    knows: Knows | None = None,
) -> str:
    """Start a run of the newest definition of ``saga_name``; return its ID.

    ``run_id``: a UUID of the caller's choice; a second start with the same ID, saga and input returns the same run.
    ``key``: the caller's own name for the run, such as an order number, instead of ``run_id``. One run of a saga has
    it, and a second start with it and the same input returns that run.
    ``knows``: returns true if the caller may see a whole run of a saga. To a caller who may not, an ID that another
    user's run has is taken, and the answer does not tell whether the input is the same.
    ``not_before``: seconds since the epoch before which no step is due.

    Raises:
        UnknownSaga: there is no such saga; the message lists similar names.
        InvalidPayload: the input is not strict JSON.
        Refused: the input does not match the schema, the ID or the key belongs to another run, or both are given.
    """
    saga = registry.get_saga(saga_name)
    check_text("name of the user who starts the run", by, longest=LONGEST_NAME, required=False)
    value = check_input(saga, input)
    chosen = _chosen(saga_name, run_id, key)
    request = RunRequested(input=value, not_before=not_before, by=by)
    run, new = store.create(saga, chosen, request, Links(by=by, key=key), knows=knows)
    if new:
        announce(run)
        if run_id or key is not None:
            transaction.on_commit(lambda: deliver_stored_events(chosen))
    return chosen


def _chosen(saga_name: str, run_id: str | None, key: str | None) -> str:
    """Return the ID of the run to start."""
    if key is not None:
        if run_id:
            message = "Both a run ID and a key are given. The ID follows from the key; leave out one of them."
            raise Refused(message, code="bad-key")
        return run_id_of(saga_name, check_key(key))
    if not run_id:
        return str(uuid.uuid4())
    try:
        chosen = uuid.UUID(str(run_id))
    except ValueError as error:
        message = f"'{str(run_id)[:100]}' is not a valid ID of a run; use a UUID, or leave it out to get one."
        raise Refused(message, code="bad-id") from error
    if stands_for_key(str(chosen)):
        message = f"The run ID {chosen} is a UUID of version 8, which stands for a key; use a UUID of another version."
        raise Refused(message, code="bad-id")
    return str(chosen)

"""The only writer of runs. Each change is one transaction: lock, decide, save snapshot and journal, commit."""

from sagaflow.store.clock import now, seconds, to_datetime
from sagaflow.store.definitions import of as definition_of
from sagaflow.store.definitions import readable as readable_definition
from sagaflow.store.errors import Overtaken, UnknownRun
from sagaflow.store.proof.verify import verify
from sagaflow.store.runs.acts import RecordedAct, RefusedAct, record_act
from sagaflow.store.runs.by_key import MayHave, latest, listener
from sagaflow.store.runs.callbacks import Callback, expire_callbacks, open_callback, spend
from sagaflow.store.runs.children import child_id, child_of, clear_wake, step_ref, take_child_ends, went_back_whole
from sagaflow.store.runs.creating import Links, create, create_many
from sagaflow.store.runs.due import next_due, overdue
from sagaflow.store.runs.group_commit import acting, deciding
from sagaflow.store.runs.holding import held, held_together, save_held, save_held_together
from sagaflow.store.runs.locked_run import Due, LockedRun
from sagaflow.store.runs.locking import locked
from sagaflow.store.runs.outbox import (
    Earlier,
    Message,
    claim_delivery,
    earlier,
    mark_failed,
    mark_sent,
    pending_for,
    take_pending,
)
from sagaflow.store.runs.past_attempts import PastAttempts, past_attempts
from sagaflow.store.runs.presence import (
    BEAT,
    LISTENING,
    PERFORMING,
    SWEEPING,
    appear,
    forget_dead,
    heard,
    holding,
    leave,
    live,
    present,
    relics,
)
from sagaflow.store.runs.reading import as_run_id, is_open, journal, run, runs, state
from sagaflow.store.runs.unmatched import (
    StoredEvent,
    delete_event,
    expire_events,
    keep_event,
    runs_with_stored_events,
    stored_events_for,
    with_stored_events,
)
from sagaflow.store.subscriptions import declare, depart

__all__ = [
    # changing a run
    "Due",
    "LockedRun",
    "Links",
    "Overtaken",
    "acting",
    "create",
    "create_many",
    "deciding",
    "held",
    "held_together",
    "locked",
    "save_held",
    "save_held_together",
    # reading runs
    "UnknownRun",
    "PastAttempts",
    "as_run_id",
    "definition_of",
    "readable_definition",
    "is_open",
    "journal",
    "next_due",
    "overdue",
    "past_attempts",
    "run",
    "runs",
    "state",
    "verify",
    # the database's clock
    "to_datetime",
    "now",
    "seconds",
    # processes
    "BEAT",
    "LISTENING",
    "PERFORMING",
    "SWEEPING",
    "appear",
    "forget_dead",
    "heard",
    "holding",
    "leave",
    "live",
    "present",
    "relics",
    # sub-sagas
    "clear_wake",
    "child_id",
    "child_of",
    "went_back_whole",
    "take_child_ends",
    "step_ref",
    # callbacks
    "Callback",
    "expire_callbacks",
    "open_callback",
    "spend",
    # events that leave
    "Earlier",
    "Message",
    "claim_delivery",
    "mark_failed",
    "pending_for",
    "mark_sent",
    "earlier",
    "take_pending",
    # subscribers in other apps
    "declare",
    "depart",
    # stored events without a run
    "MayHave",
    "StoredEvent",
    "latest",
    "listener",
    "expire_events",
    "delete_event",
    "keep_event",
    "runs_with_stored_events",
    "stored_events_for",
    "with_stored_events",
    # operators
    "RecordedAct",
    "RefusedAct",
    "record_act",
]

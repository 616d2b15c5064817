"""The tables. Only the store and the admin use those of runs; triggers keep history from being changed."""

from sagaflow.models import triggers
from sagaflow.models.act_request import ActAnswer, ActRequest
from sagaflow.models.anchor import Anchor, AnchorItem
from sagaflow.models.api_token import ApiToken
from sagaflow.models.barrier import Barrier
from sagaflow.models.connection import Connection
from sagaflow.models.definition import Definition
from sagaflow.models.draft import Draft, DraftEdit, WebVersion
from sagaflow.models.history import JournalEntry, OperatorAct, RollbackRecord
from sagaflow.models.messages import CallbackToken, OutboxMessage, RememberedEvent, UnmatchedEvent
from sagaflow.models.process import Process
from sagaflow.models.repair import BulkRepair, BulkRepairItem
from sagaflow.models.run import Run
from sagaflow.models.saved_view import SavedView
from sagaflow.models.scope import Scope
from sagaflow.models.search import SearchValue
from sagaflow.models.subscription import Subscription
from sagaflow.models.unreadable import UnreadableMessage

__all__ = [
    "ActAnswer",
    "ActRequest",
    "Anchor",
    "AnchorItem",
    "ApiToken",
    "Barrier",
    "BulkRepair",
    "BulkRepairItem",
    "CallbackToken",
    "Connection",
    "Definition",
    "Draft",
    "DraftEdit",
    "JournalEntry",
    "OperatorAct",
    "OutboxMessage",
    "Process",
    "RememberedEvent",
    "RollbackRecord",
    "Run",
    "SavedView",
    "Scope",
    "SearchValue",
    "Subscription",
    "UnmatchedEvent",
    "UnreadableMessage",
    "WebVersion",
    "triggers",
]

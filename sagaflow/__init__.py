"""Sagas for Django: orchestrated and choreographed segments in one definition. Here: what a definition is written with.

Importing this package imports no Django. Actions are registered with ``sagaflow.registry``, runs are started with
``sagaflow.engine``. ``subscribe`` listens to the saga of another team.
"""

from sagaflow.core.definition.condition import Condition, every, some, where
from sagaflow.core.definition.input_mapping import InputMapping, Pick, pick
from sagaflow.core.definition.retry import PATIENT, STANDARD, RetryPolicy
from sagaflow.core.definition.saga import (
    AfterRollback,
    Approval,
    Call,
    CompensateOn,
    Compensation,
    Discard,
    Observer,
    OnExhausted,
    OnUndoFailure,
    Recovery,
    RollBackChild,
    Saga,
    Segment,
    Step,
    StepKind,
    Style,
    SubSaga,
    Timer,
    Undo,
    WaitForEvent,
    choreographed,
    irreversible,
    nothing,
    orchestrated,
    retry_whole_run,
    semantic,
)
from sagaflow.core.errors import Fault, InvalidDefinition, InvalidPayload, Refused, SagaflowError
from sagaflow.core.participant import Accepted, BusinessError, Context, NotDone, TechnicalError
from sagaflow.registry import subscribe

__all__ = [
    # a definition
    "Saga",
    "Segment",
    "orchestrated",
    "choreographed",
    "Step",
    "Observer",
    # who listens to the saga of another team
    "subscribe",
    # how a step is done
    "Call",
    "WaitForEvent",
    "Timer",
    "Approval",
    "SubSaga",
    "StepKind",
    # how it is undone
    "Compensation",
    "RollBackChild",
    "semantic",
    "irreversible",
    "nothing",
    # what data it gets
    "pick",
    "Pick",
    "InputMapping",
    # when, how often, and what then
    "Condition",
    "where",
    "every",
    "some",
    "RetryPolicy",
    "STANDARD",
    "PATIENT",
    "AfterRollback",
    "Discard",
    "retry_whole_run",
    # choices
    "Style",
    "Recovery",
    "Undo",
    "CompensateOn",
    "OnExhausted",
    "OnUndoFailure",
    # for the author of an action
    "Context",
    "Accepted",
    "NotDone",
    "BusinessError",
    "TechnicalError",
    # errors
    "SagaflowError",
    "InvalidDefinition",
    "Fault",
    "InvalidPayload",
    "Refused",
]

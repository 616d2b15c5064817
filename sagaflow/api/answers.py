"""The types of the successful answers, for the description of the API. ``run_view`` makes the answers themselves.

No answer is parsed by these types, so that an old journal or record cannot turn an answer into an error, and nothing is
dropped or converted. If a field of an answer is missing here, the tests of the API fail.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from sagaflow.core.definition.parts import Style
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.preview import PlannedUndo
from sagaflow.core.run.state import Direction, Rollback, RunStatus, StepError, StepStatus
from sagaflow.engine.fate import Fate
from sagaflow.store.refusals import Refusal

__all__ = ["ANSWERS", "JournalEntry"]

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, description="ISO 8601, in UTC")]
RunId = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Outcome = Literal["done", "refused"]
Own = Annotated[Any, Field(description="JSON of your saga, with sensitive fields masked")]


class _Answer(Schema):
    model_config = ConfigDict(extra="forbid")


class RunLine(_Answer):
    """One run in the list."""

    id: RunId
    saga: str
    key: Annotated[str | None, Field(description="the key that it was started with; its retries have it too")]
    version: int
    digest: Annotated[str, Field(description="the digest of the definition that the run is pinned to")]
    status: RunStatus
    attention: Annotated[
        Literal[""] | Attention, Field(description="the reason why an operator should look at the run; empty: none")
    ]
    refusal: Annotated[
        Refusal | None, Field(description="the error of the database, while it refuses changes of the run")
    ]
    age: Annotated[float, Field(description="seconds since the run was created")]
    created_at: Moment
    updated_at: Moment
    ended_at: Moment | None
    wake_at: Annotated[Moment | None, Field(description="the earliest time at which something is due")]
    starts_at: Annotated[Moment | None, Field(description="the start time, while the run waits for it")]
    deadline: Moment | None
    by: Annotated[str, Field(description="the user or program that started the run; may be empty")]
    search: Annotated[dict[str, Any], Field(description="the search attributes by name, as the saga defines them")]
    parent: Annotated[RunId | None, Field(description="the parent run, if this is a sub-saga")]
    origin: Annotated[RunId | None, Field(description="the first run, if this is a retry of a whole run")]
    number: Annotated[int, Field(description="the number of the retry of the whole run; the first run is 0")]
    seq: Annotated[int, Field(description="the number of the latest journal entry")]


class RunHead(RunLine):
    """A run without its steps."""

    title: str
    input: Own
    late_at: Annotated[Moment | None, Field(description="the time at which its deadline passed, if it did")]
    retried_as: RunId | None
    rollback: Annotated[Rollback | None, Field(description="the latest one; a field with its default is left out")]


class StepLine(_Answer):
    """The state of a step."""

    step: str
    title: str
    segment: str
    style: Style
    service: str
    status: StepStatus
    attempts: int
    undo_attempts: int
    round: int
    missed_at: Annotated[Moment | None, Field(description="the time at which its reaction was found to be missing")]
    reminded_at: Annotated[
        Moment | None, Field(description="the time at which its approvers were reminded, in its latest wait")
    ]
    worker: str
    by: str
    note: str
    error: StepError | None
    undo_error: StepError | None
    input: Annotated[Any, Field(description="the edited input; null: the step has the input of the run")]
    output: Own
    undo_output: Own
    started_at: Moment | None
    ended_at: Moment | None
    undo_started_at: Moment | None
    undo_ended_at: Moment | None


class Outstanding(_Answer):
    """Something that the run is waiting on: the service that has to do it, and the time at which it is due."""

    step: str
    direction: Direction
    what: str
    service: str
    due_at: Moment | None
    until: Moment | None


class FailingObserver(_Answer):
    """An observer or subscriber that has not got an event. This does not affect the run."""

    observer: str
    event: str
    seq: Annotated[int, Field(description="the number of the journal entry that published the event")]
    attempts: int
    error: str
    needs: Annotated[
        str, Field(description="the action that no live worker knows; waiting for a worker uses up no attempt")
    ]
    next_try: Annotated[Moment | None, Field(description="null: no further attempt")]


class JournalEntry(_Answer):
    """An entry of the journal: its kind, and the data of this kind. A field with its default is left out."""

    seq: int
    at: Moment
    cause: Annotated[int, Field(description="the number of the entry that caused this one; 0: a report from outside")]
    kind: str
    text: Annotated[str, Field(description="the entry as a sentence")]
    data: Any


class RecordedStep(_Answer):
    """The outcome of one step in a rollback. Times are seconds since the epoch."""

    step: str
    segment: str
    style: Style
    service: str
    outcome: str
    reason: str
    by: str
    attempts: int
    undo_attempts: int
    started_at: float | None
    ended_at: float | None
    undo_started_at: float | None
    undo_ended_at: float | None
    input: Own
    output: Own
    undo_output: Own
    error: StepError | None
    undo_error: StepError | None = Field(None, description="missing in records of earlier versions")


class RecordedRollback(_Answer):
    """The reason of a rollback and the outcome of each step. Times are seconds since the epoch."""

    seq: int
    number: int
    outcome: str
    code: str
    message: str
    failed_step: str
    kind: str
    error: StepError | None
    by: str
    cancelled_by: str = Field("", description="left out if the run was not cancelled meanwhile")
    savepoint: str | None
    followed_by: int | None = Field(None, description="the number of the rollback that took its place; else left out")
    began_at: float
    ended_at: float
    summary: str
    steps: list[RecordedStep]


class OperatorAction(_Answer):
    """A verb that an operator used on a run, and its outcome."""

    verb: str
    step: str
    by: str
    outcome: Outcome
    detail: str
    at: Moment


class RecordedAction(OperatorAction):
    """An operator action with its reason."""

    reason: str


class Started(_Answer):
    """The run that was started, or that existed already."""

    id: RunId


class StartRefusal(_Answer):
    """The reason why a run was not started."""

    code: str
    detail: Annotated[str, Field(description="a sentence with the remedy")]


class BatchedRun(_Answer):
    """The fate of one run of a batch: ``id`` or ``error``, the other one is null."""

    id: RunId | None
    error: StartRefusal | None


class StartedBatch(_Answer):
    """The runs of a batch, in the order of the request."""

    runs: list[BatchedRun]


class Runs(_Answer):
    """A page of the list of runs."""

    runs: list[RunLine]
    next: Annotated[str | None, Field(description="the cursor of the next page; null: this is the last page")]


class RunInFull(_Answer):
    """A run with its steps, in the order of the definition."""

    run: RunHead
    steps: list[StepLine]
    outstanding: list[Outstanding]
    observers: Annotated[
        list[FailingObserver],
        Field(description="the observers that fail or lack a worker; this does not affect the run"),
    ]


class Journal(_Answer):
    """A part of the journal of a run."""

    entries: list[JournalEntry]
    head: Annotated[int, Field(description="the number of the latest entry of the run")]


class Past(_Answer):
    """The rollbacks of a run and the operator actions on it, the oldest first."""

    rollbacks: list[RecordedRollback]
    acts: list[RecordedAction]


class Plan(_Answer):
    """The steps that a rollback would undo now, in order."""

    undo: list[PlannedUndo]


class Allowed(_Answer):
    """For each verb: null if it applies now, else the reason why not."""

    verbs: dict[str, str | None]


class Decided(_Answer):
    """The end of a request."""

    outcome: Literal["given", "refused", "withdrawn", "outdated"]
    by: str
    note: str
    at: Moment


class ActRequest(_Answer):
    """A verb that one user asked for, on a run or in a bulk repair."""

    id: RunId
    run: RunId | None
    repair: Annotated[RunId | None, Field(description="the ID of the bulk repair, if it is about one")]
    verb: str
    step: str
    input: Own
    output: Own
    by: str
    reason: str
    at: Moment
    outdated: Annotated[bool, Field(description="the run has gone on since, so that it cannot be given any more")]
    answer: Annotated[Decided | None, Field(description="null: it is open")]


class ActRequests(_Answer):
    """Requests for a second person, the newest first."""

    requests: list[ActRequest]


class Published(_Answer):
    """The outcome of a published event."""

    outcome: Fate


class Contract(_Answer):
    """An AsyncAPI 3.0 document: https://www.asyncapi.com/docs/reference/specification/v3.0.0."""

    asyncapi: Literal["3.0.0"]
    info: dict[str, str]
    defaultContentType: str  # noqa: N815 - a name of AsyncAPI
    channels: Annotated[
        dict[str, Any],
        Field(
            description="a channel for each event; its address is the subject or routing key at the first broker of "
            "OUTPUT_SINKS, or null"
        ),
    ]
    operations: Annotated[dict[str, Any], Field(description="`send`: the saga publishes it; `receive`: it hears it")]
    components: Annotated[dict[str, Any], Field(description="the CloudEvents, and the JSON Schemas of their data")]


ANSWERS: Mapping[str, Any] = {
    "post runs": Started,
    "post runs/batch": StartedBatch,
    "get runs": Runs,
    "get runs/{run_id}": RunInFull,
    "get runs/{run_id}/journal": Journal,
    "get runs/{run_id}/rollbacks": Past,
    "get runs/{run_id}/plan": Plan,
    "get runs/{run_id}/allowed": Allowed,
    "post runs/{run_id}/verbs/{verb}": OperatorAction,
    "post runs/{run_id}/requests": ActRequest,
    "get requests": ActRequests,
    "post requests/{request_id}/answer": ActRequest,
    "get sagas/{name}/asyncapi": Contract,
    "post events": Published,
}
"""The type of each answer by method and path. An operation that is missing here answers without a body."""

"""What comes out: the success answers of the API, as they are published. Made in ``run_view`` and sent as they are.

No answer is read through these types, so that an old journal or record can never turn an answer into an error, and
nothing is dropped or converted on the way. A field of an answer that is missing here makes the tests of the API fail.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from sagaflow.core.definition.parts import Style
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.preview import PlannedUndo
from sagaflow.core.run.state import Direction, Rollback, RunStatus, StepError, StepStatus
from sagaflow.engine.events import Fate
from sagaflow.store.refusals import Refusal

__all__ = ["ANSWERS", "JournalEntry"]

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, description="ISO 8601, in UTC")]
RunId = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Outcome = Literal["done", "refused"]
Own = Annotated[Any, Field(description="JSON of the saga's own, with what is sensitive masked")]


class _Answer(Schema):
    model_config = ConfigDict(extra="forbid")


class RunLine(_Answer):
    """One run in the list."""

    id: RunId
    saga: str
    version: int
    digest: Annotated[str, Field(description="of the definition that the run is pinned to")]
    status: RunStatus
    attention: Annotated[Literal[""] | Attention, Field(description="why a person should look; empty: no reason")]
    refusal: Annotated[Refusal | None, Field(description="what the database says, while it refuses the changes")]
    age: Annotated[float, Field(description="seconds since it was created")]
    created_at: Moment
    updated_at: Moment
    ended_at: Moment | None
    wake_at: Annotated[Moment | None, Field(description="the earliest time that anything is due")]
    starts_at: Annotated[Moment | None, Field(description="when it starts, while it waits for that")]
    deadline: Moment | None
    by: Annotated[str, Field(description="who started it; may be empty")]
    search: Annotated[dict[str, Any], Field(description="the search attributes by name, as the saga defines them")]
    parent: Annotated[RunId | None, Field(description="the run that it is a part of")]
    origin: Annotated[RunId | None, Field(description="the first try, if this is a retry of a whole run")]
    number: Annotated[int, Field(description="counts the retries of the whole run; the origin is 0")]
    seq: Annotated[int, Field(description="the number of the latest journal entry")]


class RunHead(RunLine):
    """What a run is, without its steps."""

    title: str
    input: Own
    late_at: Annotated[Moment | None, Field(description="when its deadline passed, if it did")]
    retried_as: RunId | None
    rollback: Annotated[Rollback | None, Field(description="the latest one; a field with its default is left out")]


class StepLine(_Answer):
    """Where a step stands."""

    step: str
    title: str
    segment: str
    style: Style
    service: str
    status: StepStatus
    attempts: int
    undo_attempts: int
    round: int
    missed_at: Annotated[Moment | None, Field(description="when its reaction was found to be missing")]
    worker: str
    by: str
    note: str
    error: StepError | None
    undo_error: StepError | None
    input: Annotated[Any, Field(description="the edited input; null: the step has that of the run")]
    output: Own
    undo_output: Own
    started_at: Moment | None
    ended_at: Moment | None
    undo_started_at: Moment | None
    undo_ended_at: Moment | None


class Owed(_Answer):
    """What is still owed to a run: by whom, and when it is due."""

    step: str
    direction: Direction
    what: str
    service: str
    due_at: Moment | None
    until: Moment | None


class FailingObserver(_Answer):
    """An observer or subscriber that did not get an event. The run is not touched by that."""

    observer: str
    event: str
    seq: Annotated[int, Field(description="the number of the journal entry that published the event")]
    attempts: int
    error: str
    needs: Annotated[str, Field(description="the action that no live worker knows; no attempt is used up meanwhile")]
    next_try: Annotated[Moment | None, Field(description="null: it was given up")]


class JournalEntry(_Answer):
    """What happened: its kind, and the data that this kind has. A field with its default is left out."""

    seq: int
    at: Moment
    cause: Annotated[int, Field(description="the number of the entry that caused it; 0: a report from outside")]
    kind: str
    text: Annotated[str, Field(description="the same as a sentence")]
    data: Any


class RecordedStep(_Answer):
    """What became of one step. Times are seconds since the epoch."""

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
    undo_error: StepError | None = Field(None, description="records of earlier versions lack it")


class RecordedRollback(_Answer):
    """Why a run went back, and what became of each step. Times are seconds since the epoch."""

    seq: int
    number: int
    outcome: str
    code: str
    message: str
    failed_step: str
    kind: str
    error: StepError | None
    by: str
    cancelled_by: str = Field("", description="left out where there is none")
    savepoint: str | None
    began_at: float
    ended_at: float
    summary: str
    steps: list[RecordedStep]


class ActOfPerson(_Answer):
    """What a person asked of a run, and whether it was done."""

    verb: str
    step: str
    by: str
    outcome: Outcome
    detail: str
    at: Moment


class WrittenAct(ActOfPerson):
    """The same with the reason that was given."""

    reason: str


class Started(_Answer):
    """The run."""

    id: RunId


class Runs(_Answer):
    """A page of the list of runs."""

    runs: list[RunLine]
    next: Annotated[str | None, Field(description="the cursor of the next page; null: this is the last one")]


class RunInFull(_Answer):
    """A run with its steps, in the order of the definition."""

    run: RunHead
    steps: list[StepLine]
    outstanding: list[Owed]
    observers: Annotated[
        list[FailingObserver], Field(description="those that fail or lack a worker; the run is not touched by that")
    ]


class Journal(_Answer):
    """A part of the journal of a run."""

    entries: list[JournalEntry]
    head: Annotated[int, Field(description="the number of the latest entry of the run")]


class Past(_Answer):
    """The oldest first."""

    rollbacks: list[RecordedRollback]
    acts: list[WrittenAct]


class Plan(_Answer):
    """What a rollback would undo now, in order."""

    undo: list[PlannedUndo]


class Allowed(_Answer):
    """By verb: null if it applies now, else the reason why not."""

    verbs: dict[str, str | None]


class Published(_Answer):
    """What became of an event."""

    outcome: Fate


ANSWERS: Mapping[str, Any] = {
    "post runs": Started,
    "get runs": Runs,
    "get runs/{run_id}": RunInFull,
    "get runs/{run_id}/journal": Journal,
    "get runs/{run_id}/rollbacks": Past,
    "get runs/{run_id}/plan": Plan,
    "get runs/{run_id}/allowed": Allowed,
    "post runs/{run_id}/verbs/{verb}": ActOfPerson,
    "post events": Published,
}
"""By method and path. An operation that is not here answers without a body."""

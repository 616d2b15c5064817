"""The bodies and queries of requests. Unknown fields are refused, because a misspelt one would be ignored."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from django.utils import timezone
from ninja import Schema
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, model_validator

from sagaflow.core.definition.fields import EVENT, LONGEST, NAME
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.key import LONGEST_KEY
from sagaflow.core.run.state import RunStatus
from sagaflow.core.run.verbs import OPERATE_VERBS
from sagaflow.core.words import run_query
from sagaflow.engine.start import MOST

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")

__all__ = [
    "Answer",
    "Ask",
    "Batch",
    "CloudEvent",
    "Decision",
    "Delegation",
    "Event",
    "Limit",
    "Name",
    "RunQuery",
    "SecondAnswer",
    "Seq",
    "Start",
    "Verb",
    "VerbName",
]


def _moment(value: object) -> object:
    """Let only a text in the form of RFC 3339 through: a number would be read as seconds since 1970."""
    if isinstance(value, str) and RFC_3339.match(value):
        return value
    raise ValueError("a time is a text with a time zone, such as 2026-01-31T12:00:00Z")


def _whole(value: object) -> object:
    """Take 3.0 for 3: JSON Schema, in which the API is published, calls both an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Name = Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
EventName = Annotated[str, Field(pattern=f"^{EVENT.pattern}$")]
Limit = Annotated[int, Field(ge=1, le=200)]
Seq = Annotated[int, Field(ge=0, le=2**62), BeforeValidator(_whole)]
Text = Annotated[str, Field(max_length=200)]
Round = Annotated[int, Field(ge=0, le=2**31), BeforeValidator(_whole)]
Reason = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]

Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_moment)]
Tag = Annotated[str, Field(pattern=r'^(\*|"[0-9]{1,19}")$')]

if TYPE_CHECKING:
    VerbName = str
    AttentionName = str
else:  # a type checker does not accept the values of a tuple
    VerbName = Literal[OPERATE_VERBS]
    AttentionName = Literal["any", *(each.value for each in Attention)]

ROUND = "the `round` of the step that you saw; if the step is in another one, nothing happens (409 outdated)"

BASIS = "the `seq` of the run that you saw; if the run has gone on since, nothing happens (409)"

IF_MATCH = 'the `ETag` of the run that you saw, such as `"12"`; if the run has gone on, nothing happens (412 outdated)'


class _Shape(Schema):
    model_config = ConfigDict(extra="forbid")


class _Body(_Shape):
    """A JSON body. JSON has types, so that ``"yes"`` or 1 is not a decision; a query has only texts."""

    model_config = ConfigDict(strict=True)


class NewRun(_Body):
    """A run to start, without its saga."""

    input: Any = None
    run_id: Annotated[str, Field(max_length=45)] | None = Field(
        None, description="a UUID of your choice, of any version but 5 and 8"
    )
    key: Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)] | None = Field(
        None, description="your own name for the run, instead of run_id; one run of the saga has it. It is never masked"
    )


class _OfSaga(_Body):
    """The saga of the runs to start, and when they begin."""

    saga: Name
    not_before: Moment | None = Field(None, description="the earliest time for the first step; at most ten years ahead")

    @model_validator(mode="after")
    def _within_ten_years(self) -> Self:
        if self.not_before and self.not_before > timezone.now() + timedelta(seconds=LONGEST):
            raise ValueError("not_before is more than ten years ahead; choose an earlier time")
        return self


class Start(NewRun, _OfSaga):
    """A run to start. With the same ``run_id`` or ``key``, saga and input again, it is the same run."""


class Batch(_OfSaga):
    """Runs of one saga to start together. With an ID or a key for each, the whole request can be repeated."""

    runs: Annotated[list[NewRun], Field(min_length=1, max_length=MOST)]


class RunQuery(_Shape):
    """A filter of the list of runs. A field that is left out matches every run."""

    q: Annotated[str, Field(max_length=run_query.LONGEST)] = Field(
        "", description="a query as on the page of runs, such as: saga:order status:stuck since:24h customer=ada"
    )
    saga: Name | None = None
    key: Annotated[str, Field(max_length=LONGEST_KEY)] = Field("", description="the key of a run")
    status: RunStatus | None = None
    attention: AttentionName | None = None
    search: Annotated[list[Text], Field(max_length=run_query.MOST_TERMS)] = Field(
        [], description="NAME=VALUE of a search attribute; repeatable"
    )
    limit: Limit = 50
    cursor: Text = Field("", description="`next` of the previous page")


class Verb(_Body):
    """The reason for an operator verb, and the step if the verb is for a step."""

    reason: Reason
    step: Name | None = None
    input: Any = Field(
        None, description="only for retry_with_input, and required there: the whole new input of the step, not null"
    )
    output: Any = Field(None, description="only for skip: the substitute for the output of the step")
    round: Round | None = Field(None, description=ROUND)
    basis: Seq | None = Field(None, description=BASIS)


class Ask(Verb):
    """A verb that needs a second person, with what the verb itself takes."""

    verb: VerbName


class SecondAnswer(_Body):
    """The answer to a request for a second person."""

    given: bool = Field(description="true: do it; false: refuse it, or withdraw your own request")
    note: Annotated[str, Field(max_length=2000)] = Field("", description="required to refuse what another user asked")


class Decision(_Body):
    """The decision of a step that waits for an approval."""

    step: Name
    approved: bool
    reason: Annotated[str, Field(max_length=2000)] = ""
    round: Round | None = Field(None, description=ROUND)
    basis: Seq | None = Field(None, description=BASIS)


class Delegation(_Body):
    """The person who may decide an approval too, without being in its group."""

    step: Name
    to: Annotated[str, Field(max_length=150)] = Field(description="a user name; empty: back to the group alone")
    reason: Reason
    round: Round | None = Field(None, description=ROUND)
    basis: Seq | None = Field(None, description=BASIS)


class Event(_Body):
    """An event from outside, and the run that it belongs to."""

    event: EventName
    correlation_id: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="the ID or the key of the run; left out: the sagas find it by `correlate` in the payload"
    )
    payload: Any = None
    event_id: Text = Field(
        "", description="an ID that the publisher chooses; a second event with the same ID is ignored"
    )
    source: Text = ""
    round: Round | None = Field(None, description=ROUND)


class CloudEvent(_Body):
    """A CloudEvent in structured mode. The correlation ID is the extension ``correlationid``, else the ``subject``.

    Without either, the sagas find the run by ``correlate`` in the data.
    """

    model_config = ConfigDict(extra="ignore")

    specversion: Literal["1.0"]
    id: Annotated[str, Field(min_length=1, max_length=1000)]
    source: Annotated[str, Field(min_length=1, max_length=200)]
    type: EventName
    correlationid: Text = ""
    subject: Text = ""
    datacontenttype: Annotated[str, Field(pattern=r"^application/([a-z0-9.+-]+\+)?json\b")] = "application/json"
    data: Any = None
    data_base64: None = Field(None, description="not supported: send JSON in data")


class Fault(_Body):
    """The reason why the work failed. ``business``: it was refused, the run rolls back; ``technical``: try again."""

    code: Annotated[str, Field(min_length=1, max_length=100)]
    message: Annotated[str, Field(max_length=500)] = ""
    kind: Literal["business", "technical"] = "business"


class Answer(_Body):
    """The answer to a step that waits: its output, or an error."""

    output: Any = None
    error: Fault | None = None

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.error is not None and self.output is not None:
            raise ValueError("an answer has an output or an error, not both")
        return self

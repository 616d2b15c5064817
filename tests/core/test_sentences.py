"""Every fact has a sentence, in the words of the pages, without a payload."""

import typing

import pytest

from sagaflow.core.codec import decode
from sagaflow.core.run import facts
from sagaflow.core.run.facts import Fact, IgnoredBecause
from sagaflow.core.run.state import Direction, ErrorKind, RollbackCode, StepError, StepStatus
from sagaflow.core.words.sentences import sentence, shortened

VALUES = {
    "error": {"kind": "business", "code": "refused", "message": "no"},
    "failure": {"kind": "business", "code": "refused", "message": "no"},
    "direction": "undo",
    "status": "compensated",
    "attempt": 1,
    "token": 1,
    "due_at": 0.0,
    "deadline": 0.0,
    "lease": 1.0,
    "since": 0.0,
    "after": 0.0,
    "remind_at": 0.0,
    "alone": False,
    "blameless": False,
    "round": 1,
    "approved": True,
    "code": "requested",
    "why": "late",
    "savepoint": None,
    "stayed": "irreversible",
    "edited": False,
    "retry_after": None,
    "chance": 0.0,
}
SECRET = {"input": "hunter2", "output": "hunter2", "payload": "hunter2"}


@pytest.mark.parametrize("kind", typing.get_args(Fact), ids=lambda kind: kind.__name__)
def test_every_fact_has_a_sentence_that_quotes_no_payload(kind):
    names = kind.__dataclass_fields__
    data = {name: (VALUES | SECRET).get(name, name) for name in names}
    if "savepoint" in names and names["savepoint"].type is bool:
        data["savepoint"] = True
    fact = decode(kind, data)
    text = sentence(fact)
    assert "hunter2" not in repr(fact)
    assert text
    assert "hunter2" not in text
    assert "\n" not in text


LATE = IgnoredBecause.LATE
NO = StepError(ErrorKind.BUSINESS, "refused", "no")
SAYS_NO_MORE = StepError(ErrorKind.TECHNICAL, "http-503", "http-503")
SAYS_NOTHING = StepError(ErrorKind.TECHNICAL, "timed-out", "")
BUSINESS, REQUESTED = RollbackCode.BUSINESS_ERROR, RollbackCode.REQUESTED
SENTENCES = [
    (
        facts.RunStarted(saga="order", digest="0123456789abcdef", input=None),
        "the run of 'order' started, on definition 0123456789ab",
    ),
    (facts.SegmentStarted(segment="main"), "segment 'main' started"),
    (facts.SegmentStarted(segment="main", savepoint=True), "segment 'main' started, with a save-point"),
    (facts.StepFailed(step="pay", attempt=2, token=5, error=NO), "attempt 2 of pay failed: business error refused, no"),
    (
        facts.StepFailed(step="pay", attempt=2, token=5, error=SAYS_NO_MORE),
        "attempt 2 of pay failed: technical error http-503",
    ),
    (
        facts.StepFailed(step="pay", attempt=2, token=5, error=SAYS_NOTHING),
        "attempt 2 of pay failed: technical error timed-out",
    ),
    (
        facts.StepFailed(step="pay", direction=Direction.UNDO, attempt=2, token=5, error=NO),
        "attempt 2 of the compensation of pay failed: business error refused, no",
    ),
    (
        facts.RollbackBegan(code=BUSINESS, message="pay: no funds", step="pay", error=NO),
        "the rollback began because of pay: business error, no funds",
    ),
    (facts.RollbackBegan(code=REQUESTED, message="it is late"), "the rollback began: requested, it is late"),
    (
        facts.RollbackBegan(code=REQUESTED, message="late", step="pay", error=NO, savepoint="main"),
        "the rollback to the save-point of 'main' began: requested, late; pay had failed: business error refused, no",
    ),
    (
        facts.RollbackBegan(code=REQUESTED, message="", step="pay"),
        "the rollback began: requested; pay had failed",
    ),
    (facts.EventReceived(event="Paid"), "Paid came from outside"),
    (facts.EventReceived(event="Paid", source="bank"), "Paid came from outside, from bank"),
    (facts.EventPublished(event="Paid"), "Paid was published"),
    (facts.EventPublished(event="Paid", step="pay"), "Paid was published by pay"),
    (facts.EventPublished(event="SagaMissing", step="pay"), "SagaMissing was published about pay"),
    (facts.SignalIgnored(signal="StepSucceeded", why=LATE), "ignored as late: StepSucceeded"),
    (
        facts.SignalIgnored(signal="EventReceived", why=LATE, step="pay", event="Paid", message="it ended"),
        "ignored as late: EventReceived of pay Paid; it ended",
    ),
    (facts.StepSkipped(step="pay"), "pay was skipped"),
    (facts.StepSkipped(step="pay", by="ada", reason="paid in cash"), "pay was skipped by ada: paid in cash"),
    (facts.ApprovalDecided(step="limit", approved=True, by="ada"), "limit was approved by ada"),
    (
        facts.ApprovalDecided(step="limit", approved=False, by="ada", reason="too much"),
        "limit was rejected by ada: too much",
    ),
    (
        facts.ApprovalReminded(step="limit", after=5400.0),
        "limit has waited 1 h 30 min for a decision: its approvers are reminded",
    ),
    (facts.ApprovalDelegated(step="limit", to="bob", by="ada"), "limit was delegated to bob by ada"),
    (
        facts.ApprovalDelegated(step="limit", to="", by="bob", reason="away"),
        "limit was handed back to its group by bob: away",
    ),
    (
        facts.StepFailed(step="pay", attempt=2, token=5, error=StepError(ErrorKind.TECHNICAL, "down", "power cut")),
        "attempt 2 of pay failed: technical error down, power cut",
    ),
    (
        facts.ChildWentBack(step="pay", error=StepError(ErrorKind.BUSINESS, "gone", "no stock"), left=False),
        "the sub-saga of pay went back before the next attempt: business error gone, no stock",
    ),
    (facts.CompensationSettled(step="pay", status=StepStatus.COMPENSATED), "pay is compensated"),
    (
        facts.CompensationSettled(step="pay", status=StepStatus.COMPENSATED, by="ada", reason="by hand"),
        "pay is compensated by ada: by hand",
    ),
    (facts.StepScheduled(step="pay", attempt=1, due_at=0.0), "pay reacts"),
    (facts.StepScheduled(step="pay", attempt=1, due_at=0.0, event="Placed"), "pay reacts to Placed"),
    (facts.StepReset(step="pay"), "pay was withdrawn"),
    (facts.StepReset(step="pay", reason="it goes forward again"), "pay was withdrawn: it goes forward again"),
]


@pytest.mark.parametrize(("fact", "words"), SENTENCES)
def test_a_sentence_tells_what_is_known_and_no_more(fact, words):
    assert sentence(fact) == words


@pytest.mark.parametrize(
    ("text", "longest", "shown"),
    [
        ("lost in the depths of the shelf", 31, "lost in the depths of the shelf"),
        ("lost in the depths of the shelf", 25, "lost in the depths of…"),
        ("lost in the depths, of the shelf", 20, "lost in the depths…"),
        ("incomprehensibilities", 10, "incompreh…"),
        ("", 10, ""),
    ],
)
def test_a_long_text_ends_at_a_word_with_an_ellipsis(text, longest, shown):
    assert shortened(text, longest) == shown
    assert len(shown) <= longest

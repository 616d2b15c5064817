"""Every fact has a sentence, in the words of DESIGN §2, without a payload."""

import typing

import pytest

from sagaflow.core.codec import decode
from sagaflow.core.run.facts import Fact
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
    "alone": False,
    "blameless": False,
    "round": 1,
    "approved": True,
    "code": "requested",
    "why": "late",
    "savepoint": None,
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
    text = sentence(decode(kind, data))
    assert text
    assert "hunter2" not in text
    assert "\n" not in text


def test_the_sentence_names_the_step_and_the_error():
    fact = next(kind for kind in typing.get_args(Fact) if kind.__name__ == "StepFailed")
    failed = decode(fact, {"step": "pay", "attempt": 2, "token": 5, "error": VALUES["error"]})
    assert sentence(failed) == "attempt 2 of pay failed: business error refused, no"


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

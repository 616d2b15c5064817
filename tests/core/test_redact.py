"""Values of sensitive fields are struck out of error messages before anything is recorded."""

import json

import pytest

from sagaflow.core.definition.saga import Saga, Step, WaitForEvent, orchestrated
from sagaflow.core.mask import MASK
from sagaflow.core.run.decide import decide
from sagaflow.core.run.journal import write_fact
from sagaflow.core.run.redact import redact, sensitive_values
from sagaflow.core.run.reports import EventReceived, RunRequested, StepClaimed, StepFailed, StepSucceeded
from sagaflow.core.run.state import Direction, ErrorKind, RunState, StepError

NAMES = ("card",)


@pytest.mark.parametrize(
    ("value", "message", "left"),
    [
        ({"card": "4111-1111"}, "card 4111-1111 is refused", f"card {MASK} is refused"),
        ({"CARD": "4111"}, "x4111x 4111", f"x{MASK}x {MASK}"),
        ({"a": [{"card": {"no": "4111", "of": ["Ada L."]}}]}, "4111 of Ada L.", f"{MASK} of {MASK}"),
        ({"card": 4111}, "4111", MASK),
        ({"card": -1.5}, "is -1.5", f"is {MASK}"),
        ({"card": 'say "x"\n'}, json.dumps({"card": 'say "x"\n'}), f'{{"card": "{MASK}"}}'),
        ({"card": "it's\n"}, repr({"card": "it's\n"}), "{'card': \"" + MASK + '"}'),
        ({"card": "grün"}, '"gr\\u00fcn" grün', f'"{MASK}" {MASK}'),
        ({"card": "abc", "x": {"card": "abcdef"}}, "abcdef abc", f"{MASK} {MASK}"),
        ({"card": "abcd", "x": {"card": "abcdef"}}, "abcdef abcd", f"{MASK} {MASK}"),
        ({"card": "bell\x07rings"}, repr({"card": "bell\x07rings"}), "{'card': '" + MASK + "'}"),
        ({"card": 'grün "x"'}, json.dumps({"card": 'grün "x"'}, ensure_ascii=False), f'{{"card": "{MASK}"}}'),
        ({"card": "123"}, "91234 and 123", f"91234 and {MASK}"),
        ({"card": "12"}, "12 of 2012, (12)", f"{MASK} of 2012, ({MASK})"),
        ({"card": "a.c*"}, "abcc a.c*", f"abcc {MASK}"),
        ({"card": [True, None, ""]}, "True None ", "True None "),
        ({"cards": "4111"}, "4111", "4111"),
        ("card", "card", "card"),
    ],
)
def test_what_a_sensitive_field_holds_is_struck_out_however_it_is_written(value, message, left):
    assert redact(message, sensitive_values(value, NAMES)) == left


SAGA = Saga(
    "discreet",
    orchestrated(
        "all",
        Step("first", "a.first", undo="a.back"),
        Step("hear", WaitForEvent("Heard")),
        Step("second", "a.second"),
    ),
    sensitive=NAMES,
)


def claimed(state, step, direction=Direction.DO):
    state = decide(SAGA, state, StepClaimed(step=step, direction=direction, worker="w", lease=9.0), 3.5).state
    return state, {"step": step, "attempt": state.steps[step].attempt, "token": state.steps[step].token}


@pytest.mark.parametrize("kind", ErrorKind)
def test_no_fact_quotes_what_the_run_was_given_what_it_made_or_what_it_heard(kind):
    state = decide(SAGA, RunState.of(SAGA), RunRequested(input={"card": "of-input"}), 0.0).state
    state, attempt = claimed(state, "first")
    state = decide(SAGA, state, StepSucceeded(**attempt, output={"card": "of-output"}), 2.0).state
    state = decide(SAGA, state, EventReceived(event="Heard", payload={"card": "of-event"}), 3.0).state
    state, attempt = claimed(state, "second")
    error = StepError(kind, "of-input", "of-input, of-output and of-event were refused")
    decision = decide(SAGA, state, StepFailed(**attempt, error=error), 4.0)
    told = f"{MASK}, {MASK} and {MASK} were refused"
    assert decision.entries[0].fact.error == StepError(kind, "of-input", told)
    for entry in decision.entries:
        assert not [text for text in ("of-output", "of-event") if text in str(write_fact(entry.fact))]
    assert told in str(decision.state)


def test_without_sensitive_fields_a_report_stays_as_it_is():
    plain = Saga("plain", orchestrated("all", Step("only", "a.only")))
    state = decide(plain, RunState.of(plain), RunRequested(input={"card": "4111"}), 0.0).state
    claim = StepClaimed(step="only", direction=Direction.DO, worker="w", lease=9.0)
    state = decide(plain, state, claim, 1.0).state
    now = state.steps["only"]
    failed = StepFailed(
        step="only", attempt=now.attempt, token=now.token, error=StepError(ErrorKind.BUSINESS, "no", "4111")
    )
    assert decide(plain, state, failed, 2.0).entries[0].fact is failed

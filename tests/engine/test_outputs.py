"""An answer that cannot be stored is an error of the code: it costs one attempt, whose effect remains in doubt."""

import math
from contextlib import contextmanager
from decimal import Decimal

import pytest

from sagaflow import BusinessError, Saga, Step, engine, orchestrated
from sagaflow.core.definition.saga import Observer, SubSaga
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.core.run.state import ErrorKind
from sagaflow.models import OutboxMessage
from sagaflow.registry import Action, standing_in
from tests.engine.conftest import BOTH, finish, kinds
from tests.engine.sagas import AT_ONCE, effects, step, take_effect, tokens

pytestmark = pytest.mark.django_db(databases=BOTH)


def loop():
    own = {}
    own["own"] = own
    return own


def shared():
    """A value that is small in memory and endless as text."""
    many = []
    for _ in range(30):
        many = [many] * 10
    return many


UNSTORABLE = {
    "a set": ({"tags": {1}}, "/tags is a set; give a list"),
    "bytes": ({"scan": b"x"}, "/scan is a bytes; give text"),
    "an object": ({"who": [object()]}, "/who/0 is an object; use JSON types, or teach your ENCODER"),
    "not a number": ({"rate": math.nan}, "nan at /rate"),
    "a decimal that is not a number": ({"rate": Decimal("NaN")}, "nan at /rate"),
    "a key that is not text": ({"by_day": {1: "Monday"}}, "the key 1 at /by_day"),
    "half a character": ({"name": "\ud83d"}, "surrogate pair at /name"),
    "a value inside itself": (loop(), "deeper than 32 levels"),
    "a value without end": (shared(), "more than 262144 bytes"),
    "too much": ("x" * 300_000, "the limit is 262144"),
    "a large integer": ({"id": 2**63}, "beyond 64 bits at /id"),
}


@contextmanager
def answering(value, *, on="do", **guard):
    """A saga whose step ``odd.<on>`` has its effect and answers ``value``."""

    def answer(context):
        take_effect(context, guard.get("database", "default"))
        return value if context.direction == on else None

    def refuse(_):
        raise BusinessError("no", "not today")

    odd = Step("odd", "odd.work", undo="odd.work", retry=AT_ONCE, undo_retry=AT_ONCE)
    saga = Saga("odd", orchestrated("main", odd, Step("end", "odd.end")))
    with standing_in(saga, Action(name="odd.work", does=answer, **guard), Action(name="odd.end", does=refuse)):
        yield


def error_of(run):
    return engine.state(run)[1].steps["odd"].error


@pytest.mark.parametrize(("value", "says"), UNSTORABLE.values(), ids=UNSTORABLE)
def test_an_answer_that_cannot_be_stored_parks_the_step_after_one_attempt(value, says):
    with answering(value):
        run = engine.start("odd", {})
        assert finish(run) == "parked"
    error = error_of(run)
    assert (error.kind, error.code) == (ErrorKind.PROGRAMMING, "invalid-output")
    assert says in error.message
    assert kinds(run).count("StepClaimed") == 1


GUARDS = {
    "none": ({}, 1, "Its effect stays in place"),
    "the run's transaction": ({"transactional": True}, 0, "transaction was rolled back"),
    "a barrier elsewhere": ({"database": "participant"}, 0, "transaction was rolled back"),
}


@pytest.mark.parametrize(("guard", "left", "says"), GUARDS.values(), ids=GUARDS)
def test_the_error_says_what_became_of_the_effect_and_a_rollback_undoes_what_may_be_there(guard, left, says):
    with answering({1}, **guard):
        run = engine.start("odd", {})
        finish(run)
        where = guard.get("database", "default")
        assert says in error_of(run).message
        assert len(effects(run, where)) == left
        assert engine.operate(run, "roll_back", by="ann", reason="the code is wrong").outcome == "done"
        assert finish(run) == "rolled_back"
        assert effects(run, where) == ["odd:do", "odd:undo"][: 2 * left]


def test_a_compensation_with_such_an_answer_is_stuck_after_one_attempt():
    with answering({1}, on="undo"):
        run = engine.start("odd", {})
        assert finish(run) == "stuck"
    assert error_of(run).kind is ErrorKind.PROGRAMMING
    assert effects(run) == ["odd:do", "odd:undo"]


def test_an_operator_goes_on_with_a_substitute_or_with_mended_code():
    with answering({1}):
        run, other = engine.start("odd", {}), engine.start("odd", {})
        finish(run), finish(other)
        engine.operate(run, "skip", step="odd", by="ann", reason="I looked it up", output={"id": 7})
        assert engine.state(run)[1].steps["odd"].output == {"id": 7}
    with answering([1]):
        engine.operate(other, "retry", step="odd", by="ann", reason="the code is mended")
        finish(other)
        assert kinds(other).count("StepSucceeded") == 2


def test_an_answer_that_comes_later_is_refused_at_the_door_and_the_step_goes_on_waiting():
    run = engine.start("letter", {})
    finish(run)
    with pytest.raises(InvalidPayload, match="/tags is a set"):
        engine.answer(tokens[-1], output={"tags": {1}})
    with pytest.raises(InvalidPayload, match="/tags is a set"):
        engine.publish("Paid", run, {"tags": {1}})
    assert engine.state(run)[1].steps["post"].status == "waiting"
    engine.answer(tokens[-1], output={"paid": Decimal("1.50")})
    assert engine.state(run)[1].steps["post"].output == {"paid": "1.50"}


def test_the_input_of_a_child_that_its_schema_refuses_parks_the_parent_after_one_attempt():
    saga = Saga("odd", orchestrated("main", Step("odd", SubSaga("strict"), retry=AT_ONCE)))
    with standing_in(saga):
        run = engine.start("odd", {"amount": 0})
        assert finish(run) == "parked"
    assert (error_of(run).kind, error_of(run).code) == (ErrorKind.PROGRAMMING, "invalid-input")
    assert "/amount" in error_of(run).message
    assert kinds(run).count("StepClaimed") == 1


def test_an_observer_with_such_an_answer_is_left_to_an_operator_at_once():
    saga = Saga(
        "odd", orchestrated("main", step("first")), observers=(Observer("news", "odd.news", on=("FirstCompleted",)),)
    )
    with standing_in(saga, Action(name="odd.news", does=lambda _: {1})):
        run = engine.start("odd", {})
        assert finish(run) == "completed"
    left = OutboxMessage.objects.get(run_id=run, observer="news")
    assert (left.attempts, left.due_at) == (1, None)
    assert "invalid-output" in left.error


def test_the_same_number_is_the_same_input_however_it_is_written():
    run = engine.start("five", {"n": 2.0, "of": [1]}, run_id="4f0c5b1e-0000-4000-8000-000000000001")
    assert engine.start("five", {"of": [1.0], "n": 2}, run_id=run) == run
    for other in ({"n": 2.5, "of": [1]}, {"n": 2, "of": [True]}, {"n": 2}, {"n": 2, "of": [1, 1]}):
        with pytest.raises(Refused, match="with another input"):
            engine.start("five", other, run_id=run)

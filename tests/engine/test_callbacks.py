"""A callback token answers one attempt, once, in time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sagaflow import engine
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.core.run.skills import ALL
from sagaflow.core.run.state import ErrorKind, StepError
from sagaflow.models import CallbackToken
from tests.engine.conftest import BOTH, at_once, finish, kinds, status
from tests.engine.sagas import effects, tokens

pytestmark = pytest.mark.django_db(databases=BOTH)


def waiting(saga="letter"):
    run = engine.start(saga, {})
    finish(run)
    return run, tokens[-1]


def test_the_answer_goes_on_where_the_run_waits():
    run, token = waiting()
    assert status(run) == "running"
    engine.answer(token, output={"delivered": True})
    assert finish(run) == "completed"
    assert engine.state(run)[1].steps["post"].output == {"delivered": True}


def test_a_business_error_rolls_back_and_the_recall_waits_for_its_own_answer():
    run, token = waiting()
    engine.answer(token, error=StepError(ErrorKind.BUSINESS, "moved", "nobody lives there"))
    assert finish(run) == "rolled_back"
    assert effects(run) == ["first:do", "first:undo"]


def test_an_answer_with_an_output_and_an_error_is_refused_and_the_token_stays_good():
    run, token = waiting()
    with pytest.raises(Refused, match="has an output or an error, not both"):
        engine.answer(token, output={"delivered": True}, error=StepError(ErrorKind.BUSINESS, "moved", ""))
    engine.answer(token, output={"delivered": True})
    assert finish(run) == "completed"


def test_only_the_hash_of_the_token_is_kept():
    _, token = waiting()
    assert len(token) >= 43
    assert token not in str(list(CallbackToken.objects.values()))


@pytest.mark.parametrize("token", ["", "forged", "\x00", "ä" * 43])
def test_a_forged_token_is_refused(token):
    with pytest.raises(Refused, match="never given out") as refused:
        engine.answer(token)
    assert refused.value.code == "forged"


def test_a_used_token_is_refused_and_changes_nothing():
    run, token = waiting()
    engine.answer(token, output=1)
    before = len(kinds(run))
    with pytest.raises(Refused, match="used already") as refused:
        engine.answer(token, output=2)
    assert (refused.value.code, len(kinds(run))) == ("used", before)


def test_a_late_token_is_refused():
    _, token = waiting()
    CallbackToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Refused, match="expired at") as refused:
        engine.answer(token)
    assert refused.value.code == "late"


def test_a_token_lives_as_long_as_its_step_waits():
    waiting("hasty")
    row = CallbackToken.objects.get()
    assert (row.expires_at - timezone.now()).total_seconds() < 0.05
    waiting("letter")
    newer = CallbackToken.objects.latest("expires_at")
    assert 29 < (newer.expires_at - timezone.now()).total_seconds() / 86_400 <= 30


def test_the_answer_to_an_earlier_attempt_is_journalled_and_refused():
    run, old = waiting()
    engine.operate(run, "retry", step="post", by="ann", reason="the letter got lost")
    finish(run)
    new = tokens[-1]
    with pytest.raises(Refused, match="no longer waits") as refused:
        engine.answer(old)
    assert refused.value.code == "stale"
    assert kinds(run)[-1] == "SignalIgnored"
    engine.answer(new)
    assert finish(run) == "completed"


def test_an_answer_that_is_no_json_leaves_the_token_good():
    run, token = waiting()
    with pytest.raises(InvalidPayload):
        engine.answer(token, output=float("nan"))
    engine.answer(token)
    assert finish(run) == "completed"


def test_an_answer_may_overtake_the_report_that_it_will_come():
    run = engine.start("letter", {})
    shift = engine.worker.Shift(run, ALL, "slow", lambda: True)
    work = shift.carry_out(shift.claim())
    outcome = shift.perform(work)
    engine.answer(tokens[-1], output="quick")
    assert shift.carry_out(shift.record(outcome)) is None
    assert engine.state(run)[1].steps["post"].output == "quick"
    assert status(run) == "completed"


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_of_many_answers_at_once_one_counts():
    run, token = waiting()
    answers = at_once(*[lambda number=number: engine.answer(token, output=number) for number in range(6)])
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [refusal.code for refusal in refused] == ["used"] * 5
    assert kinds(run).count("StepSucceeded") == 2


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_a_time_out_that_races_with_the_reply_has_one_winner():
    for _ in range(10):
        run, token = waiting("hasty")
        at_once(lambda run=run: finish(run), lambda token=token: engine.answer(token, output="in time"))
        facts = [entry.fact for entry in engine.journal(run)]
        first = [fact for fact in facts if type(fact).__name__ in ("StepSucceeded", "StepFailed") and fact.attempt == 1]
        assert len(first) <= 1

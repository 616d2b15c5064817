"""Many workers compete for one run: one of them claims each step, and losing the lock does no harm."""

import pytest
from django.db import transaction

from sagaflow import engine, store
from sagaflow.core.errors import Refused
from sagaflow.core.run.reports import StepClaimed, StepSucceeded
from sagaflow.core.run.skills import ALL
from sagaflow.signals import run_changed, work_due
from sagaflow.store import Overtaken
from sagaflow.store.runs import rows, writing
from tests.engine.conftest import BOTH, at_once, finish, kinds, status
from tests.engine.sagas import FIVE, effects

pytestmark = pytest.mark.django_db(databases=BOTH, transaction=True)


@pytest.mark.parametrize("saga", ["five", "five-exact", "fork", "danced"])
def test_workers_at_once_do_every_step_once(saga):
    run = engine.start(saga, {})
    at_once(*[lambda number=number: engine.wake(run, worker=f"worker {number}") for number in range(4)])
    assert finish(run) == "completed"
    did = effects(run) + effects(run, "participant")
    assert len(did) == len(set(did)) == len(engine.state(run)[0].steps)


def test_of_two_claims_of_one_step_one_is_refused():
    run = engine.start("five", {})
    claim = StepClaimed(step="first", worker="w", lease=30.0)
    answers = at_once(*[lambda: engine.deliver(run, claim)] * 2)
    assert sorted(isinstance(answer, Refused) for answer in answers) == [False, True]
    assert kinds(run).count("StepClaimed") == 1


def test_a_stale_token_changes_nothing_and_is_journalled():
    run = engine.start("five", {})
    token = engine.worker.Shift(run, ALL, "w", lambda: True).claim().token
    engine.deliver(run, StepSucceeded(step="first", attempt=1, token=token - 1))
    ignored = engine.journal(run)[-1].fact
    assert (type(ignored).__name__, ignored.why) == ("SignalIgnored", "stale")
    assert engine.state(run)[1].steps["first"].status == "running"


def test_joins_are_right_even_without_the_lock(monkeypatch):
    monkeypatch.setitem(rows.LOCK, "postgresql", "")
    for _ in range(5):
        run = engine.start("fork", {})
        at_once(*[lambda run=run: engine.wake(run)] * 4)
        finish(run)
        assert status(run) == "completed"
        assert len(effects(run)) == 3


def test_a_change_that_was_overtaken_writes_nothing():
    run = engine.start("five", {})

    def overtaken():
        with store.locked(run) as locked_run:
            locked_run.take(StepClaimed(step="first", worker="w", lease=30.0))
            locked_run.seq -= 1

    with pytest.raises(Overtaken, match="went on from journal entry"):
        overtaken()
    assert "StepClaimed" not in kinds(run)


def test_work_for_others_is_hinted_and_the_next_own_step_is_not(hints):
    run = engine.start("five", {})
    assert [(hint["run_id"], hint["service"]) for hint in hints] == [(run, "plain")]
    engine.wake(run)
    assert len(hints) == 1
    fork = engine.start("fork", {})
    hints.clear()
    engine.wake(fork, services={"plain"})
    assert [hint["service"] for hint in hints] == ["depot"]
    assert effects(run) == [f"{name}:do" for name in FIVE]


def test_a_receiver_that_raises_harms_nobody(caplog):
    def broken(**_):
        raise RuntimeError("no broker")

    for signal in (run_changed, work_due):
        signal.connect(broken)
    try:
        run = engine.start("five", {})
        assert finish(run) == "completed"
    finally:
        for signal in (run_changed, work_due):
            signal.disconnect(broken)
    assert "no broker" in caplog.text


def test_nothing_is_hinted_that_did_not_commit(hints):
    @transaction.atomic
    def start_and_fail():
        engine.start("five", {})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        start_and_fail()
    assert hints == []
    assert store.overdue().runs == {}


def test_an_exact_step_that_was_overtaken_takes_no_effect_and_is_tried_again(monkeypatch):
    run = engine.start("five-exact", {})
    shift = engine.worker.Shift(run, ALL, "w", lambda: True)
    work = shift.claim()
    real, overtaken = writing.write, iter([True])
    monkeypatch.setattr(writing, "write", lambda change: None if next(overtaken, False) else real(change))
    while work is not None:
        work = shift.carry_out(work)
    assert finish(run) == "completed"
    assert effects(run) == [f"{name}:do" for name in FIVE]

"""A worker does every step of a run that is due."""

import pytest

from sagaflow import conf, engine, registry, store
from sagaflow.core.definition.fields import LONGEST
from sagaflow.core.run.skills import ALL
from sagaflow.core.run.state import StepStatus
from sagaflow.testing import moving_clock
from tests.engine.conftest import BOTH, counting_commits, finish, kinds, status, sweep
from tests.engine.sagas import FIVE, effects, lost

pytestmark = pytest.mark.django_db(databases=BOTH)
FORWARD = [f"{name}:do" for name in FIVE]
BACK = [f"{name}:undo" for name in reversed(FIVE)]


@pytest.mark.parametrize(
    ("saga", "database"), [("five", "default"), ("five-exact", "default"), ("five-apart", "participant")]
)
def test_every_step_takes_effect_once_and_in_order(saga, database):
    run = engine.start(saga, {})
    assert engine.wake(run) == 5
    assert (status(run), effects(run, database)) == ("completed", FORWARD)


@pytest.mark.parametrize(
    ("saga", "database", "left"),
    [
        ("five", "default", [*FORWARD, *BACK[1:]]),
        ("five-exact", "default", [*FORWARD[:-1], *BACK[1:]]),
        ("five-apart", "participant", [*FORWARD[:-1], *BACK[1:]]),
    ],
)
def test_a_business_error_rolls_everything_back_and_the_failed_transaction_leaves_nothing(saga, database, left):
    run = engine.start(saga, {"plan": {"fifth:do": ["business"]}})
    assert finish(run) == "rolled_back"
    assert effects(run, database) == left


def test_a_technical_error_is_retried_and_not_rolled_back():
    run = engine.start("five", {"plan": {"third:do": ["technical", "crash"]}})
    assert finish(run) == "completed"
    assert effects(run).count("third:do") == 3
    errors = [entry.fact.error for entry in engine.journal(run) if entry.kind == "StepFailed"]
    assert [error.code for error in errors] == ["no-line", "ZeroDivisionError"]
    assert len(errors[1].message) == 500


@pytest.mark.parametrize("saga", ["five", "five-exact"])
def test_a_pause_beyond_all_dates_is_cut(saga):
    run = engine.start(saga, {"plan": {"second:do": ["much-later"]}})
    finish(run)
    now = engine.state(run)[1].steps["second"]
    assert (now.status.value, now.error.code) == ("due", "closed")
    assert 0 < now.due_at - store.now() <= LONGEST


def test_an_action_that_ends_the_process_does_not(caplog):
    run = engine.start("five", {"plan": {"second:do": ["exit"]}})
    assert finish(run) == "completed"
    assert "sys.exit(3)" in caplog.text


def test_exhausted_retries_park_the_step_for_a_person():
    run = engine.start("five", {"plan": {"second:do": ["technical"] * 3}})
    assert finish(run) == "parked"
    assert store.run(run).attention == "parked"


@pytest.mark.parametrize(("odd", "place"), [("nan", "nan"), ("set", "set"), ("bytes", "bytes")])
def test_an_output_that_is_not_json_parks_the_step(odd, place):
    run = engine.start("odd-output", {"odd": odd})
    assert finish(run) == "parked"
    _, state = engine.state(run)
    assert state.steps["odd"].error.code == "invalid-output"
    assert place in state.steps["odd"].error.message


def test_an_action_that_this_worker_does_not_know_fails_with_its_name():
    with registry.standing_in(lost):
        run = engine.start("lost", {})
    assert finish(run) == "parked"
    error = engine.state(run)[1].steps["only"].error
    assert error.code == "UnknownAction"
    assert "nowhere.do" in error.message


def test_an_action_sees_what_came_before_and_a_compensation_sees_why():
    run = engine.start("seeing", {"plan": {"third:do": ["business"]}})
    finish(run)
    _, state = engine.state(run)
    first, second, undone = state.steps["first"].output, state.steps["second"].output, state.steps["first"].undo_output
    assert first["key"] == f"{run}:first:do"
    assert (first["correlation"], first["outputs"], first["reason"]) == (run, {}, {})
    assert second["outputs"] == {"first": first}
    assert second["causation"].startswith(f"{run}:")
    assert (undone["key"], undone["output"]) == (f"{run}:first:undo", first)
    assert undone["reason"] == {"code": "out-of-stock", "message": "third: nothing on the shelf", "step": "third"}


def test_a_worker_does_only_what_its_services_are_asked_for(hints, django_capture_on_commit_callbacks):
    run = engine.start("fork", {})
    with django_capture_on_commit_callbacks(execute=True):
        assert engine.wake(run, services={"plain"}) == 2
    assert effects(run) == ["first:do", "left:do"]
    assert ("depot", run) in [(hint["service"], hint["run_id"]) for hint in hints]
    assert engine.wake(run, services={"depot"}) == 1
    assert engine.wake(run, services={"plain"}) == 1
    assert status(run) == "completed"


def test_a_worker_that_is_to_stop_takes_no_further_step():
    run = engine.start("five", {})
    answers = iter([True, False])
    assert engine.wake(run, go_on=lambda: next(answers)) == 1
    assert finish(run) == "completed"


def test_a_hint_for_a_run_that_does_not_exist_is_dropped():
    assert engine.wake("3a3b9f8e-0000-4000-8000-000000000000") == 0
    assert engine.wake("nonsense") == 0


def test_an_attempt_whose_worker_died_is_taken_over_when_its_lease_is_over():
    with moving_clock() as clock:
        run = engine.start("five", {})
        dead = engine.worker.Shift(run, ALL, "dead", lambda: True)
        assert dead.claim().context.step == "first"
        assert sweep() == 0
        clock.advance(conf.current().lease_seconds)
        sweep()
        assert finish(run) == "completed"
        assert kinds(run).count("StepFailed") == 1
    assert effects(run) == FORWARD


def test_the_sweeper_alone_drives_timers_and_retries_to_the_end():
    run = engine.start("timed", {})
    assert status(run) == "running"
    while status(run) == "running":
        sweep()
    assert status(run) == "completed"
    done = {entry.fact.step: entry.at for entry in engine.journal(run) if entry.kind == "StepSucceeded"}
    begun = next(entry for entry in engine.journal(run) if entry.kind == "StepAccepted")
    assert done["pause"] >= begun.fact.deadline


def test_parallel_steps_of_both_databases_join():
    run = engine.start("fork", {"plan": {"last:do": ["business"]}})
    assert finish(run) == "rolled_back"
    assert effects(run) == ["first:do", "left:do", "last:do", "left:undo", "first:undo"]
    assert effects(run, "participant") == ["right:do", "right:undo"]


@pytest.mark.parametrize("saga", ["danced", "mixed"])
def test_choreographed_segments_run_and_roll_back_by_events(saga):
    run = engine.start(saga, {"plan": {"third:do": ["business"]}})
    assert finish(run) == "rolled_back"
    assert [each for each in effects(run) if each.endswith("undo")] == ["second:undo", "first:undo"]
    _, state = engine.state(run)
    assert state.steps["second"].status is StepStatus.COMPENSATED


def test_a_run_cannot_be_claimed_before_its_time():
    run = engine.start("five", {}, not_before=store.now() + 3600)
    assert engine.wake(run) == 0
    assert store.overdue().runs == {}


@pytest.mark.django_db(databases=BOTH, transaction=True)
@pytest.mark.parametrize("saga", ["five", "five-exact"])
def test_five_steps_in_a_row_cost_seven_commits(saga):
    engine.start(saga, {})  # the first run also stores the definition
    with counting_commits() as commits:
        run = engine.start(saga, {"really": True})
        assert engine.wake(run) == 5
    effects_outside = 5 if saga == "five" else 0  # the rows that plain actions write themselves
    assert status(run) == "completed"
    assert len(commits) - effects_outside == 7

"""Bulk repair handles every run once and completely, and records the result of each item."""

import pytest

from sagaflow import engine
from sagaflow.core.errors import Refused
from sagaflow.models import BulkRepair, OperatorAct
from sagaflow.processes import bulk_repair
from sagaflow.store import bulk_repairs
from tests.engine.conftest import BOTH, at_once, finish, status

pytestmark = pytest.mark.django_db(databases=BOTH)
PARKED = {"plan": {"third:do": ["technical"] * 3}}
STUCK = {"plan": {"fourth:do": ["business"], "second:undo": ["technical"] * 3}}


def run_of(given):
    run_id = engine.start("five", given)
    finish(run_id)
    return run_id


def order(verb, *run_ids, step="", output=""):
    asked = bulk_repairs.Order(
        verb=verb, by="ann", reason="the bank is back", selection="some", step=step, output=output
    )
    return bulk_repairs.freeze(asked, [(run_id, engine.state(run_id)[1].seq) for run_id in run_ids])


def results(repair_id):
    return {str(item.run_id): item.outcome for item in bulk_repairs.items(repair_id)}


def detail(repair_id, run_id):
    return next(item.detail for item in bulk_repairs.items(repair_id) if str(item.run_id) == run_id)


def test_what_stands_still_is_retried_and_what_runs_is_refused_with_a_reason():
    parked, fine = run_of(PARKED), run_of({})
    made = order("retry", parked, fine)
    assert bulk_repair.repair_all() == 2
    assert results(made) == {parked: "done", fine: "refused"}
    assert detail(made, fine) == "No step is parked, stuck or missing; nothing was done."
    assert finish(parked) == "completed"
    assert bulk_repairs.repair(made).ended_at is not None


def test_every_act_is_written_down_with_who_and_why():
    parked = run_of(PARKED)
    made = order("retry", parked)
    bulk_repair.repair_all()
    [act] = OperatorAct.objects.all()
    assert (act.by, act.verb, act.step, act.outcome) == ("ann", "retry", "third", "done")
    assert act.reason == f"the bank is back (bulk repair {made[:8]})"


@pytest.mark.parametrize(
    ("verb", "given", "more", "becomes"),
    [
        ("skip", PARKED, {"output": '{"by":"hand"}'}, "completed"),
        ("mark_done", STUCK, {}, "rolled_back"),
        ("skip", STUCK, {}, "rolled_back"),
        ("roll_back", PARKED, {}, "rolled_back"),
        ("cancel", PARKED, {}, "cancelled"),
        ("retry", PARKED, {"step": "third"}, "completed"),
    ],
)
def test_each_verb_does_what_it_does_to_one_run(verb, given, more, becomes):
    run_id = run_of(given)
    made = order(verb, run_id, **more)
    bulk_repair.repair_all()
    assert results(made) == {run_id: "done"}
    assert finish(run_id) == becomes


def test_a_run_that_somebody_repaired_meanwhile_is_left_alone():
    parked = run_of(PARKED)
    made = order("roll_back", parked)
    engine.operate(parked, "retry", by="bob", reason="quicker", step="third")
    assert finish(parked) == "completed"
    bulk_repair.repair_all()
    assert results(made) == {parked: "changed"}
    assert "When it was selected it was parked; now it is completed." in detail(made, parked)
    assert [act.by for act in OperatorAct.objects.all()] == ["bob"]


def test_a_run_that_went_on_without_changing_what_the_order_is_about_is_repaired():
    parked = run_of(PARKED)
    made = order("retry", parked)
    engine.publish("Whatever", parked)
    assert engine.state(parked)[1].seq > bulk_repairs.items(made)[0].seq
    bulk_repair.repair_all()
    assert results(made) == {parked: "done"}


def test_what_is_refused_by_the_engine_says_why():
    done = run_of({})
    made = order("roll_back", done)
    bulk_repair.repair_all()
    assert results(made) == {done: "refused"}
    assert "it is completed" in detail(made, done)


def test_a_step_that_the_saga_does_not_have_is_refused():
    parked = run_of(PARKED)
    made = order("retry", parked, step="nothing")
    bulk_repair.repair_all()
    assert results(made) == {parked: "refused"}


def test_stopping_leaves_the_rest_as_it_is():
    runs = [run_of(PARKED) for _ in range(3)]
    made = order("retry", *runs)
    assert engine.repair_next()
    assert bulk_repairs.stop(made, by="bob")
    assert not engine.repair_next()
    assert sorted(results(made).values()) == ["done", "stopped", "stopped"]
    assert [status(run_id) for run_id in runs].count("parked") == 2
    assert (bulk_repairs.repair(made).stopped_by, bulk_repairs.repair(made).ended_at is None) == ("bob", False)
    assert not bulk_repairs.stop(made, by="bob")


def test_the_selection_is_frozen():
    first = run_of(PARKED)
    made = order("retry", first)
    later = run_of(PARKED)
    bulk_repair.repair_all()
    assert results(made) == {first: "done"}
    assert status(later) == "parked"


@pytest.mark.parametrize("snapshot", ['{"status": "nonsense"}', "null", "[]"])
def test_a_run_whose_state_cannot_be_read_does_not_keep_the_others_waiting(tampers, snapshot):
    from sagaflow.models import Run

    broken, parked = run_of(PARKED), run_of(PARKED)
    made = order("retry", broken, parked)
    Run.objects.filter(pk=broken).update(snapshot=snapshot)
    bulk_repair.repair_all()
    assert results(made) == {broken: "refused", parked: "done"}


def test_a_kill_between_the_act_and_its_result_leaves_neither(monkeypatch):
    parked = run_of(PARKED)
    made = order("retry", parked)
    settle = bulk_repairs.settle

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(bulk_repairs, "settle", killed)
    with pytest.raises(KeyboardInterrupt):
        engine.repair_next()
    assert (status(parked), OperatorAct.objects.count(), results(made)) == ("parked", 0, {parked: "open"})
    monkeypatch.setattr(bulk_repairs, "settle", settle)
    bulk_repair.repair_all()
    assert (OperatorAct.objects.count(), results(made)) == (1, {parked: "done"})


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_several_repairers_share_the_work_and_none_does_it_twice():
    runs = [run_of(PARKED) for _ in range(6)]
    made = order("retry", *runs)
    done = at_once(*[bulk_repair.repair_all] * 3)
    assert sum(done) == 6, done
    assert set(results(made).values()) == {"done"}
    assert OperatorAct.objects.count() == 6


def test_repairs_are_taken_in_the_order_in_which_they_were_asked():
    one, other = run_of(PARKED), run_of(PARKED)
    first, second = order("retry", one), order("cancel", other)
    engine.repair_next()
    assert (results(first)[one], results(second)[other]) == ("done", "open")


def test_what_a_person_may_not_touch_is_part_of_the_truth_from_the_beginning():
    parked = run_of(PARKED)
    asked = bulk_repairs.Order(verb="retry", by="ann", reason="why not", selection="some")
    made = bulk_repairs.freeze(asked, [], [(parked, 1, "'ann' may not.")])
    assert results(made) == {parked: "refused"}
    assert not engine.repair_next()
    assert bulk_repairs.repair(made).ended_at is not None
    assert status(parked) == "parked"


def test_the_output_of_a_bulk_skip_is_for_steps_and_not_for_compensations():
    parked, undoing = run_of(PARKED), run_of(STUCK)
    made = order("skip", parked, undoing, output='{"by":"hand"}')
    bulk_repair.repair_all()
    assert results(made) == {parked: "done", undoing: "done"}
    assert engine.state(parked)[1].steps["third"].output == {"by": "hand"}


@pytest.mark.parametrize(
    ("verb", "more", "why"),
    [
        ("retry", {"output": "1"}, "'retry' does not take 'output'; only skip does"),
        ("cancel", {"step": "third"}, "'cancel' is for a whole run; leave the step 'third' out"),
    ],
)
def test_a_bulk_repair_with_what_its_verb_does_not_take_is_refused(verb, more, why):
    parked = run_of(PARKED)
    with pytest.raises(Refused, match=why):
        order(verb, parked, **more)
    assert not BulkRepair.objects.exists()

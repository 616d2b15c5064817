"""A run whose row cannot be read, or makes no sense: it is shown, logged once, held back, and blocks no other run."""

import contextlib
import logging

import pytest

from sagaflow import engine, store
from sagaflow.core.codec import encode
from sagaflow.core.payload import canonical
from sagaflow.core.run.reports import EventReceived, WorkUnserved
from sagaflow.models import Definition, OperatorAct, OutboxMessage, Run, UnmatchedEvent
from sagaflow.processes import relay
from sagaflow.processes.sweeper import Sweeper
from sagaflow.store import bulk_repairs, definitions, refusals
from sagaflow.store.errors import UNREADABLE
from sagaflow.testing import moving_clock
from sagaflow.testing.clock import active
from tests.engine.conftest import BOTH, finish, status

pytestmark = [pytest.mark.django_db(databases=BOTH), pytest.mark.usefixtures("tampers")]
ANN = {"by": "ann", "reason": "the row is restored"}


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(refusals, "_unnoted", {})
    definitions.of.cache_clear()
    with moving_clock():
        yield
    definitions.of.cache_clear()


class Queue:
    """A transport whose worker takes each hint immediately, and whose queue is always empty."""

    def __init__(self):
        self.sent = []

    def waiting(self, _):
        return 0

    def send(self, run_id, service):
        self.sent.append((run_id, service))
        with contextlib.suppress(*UNREADABLE):
            engine.wake(run_id)


def fails(call, *given):
    with pytest.raises(UNREADABLE) as failed:
        call(*given)
    assert refusals.is_lasting(failed.value)


def snapshot(change):
    def breaks(run):
        before = Run.objects.get(pk=run).snapshot
        Run.objects.filter(pk=run).update(snapshot=change(before))
        return lambda: Run.objects.filter(pk=run).update(snapshot=before)

    return breaks


def definition(run):
    row = Run.objects.get(pk=run).definition
    before = row.document
    Definition.objects.filter(pk=row.pk).update(document=before + " ")
    definitions.of.cache_clear()

    def mend():
        Definition.objects.filter(pk=row.pk).update(document=before)
        definitions.of.cache_clear()

    return mend


def another_step(text):
    """The snapshot can be read, but its steps are those of another saga."""
    return text.replace('"first"', '"another"')


def of_a_later_version(text):
    return text.replace("{", '{"invented":1,', 1)


BREAKS = {
    "no JSON": snapshot(lambda text: text[: len(text) // 2]),
    "JSON of another shape": snapshot(lambda _: "[1]"),
    "nothing": snapshot(lambda _: ""),
    "a field of a later version": snapshot(of_a_later_version),
    "steps of another saga": snapshot(another_step),
    "a status that does not exist": snapshot(lambda text: text.replace('"due"', '"card-4111"')),
    "a changed definition": definition,
}


@pytest.fixture(params=BREAKS.values(), ids=list(BREAKS))
def broken(request):
    """A broken run, and a function that repairs it."""
    run = engine.start("five-apart", {"card": "4111-SECRET"})
    return run, request.param(run)


def sweep(sweeper, times=12):
    for _ in range(times):
        sweeper.sweep()
        while sweeper.is_amid:
            sweeper.sweep()
        active().advance(1.0)


def test_a_sweeper_shows_it_holds_it_back_and_serves_the_others(broken, caplog, monkeypatch):
    monkeypatch.setattr("sagaflow.processes.sweeper._pause", lambda *_: 0.0)
    run, mend = broken
    others = [engine.start("five", {}) for _ in range(3)]
    queue = Queue()
    with caplog.at_level(logging.WARNING, "sagaflow"):
        sweep(Sweeper(queue), 30)
    assert [status(other) for other in others] == ["completed"] * 3
    assert len([sent for sent in queue.sent if sent[0] == run]) <= 6, "in 30 s, with pauses of 1, 2, 4, 8 and 16 s"
    row = store.run(run)
    assert row.attention == "refused"
    assert refusals.read(row.refusal).error
    [line] = [record.getMessage() for record in caplog.records if run in record.getMessage()]
    assert "needs an operator" in line
    assert "SECRET" not in line
    assert any("its changes failed" in fault for fault in engine.verify(run))
    mend()
    active().advance(refusals.LONGEST_PAUSE)
    sweep(Sweeper(queue), 2)
    assert (status(run), store.run(run).attention, store.run(run).refusal) == ("completed", "", "")


def test_it_is_not_looked_at_again_at_once(broken):
    run, _ = broken
    fails(engine.wake, run)
    assert run not in store.overdue().runs


def test_a_bulk_repair_goes_on_with_the_others(broken):
    bad, good = broken[0], engine.start("five", {})
    order = bulk_repairs.Order(verb="cancel", selection="both", **ANN)
    made = bulk_repairs.freeze(order, [(run, store.run(run).seq) for run in (bad, good)])
    while engine.repair_next():
        pass
    found = {str(item.run_id): item for item in bulk_repairs.items(made)}
    assert {run: item.outcome for run, item in found.items()} == {bad: "refused", good: "done"}
    assert "SECRET" not in found[bad].detail
    assert refusals.read(store.run(bad).refusal).count == 1


def test_the_verb_of_an_operator_is_written_down_as_refused_and_has_it_tried_again(broken):
    run, mend = broken
    act = engine.operate(run, "cancel", **ANN)
    assert act.outcome == "refused"
    assert act.detail.startswith("It failed: ")
    assert OperatorAct.objects.get(run_id=run).detail == act.detail
    mend()
    assert run in store.overdue().runs


def test_what_tells_runs_something_goes_on_with_the_others(broken):
    bad, good = broken[0], engine.start("five", {})
    for run in (bad, good):
        UnmatchedEvent.objects.filter(correlation_id=run).delete()
        store.keep_event(run, _event(), "its run was not there yet")
        engine.leave_unserved(run, [WorkUnserved(step="first", needs="engine", since=store.now())])
    assert engine.adopt() == 1
    assert [kept.event.event for kept in store.stored_events_for(bad)] == ["Whatever"]
    assert engine.worker_died("nobody", runs=[bad, good]) == 2
    assert refusals.read(store.run(bad).refusal).count >= 2


def _event():
    return EventReceived(event="Whatever", event_id="e1")


def test_the_time_passes_in_the_others(broken):
    fails(engine.pass_time, [broken[0]])
    waiting = engine.start("timed", {})
    finish(waiting)
    active().advance(1.0)
    sweep(Sweeper(Queue()), 3)
    assert status(waiting) == "completed"


def test_a_parent_whose_child_cannot_be_read_says_so():
    parent = engine.start("parent", {})
    finish(parent)
    [child] = store.runs(parent_id=parent)
    finish(child.run_id)
    Run.objects.filter(pk=child.run_id).update(snapshot="null")
    for _ in range(refusals.LIMIT):
        active().advance_to(store.run(parent).wake_at.timestamp())
        fails(engine.wake, parent)
    assert store.run(parent).attention == "refused"


def test_an_event_whose_row_cannot_be_read_keeps_only_those_of_its_run_waiting_and_goes_on_when_it_can():
    bad, good = (engine.start("five", {}) for _ in range(2))
    finish(bad)
    finish(good)
    [first, *later] = OutboxMessage.objects.filter(run_id=bad, observer="").order_by("pk")
    OutboxMessage.objects.filter(pk=first.pk).update(payload="{")
    got = []
    for _ in range(5):
        relay.relay_once([lambda found: got.append((found["subject"], found["type"]))])
        active().advance(61.0)
    assert set(got) == {(good, "MainStarted"), (good, "SagaCompleted")}
    assert refusals.read(store.run(bad).refusal).count == 1
    assert f"row {first.pk} of sagaflow_outboxmessage" in OutboxMessage.objects.get(pk=first.pk).error
    OutboxMessage.objects.filter(pk=first.pk).update(payload=first.payload)
    active().advance(300.0)
    relay.relay_once([lambda found: got.append((found["subject"], found["type"]))])
    assert got[2:] == [(bad, each.event) for each in (first, *later)]
    assert not OutboxMessage.objects.filter(sent_at=None, observer="").exists()
    assert store.run(bad).refusal == ""


def test_an_event_in_the_inbox_that_cannot_be_read_keeps_no_other_waiting():
    run = engine.start("waiting", {})
    for number, payload in enumerate(("{", "1")):
        store.keep_event(run, _event(), "it was early")
        UnmatchedEvent.objects.filter(event="Whatever").update(event=f"E{number}", payload=payload, event_id=number)
    assert engine.adopt() == 1


def test_a_note_that_was_written_over_is_begun_anew():
    run = engine.start("five", {})
    Run.objects.filter(pk=run).update(snapshot="null", refusal="[", attention="whatever")
    fails(engine.wake, run)
    assert refusals.read(store.run(run).refusal).count == 1


def test_what_a_sensitive_field_holds_is_not_quoted():
    run = engine.start("secretive", {"card": "card-4111"})
    text = canonical(encode(engine.state(run)[1])).replace('"due"', '"card-4111"')
    Run.objects.filter(pk=run).update(snapshot=text)
    for _ in range(refusals.LIMIT):
        active().advance_to(store.run(run).wake_at.timestamp())
        fails(engine.wake, run)
    assert "4111" not in refusals.read(store.run(run).refusal).error
    assert "is not a valid StepStatus" in refusals.read(store.run(run).refusal).error

"""One run of a saga has a key: whatever is started with it at whatever time is that run, or is refused."""

import random
import uuid
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from sagaflow import engine, registry, store
from sagaflow.core.definition.saga import retry_whole_run
from sagaflow.core.errors import Refused
from sagaflow.core.run.key import run_id_of
from sagaflow.core.run.reports import RunRequested
from sagaflow.models import Run
from tests.engine.conftest import BOTH, at_once, finish

pytestmark = pytest.mark.django_db(databases=BOTH)


def test_a_start_with_a_key_that_is_repeated_is_the_same_run():
    run = engine.start("five", {"a": 1}, key="order-17")
    assert engine.start("five", {"a": 1}, key="order-17") == run
    assert (store.run(run).key, Run.objects.count()) == ("order-17", 1)
    assert finish(run) == "completed"
    assert engine.start("five", {"a": 1}, key="order-17") == run, "also after its end"


def test_another_input_is_refused_and_the_message_names_the_run_and_the_key():
    run = engine.start("five", {"a": 1}, key="order-17")
    with pytest.raises(Refused, match=f"Run {run} of saga 'five' has the key 'order-17' and another input") as refused:
        engine.start("five", {"a": 2}, key="order-17")
    assert refused.value.code == "duplicate"


def test_two_sagas_may_each_have_a_run_with_the_key_and_runs_without_a_key_are_many():
    runs = [engine.start(saga, {}, key="order-17") for saga in ("five", "waiting")]
    runs += [engine.start("five", {}) for _ in range(3)]
    assert len(set(runs)) == 5
    assert {run.saga for run in Run.objects.filter(key="order-17")} == {"five", "waiting"}


def test_a_caller_who_may_not_see_the_run_is_not_told_its_input():
    engine.start("five", {"a": 1}, key="order-17", by="ann")
    for value in ({"a": 1}, {"a": 2}):
        with pytest.raises(Refused, match=r"^The key 'order-17' is taken; choose another key\.$"):
            engine.start("five", value, key="order-17", by="bob", knows=lambda saga: False)


def test_a_run_has_its_id_from_its_key_or_from_its_caller():
    run = run_id_of("five", "order-17")
    with pytest.raises(Refused, match="leave out one of them"):
        engine.start("five", {}, key="order-17", run_id=str(uuid.uuid4()))
    with pytest.raises(Refused, match="version 8, which stands for a key"):
        engine.start("waiting", {}, run_id=run)
    assert engine.start("five", {}, key="order-17") == run


@pytest.mark.parametrize("number", [1, 4, 7])
def test_a_start_is_repeated_by_an_id_of_a_form_that_callers_may_choose(number):
    run = f"019478f5-1c00-{number}a3b-9f00-000000000001"
    assert engine.start("five", {}, run_id=run) == engine.start("five", {}, run_id=run) == run
    assert Run.objects.count() == 1


def test_no_caller_takes_the_id_that_a_sub_saga_or_a_retry_will_have():
    run = engine.start("five", {})
    for taken in (store.child_id(run, "sub", 0), str(uuid.uuid5(uuid.UUID(run), "1"))):
        with pytest.raises(Refused, match="version 5, which stands for a sub-saga or a retry") as refused:
            engine.start("five", {}, run_id=taken)
        assert refused.value.code == "bad-id"
        (fate,) = engine.start_many("five", [engine.NewRun(input={}, run_id=taken)])
        assert "version 5" in str(fate.error)


def test_a_retry_of_the_whole_run_starts_though_another_run_has_its_id(caplog):
    again = replace(registry.get_saga("five"), name="five-again", after_rollback=retry_whole_run(times=1, delay=1))
    with registry.standing_in(again):
        run = engine.start("five-again", {"plan": {"third:do": ["business"]}})
        taken = str(uuid.uuid5(uuid.UUID(run), "1"))
        store.create(registry.get_saga("waiting"), taken, RunRequested(input={}))
        assert finish(run) == "rolled_back"
    retry = Run.objects.get(origin=run, number=1)
    assert str(retry.pk) != taken
    assert taken in caplog.text


def test_a_key_that_cannot_be_read_is_refused_before_anything_is_written():
    for key in ("", " ", "a\n", "x" * 201):
        with pytest.raises(Refused, match="must be a printable text"):
            engine.start("five", {}, key=key)
    assert not Run.objects.exists()


def test_a_retry_of_the_whole_run_has_the_key_of_its_first_run():
    again = replace(registry.get_saga("five"), name="five-again", after_rollback=retry_whole_run(times=2, delay=1))
    with registry.standing_in(again):
        run = engine.start("five-again", {"plan": {"third:do": ["business"]}}, key="order-17")
        assert finish(run) == "rolled_back"
        assert engine.start("five-again", {"plan": {"third:do": ["business"]}}, key="order-17") == run
    assert list(Run.objects.order_by("number").values_list("key", "number")[:2]) == [("order-17", 0), ("order-17", 1)]
    assert engine.verify(run) == []


def test_the_database_refuses_a_second_run_with_the_key():
    run = Run.objects.get(pk=engine.start("five", {}, key="order-17"))
    run.pk = uuid.uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        run.save(force_insert=True)


def test_a_key_that_was_changed_by_hand_is_found(tampers):
    run = engine.start("five", {}, key="order-17")
    Run.objects.filter(pk=run).update(key="order-18")
    assert any("its key is not the one that it started with" in fault for fault in engine.verify(run))


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_of_many_starts_at_once_with_one_key_one_run_comes():
    answers = at_once(*[lambda: engine.start("five", {}, key="order-17")] * 6)
    assert answers == [run_id_of("five", "order-17")] * 6
    assert Run.objects.count() == 1


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_of_two_inputs_at_once_with_one_key_one_wins_and_the_other_is_refused():
    answers = at_once(*[lambda value=value: engine.start("five", {"a": value}, key="order-17") for value in range(4)])
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert (len(refused), Run.objects.count()) == (3, 1)
    assert all("another input" in str(answer) for answer in refused)


@pytest.mark.django_db(databases=BOTH, transaction=True)
@pytest.mark.parametrize("seed", range(5))
def test_law_starts_and_early_events_in_any_order_end_in_one_run_that_got_each_event_once(seed):
    run = run_id_of("waiting", "order-17")
    acts = [lambda: engine.start("waiting", {}, key="order-17")] * 3
    acts += [lambda: engine.publish("Paid", run, {"amount": 1}, event_id="paid-1")] * 3
    random.Random(seed).shuffle(acts)
    for act in acts:
        act()
        if Run.objects.exists():
            finish(run)
    kinds = [entry.kind for entry in store.journal(run)]
    assert (Run.objects.count(), finish(run), kinds.count("EventReceived")) == (1, "completed", 1)

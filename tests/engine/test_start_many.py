"""Many runs are started as if each were started alone, and one that is refused stops no other."""

import sys
import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sagaflow import engine, registry, signals, store
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.engine import NewRun
from sagaflow.models import JournalEntry, OutboxMessage, Run, SearchValue
from sagaflow.registry import UnknownSaga
from tests.engine.conftest import BOTH, at_once, counting_commits, finish, status

pytestmark = pytest.mark.django_db(databases=BOTH, transaction=True)

TABLES = (Run, JournalEntry, OutboxMessage, SearchValue)
LATER = {"id", "pk", "hash", "head", "_state", "run_id"}


def rows(run):
    """Return the rows of a run, without its ID, its times, and what depends on them."""
    found = []
    for table in TABLES:
        for row in table.objects.filter(**{"pk" if table is Run else "run_id": run}).order_by("pk"):
            values = {name: value for name, value in vars(row).items() if name not in LATER}
            found.append({name: value for name, value in values.items() if not name.endswith("at") and name != "clock"})
            found[-1].pop("snapshot", None)
            found[-1].pop("data", None)
    return found


def ids(fates):
    assert [fate.error for fate in fates] == [None] * len(fates)
    return [fate.run_id for fate in fates]


@pytest.mark.parametrize("saga", ["strict", "five", "danced", "mixed"])
def test_each_is_stored_as_if_it_were_started_alone(saga):
    inputs = [{"amount": number} for number in range(1, 5)]
    together = ids(engine.start_many(saga, [NewRun(input=value) for value in inputs], by="ann"))
    alone = [engine.start(saga, value, by="ann") for value in inputs]
    assert [rows(run) for run in together] == [rows(run) for run in alone]
    for run, other in zip(together, alone, strict=True):
        assert engine.state(run)[1].input == engine.state(other)[1].input
        assert finish(run) == finish(other) == "completed"


def test_one_that_is_refused_stops_no_other_and_says_why():
    taken = engine.start("strict", {"amount": 1})
    fates = engine.start_many(
        "strict",
        [
            NewRun(input={"amount": 1}),
            NewRun(input={"amount": 0}),
            NewRun(input={"amount": float("nan")}),
            NewRun(input={"amount": 2}, run_id=taken),
            NewRun(input={"amount": 2}, run_id="no-id"),
            NewRun(input={"amount": 2}, key=" "),
            NewRun(input={"amount": 3}),
        ],
    )
    assert [bool(fate.run_id) for fate in fates] == [True, False, False, False, False, False, True]
    kinds = [type(fate.error) for fate in fates]
    assert kinds == [type(None), Refused, InvalidPayload, Refused, Refused, Refused, type(None)]
    codes = [getattr(fate.error, "code", "") for fate in fates]
    assert codes == ["", "invalid-input", "bad-json", "duplicate", "bad-id", "bad-key", ""]
    assert Run.objects.count() == 3


def test_repeated_it_starts_what_is_missing_and_returns_the_same_runs():
    runs = [NewRun(input={"amount": number}, key=f"order-{number}") for number in range(1, 8)]
    first = ids(engine.start_many("strict", runs[:3]))
    every = ids(engine.start_many("strict", runs))
    assert every[:3] == first
    assert ids(engine.start_many("strict", iter(runs))) == every
    assert Run.objects.count() == 7
    assert engine.start("strict", {"amount": 4}, key="order-4") == every[3]


def test_of_two_with_one_name_the_second_is_the_first_or_is_refused():
    name = str(uuid.uuid4())
    values = [1, 1, 2]
    same, again, other = engine.start_many("strict", [NewRun(input={"amount": n}, run_id=name) for n in values])
    assert (same.run_id, again.run_id, other.run_id) == (name, name, "")
    assert other.error.code == "duplicate"
    assert engine.verify(name) == []


def test_more_than_fit_one_transaction_are_started_in_several(monkeypatch):
    engine.start("strict", {"amount": 1})
    monkeypatch.setattr(sys.modules[engine.start.__module__], "MOST", 3)  # the verb hides its module
    runs = [NewRun(input={"amount": number}) for number in range(1, 8)]
    with counting_commits() as commits:
        assert len(set(ids(engine.start_many("strict", runs)))) == 7
    assert len(commits) == 3


def test_a_hundred_runs_cost_one_commit():
    engine.start("strict", {"amount": 1})
    with counting_commits() as commits, CaptureQueriesContext(connection) as queries:
        ids(engine.start_many("strict", [NewRun(input={"amount": 1}, key=f"k{n}") for n in range(100)]))
    assert len(commits) == 1
    assert len(queries) == 4 if connection.vendor == "postgresql" else len(queries) > 4


def test_hints_go_out_for_each_after_the_commit_and_none_without_it(hints):
    changed = []
    receive = lambda run_id, **_: changed.append(run_id)  # noqa: E731 - the signal holds it weakly
    signals.run_changed.connect(receive)
    started = ids(engine.start_many("five", [NewRun(input={})] * 3))
    assert [hint["run_id"] for hint in hints] == changed == started
    with transaction.atomic():
        engine.start_many("five", [NewRun(input={})])
        transaction.set_rollback(True)
    assert len(hints) == Run.objects.count() == 3


def test_events_that_came_before_are_delivered_to_the_runs_by_id_and_key():
    early = str(uuid.uuid4())
    engine.publish("Heard", early, {"n": 1})
    engine.publish("Heard", "order-9", {"n": 2})
    runs = [NewRun(input={}, run_id=early), NewRun(input={}, key="order-9"), NewRun(input={}, key="order-10")]
    found = ids(engine.start_many("rounds", runs))
    heard = [[entry.kind for entry in engine.journal(run)].count("EventReceived") for run in found]
    assert heard == [1, 1, 0]


def test_the_first_runs_of_a_definition_store_it():
    fresh = registry.register(Saga("never-started", orchestrated("main", Step("only", "plain.do", undo="plain.undo"))))
    runs = ids(engine.start_many(fresh.name, [NewRun(input={})] * 2))
    assert {store.run(run).digest for run in runs} == {fresh.digest}
    with pytest.raises(UnknownSaga):
        engine.start_many("never-heard-of", [])
    assert engine.start_many(fresh.name, []) == []
    assert [fate.run_id for fate in engine.start_many("strict", [NewRun(input={})])] == [""]


def test_callers_at_once_with_the_same_keys_start_each_once():
    runs = [NewRun(input={"amount": 1}, key=f"order-{number}") for number in range(30)]
    answers = at_once(*[lambda part=part: engine.start_many("strict", part) for part in (runs, runs[::-1], runs[10:])])
    every, backwards, some = (ids(answer) for answer in answers)
    assert every == backwards[::-1]
    assert every[10:] == some
    assert Run.objects.count() == 30
    assert {status(run) for run in every} == {"running"}

"""The cost of a saga of five steps in exact numbers: round trips to the database, commits, and hints.

A round trip is a statement, or the BEGIN or COMMIT of a transaction. SQLite runs in this process, and counts the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection

from sagaflow import Saga, Step, engine, orchestrated, registry, signals, store
from sagaflow.core.run.skills import ALL
from sagaflow.core.run.steps import Steps
from sagaflow.engine.worker import Shift
from sagaflow.store import clock
from tests.engine.conftest import BOTH
from tests.engine.sagas import FIVE

pytestmark = pytest.mark.django_db(databases=BOTH, transaction=True)

POSTGRESQL = {"start": 1, "five": 8, "failing": 12}
SAGAS = [("five", {}, 7), ("failing", {f"{FIVE[-1]}:do": ["business"]}, 11)]
SQLITE = {"start": 6, "five": 33, "failing": 50}


@dataclass
class Cost:
    """The cost of what ran inside ``counted``."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0
    live: int = 0
    hints: int = 0

    @property
    def round_trips(self) -> int:
        return len(self.statements)


@contextmanager
def counted() -> Iterator[Cost]:
    """Count what passes the connection, without the effects that the actions of the tests write themselves."""
    cost, real, began = Cost(), connection._commit, []

    def commit() -> None:
        cost.commits += 1
        cost.statements.append("COMMIT")
        began.clear()
        real()

    def statement(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if "sagaflow_barrier" in sql:
            return execute(sql, params, many, context)
        alone = connection.get_autocommit()
        if not alone and not began and connection.vendor == "postgresql":  # psycopg sends it with the first statement
            began.append(True)
            cost.statements.append("BEGIN")
        cost.statements.append(sql)
        cost.commits += alone and not sql.lstrip().startswith(("SELECT", "BEGIN"))
        return execute(sql, params, many, context)

    def changed(**_: Any) -> None:
        cost.live += 1

    def due(**_: Any) -> None:
        cost.hints += 1

    connection._commit = commit
    signals.run_changed.connect(changed)
    signals.work_due.connect(due)
    try:
        with connection.execute_wrapper(statement):
            yield cost
    finally:
        signals.run_changed.disconnect(changed)
        signals.work_due.disconnect(due)
        del connection._commit


@pytest.fixture(autouse=True)
def _warm() -> None:
    """The definitions are stored, and this process has read the time and the definition."""
    store.state(engine.start("five", {}))
    clock.now()


def expected(name: str) -> int:
    return (POSTGRESQL if connection.vendor == "postgresql" else SQLITE)[name]


def test_a_start_is_one_statement():
    with counted() as cost:
        engine.start("five", {})
    assert (cost.round_trips, cost.commits, cost.live, cost.hints) == (expected("start"), 1, 1, 1), cost.statements


@pytest.mark.parametrize(
    ("name", "plan", "commits"),
    SAGAS,
)
def test_a_saga_of_five_steps_has_a_commit_per_step_and_two_more(name, plan, commits):
    with counted() as cost:
        engine.wake(engine.start("five", {"plan": plan}))
    assert (cost.round_trips, cost.commits, cost.live, cost.hints) == (expected(name), commits, commits, 1), "\n".join(
        cost.statements
    )


def looks(steps: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many states of steps a worker looks at from the first outcome to the third claim."""
    saga = registry.register(
        Saga(f"long-{steps}", orchestrated("main", *(Step(f"s{n}", "long.do") for n in range(steps))))
    )
    shift = Shift(engine.start(saga.name, {}), ALL, "w", lambda: True)
    work = shift.carry_out(shift.carry_out(shift.claim()))
    seen: list[int] = []
    monkeypatch.setattr(Steps, "__getitem__", lambda self, key: seen.append(1) or dict.__getitem__(self, key))
    monkeypatch.setattr(Steps, "values", lambda self: seen.extend([1] * 3) or dict.values(self))
    shift.carry_out(work)
    monkeypatch.undo()
    return len(seen)


def test_a_worker_looks_at_the_same_number_of_steps_however_many_there_are(monkeypatch):
    registry.action("long.do")(lambda _: None)
    assert looks(10, monkeypatch) == looks(200, monkeypatch)

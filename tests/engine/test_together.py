"""Several compensations fail in one look at the run: it gets stuck, reports it once, and an operator repairs it."""

import json
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given

from sagaflow import Accepted, BusinessError, TechnicalError, engine, registry, store
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Compensation, Saga, Step, Style, WaitForEvent, orchestrated
from sagaflow.core.run.state import Direction
from sagaflow.core.simulation.injected_faults import InjectedFault
from sagaflow.models import OutboxMessage, RollbackRecord
from sagaflow.registry import Action
from sagaflow.testing import moving_clock
from tests.core.strategies import restyle
from tests.core.test_together import compensations_side_by_side
from tests.core.thoroughness import examples
from tests.engine.conftest import BOTH, finish, status, sweep

pytestmark = pytest.mark.django_db(databases=BOTH)
ONCE = RetryPolicy(attempts=1)
ANN = {"by": "ann", "reason": "it is wrong"}
UNDO = {
    "event": lambda name: Compensation(does=WaitForEvent(f"{name}.TakenBack")),
    "answer": lambda name: f"together.later_{name}",
}


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("answer", UNDO)
def test_two_undos_that_run_out_at_once_are_stuck_and_recorded_once(style, answer):
    steps = [
        Step(name, "together.do", undo=UNDO[answer](name), after=(), timeout=30.0, undo_retry=ONCE) for name in "ab"
    ]
    saga = restyle(Saga("two", orchestrated("m", *steps, Step("last", WaitForEvent("Never"), after=("a", "b")))), style)
    with acted(saga), moving_clock() as clock:
        run = engine.start("two", {})
        finish(run)
        engine.operate(run, "roll_back", **ANN)
        finish(run)
        clock.advance(31.0)
        sweep()
        assert (status(run), store.run(run).attention) == ("stuck", "stuck")
        [record] = RollbackRecord.objects.filter(run_id=run)
        assert {row["step"] for row in json.loads(record.record)["steps"] if row["outcome"] == "stuck"} == {"a", "b"}
        assert OutboxMessage.objects.filter(run_id=run, event="SagaStuck", observer="").count() == 2
        for step in "ab":
            engine.operate(run, "mark_done", step=step, **ANN)
        assert status(run) == "rolled_back"
        assert RollbackRecord.objects.filter(run_id=run).count() == 2


@given(compensations_side_by_side())
@examples(12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_ends_together_fits_the_tables(drawn):
    saga, script, slow = drawn
    with acted(saga, script, slow), moving_clock() as clock:
        run = engine.start(saga.name, {})
        for _ in range(12):
            finish(run)
            clock.advance(61.0)
            sweep()
        assert status(run) in ("stuck", "rolled_back", "parked", "completed")
        assert engine.verify(run) == []


@contextmanager
def acted(saga, script=None, slow=frozenset()):
    """Register the saga and its actions. The script says what each attempt does; after TIME_OUT there is no answer."""

    def act(context):
        planned = (script or {}).get((context.step, context.direction), ())
        fault = planned[context.attempt - 1] if context.attempt <= len(planned) else InjectedFault.NONE
        if fault is InjectedFault.BUSINESS_ERROR:
            raise BusinessError("no", "refused")
        if fault is InjectedFault.TECHNICAL_ERROR:
            raise TechnicalError("boom")
        undoes_slowly = context.direction is Direction.UNDO and context.step in slow
        waits = fault is InjectedFault.TIME_OUT or undoes_slowly or is_later(saga, context)
        return Accepted() if waits else {}

    names = {call.action for step in saga.steps.values() for call in calls(step)}
    with registry.standing_in(saga, *(Action(name=name, does=act) for name in names)):
        yield


def calls(step):
    work = (step.does, step.undo and step.undo.does)
    return [each for each in work if hasattr(each, "action")]


def is_later(saga, context):
    undo = saga.steps[context.step].undo
    return context.direction is Direction.UNDO and undo is not None and undo.does.action.startswith("together.later")

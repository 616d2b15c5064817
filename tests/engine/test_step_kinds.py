"""A step of a kind that the project defined runs like an action: retried, undone, and claimed by capable workers."""

from dataclasses import dataclass

import pytest

from sagaflow import BusinessError, Compensation, Saga, Step, StepKind, TechnicalError, engine, orchestrated, registry
from sagaflow.core.definition import work
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.registry import Action, step_kind
from sagaflow.testing import given

pytestmark = pytest.mark.django_db(transaction=True)

WRITTEN: list[tuple[str, str]] = []


@dataclass(frozen=True)
class Line(StepKind):
    """Write a line."""

    key = "line"
    undoes = True

    text: str

    def perform(self, context):
        if self.text == "torn" and context.attempt == 1:
            raise TechnicalError("the paper is torn")
        WRITTEN.append((context.direction, self.text))
        return {"text": self.text}


@pytest.fixture(autouse=True)
def line(monkeypatch):
    monkeypatch.setattr(work, "KINDS", dict(work.KINDS))
    monkeypatch.setattr(registry, "_actions", dict(registry._actions))
    step_kind()(Line)
    registry.add(Action(name="end.refuse", does=_refuse))
    WRITTEN.clear()


def _refuse(context):
    raise BusinessError("no")


def saga(*more, **options):
    return Saga("lines", orchestrated("main", Step("write", Line("hello"), **options), *more))


def test_it_is_performed_with_its_own_fields():
    run = given(saga(Step("again", Line("world")))).run().is_("completed")
    assert WRITTEN == [("do", "hello"), ("do", "world")]
    assert run.state.steps["again"].output == {"text": "world"}


def test_it_is_retried():
    once_more = RetryPolicy(attempts=2, delay=0)
    given(Saga("lines", orchestrated("main", Step("write", Line("torn"), retry=once_more)))).run().is_("completed")
    assert WRITTEN == [("do", "torn")]


def test_it_undoes():
    run = given(saga(Step("end", "end.refuse"), undo=Compensation(does=Line("sorry")))).run().is_("rolled_back")
    assert WRITTEN == [("do", "hello"), ("undo", "sorry")]
    assert [row["outcome"] for row in run.record()["steps"] if row["step"] == "write"] == ["compensated"]


def test_a_worker_without_the_class_leaves_it_alone():
    with registry.standing_in(saga()):
        run_id = engine.start("lines", {})
        engine.wake(run_id, known={"end.refuse"})
        assert engine.state(run_id)[1].steps["write"].attempts == 0
        engine.wake(run_id)
    assert engine.state(run_id)[1].status == "completed"


def test_its_action_alone_says_what_it_is_for():
    with pytest.raises(registry.BadAction, match="for steps of that kind only"):
        registry.get_action("line.perform").does(type("Context", (), {"work": work.NO_WORK}))

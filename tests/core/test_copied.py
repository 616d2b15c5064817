"""A copy with changes is what ``dataclasses.replace`` makes, for every class that a decision copies."""

from dataclasses import dataclass, field, replace
from typing import get_args

import pytest

from sagaflow.core.copied import copied, put_fields
from sagaflow.core.run.facts import Fact
from sagaflow.core.run.state import Direction, RunState, StepState, StepStatus

pytestmark = pytest.mark.quick

STEP = StepState(status=StepStatus.DUE, output={"a": [1]}, attempts=2)
RUN = RunState(input={"é": 1.5}, steps={"s": STEP}, seen=("1",))


@pytest.mark.parametrize(
    ("value", "changes"),
    [(STEP, {}), (STEP, {"note": "x", "by": "ann"}), (RUN, {"seq": 3}), (RUN, {"steps": {}, "rollback": None})],
)
def test_a_copy_is_a_replacement_and_leaves_the_value_as_it_was(value, changes):
    before = replace(value)
    found = copied(value, **changes)
    assert type(found) is type(value)
    assert found == replace(value, **changes)
    assert value == before


def test_a_copy_is_frozen_and_hides_its_payloads():
    found = copied(STEP, note="x")
    with pytest.raises(AttributeError):
        found.note = "y"
    assert repr(found) == repr(replace(STEP, note="x"))
    assert "output" not in repr(found)


def test_a_name_that_is_no_field_is_refused():
    with pytest.raises(TypeError, match="StepState has no field colour"):
        copied(STEP, colour="red")


@pytest.mark.parametrize("kind", get_args(Fact), ids=lambda kind: kind.__name__)
def test_every_fact_can_be_copied(kind):
    names = {"step": "s", "direction": Direction.DO, "attempt": 1}
    values = {name: names.get(name) for name in kind.__dataclass_fields__}
    fact = kind(**values)
    assert copied(fact) == replace(fact)


@dataclass(frozen=True)
class Open:
    count: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    count: int = 0
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError


@pytest.mark.parametrize("value", [Open(), Checked()])
def test_a_class_whose_fields_are_not_all_is_refused(value):
    with pytest.raises(TypeError, match=r"use dataclasses\.replace"):
        copied(value, count=1)


def test_fields_are_put_in_place_and_an_unknown_one_is_an_error():
    state = StepState(attempt=1)
    put_fields(state, attempt=2, status=StepStatus.DUE)
    assert state == StepState(attempt=2, status=StepStatus.DUE)
    with pytest.raises(KeyError, match="attemps"):
        put_fields(state, attemps=3)

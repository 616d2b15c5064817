"""Values become JSON and back, in a small and exact form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pytest

from sagaflow.core.codec import decode, encode, write
from sagaflow.core.run.state import (
    ErrorKind,
    Rollback,
    RollbackCode,
    RunState,
    RunStatus,
    StepError,
    StepState,
    StepStatus,
)

STATES = [
    RunState(),
    RunState(input={"total": 1}, status=RunStatus.COMPLETED, seq=9, ended_at=2.5),
    RunState(
        steps={
            "a": StepState(status=StepStatus.DONE, output={"id": [1, None]}, attempts=2),
            "b": StepState(error=StepError(ErrorKind.TECHNICAL, "timed-out", "late")),
        },
        seen=("1", "2"),
        received={"Paid": None},
        rollback=Rollback(code=RollbackCode.BUSINESS_ERROR, message="no", began_at=1.0, step="b"),
    ),
]


@pytest.mark.parametrize("state", STATES)
def test_a_snapshot_survives_storage(state):
    assert decode(RunState, encode(state)) == state


def test_defaults_are_left_out():
    assert encode(RunState()) == {}
    assert encode(StepState(attempt=1)) == {"attempt": 1}


@dataclass(frozen=True)
class Box:
    count: int = 0
    open: bool = False
    size: float | None = None
    names: tuple[str, ...] = ()
    inside: dict[str, int] = field(default_factory=dict)


def test_a_value_that_equals_the_default_but_is_of_another_type_is_kept():
    assert encode(Box(count=False)) == {"count": False}  # type: ignore[arg-type]
    assert encode(Box(inside={})) == {}


def test_a_whole_number_where_a_fraction_is_expected_becomes_one():
    size = decode(Box, {"size": 3}).size
    assert size == 3.0
    assert isinstance(size, float)


def test_a_list_becomes_the_tuple_that_was():
    assert decode(Box, {"names": ["a", "b"]}) == Box(names=("a", "b"))


def test_an_unknown_field_is_refused_by_name():
    with pytest.raises(TypeError, match="Box has no field colour"):
        decode(Box, {"colour": "red"})


def test_a_missing_field_is_refused_by_name():
    with pytest.raises(TypeError, match="message"):
        decode(Rollback, {"code": "deadline", "began_at": 1.0})


@dataclass(frozen=True)
class Shelf:
    boxes: tuple[Box, ...] = ()
    by_name: Mapping[str, Box] = field(default_factory=dict)
    status: StepStatus = StepStatus.PENDING


def test_what_is_inside_a_container_is_of_its_class_again():
    shelf = Shelf(boxes=(Box(count=1), Box(names=("a",))), by_name={"b": Box(open=True)}, status=StepStatus.DONE)
    found = decode(Shelf, encode(shelf))
    assert found == shelf
    assert type(found.status) is StepStatus


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (1.5, "1.5"),
        (None, "null"),
        (StepStatus.DONE, '"done"'),
        ([1, {"b": 2, "a": 1}], '[1,{"a":1,"b":2}]'),
        ([Box(count=1)], '[{"count":1}]'),
        (MappingProxyType({"b": Box(count=1)}), '{"b":{"count":1}}'),
        (Box(size=2.5, count=1), '{"count":1,"size":2.5}'),
    ],
)
def test_a_value_is_written_in_one_canonical_way(value, text):
    assert write(value) == text


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_have_is_not_written(number):
    with pytest.raises(ValueError, match="JSON"):
        write(Box(size=number))

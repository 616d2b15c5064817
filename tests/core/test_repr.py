"""The data of customers and participants is in no representation for a log or a traceback."""

import dataclasses

import pytest

from sagaflow.core.run import commands, facts, reports, state

DATA = {"input", "output", "payload", "record", "undo_input", "undo_output", "received"}
CLASSES = [
    found
    for module in (commands, facts, reports, state)
    for found in vars(module).values()
    if dataclasses.is_dataclass(found) and found.__module__ == module.__name__
]


@pytest.mark.parametrize("found", CLASSES, ids=lambda found: f"{found.__module__.rpartition('.')[2]}.{found.__name__}")
def test_data_is_not_represented(found) -> None:
    assert {field.name for field in dataclasses.fields(found) if field.repr} & DATA == set()


def test_everything_with_data_was_looked_at() -> None:
    with_data = {found.__name__ for found in CLASSES if DATA & {field.name for field in dataclasses.fields(found)}}
    assert {"RunStarted", "StepSucceeded", "EventPublished", "RunRequested", "StepState", "RunState"} <= with_data
    assert with_data >= {"PublishEvent", "RecordRollback"}

"""Every test of an example starts with the demo data and a clock that it may move, and its histories are verified."""

from collections.abc import Iterator

import pytest

from examples.musiccorp import demo as musiccorp
from examples.orders import demo as orders
from examples.provisioning import demo as provisioning
from examples.streamtech import demo as streamtech
from examples.travel import demo as travel
from examples.verification import demo as verification
from sagaflow import engine, store
from sagaflow.testing import Clock, moving_clock

DEMOS = (musiccorp, orders, provisioning, streamtech, travel, verification)


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest) -> Iterator[Clock | None]:
    if not request.node.get_closest_marker("django_db"):
        yield None
        return
    request.getfixturevalue("db")
    for demo in DEMOS:
        demo.load()
    with moving_clock() as moving:
        yield moving
        assert [fault for run in store.runs() for fault in engine.verify(run.run_id)] == []

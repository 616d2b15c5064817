"""A busy process sends few live hints, and the first of them at once."""

import asyncio
import time

import pytest

from designer.live import publisher as module
from designer.live.publisher import Publisher

pytestmark = pytest.mark.quick


@pytest.fixture
def sent(monkeypatch):
    """The runs of each message, with the time at which it left."""
    messages: list[tuple[float, dict[str, int]]] = []

    class Layer:
        async def group_send(self, group, message):
            assert group == module.GROUP
            messages.append((time.monotonic(), message["runs"]))

    monkeypatch.setattr(module, "get_channel_layer", Layer)
    return messages


async def until(condition):
    while not condition():  # noqa: ASYNC110 - the publisher does not tell when it is done
        await asyncio.sleep(0.001)


async def test_the_first_hint_leaves_at_once_and_the_others_together_after_a_pause(sent):
    publisher = Publisher()
    publisher.attach(asyncio.get_running_loop())
    publisher.run_changed(run_id="a", seq=1)
    await until(lambda: sent)
    for seq in range(2, 50):
        publisher.run_changed(run_id="a", seq=seq)
        publisher.run_changed(run_id="b", seq=seq)
    await until(lambda: len(sent) == 2)
    assert [runs for _, runs in sent] == [{"a": 1}, {"a": 49, "b": 49}]
    assert sent[1][0] - sent[0][0] >= module.PAUSE * 0.9


async def test_a_hint_after_a_quiet_time_leaves_at_once_again(sent):
    publisher = Publisher()
    publisher.attach(asyncio.get_running_loop())
    for number in range(3):
        publisher.run_changed(run_id="a", seq=number)
        await until(lambda number=number: len(sent) == number + 1)
        await until(lambda: publisher._on_its_way is None)
    assert [runs for _, runs in sent] == [{"a": number} for number in range(3)]

"""Bombs for the sockets: frames that are long, deep, many or rubbish. Each closes its own socket, with a code."""

import json
import time

import pytest

from designer.live.consumers import LiveConsumer
from designer.live.protocol import LONGEST_FRAME, MOST_SHOWN, BadFrame, Close, read
from tests.live.conftest import opened, viewer  # noqa: F401 - a fixture
from tests.people import person  # noqa: F401 - a fixture

SECONDS = 8.0


@pytest.fixture(autouse=True)
def limit():
    begun = time.process_time()
    yield
    assert time.process_time() - begun < SECONDS


SHOW = '{"type":"show","runs":[]}'
FRAMES = {
    "too long": ("x" * (LONGEST_FRAME + 1), Close.TOO_BIG),
    "too many bytes": ('"' + "é" * (LONGEST_FRAME // 2) + '"', Close.TOO_BIG),
    "deep": ("[" * (LONGEST_FRAME // 2) + "]" * (LONGEST_FRAME // 2), Close.BAD_FRAME),
    "deep objects": ('{"a":' * 2_000 + "1" + "}" * 2_000, Close.BAD_FRAME),
    "digits": ("9" * LONGEST_FRAME, Close.BAD_FRAME),
    "an exponent": ("1e99999999", Close.BAD_FRAME),
    "not a number": ('{"type":NaN}', Close.BAD_FRAME),
    "half a character": ('{"type":"\\ud800"}', Close.BAD_FRAME),
    "a NUL": ('{"type":"\\u0000"}', Close.BAD_FRAME),
    "rubbish": ("\x00\x01\x02", Close.BAD_FRAME),
    "nothing": ("", Close.BAD_FRAME),
    "a key twice": ('{"type":"catch_up","type":"show"}', Close.BAD_FRAME),
    "too many runs": (json.dumps({"type": "show", "runs": [""] * (MOST_SHOWN + 1)}), Close.BAD_FRAME),
    "runs that are not IDs": (json.dumps({"type": "show", "runs": [{}, [], 1]}), Close.BAD_FRAME),
    "runs that are no list": (json.dumps({"type": "show", "runs": {"0": "x"}}), Close.BAD_FRAME),
    "a type that is a list": (json.dumps({"type": []}), Close.BAD_FRAME),
}


@pytest.mark.parametrize(("text", "code"), FRAMES.values(), ids=FRAMES)
def test_a_bad_frame_is_refused_with_its_code(text, code):
    with pytest.raises(BadFrame) as refused:
        read(text, None)
    assert refused.value.code is code
    assert len(str(refused.value).encode()) <= 123  # the longest reason of a close


@pytest.mark.usefixtures("transactional_db")
async def test_rubbish_closes_its_own_socket_and_no_other(viewer):  # noqa: F811
    async with opened("/ws/runs/", viewer) as healthy:
        await healthy.frame("board")
        for text, code in filter(all, FRAMES.values()):
            async with opened("/ws/runs/", viewer) as socket:
                await socket.frame("board")
                await socket.communicator.send_to(text_data=text)
                assert (await socket.closed())[0] == code
        async with opened("/ws/runs/", viewer) as flood:
            for _ in range(LiveConsumer.frames + 1):
                await flood.communicator.send_to(text_data=SHOW)
            assert (await flood.closed())[0] == Close.TOO_MANY
        await healthy.communicator.send_to(text_data=SHOW)
        await healthy.frame("board")

"""Access to live pages: which users may watch, from which origins, and the frames that a client may send."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from designer.live.consumers import RunConsumer
from designer.live.protocol import LONGEST_FRAME, BadFrame, CatchUp, Close, read
from tests.live.conftest import in_thread, opened, start

PATHS = ["/ws/runs/", "/ws/runs/{run}/"]


@pytest.fixture
def path(request):
    return lambda run_id: request.param.format(run=run_id)


@pytest.mark.parametrize("path", PATHS, indirect=True)
@pytest.mark.parametrize(
    ("permissions", "code"),
    [
        (None, Close.LOGGED_OUT),
        ((), Close.FORBIDDEN),
        (("operate_run", "start_run", "view_sensitive", "approve_step", "publish_event"), Close.FORBIDDEN),
        (("view_run",), None),
    ],
)
async def test_only_those_who_may_see_runs_get_anything(person, path, permissions, code):
    run_id = await in_thread(start)
    client = None if permissions is None else await in_thread(person, *permissions)
    async with opened(path(run_id), client) as socket:
        if code is None:
            assert (await socket.frame())["type"] in ("snapshot", "board")
        else:
            event = await socket.communicator.receive_output(60)
            assert (event["type"], event["code"]) == ("websocket.close", code)
            assert event["reason"]


@pytest.mark.parametrize("path", PATHS, indirect=True)
@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://localhost.evil.example", "http://evil.example/localhost", "null", ""]
)
async def test_pages_of_other_sites_get_no_socket(viewer, path, origin):
    async with opened(path(uuid4()), viewer, origin=origin) as socket:
        assert not socket.accepted


@pytest.mark.parametrize("path", PATHS, indirect=True)
async def test_a_forged_session_is_nobody(viewer, path):
    viewer.cookies["sessionid"] = "x" * 32
    async with opened(path(uuid4()), viewer) as socket:
        assert (await socket.closed())[0] == Close.LOGGED_OUT


@pytest.fixture
def hasty(quick, settings):
    """Ten beats a second, and as many checks if the user may watch."""
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SOCKET_RECHECK": 0.1}


def withdraw():
    User.objects.get(username="vera").user_permissions.clear()


def dismiss():
    User.objects.filter(username="vera").update(is_active=False)


def change_password():
    user = User.objects.get(username="vera")
    user.set_password("another one")
    user.save()


@pytest.mark.parametrize("path", PATHS, indirect=True)
@pytest.mark.parametrize(
    ("act", "code"),
    [
        (withdraw, Close.FORBIDDEN),
        (dismiss, Close.LOGGED_OUT),
        (change_password, Close.LOGGED_OUT),
        ("log out", Close.LOGGED_OUT),
    ],
)
async def test_it_is_asked_again_while_the_socket_is_open(viewer, hasty, path, act, code):
    run_id = await in_thread(start)
    async with opened(path(run_id), viewer) as socket:
        await socket.frame("beat")
        await in_thread(viewer.logout if act == "log out" else act)
        assert (await socket.closed())[0] == code


async def test_a_run_that_does_not_exist_is_named(viewer):
    async with opened(f"/ws/runs/{uuid4()}/", viewer) as socket:
        code, reason = await socket.closed()
    assert code == Close.UNKNOWN_RUN
    assert "no run" in reason


@pytest.mark.parametrize("path", PATHS, indirect=True)
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * (LONGEST_FRAME + 1), Close.TOO_BIG),
        ("ä" * (LONGEST_FRAME // 2 + 1), Close.TOO_BIG),
        (b"\x00", Close.BAD_FRAME),
        ("{", Close.BAD_FRAME),
        ("[" * 8000, Close.BAD_FRAME),
        ('{"type": ["catch_up"]}', Close.BAD_FRAME),
        ('{"type": "show"}', Close.BAD_FRAME),
        ('{"type": "retry", "step": "post"}', Close.BAD_FRAME),
        ('{"type": "show", "runs": ["../x"]}', Close.BAD_FRAME),
        ('{"type": "show", "runs": [7]}', Close.BAD_FRAME),
    ],
)
async def test_what_is_no_frame_ends_the_socket_with_a_reason(viewer, path, text, code):
    run_id = await in_thread(start)
    async with opened(path(run_id), viewer) as socket:
        await socket.frame()
        await socket.communicator.send_to(**{"bytes_data" if isinstance(text, bytes) else "text_data": text})
        found, reason = await socket.closed()
    assert found == code
    assert 0 < len(reason.encode()) <= 123


async def test_a_client_that_floods_is_stopped(viewer):
    run_id = await in_thread(start)
    async with opened(f"/ws/runs/{run_id}/", viewer) as socket:
        await socket.frame()
        for _ in range(RunConsumer.frames + 1):
            await socket.say(type="catch_up")
        assert (await socket.closed())[0] == Close.TOO_MANY


def test_a_frame_is_read():
    assert read('{"type": "catch_up"}', None) == CatchUp()
    with pytest.raises(BadFrame, match="text"):
        read(None, b"{}")

"""The socket of the list of runs sends counts, and the rows of the runs that changed."""

import asyncio
from uuid import uuid4

from django.db import OperationalError

from designer.live import reading
from designer.live.hub import Hub
from tests.live.conftest import finish, in_thread, opened, start


async def board_with(socket, done):
    async with asyncio.timeout(10):
        while not done(found := await socket.frame("board")):
            pass
        return found


async def test_it_begins_with_the_counts(viewer):
    await in_thread(finish, await in_thread(start))
    await in_thread(finish, await in_thread(start, "broken"))
    async with opened("/ws/runs/", viewer) as socket:
        found = await socket.frame("board")
    assert found["counts"] == {"status": {"completed": 1, "parked": 1}, "attention": {"parked": 1}}
    assert (found["runs"], found["more"]) == ({}, False)


async def test_a_run_that_changes_is_told_with_how_far_it_is(viewer):
    async with opened("/ws/runs/", viewer) as socket:
        await socket.frame("board")
        run_id = await in_thread(finish, await in_thread(start, "stuck"))
        found = await board_with(socket, lambda frame: frame["counts"]["attention"] == {"stuck": 1})
    _, seqs = await in_thread(reading.heads, [run_id])
    assert found["runs"] == seqs
    assert set(found) == {"type", "counts", "runs", "more"}, "nothing is sent that no script reads"


async def test_a_heartbeat_repairs_the_lines_that_the_page_shows(viewer, quick, deaf):
    run_id = await in_thread(start)
    async with opened("/ws/runs/", viewer) as socket:
        await socket.say(type="show", runs=[run_id, str(uuid4())])
        before = await board_with(socket, lambda frame: set(frame["runs"]) == {run_id})
        await in_thread(finish, run_id)
        _, ended = await in_thread(reading.heads, [run_id])
        assert ended[run_id] > before["runs"][run_id]
        await board_with(socket, lambda frame: frame["runs"] == ended)


async def test_a_database_that_is_away_for_a_while_does_not_end_the_heartbeat(viewer, quick, deaf, monkeypatch):
    run_id, asked = await in_thread(start), []
    whole = reading.heads

    def away(run_ids):
        asked.append(run_ids)
        if len(asked) <= 4:
            raise OperationalError("the database is restarted")
        return whole(run_ids)

    async with opened("/ws/runs/", viewer) as socket:
        await socket.say(type="show", runs=[run_id])
        before = await board_with(socket, lambda frame: set(frame["runs"]) == {run_id})
        monkeypatch.setattr(reading, "heads", away)
        await in_thread(finish, run_id)
        await board_with(socket, lambda frame: frame["runs"].get(run_id, 0) > before["runs"][run_id])
    assert len(asked) > 4


async def test_many_changes_are_few_frames_and_what_the_page_shows_comes_first(viewer, monkeypatch):
    monkeypatch.setattr(Hub, "most", 2)
    monkeypatch.setattr(Hub, "board_pause", 0.5)
    runs = [await in_thread(start) for _ in range(6)]
    async with opened("/ws/runs/", viewer) as socket:
        await socket.frame("board")
        await socket.say(type="show", runs=runs[-1:])
        for run_id in runs:
            await in_thread(finish, run_id)
        found = await board_with(socket, lambda frame: frame["more"])
        assert len(found["runs"]) == 2
        await board_with(socket, lambda frame: frame["counts"]["status"] == {"completed": 6})

"""The socket of a run: after lost, doubled and reordered hints it shows what the database has (law L12)."""

import asyncio
import random

import pytest

from designer.live import hub, reading
from designer.live.publisher import publisher
from designer.live.view import view_of
from sagaflow import engine, store
from tests.live.conftest import finish, in_thread, opened, start


def truth(run_id):
    """The state that a page must show in the end."""
    saga, state = store.state(run_id)
    view = view_of(saga, state, store.now())
    return view.seq, view.paint, view.steps, view.status


def shown(socket):
    return socket.seq, socket.paint, socket.steps, socket.status


async def test_a_socket_begins_with_everything_and_goes_on_with_what_is_new(viewer):
    run_id = await in_thread(start)
    async with opened(f"/ws/runs/{run_id}/", viewer) as socket:
        first = await socket.frame()
        assert first["type"] == "snapshot"
        assert set(first) == {"type", "seq", "paint", "steps", "status"}
        assert first["steps"]["draft"]["status"] == "ready"
        await in_thread(finish, run_id)
        await socket.until(lambda page: page.status == "completed")
        assert shown(socket) == tuple(await in_thread(truth, run_id))


@pytest.mark.parametrize(
    ("ends", "status"), [("ok", "completed"), ("refused", "rolled_back"), ("broken", "parked"), ("stuck", "stuck")]
)
async def test_every_end_reaches_the_page_and_the_error_comes_first(viewer, ends, status):
    run_id = await in_thread(start, ends)
    async with opened(f"/ws/runs/{run_id}/", viewer) as socket:
        await socket.frame()
        await in_thread(finish, run_id)
        await socket.until(lambda page: page.status == status)
        assert shown(socket) == tuple(await in_thread(truth, run_id))
        saga, state = await in_thread(store.state, run_id)
        troubles = [(one["step"], one["status"]) for one in view_of(saga, state, 0.0).troubles]
        assert (
            troubles[:1]
            == {
                "ok": [],
                "refused": [("post", "failed")],
                "broken": [("post", "parked")],
                "stuck": [("draft", "stuck")],
            }[ends]
        )


async def test_a_heartbeat_repairs_what_no_hint_told(viewer, quick, deaf):
    run_id = await in_thread(start, "refused")
    async with opened(f"/ws/runs/{run_id}/", viewer) as socket:
        await socket.frame()
        await in_thread(finish, run_id)
        end = await in_thread(truth, run_id)
        await socket.until(lambda page: page.seq == end[0])
        assert shown(socket) == tuple(end)


@pytest.mark.parametrize("seed", range(5))
async def test_lost_doubled_and_reordered_hints_change_nothing_in_the_end(viewer, quick, monkeypatch, seed):
    chance, kept = random.Random(seed), []
    spread = hub.Hub.spread

    def mangled(self, runs):
        kept.extend(hint for hint in runs.items() for _ in range(chance.choice([0, 0, 1, 2])))
        chance.shuffle(kept)
        while kept and chance.random() < 0.6:
            run_id, seq = kept.pop()
            spread(self, {run_id: seq + chance.choice([-3, 0, 0, 40])})

    monkeypatch.setattr(hub.Hub, "spread", mangled)
    run_id = await in_thread(start, chance.choice(["ok", "refused", "stuck"]))
    async with opened(f"/ws/runs/{run_id}/", viewer) as one, opened(f"/ws/runs/{run_id}/?fold=", viewer) as two:
        await in_thread(finish, run_id)
        end = await in_thread(truth, run_id)
        for socket in (one, two):
            await socket.until(lambda page: page.seq == end[0])
        assert shown(one) == shown(two) == tuple(end), f"seed {seed}"


async def test_a_client_that_missed_a_frame_gets_it_again(viewer):
    run_id = await in_thread(start)
    async with opened(f"/ws/runs/{run_id}/", viewer) as socket:
        await socket.frame()
        await in_thread(finish, run_id)
        await socket.until(lambda page: page.status == "completed")
        await socket.say(type="catch_up")
        again = await socket.frame("snapshot")
        assert (again["seq"], again["paint"], again["steps"]) == (socket.seq, socket.paint, socket.steps)


async def test_sockets_that_ask_for_the_same_share_one_read(viewer, monkeypatch):
    reads = []
    real = reading.catch_up
    monkeypatch.setattr(reading, "catch_up", lambda *given: reads.append(given) or real(*given))
    run_id = await in_thread(start)
    path = f"/ws/runs/{run_id}/"
    async with opened(path, viewer) as one, opened(path, viewer) as two, opened(path, viewer) as three:
        for socket in (one, two, three):
            await socket.frame()
        reads.clear()
        await in_thread(finish, run_id)
        for socket in (one, two, three):
            await socket.until(lambda page: page.status == "completed")
        ended = [given for given in reads if given]
        assert len(reads) < 3 * len(await in_thread(engine.journal, run_id)), ended


async def test_a_folded_segment_is_painted_as_one(viewer):
    run_id = await in_thread(finish, await in_thread(start))
    async with opened(f"/ws/runs/{run_id}/?fold=write,nonsense", viewer) as socket:
        folded = (await socket.frame())["paint"]
    async with opened(f"/ws/runs/{run_id}/", viewer) as socket:
        whole = (await socket.frame())["paint"]
    assert set(folded) < set(whole)


async def test_no_payload_travels_over_the_socket(viewer):
    run_id = await in_thread(finish, await in_thread(start, "refused"))
    async with opened(f"/ws/runs/{run_id}/", viewer) as socket:
        text = await socket.communicator.receive_from(5)
    assert "canary" not in text


async def test_the_engine_does_not_notice_a_channel_layer_that_fails(viewer, quick, settings, monkeypatch, caplog):
    async def fail(*_):
        raise ConnectionError("the layer is away")

    run_id = await in_thread(start)
    async with opened(f"/ws/runs/{run_id}/", viewer) as socket:
        await socket.frame()
        monkeypatch.setattr("channels.layers.InMemoryChannelLayer.group_send", fail)
        monkeypatch.setattr(publisher, "_complained", -1e9)
        await in_thread(finish, run_id)
        await socket.until(lambda page: page.status == "completed")
        assert "took no hint" in caplog.text


async def test_a_page_opens_while_the_channel_layer_is_away(viewer, quick, monkeypatch, caplog):
    async def fail(*_):
        raise ConnectionError("the layer is away")

    monkeypatch.setattr("channels.layers.InMemoryChannelLayer.new_channel", fail)
    run_id = await in_thread(start)
    async with opened(f"/ws/runs/{run_id}/", viewer) as socket:
        await socket.frame("snapshot")
        await in_thread(finish, run_id)
        await socket.until(lambda page: page.status == "completed")


async def test_a_hub_without_sockets_has_no_tasks(viewer):
    run_id = await in_thread(start)
    async with opened(f"/ws/runs/{run_id}/", viewer) as socket:
        await socket.frame()
        here = hub.current()
        assert len(here._tasks) == 2
    await asyncio.sleep(0.05)
    assert (here._tasks, here.watchers) == ([], {})

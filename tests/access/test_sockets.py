"""Sockets check who watches: when they open, by the origin of the page, and again while they are open."""

import pytest
from django.contrib.auth.models import Group, User

from designer.live.hub import Hub
from designer.live.protocol import Close
from sagaflow import engine
from sagaflow.models import Scope
from tests.access.addresses import address, sockets
from tests.access.table import SOCKETS
from tests.access.world import ROLES, client_of, fill, finish
from tests.live.conftest import in_thread, opened

pytestmark = pytest.mark.django_db(transaction=True)

FOREIGN = ("http://evil.example", "https://localhost.evil.example", "null", "", None)


@pytest.fixture
def hasty(monkeypatch, settings):
    """Ten beats a second, and as many checks who watches."""
    monkeypatch.setattr(Hub, "interval", 0.1)
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SOCKET_RECHECK": 0.1}


async def paths(world):
    return await in_thread(lambda: {route: address(route, world) for route in sockets()})


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_watches_what_the_table_says_and_nothing_else(role):
    world, found = await in_thread(fill), {}
    client = await in_thread(client_of, role)
    for route, path in (await paths(world)).items():
        async with opened(path, client) as socket:
            event = await socket.communicator.receive_output(60)
        found[route] = "in" if event["type"] == "websocket.send" else str(event["code"])
        if role == "else":
            assert not [word for word in world.canaries if word in str(event) and word not in path]
    assert found == {route: outcomes[role] for route, outcomes in SOCKETS.items()}


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_page_of_another_site_gets_no_socket_whoever_looks_at_it(origin):
    world, client = await in_thread(fill), await in_thread(client_of, "root")
    for path in (await paths(world)).values():
        async with opened(path, client, origin=origin) as socket:
            assert not socket.accepted, path


def withdraw():
    User.objects.get(username="view").user_permissions.clear()


def dismiss():
    User.objects.filter(username="view").update(is_active=False)


def narrow():
    group = Group.objects.create(name="letters only")
    User.objects.get(username="view").groups.add(group)
    Scope.objects.create(group=group, saga="access_letter")


@pytest.mark.parametrize("route", SOCKETS)
@pytest.mark.parametrize(("act", "code"), [(withdraw, Close.FORBIDDEN), (dismiss, Close.LOGGED_OUT)])
async def test_who_may_no_longer_watch_is_shut_out_while_the_socket_is_open(hasty, route, act, code):
    world, client = await in_thread(fill), await in_thread(client_of, "view")
    async with opened((await paths(world))[route], client) as socket:
        await socket.frame("beat")
        await in_thread(act)
        assert (await socket.closed())[0] == code


async def test_a_scope_that_comes_while_a_run_is_watched_closes_it_as_one_that_does_not_exist(hasty):
    world, client = await in_thread(fill), await in_thread(client_of, "view")
    async with opened(f"/ws/runs/{world.parked}/", client) as socket:
        await socket.frame("beat")
        await in_thread(narrow)
        code, reason = await socket.closed()
    assert (code, reason.startswith("There is no run")) == (Close.UNKNOWN_RUN, True)


async def test_the_list_counts_and_tells_only_what_its_visitor_may_see():
    world, client = await in_thread(fill), await in_thread(client_of, "else")
    boss = await in_thread(client_of, "root")
    async with opened("/ws/runs/", client) as socket, opened("/ws/runs/", boss) as all_of_it:
        assert (await socket.frame("board"))["counts"] == {"status": {"completed": 1}, "attention": {}}
        assert sum((await all_of_it.frame("board"))["counts"]["status"].values()) == 4
        await socket.say(type="show", runs=[world.parked, world.letter])
        assert list((await socket.frame("board"))["runs"]) == [world.letter]
        await in_thread(engine.operate, world.parked, "cancel", by="vera", reason="no longer wanted")
        letter = await in_thread(finish, "access_letter", "card")
        while letter not in (await all_of_it.frame("board"))["runs"]:
            pass
        heard = set()
        while letter not in heard:
            heard |= set((await socket.frame("board"))["runs"])
    assert heard <= {letter, world.letter}

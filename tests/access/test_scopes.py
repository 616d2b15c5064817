"""Scopes limit lists, searches, selections, downloads and operator actions."""

import pytest
from django.contrib.auth.models import User

from sagaflow import access, engine, registry
from sagaflow.core.definition.saga import Saga, Step, WaitForEvent, orchestrated
from sagaflow.models import BulkRepair, Scope, UnmatchedEvent
from sagaflow.store.lists.scopes import EVERYTHING, RunScope
from tests.access.sagas import LETTER, OLDER, PARCEL
from tests.access.world import client_of, finish


@pytest.fixture
def narrowed(world):
    """``narrowed({"team": "hall"})``: a user with every permission, limited to these scopes."""

    def narrowed(*scopes):
        client_of("else")
        user = User.objects.get(username="else")
        Scope.objects.filter(group__user=user).delete()
        for scope in scopes:
            Scope.objects.create(group=user.groups.exclude(name="buyers").get(), **scope)
        return User.objects.get(pk=user.pk)

    return narrowed


@pytest.mark.parametrize(
    ("scopes", "scope"),
    [
        ([], EVERYTHING),
        ([{"saga": "access_letter", "permission": "operate_run"}], EVERYTHING),
        ([{"saga": "access_letter"}], RunScope(frozenset({"access_letter"}))),
        ([{"saga": "access_letter", "permission": "view_run"}], RunScope(frozenset({"access_letter"}))),
        ([{"saga": "access_nothing"}], RunScope(frozenset({"access_nothing"}))),
        ([{"team": "hall"}], RunScope(frozenset(), frozenset({PARCEL.digest, OLDER.digest}))),
        ([{"team": "hall", "saga": "access_letter"}], RunScope(frozenset())),
        (
            [{"team": "desk"}, {"saga": "access_parcel"}],
            RunScope(frozenset({"access_parcel"}), frozenset({LETTER.digest})),
        ),
    ],
)
def test_scopes_say_how_far_somebody_sees(narrowed, scopes, scope):
    assert access.visible_runs(narrowed(*scopes)) == scope


def test_a_superuser_sees_everything_whatever_the_scopes(narrowed):
    user = narrowed({"saga": "access_letter"})
    user.is_superuser = True
    assert access.visible_runs(user) == EVERYTHING


@pytest.mark.parametrize("find", ["parked", "parked[:8]", "heavy", "item=heavy"])
def test_a_search_finds_nothing_that_is_out_of_sight(world, find):
    find = {"parked": world.parked, "parked[:8]": world.parked[:8]}.get(find, find)
    assert client_of("else").get("/", {"find": find}).status_code == 200
    answer = client_of("view").get("/", {"find": find})
    assert answer.status_code == 302 or world.parked in answer.content.decode()


@pytest.mark.parametrize("query", ["run={parked}", "status=parked", "attention=any", "find=heavy"])
def test_no_selection_for_a_bulk_repair_holds_what_is_out_of_sight(world, query):
    path, one = "/repairs/new/?" + query.format(parked=world.parked), 'name="count" value="1"'
    hidden, seen = (client_of(role).get(path).content.decode() for role in ("else", "oper"))
    assert (one in hidden, one in seen) == (False, True)
    assert world.parked[:8] not in hidden.replace(f"run={world.parked}", "")


def test_a_bulk_repair_is_stopped_for_those_runs_only_that_the_person_may_operate(world):
    path = f"/repairs/{world.repair}/stop/"
    assert client_of("watch").post(path).status_code == 302
    assert BulkRepair.objects.get(pk=world.repair).stopped_at is None
    assert client_of("oper").post(path).status_code == 302
    assert BulkRepair.objects.get(pk=world.repair).stopped_by == "oper"


def test_a_list_of_the_api_has_only_what_is_in_sight_page_by_page(world):
    letters = {world.letter} | {finish("access_letter", f"stamp {number}") for number in range(4)}
    client, cursor, found = client_of("else"), "", []
    while cursor is not None:
        page = client.get("/api/runs", {"limit": 2, "cursor": cursor}).json()
        found, cursor = found + [run["id"] for run in page["runs"]], page["next"]
    assert (len(found), set(found)) == (5, letters)


@pytest.mark.parametrize("correlation", ["parked", "0f8fad5b-d9cb-469f-a165-70867728950e", "order-7"])
def test_an_event_for_a_run_out_of_reach_is_neither_taken_nor_kept(world, correlation):
    kept, seq = UnmatchedEvent.objects.count(), engine.state(world.parked)[1].seq
    told = {"event": "Rain", "correlation_id": world.parked if correlation == "parked" else correlation}
    answer = client_of("else").post("/api/events", told, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown")
    assert (UnmatchedEvent.objects.count(), engine.state(world.parked)[1].seq) == (kept, seq)


def test_a_key_leads_an_event_to_runs_within_reach_only(world):
    wait = orchestrated("main", Step("wait", WaitForEvent("Rain")))
    client, told = client_of("else"), {"event": "Rain", "correlation_id": "rain-17"}
    with registry.standing_in(Saga("access_letter", wait), Saga("access_parcel", wait)):
        kept, parcel = UnmatchedEvent.objects.count(), engine.start("access_parcel", None, key="rain-17")
        answer = client.post("/api/events", told, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown")
        letter = engine.start("access_letter", None, key="rain-17")
        answer = client.post("/api/events", told, content_type="application/json")
        assert (answer.status_code, answer.json()) == (202, {"outcome": "accepted"})
    took = ["EventReceived" in [entry.kind for entry in engine.journal(run)] for run in (parcel, letter)]
    assert (took, UnmatchedEvent.objects.count()) == ([False, True], kept)


def test_an_unknown_saga_is_not_explained_by_names_out_of_sight(world):
    told = {"saga": "access_parcels", "input": {}}
    answer = client_of("else").post("/api/runs", told, content_type="application/json")
    assert (answer.status_code, "access_parcel'" in answer.json()["detail"]) == (404, False)
    answer = client_of("oper").post("/api/runs", told, content_type="application/json")
    assert "access_parcel'" in answer.json()["detail"]


def test_sensitive_fields_are_shown_where_the_scope_of_that_permission_reaches(world):
    read = {role: client_of(role).get(f"/api/runs/{world.parked}").json() for role in ("oper", "watch")}
    assert read["oper"]["run"]["input"]["card"] == "card-of-input"
    assert "card-of" not in str(read["watch"])
    page = client_of("root").get(f"/runs/{world.parked}/").content.decode()
    assert "card-of-input" in page

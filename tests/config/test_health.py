"""Live is not ready: the process answers in any case, and the site names the part that cannot serve."""

import shutil

import pytest
from django.db import DatabaseError, connection
from django.db.utils import ConnectionHandler

from config import health
from config.health import state_of
from sagaflow import store
from sagaflow.processes import actors

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases=["default", "participant"])]
ALL = {"database default", "database participant", "writing", "disk", "broker", "sweeper"}


@pytest.fixture(autouse=True)
def asked_anew():
    health._readiness.forget()
    yield
    health._readiness.forget()


@pytest.fixture
def sweeper():
    store.appear("host:1:sweeper", "sweeper")


def wrong(client):
    """The parts that are not ok, and the status of the answer."""
    answer = client.get("/readyz/")
    found = answer.json()
    assert set(found) == ALL
    return answer.status_code, {item: word for item, word in found.items() if word != "ok"}


def test_a_site_with_everything_in_place_is_ready_without_login(client, sweeper):
    assert wrong(client) == (200, {})


def test_the_process_is_live_whatever_is_the_matter(client, monkeypatch):
    def broken(*_):
        raise DatabaseError("attempt to write a readonly database")

    monkeypatch.setattr(store, "appear", broken)
    assert client.get("/healthz/").json() == {"process": "ok"}
    assert wrong(client)[0] == 503


def test_a_sweeper_that_was_not_seen_lately_is_missed(client):
    assert wrong(client) == (503, {"sweeper": "not seen lately"})


def test_a_database_that_takes_no_writes_is_noticed_by_a_write(client, sweeper):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON" if connection.vendor == "sqlite" else "SET TRANSACTION READ ONLY")
    try:
        answer = wrong(client)
    finally:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA query_only = OFF")
    assert answer[0] == 503
    assert answer[1]["writing"] == "not possible"


def test_a_disk_that_is_nearly_full_is_told_before_it_is_full(client, sweeper, monkeypatch, tmp_path):
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "runs.sqlite3"))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10, 9, 1))
    expected = {"disk": "nearly full"} if connection.vendor == "sqlite" else {}
    assert wrong(client)[1] == expected


def test_a_broker_that_is_down_is_named(client, sweeper, monkeypatch):
    def down(service=""):
        raise ConnectionError("no route to redis://:secret@host")

    monkeypatch.setattr(actors.current(), "waiting", down)
    assert wrong(client) == (503, {"broker": "unreachable"})


def test_an_outstanding_migration_is_named(client, sweeper):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    assert wrong(client) == (503, {"database default": "migrations outstanding"})


def test_a_database_that_does_not_answer_is_unreachable(tmp_path):
    folder_instead_of_file = {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path}
    assert state_of(ConnectionHandler({"default": folder_instead_of_file})["default"]) == "unreachable"


def test_many_who_ask_cost_one_look_at_the_databases(client, sweeper, django_assert_num_queries):
    client.get("/readyz/")
    with django_assert_num_queries(0):
        client.get("/readyz/")


def test_the_process_is_alive_for_a_user_with_a_session_while_the_database_is_down(admin_client):
    def away(*_):
        raise DatabaseError("the database is down")

    with connection.execute_wrapper(away):
        assert admin_client.get("/healthz/").status_code == 200


def test_a_source_that_no_listener_hears_is_named(client, settings):
    shop = {"url": "nats://broker.example", "topic": "shop.>"}
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SOURCES": {"shop": shop}}
    assert client.get("/readyz/").json()["source shop"] == "not heard lately"
    store.appear("here", store.LISTENING, ["shop"])
    health._readiness.forget()
    assert client.get("/readyz/").json()["source shop"] == "ok"

"""The site guards itself: long bodies, guessed logins, tokens in the log, and pages that a browser would keep."""

import asyncio
import logging
import re
from contextlib import suppress

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password
from django.core.cache import cache, caches
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from uvicorn.config import Config
from uvicorn.main import main as server

from config import login_limit
from config import settings as project
from config.asgi import application
from config.body_limit import BodyLimit
from config.log_lines import Line
from config.login_limit import PER_NAME, OneAtATime
from sagaflow import checks, engine
from sagaflow.api.limits import Attempts
from sagaflow.arriving import Arriving
from sagaflow.core.errors import Refused
from sagaflow.models import ApiToken
from tests.people import user_of
from tests.roles import DEPLOY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_failures():
    cache.clear()
    yield
    cache.clear()


async def answer(headers=(), body=(), path="/accounts/login/", app=application):
    """The status of an answer to a request whose body is asked for piece by piece, and the pieces that were read."""
    pieces, sent = list(body), []

    async def receive():
        if not pieces:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"host", b"localhost"), *headers], "scheme": "http", "http_version": "1.1",
        "server": ("localhost", 80), "client": ("127.0.0.1", 1), "asgi": {"version": "3.0"},
    }  # fmt: skip
    await app(scope, receive, send)
    return sent[0]["status"], len(body) - len(pieces)


async def test_a_long_body_is_refused_by_its_length_and_not_read(settings):
    length = str(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1).encode()
    for path in ("/accounts/login/", "/admin/login/", "/api/runs"):
        assert await answer([(b"content-length", length)], [b"x"] * 9, path) == (413, 0)


async def reads(scope, receive, send):
    while (await receive())["more_body"]:
        pass
    await send({"type": "http.response.start", "status": 200})


async def test_a_body_without_a_length_is_read_to_the_limit_only(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert await answer(body=[b"x" * 400] * 100, app=BodyLimit(reads)) == (413, 3)
    assert await answer(body=[b"x" * 400] * 2, app=BodyLimit(reads)) == (200, 2)


class Slow:
    """A sender of a body, piece by piece as the test says."""

    def __init__(self, app):
        self.pieces, self.sent = asyncio.Queue(), []
        self.answered = asyncio.ensure_future(app({"type": "http", "headers": []}, self.receive, self.send))

    async def receive(self):
        piece = await self.pieces.get()
        self.pieces.task_done()
        return piece

    async def send(self, message):
        self.sent.append(message)

    async def write(self, size, *, more=True):
        self.pieces.put_nowait({"type": "http.request", "body": b"x" * size, "more_body": more})
        await self.pieces.join()

    async def status(self):
        await asyncio.wait_for(self.answered, 10)
        return self.sent[0]["status"]


async def test_a_body_that_never_ends_is_refused_after_a_time():
    slow = Slow(BodyLimit(reads, patience=0.05))
    await slow.write(10)
    assert await slow.status() == 408


async def test_bodies_that_never_end_hold_little_together_and_keep_no_other_one_away():
    limit = BodyLimit(reads, arriving=Arriving(1000))
    first, second, third = Slow(limit), Slow(limit), Slow(limit)
    for each in (first, second, third):
        await each.write(400)
    assert await first.status() == 408
    for each in (second, third):
        await each.write(1, more=False)
        assert await each.status() == 200
    later = Slow(limit)
    await later.write(900)
    await later.write(1, more=False)
    assert await later.status() == 200, "nothing is counted that is whole, or was refused"


def test_the_site_takes_no_files(client):
    file = SimpleUploadedFile("x.txt", b"x" * 5000)
    assert client.post("/accounts/login/", {"username": "a", "file": file}).status_code == 400


def log_in(password, name="ada", path="/accounts/login/", **more):
    return Client(**more).post(path, {"username": name, "password": password})


@pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/"])
def test_guessed_passwords_are_slowed_down_per_name_and_address(path):
    user = user_of("ada", staff=True)
    user.set_password("only for tests")
    user.save()
    assert log_in("only for tests", path=path).status_code == 302
    for number in range(PER_NAME):
        assert b"Too many" not in log_in(f"guess {number}", path=path).content
    assert b"Too many failed logins" in log_in("only for tests", path=path).content
    assert log_in("only for tests", path=path, REMOTE_ADDR="203.0.113.9").status_code == 302
    assert b"Too many" not in log_in("x", "bob", path).content


def test_guesses_that_come_at_once_are_counted_before_they_are_checked(rf, monkeypatch):
    request, checked = rf.get("/"), []

    def check(self, request, **credentials):
        checked.append(1)
        with suppress(ValidationError):  # the next one comes before this one has failed
            authenticate(request, **credentials)

    monkeypatch.setattr(ModelBackend, "authenticate", check)
    with suppress(ValidationError):
        authenticate(request, username="ada", password="guess")
    assert len(checked) == PER_NAME


def guesses(rf, address, name, times):
    """Return the number of tries that were checked."""
    checked = 0
    for number in range(times):
        with suppress(ValidationError):
            authenticate(rf.get("/", REMOTE_ADDR=address), username=name.format(number), password="guess")
            checked += 1
    return checked


def test_an_address_that_is_slowed_down_makes_room_for_no_other_one(rf, monkeypatch):
    monkeypatch.setattr(ModelBackend, "authenticate", lambda *_, **__: None)
    monkeypatch.setattr(caches["default"], "_max_entries", 3 * login_limit.PER_ADDRESS)
    assert guesses(rf, "192.0.2.1", "one-{}", 200) == login_limit.PER_ADDRESS
    assert guesses(rf, "192.0.2.2", "two-{}", 500) == login_limit.PER_ADDRESS
    assert guesses(rf, "192.0.2.1", "new-{}", 10) == 0, "its count was pushed out of the cache"


def test_the_counts_of_thousands_of_addresses_fit_into_the_cache_of_one_process(rf):
    first = Attempts(rf.get("/", REMOTE_ADDR="192.0.2.1"), "callback", most=1)
    assert first.take()
    for number in range(5_000):
        Attempts(rf.get("/", REMOTE_ADDR=f"10.0.{number // 256}.{number % 256}"), "callback").take()
    assert not first.take()


def test_a_right_password_does_not_use_up_the_tries_of_an_address(monkeypatch):
    monkeypatch.setattr("config.login_limit.PER_ADDRESS", 3)
    user = user_of("ada")
    user.set_password("only for tests")
    user.save()
    for _ in range(5):
        assert log_in("only for tests").status_code == 302


def test_passwords_are_checked_one_at_a_time_and_hashes_stay_as_they_were(monkeypatch, settings):
    settings.PASSWORD_HASHERS = project.PASSWORD_HASHERS
    kept = PBKDF2PasswordHasher().encode("only for tests", "salt", 2)
    held, encode = [], PBKDF2PasswordHasher.encode

    def watched(self, *given):
        held.append(login_limit.checking.locked())
        return encode(self, *given)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", watched)
    assert OneAtATime().verify("only for tests", kept)
    assert check_password("only for tests", kept)
    assert held
    assert all(held)
    assert not login_limit.checking.locked()


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("no-address", "no-address", True),
    ],
)
def test_the_addresses_of_one_ipv6_network_are_counted_together(rf, first, second, same):
    Attempts(rf.get("/", REMOTE_ADDR=first), "login", most=1).take()
    assert Attempts(rf.get("/", REMOTE_ADDR=second), "login", most=1).take() is not same


async def test_the_server_that_the_docs_show_lets_no_client_name_its_own_address():
    [line] = re.findall(r"^ExecStart=\S+/uvicorn (.*)$", DEPLOY.read_text(encoding="utf-8"), re.MULTILINE)
    given, seen = server.make_context("uvicorn", line.split()).params, []

    async def app(scope, receive, send):
        seen.append(scope["client"][0])

    names = ("proxy_headers", "forwarded_allow_ips")
    config = Config(app, lifespan="off", log_config=None, **{name: given[name] for name in names})
    config.load()
    headers = [(b"x-forwarded-for", b"203.0.113.9")]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "headers": headers,
    }
    await config.loaded_app(scope, None, None)
    assert seen == ["127.0.0.1"]


def test_a_login_forgets_the_failures_before_it():
    user = user_of("ada")
    user.set_password("only for tests")
    user.save()
    for _ in range(3):
        for _ in range(PER_NAME - 1):
            log_in("guess")
        assert log_in("only for tests").status_code == 302


def test_no_token_of_a_callback_reaches_the_log(caplog):
    Client().post("/api/callbacks/s3cr3t-token", {"wrong": 1}, content_type="application/json")
    assert "s3cr3t" not in caplog.text
    record = logging.LogRecord("x", 20, "", 0, '"POST %s HTTP/1.1" 422', ("/prefix/api/callbacks/s3cr3t?x",), None)
    assert Line().format(record) == '"POST /prefix/api/callbacks/…?x HTTP/1.1" 422'


def test_what_steers_a_terminal_or_turns_the_text_is_shown_in_the_log_as_such():
    record = logging.LogRecord("x", 20, "", 0, "a\x1b[31m\u202eb\tc\nd\x9b", (), None)
    assert Line().format(record) == "a\\u001b[31m\\u202eb\tc\n    d\\u009b"


def test_no_text_of_others_looks_like_a_record_of_the_log():
    forged = "\n2026-11-30 10:00:00,000 INFO    sagaflow: forged"
    told = (ValueError, ValueError(f"unknown item 'x{forged}'"), None)
    record = logging.LogRecord("x", 40, "", 0, f"The item x{forged} failed", (), told)
    head, *more = Line("{levelname} {message}", style="{").format(record).split("\n")
    assert head == "ERROR The item x"
    assert len([line for line in more if "forged" in line]) >= 2
    assert all(line.startswith("    ") for line in more)


def test_pages_with_data_are_not_kept_by_the_browser():
    user_of("ada", "view_run", staff=True, root=True)
    client = Client()
    client.force_login(user_of("ada", "view_run"))
    for path in ("/", "/runs/", "/sagas/", "/admin/"):
        assert "no-store" in client.get(path).headers["Cache-Control"], path


def test_a_change_of_password_ends_the_api_tokens_of_the_user():
    users = [user_of("ada", "view_run"), user_of("bob", "view_run")]
    tokens = {}
    for user in users:
        row = ApiToken(name="x", user=user)
        tokens[user.username] = row.renew()
        row.save()

    def status(name):
        return Client(headers={"Authorization": f"Bearer {tokens[name]}"}).get("/api/runs").status_code

    users[0].first_name = "Ada"
    users[0].save()
    assert (status("ada"), status("bob")) == (200, 200)
    users[0].set_password("another one")
    users[0].save()
    assert (status("ada"), status("bob")) == (401, 200)


def test_the_form_of_a_token_suggests_an_end(admin_client):
    page = admin_client.get("/admin/sagaflow/apitoken/add/")
    assert page.context["adminform"].form.initial["expires_at"]


@pytest.mark.parametrize("weak", ["x", "abc" * 20, "django-insecure-" + "k3jd82hs9fmx0alq7w5e4r1t"])
def test_a_weak_secret_fails_the_check_of_a_deployment(settings, weak):
    settings.SECRET_KEY = "n2Qv8xYb4LmT7cRz1KpW9sHd6GfJ3aE0uXoBiNtVyMkC5rZq"
    assert checks.settings.secrets_are_strong() == []
    settings.SECRET_KEY = weak
    assert [error.id for error in checks.settings.secrets_are_strong()] == ["sagaflow.E012"]


def test_the_inbox_of_unmatched_events_has_an_end(settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "EVENTS_KEPT": 2}
    for number in range(2):
        assert engine.publish("Paid", f"order-{number}", {}) == "unmatched"
    with pytest.raises(Refused, match="inbox is full"):
        engine.publish("Paid", "order-3", {})


def test_one_user_can_fill_a_part_of_the_inbox_only(settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "EVENTS_KEPT_PER_USER": 2}
    clients = [Client(), Client()]
    for client, name in zip(clients, ("ada", "bob"), strict=True):
        client.force_login(user_of(name, "publish_event"))

    def publish(client, number):
        body = {"event": "Paid", "correlation_id": f"order-{number}", "payload": {}}
        return client.post("/api/events", body, content_type="application/json").status_code

    assert [publish(clients[0], number) for number in range(3)] == [202, 202, 429]
    assert publish(clients[1], 9) == 202

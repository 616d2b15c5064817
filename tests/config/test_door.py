"""The site guards itself: long bodies, guessed logins, tokens in the log, and pages that a browser would keep."""

import logging

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from config.asgi import application
from config.body_limit import BodyLimit
from config.log_lines import Line
from config.login_limit import PER_NAME
from sagaflow import checks, engine
from sagaflow.core.errors import Refused
from sagaflow.models import ApiToken
from tests.people import user_of

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


async def test_a_body_without_a_length_is_read_to_the_limit_only(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    async def reads(scope, receive, send):
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200})

    assert await answer(body=[b"x" * 400] * 100, app=BodyLimit(reads)) == (413, 3)
    assert await answer(body=[b"x" * 400] * 2, app=BodyLimit(reads)) == (200, 2)


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
    assert Line().format(record) == "a\\u001b[31m\\u202eb\tc\nd\\u009b"


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
    assert checks.secrets_are_strong() == []
    settings.SECRET_KEY = weak
    assert [error.id for error in checks.secrets_are_strong()] == ["sagaflow.E012"]


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

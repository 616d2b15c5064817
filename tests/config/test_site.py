"""The site: logins, what a browser may do, and the answers to a load balancer."""

import asyncio

import pytest
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.test import AsyncClient

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases=["default", "participant"])]


def test_a_stranger_is_sent_to_the_login(client):
    answer = client.get("/admin/")
    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_the_login_page_opens_for_strangers(client):
    assert client.get("/accounts/login/").status_code == 200


def test_the_admin_opens_for_an_administrator(admin_client):
    assert admin_client.get("/admin/").status_code == 200


def test_logging_out_takes_a_post(admin_client):
    assert admin_client.get("/accounts/logout/").status_code == 405
    assert admin_client.post("/accounts/logout/").status_code == 302


@pytest.mark.parametrize("page", ["/accounts/login/", "/healthz/", "/readyz/"])
def test_every_page_forbids_foreign_and_inline_content(client, page):
    answer = client.get(page)
    policy = answer["Content-Security-Policy"]
    for rule in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("page", ["/admin/", "/admin/auth/user/", "/admin/auth/user/add/", "/admin/password_change/"])
def test_the_admin_has_no_inline_script_or_style(admin_client, page):
    html = admin_client.get(page).content.decode()
    assert "<style" not in html
    assert " style=" not in html
    assert "<script>" not in html


def test_whoever_is_logged_in_is_led_past_the_login(admin_client):
    answer = admin_client.get("/accounts/login/")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert admin_client.get("/", follow=True).status_code == 200


def test_under_asgi_no_middleware_changes_threads(monkeypatch):
    """Each asynchronous middleware would add two hops: one before the view, and one after it."""
    hops, real = [], SyncToAsync.thread_handler

    def counted(self, *given, **named):
        hops.append(self.func)
        return real(self, *given, **named)

    monkeypatch.setattr(SyncToAsync, "thread_handler", counted)
    answer = asyncio.run(AsyncClient().get("/healthz/"))
    assert answer.status_code == 200
    assert 0 < len(hops) < len(settings.MIDDLEWARE)

"""Sockets are for pages of the site: the same scheme, host and port."""

import pytest

from designer.live.origin import is_same

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://127.0.0.1:21300", "127.0.0.1:21300", "http"),
        ("http://localhost", "localhost:80", "http"),
        ("https://localhost", "localhost", "https"),
        ("https://localhost", "localhost", ""),
        ("http://[::1]:8000", "[::1]:8000", "http"),
    ],
)
def test_a_page_of_the_site_gets_a_socket(origin, host, scheme):
    assert is_same(origin, host, scheme)


@pytest.mark.parametrize(
    "origin",
    [
        "http://127.0.0.1:9999",
        "https://127.0.0.1:21300",
        "http://localhost:21300",
        "http://evil@127.0.0.1:21300",
        "http://127.0.0.1:21300@evil.example",
        "http://127.0.0.1:21300/x",
        "http://127.0.0.1:x",
        "http://127.0.0.1",
        "ws://127.0.0.1:21300",
        "null",
        "",
    ],
)
def test_a_page_of_another_scheme_host_or_port_gets_none(origin):
    assert not is_same(origin, "127.0.0.1:21300", "http")


def test_a_host_that_the_site_does_not_answer_to_gets_none():
    assert not is_same("http://evil.example", "evil.example", "http")


def test_an_origin_that_the_settings_trust_gets_a_socket(settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://sagas.example.org"]
    assert is_same("https://sagas.example.org", "inside:8000", "http")
    assert not is_same("https://other.example.org", "inside:8000", "http")

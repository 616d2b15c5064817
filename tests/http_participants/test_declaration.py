"""An HTTP action is declared by names only. An invalid declaration is refused immediately."""

import pytest
from django.core.exceptions import ValidationError

from sagaflow import registry
from sagaflow.models.connection import Connection
from sagaflow.registry import BadAction, HttpCall

BAD_PATHS = [
    "charges",
    "",
    "http://elsewhere/",
    "/a?b=c",
    "/a#b",
    "/../admin",
    "/a/./b",
    "/a b",
    "/a\r\nHost: x",
    "/ü",
    "/a\n",
]
BAD_HOSTS = ["", "a b", "user@host", "host:80", "host/path", "-a", "A.example", "::1", "[::1", "[zz::1]", "a\n", "a..b"]


@pytest.fixture
def names(monkeypatch):
    monkeypatch.setattr(registry, "_actions", {})


def test_an_http_action_is_registered_by_name(names):
    registry.http_action("payment.charge", connection="payments", path="/charges", callback=True, timeout=5)
    action = registry.get_action("payment.charge")
    assert (action.kind, action.service) == ("http", "payment")
    assert action.does == HttpCall(connection="payments", path="/charges", method="POST", callback=True, timeout=5)
    assert action.lease > 5


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_path_that_could_lead_elsewhere_is_refused(names, path):
    with pytest.raises(BadAction, match="not a path for an HTTP action"):
        registry.http_action("payment.charge", connection="payments", path=path)


@pytest.mark.parametrize("method", ["GET", "post", "CONNECT", ""])
def test_a_method_without_an_effect_or_of_another_purpose_is_refused(names, method):
    with pytest.raises(BadAction, match="not a method for an HTTP action"):
        registry.http_action("payment.charge", connection="payments", path="/", method=method)


@pytest.mark.parametrize("timeout", [0, -1, 301, float("nan"), float("inf")])
def test_a_timeout_that_is_none_is_refused(names, timeout):
    with pytest.raises(BadAction, match="cannot take"):
        registry.http_action("payment.charge", connection="payments", path="/", timeout=timeout)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("host", host) for host in BAD_HOSTS),
        ("port", 0),
        ("port", 65_536),
        ("base_path", "v1"),
        ("base_path", "/v1/"),
        ("base_path", "/v1/../admin"),
        ("base_path", "/v1?x"),
        ("header", "Host"),
        ("header", "X Key"),
        ("header", "X-Key\r\n"),
        ("header", "Idempotency-Key"),
        ("secret", "Bearer abc"),
        ("secret", "${HOME}"),
        ("signing_secret", "whsec_abc"),
        ("scheme", "ftp"),
        ("name", "a b"),
    ],
)
def test_a_connection_that_cannot_be_used_is_refused_at_the_field(db, field, value):
    connection = Connection(**{"name": "payments", "host": "payments.example.org", "secret": "PAYMENTS", field: value})
    with pytest.raises(ValidationError) as caught:
        connection.full_clean()
    assert field in caught.value.message_dict


@pytest.mark.parametrize("host", ["payments.example.org", "localhost", "203.0.113.7", "[2001:db8::7]", "a-1.b"])
def test_a_connection_takes_names_and_addresses(db, host):
    Connection(name="payments", host=host, base_path="/v1/eu").full_clean()

"""A socket is for pages of this site only: scheme, host and port of the page are those of the site."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

__all__ = ["SameOrigin"]

App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[object]]
PORTS = {"http": 80, "https": 443}
SCHEMES = {"ws": "http", "wss": "https"}
LOCAL = [".localhost", "127.0.0.1", "[::1]"]


class SameOrigin:
    """An ASGI application for sockets. Another origin is allowed if ``CSRF_TRUSTED_ORIGINS`` names it."""

    def __init__(self, application: App) -> None:
        self.application = application

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> object:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        allowed = is_same(headers.get(b"origin", ""), _host(headers), _scheme(scope, headers))
        return await (self.application if allowed else WebsocketDenier())(scope, receive, send)


def is_same(origin: str, host: str, scheme: str) -> bool:
    """Return True if a page of ``origin`` may open a socket to ``host``; an empty ``scheme`` is not known."""
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        page, site = urlsplit(origin), urlsplit(f"//{host}")
        if page.scheme not in PORTS or "@" in page.netloc or page.path or page.query or page.fragment:
            return False
        same = (page.hostname, page.port or PORTS[page.scheme]) == (site.hostname, site.port or PORTS[page.scheme])
    except ValueError:  # a port that is not a number
        return False
    hosts = settings.ALLOWED_HOSTS or (LOCAL if settings.DEBUG else [])
    known = validate_host(split_domain_port(host)[0], hosts)
    return bool(page.hostname) and same and known and scheme in ("", page.scheme)


def _host(headers: dict[bytes, str]) -> str:
    forwarded = headers.get(b"x-forwarded-host", "") if settings.USE_X_FORWARDED_HOST else ""
    return forwarded or headers.get(b"host", "")


def _scheme(scope: MutableMapping[str, Any], headers: dict[bytes, str]) -> str:
    """Return the scheme of the site's pages; empty if neither the server nor the proxy says it."""
    if settings.SECURE_PROXY_SSL_HEADER:
        name, secure = settings.SECURE_PROXY_SSL_HEADER
        said = headers.get(name.removeprefix("HTTP_").replace("_", "-").lower().encode(), "")
        return "https" if said.split(",")[0].strip() == secure else "http"
    return SCHEMES.get(scope.get("scheme", ""), "")

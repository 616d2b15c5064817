"""The WebSockets of the app, for the site's ASGI application."""

from designer.live.routing import websocket_urlpatterns

__all__ = ["websocket_urlpatterns"]

"""The WebSockets of the app, for the site's ASGI application.

``websocket`` is complete: the pace, the origin, the session and the user come before the consumer.
"""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter

from designer.live.origin import SameOrigin
from designer.live.pacing import Paced
from designer.live.routing import websocket_urlpatterns

__all__ = ["websocket", "websocket_urlpatterns"]

websocket = Paced(SameOrigin(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))))

"""The WebSockets of the site: the origin is checked before the session, and the session before the consumer."""

from importlib import import_module
from importlib.util import find_spec

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

routes = import_module("designer.routing").websocket_urlpatterns if find_spec("designer.routing") else []
websocket = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(routes)))

"""The site with WebSockets, for an ASGI server such as daphne or uvicorn."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages = get_asgi_application()

from config.body_limit import BodyLimit  # noqa: E402
from config.sockets import websocket  # noqa: E402  (consumers import models, which Django has to know first)

application = ProtocolTypeRouter({"http": BodyLimit(pages), "websocket": websocket})

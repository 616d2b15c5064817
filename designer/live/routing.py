"""The addresses of the sockets. A proxy may pass them on with the prefix of the site (FORCE_SCRIPT_NAME) or without."""

from django.conf import settings
from django.urls import path

from designer.live.consumers import BoardConsumer, RunConsumer

__all__ = ["websocket_urlpatterns"]

PREFIXES = sorted({"", f"{settings.FORCE_SCRIPT_NAME or ''}/".lstrip("/")})

websocket_urlpatterns = [
    pattern
    for prefix in PREFIXES
    for pattern in (
        path(f"{prefix}ws/runs/", BoardConsumer.as_asgi()),
        path(f"{prefix}ws/runs/<uuid:run_id>/", RunConsumer.as_asgi()),
    )
]

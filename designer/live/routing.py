"""The addresses of the sockets."""

from django.urls import path

from designer.live.consumers import BoardConsumer, RunConsumer

__all__ = ["websocket_urlpatterns"]

websocket_urlpatterns = [
    path("ws/runs/", BoardConsumer.as_asgi()),
    path("ws/runs/<uuid:run_id>/", RunConsumer.as_asgi()),
]

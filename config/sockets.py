"""The WebSockets of the site: those of its pages, if it has pages."""

from importlib import import_module
from importlib.util import find_spec

from channels.routing import URLRouter

websocket = import_module("designer.routing").websocket if find_spec("designer.routing") else URLRouter([])

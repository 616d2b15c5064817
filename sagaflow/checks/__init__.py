"""System checks, which report a wrong setup before the first run starts, each with a remedy.

- ``settings``: what ``SAGAFLOW`` says, and what of Django's settings has to fit to it.
- ``databases``: kinds of databases, routers, transactions and triggers.
- ``site``: apps, middleware, the channel layer and the cache.
- ``definitions``: names, sources and subscribers of sagas.
"""

from sagaflow.checks import databases, definitions, settings, site

__all__ = ["databases", "definitions", "settings", "site"]

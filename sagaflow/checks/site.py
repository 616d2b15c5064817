"""Checks of what the project installs in addition to Sagaflow: apps, middleware, the channel layer and the cache."""

from importlib import import_module

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, register
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse

from sagaflow import conf

__all__ = ["api_answers_programs", "limits_hold_for_all_processes", "live_views_hear_every_process", "pages_are_ours"]

DISTRIBUTION = "django-sagaflow"
"""The name of the package of Sagaflow."""
LOGIN_REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"
OWN_CACHES = ("django.core.cache.backends.locmem.LocMemCache", "django.core.cache.backends.dummy.DummyCache")
"""Caches that one process cannot share with another."""
LOCAL_CHANNEL_LAYER = "channels.layers.InMemoryChannelLayer"


@register("sagaflow")
def pages_are_ours(**_: object) -> list[CheckMessage]:
    """sagaflow.W004: another app with the name ``designer`` hides the app with the pages of Sagaflow."""
    if not apps.is_installed("designer"):
        return []
    designer = import_module("designer")
    if getattr(designer, "DISTRIBUTION", "") == DISTRIBUTION:
        return []
    return [
        checks.Warning(
            f"The app 'designer' is {designer.__file__}, not the app with the pages of Sagaflow.",
            hint="Rename your app to use the pages. Sagaflow also works without the pages: in that case add "
            '"sagaflow.W004" to SILENCED_SYSTEM_CHECKS.',
            obj="INSTALLED_APPS",
            id="sagaflow.W004",
        )
    ]


@register("sagaflow")
def api_answers_programs(**_: object) -> list[CheckMessage]:
    """sagaflow.W005: Django's own middleware reads the session before the API is asked."""
    if not getattr(settings, "ROOT_URLCONF", None) or LOGIN_REQUIRED not in settings.MIDDLEWARE:
        return []  # a project that only works has no addresses at all
    try:
        reverse("sagaflow-api:openapi")
    except (NoReverseMatch, ImproperlyConfigured):
        return []  # this project has no API
    return [
        checks.Warning(
            f"With '{LOGIN_REQUIRED}', the API answers programs with an HTML page while the database is down.",
            hint="Name sagaflow.api.login.LoginRequiredMiddleware in MIDDLEWARE instead: it is the same for all pages.",
            obj="MIDDLEWARE",
            id="sagaflow.W005",
        )
    ]


@register("sagaflow")
def live_views_hear_every_process(**_: object) -> list[CheckMessage]:
    """sagaflow.W001: an in-memory channel layer does not reach other processes, such as the workers."""
    layer = getattr(settings, "CHANNEL_LAYERS", {}).get("default", {}).get("BACKEND", LOCAL_CHANNEL_LAYER)
    broker = getattr(settings, "SAGAFLOW", {}).get("BROKER_URL", conf.EMBEDDED)
    if broker == conf.EMBEDDED or layer != LOCAL_CHANNEL_LAYER:
        return []
    return [
        checks.Warning(
            "Workers are separate processes, but the channel layer is in the memory of one process: "
            "live views are updated by their heartbeat only.",
            hint="Set CHANNEL_URL to a redis:// URL (or CHANNEL_LAYERS to a layer that processes share).",
            obj="CHANNEL_LAYERS",
            id="sagaflow.W001",
        )
    ]


@register("sagaflow", deploy=True)
def limits_hold_for_all_processes(**_: object) -> list[CheckMessage]:
    """sagaflow.W006: failed logins and quotas are counted in each process, although there may be several."""
    backend = settings.CACHES.get("default", {}).get("BACKEND", "")
    broker = getattr(settings, "SAGAFLOW", {}).get("BROKER_URL", conf.EMBEDDED)
    if broker == conf.EMBEDDED or backend not in OWN_CACHES:
        return []
    return [
        checks.Warning(
            "Failed logins, wrong tokens and daily quotas are counted in the memory of each process: "
            "with several web processes, the limits are several times as high.",
            hint="Set CACHE_URL to a redis:// URL (or CACHES to a cache that processes share). With one web process, "
            'add "sagaflow.W006" to SILENCED_SYSTEM_CHECKS.',
            obj="CACHES",
            id="sagaflow.W006",
        )
    ]

"""Finds every address of the site in its own routing, so that a new address cannot be forgotten."""

import re

from channels.routing import URLRouter
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.urls import get_resolver

from sagaflow.models import AnchorItem
from tests.access.sagas import OLDER, PARCEL
from tests.records import RECORDS, model_of

OF_RUNS = frozenset(RECORDS) - {"anchor"}
MADE = frozenset({"connection", "scope"})
PEOPLE = frozenset({"user", "group"})


def urls():
    """The route of every URL pattern, from the resolver of the site."""
    return list(dict.fromkeys(_walk(get_resolver().url_patterns)))


def sockets():
    """The route of every WebSocket, from the ASGI application of the site."""
    from config.asgi import application

    routes = _router(application.application_mapping["websocket"]).routes
    return [family(str(route.pattern)) for route in routes]


def family(route):
    """The address as the table names it: all records share ``admin/sagaflow/run/…``. Another model has its own line."""
    parts = re.sub(r"<\w+:(\w+)>", r"<\1>", route).split("/")
    if "<app_label>" in route:
        return "admin/^APP"
    if parts[0] != "admin" or len(parts) < 4:
        return "/".join(parts) or "(home)"
    match parts[1], parts[2]:
        case "sagaflow", name if name in OF_RUNS:
            parts[1:3] = ["RECORD"]
        case "sagaflow", "anchor":
            parts[1:3] = ["ANCHOR"]
        case "sagaflow", "apitoken":
            parts[1:3] = ["TOKEN"]
        case "sagaflow", name if name in MADE:
            parts[1:3] = ["MADE"]
        case "auth", name if name in PEOPLE:
            parts[1:3] = ["PEOPLE"]
        case app, _ if app in settings.EXAMPLE_APPS:
            parts[1:3] = ["EXAMPLE"]
    return "/".join(parts)


def address(route, world):
    """A path that matches the route and leads to a row about parcels."""
    parts = route.split("/")
    values = {
        "<uuid:run_id>": world.parked,
        "<run_id>": world.parked,
        "<uuid:repair_id>": world.repair,
        "<uuid:request_id>": world.request,
        "<request_id>": world.request,
        "<uuid:draft_id>": world.draft,
        "<str:names>": "status,trouble,journal",
        "<slug:form>": "svg",
        "<slug:kind>": "yaml",
        "<slug:verb>": "roll_back",
        "<verb>": "cancel",
        "<slug:name>": "access_parcel",
        "<name>": "access_parcel",
        "<int:number>": "1",
        "<int:view_id>": "1",
        "<slug:digest>": OLDER.digest,
        "<slug:old>": OLDER.digest,
        "<slug:new>": PARCEL.digest,
        "<token>": "nonsense",
        "<str:form>": "csv",
        "<str:column>": _long_of(*parts[1:3]) if "all" in parts else "",
        "<id>": str(User.objects.get(username="shop").pk),
        "<path:content_type_id>": str(ContentType.objects.get_for_model(model_of("run")).pk),
        "<path:object_id>": _row_of(*parts[1:3], world) if len(parts) > 2 else "",
        "^(?P<rest>.*)$": "nowhere",
        "(?P<url>.*)$": "nowhere",
    }
    found = [("sagaflow" if part.startswith("^(?P<app_label>") else values.get(part, part)) for part in parts]
    return "/" + "/".join("" if part == "$" else part for part in found)


def _row_of(app, name, world):
    """The key of a row that is about parcels."""
    if app != "sagaflow":
        known = {"user": User.objects.filter(username="shop"), "group": Group.objects.filter(name="carriers")}
        return str(known[name].get().pk) if app == "auth" else world.parked
    match name:
        case "run":
            return world.parked
        case "definition":
            return OLDER.digest
        case "anchoritem":
            return str(AnchorItem.objects.filter(run=world.parked).first().pk)
    rows = model_of(name).objects.order_by("pk")
    of_run = "run" in {field.name for field in rows.model._meta.fields}
    return str((rows.exclude(run=world.letter) if of_run else rows).first().pk)


def _long_of(_, name):
    """A column of the model that its page may have to cut."""
    return admin.site._registry[model_of(name)].long[0]


def _walk(patterns, before=""):
    for each in patterns:
        route = before + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from _walk(each.url_patterns, route)
        else:
            yield route


def _router(application):
    """Unwrap a view or application that decorators or middleware wrapped."""
    while not isinstance(application, URLRouter):
        application = getattr(application, "application", None) or application.inner
    return application

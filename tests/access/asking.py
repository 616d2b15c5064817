"""Sends a request and describes its outcome in the words of the table."""

import json
from contextlib import contextmanager

from django.db import connection

BODIES = {
    "design/<uuid:draft_id>/edit/": {
        "revision": 0,
        "operation": {"kind": "set-field", "element": "saga", "field": "title", "value": "Box"},
    },
    "design/<uuid:draft_id>/undo/": {"revision": 0},
    "design/<uuid:draft_id>/redo/": {"revision": 0},
    "design/<uuid:draft_id>/code/": {"revision": 0, "text": "name: access_parcel"},
    "api/runs": {"saga": "access_parcel", "input": {"item": "book"}},
    "api/runs/batch": {"saga": "access_parcel", "runs": [{"input": {"item": "book"}}]},
    "api/events": {"event": "Rain", "correlation_id": None},
    "api/runs/<run_id>/verbs/<verb>": {"reason": "no longer wanted"},
    "api/runs/<run_id>/approvals": {"step": "agree", "approved": True},
    "api/runs/<run_id>/delegations": {"step": "agree", "to": "", "reason": "away"},
    "api/runs/<run_id>/requests": {"verb": "cancel", "reason": "no longer wanted"},
    "api/requests/<request_id>/answer": {"given": False},
    "api/callbacks/<token>": {"output": {}},
}
"""The forms to send, by route. A route that is not listed gets an empty form."""
REFUSED = (401, 403, 404, 405)


def ask(client, method, route, path, world):
    """The response of the site."""
    if method == "GET":
        return client.get(path)
    if not route.startswith("api/") and route not in BODIES:
        return client.post(path, {}) if method == "POST" else client.generic(method, path)
    return client.generic(method, path, json.dumps(body_of(route, world)), content_type="application/json")


def body_of(route, world):
    """The payloads to send; ``None`` means the input of the run."""
    return {key: world.parked if value is None else value for key, value in BODIES.get(route, {}).items()}


def outcome(answer):
    """The outcome in the words of the table."""
    where = answer.get("Location", "")
    if answer.status_code == 302 and "/login/" in where and "next=" in where:
        return "login"
    if answer.status_code == 302 and where == "/admin/" and answer.request["PATH_INFO"] != "/admin/login/":
        return "home"
    return str(answer.status_code) if answer.status_code in REFUSED else "in"


@contextmanager
def written():
    """The statements that write something other than sessions and similar rows."""
    found = []

    def noted(execute, sql, *rest):
        verb, *words = sql.split()
        if verb in ("INSERT", "UPDATE", "DELETE") and not any("django_session" in word for word in words):
            found.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(noted):
        yield found

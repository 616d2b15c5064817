"""Runs inside a host: a run that completes and one that rolls back, and every page that shows them. Prints JSON."""

import json
import os
import re
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")

import django

django.setup()

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.urls import get_script_prefix, reverse, set_script_prefix

import sagaflow
from sagaflow import engine


def ended(label):
    run_id = engine.start("parcel", {"label": label}, by="host")
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        engine.wake(run_id)
        state = engine.state(run_id)[1]
        if state.status.ended:
            return run_id
        if state.steps["look"].status == "waiting":
            engine.approve(run_id, "look", approved=True, by="host")
        time.sleep(0.005)
    raise SystemExit(f"{label} does not come to an end: {engine.state(run_id)[1]}")


def person():
    model = get_user_model()
    names = {model.USERNAME_FIELD: "boss@example.com", "password": "a password for tests"}
    user = model.objects.create_superuser(**names)
    user.groups.add(Group.objects.get_or_create(name="bosses")[0])
    return user


def main():
    runs = [ended(label) for label in ("light", "heavy")]
    if settings.FORCE_SCRIPT_NAME:
        set_script_prefix(settings.FORCE_SCRIPT_NAME.rstrip("/") + "/")
    prefix = get_script_prefix().rstrip("/")
    client, stranger = Client(headers={"host": "localhost"}), Client(headers={"host": "localhost"})
    client.force_login(person())
    paths = [reverse("designer:home"), reverse("designer:failures"), reverse("designer:definitions")]
    paths += [reverse("designer:definition", args=["parcel"]), reverse("designer:start", args=["parcel"])]
    paths += [reverse("designer:run", args=[run]) for run in runs]
    paths += [reverse("sagaflow-api:get_run", args=[run]) for run in runs]
    if apps.is_installed("django.contrib.admin"):
        paths += [reverse("admin:sagaflow_run_changelist"), reverse("admin:sagaflow_run_change", args=[runs[1]])]
        paths += [
            reverse("admin:sagaflow_rollbackrecord_changelist"),
            reverse("admin:sagaflow_journalentry_changelist"),
        ]
    pages, links, data = {}, set(), {}
    for path in paths:
        asked = path.removeprefix(prefix)
        answer = client.get(asked)
        shut = stranger.get(asked).status_code
        pages[re.sub(r"[0-9a-f-]{36}", "<run>", path)] = [answer.status_code, shut]
        text = answer.content.decode()
        links |= set(re.findall(r'(?:href|src|action)="(/[^"]*)"', text))
        data[path] = sorted(set(re.findall(r'(data-[a-z-]+|datetime|max|min)="(-?[0-9][^"]*)"', text)))
    print(
        json.dumps(
            {
                "ends": [engine.state(run)[1].status.value for run in runs],
                "pages": pages,
                "links": sorted(links),
                "data": list(data.values()),
                "faults": [fault for run in runs for fault in engine.verify(run)],
                "from": sagaflow.__file__,
                "python": list(sys.version_info[:2]),
                "wsgi": get_wsgi_application().__class__.__name__,
            }
        )
    )


main()

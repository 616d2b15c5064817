"""Shared fixtures of the admin tests: runs in every state, and at least one row of every kind."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sagaflow import engine, models
from sagaflow.processes import bulk_repair
from sagaflow.store import act_requests, bulk_repairs, unreadable
from sagaflow.store.proof import anchors
from tests.pages.conftest import known, run_of  # noqa: F401 - fixtures
from tests.people import boss, client_as, person, user_of  # noqa: F401 - fixtures
from tests.records import RECORDS, VIEWS, model_of

OURS = [*RECORDS, "connection", "apitoken"]


@pytest.fixture
def recorded(run_of):  # noqa: F811 - pytest's way
    """Create at least one row of every kind. Return the last run that was rolled back."""
    rolled_back = run_of("feather")
    engine.operate(run_of("heavy"), "skip", by="vera", reason="carried by hand", step="ship")
    engine.publish("Rain", "order-7", {"card": "card-of-event"})
    unreadable.set_aside(
        "crm", b'{"card": "card-of-stream"}', {"trace": "card-of-header"}, "CRM 7", "no ID", longest=99
    )
    parked = run_of("heavy")
    told = {"item": "heavy", "card": "card-of-edit"}
    engine.operate(parked, "retry_with_input", by="vera", reason="typo", step="ship", input=told)
    repaired = run_of("heavy")
    output = json.dumps({"card": "card-of-bulk", "shelf": 4})
    order = bulk_repairs.Order(verb="skip", by="vera", reason="the van is sold", selection="saga x", output=output)
    bulk_repairs.freeze(order, [(run, engine.state(run)[1].seq) for run in (repaired, rolled_back)])
    bulk_repair.repair_all()
    engine.repair_next()
    for note in ("", "seen"):
        new = act_requests.NewRequest(
            verb="retry_with_input", by="vera", reason="typo", run_id=parked, step="ship", value=json.dumps(told)
        )
        asked = act_requests.add(new)
        if note:
            act_requests.answer(asked.request_id, "refused", by="stan", note=note)
    models.Connection.objects.create(name="payments", host="payments.example.org")
    token = models.ApiToken(name="shop", user=User.objects.get_or_create(username="shop")[0])
    token.renew()
    token.save()
    anchors.write_all()
    return rolled_back


def one(name):
    return model_of(name).objects.order_by("pk").first()


@pytest.fixture
def member(db):
    """``member("auditor")``: a client of a user with that role."""
    roles = {
        "plain": (False, []),
        "viewer": (True, ["view_run"]),
        "operator": (True, ["view_run", "start_run", "operate_run", "publish_event", "approve_step"]),
        "auditor": (True, VIEWS),
        "seer": (True, [*VIEWS, "view_sensitive"]),
        "superuser": (True, []),
    }

    def member(role):
        if role == "anonymous":
            return Client()
        staff, permissions = roles[role]
        return client_as(user_of(role, *permissions, staff=staff, root=role == "superuser"))

    return member


def pages(names=RECORDS):
    """Every address in the admin that shows something of the existing rows."""
    found = []
    for name in names:
        base = f"/admin/sagaflow/{name}/"
        found.append(base)
        for pk in model_of(name).objects.values_list("pk", flat=True)[:40]:
            found += [f"{base}{pk}/change/", f"{base}{pk}/history/"]
            found += [f"{base}{pk}/report/"] if name == "run" else []
        if name in RECORDS:
            found += [f"{base}export/csv/", f"{base}export/jsonl/"]
    return found


def body(answer):
    return (answer.getvalue() if answer.streaming else answer.content).decode()

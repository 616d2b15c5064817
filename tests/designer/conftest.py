"""Shared fixtures of the tests of drafts: one registered saga, and a client for each person."""

import json

import pytest

from sagaflow import registry
from sagaflow.core.definition.saga import Saga, Step, choreographed, orchestrated
from sagaflow.registry import Action
from tests.people import boss, person  # noqa: F401 - fixtures

ALL = ("view_run", "start_run", "operate_run", "view_sensitive", "design_saga", "publish_saga")
TRIP = Saga(
    "draft_trip",
    (
        orchestrated(
            "book",
            Step("flight", "draft_air.book", undo="draft_air.cancel"),
            Step("hotel", "draft_bed.book", undo="draft_bed.cancel"),
            team="travel",
        ),
        choreographed("tell", Step("letter", "draft_post.send")),
    ),
    title="Book a trip",
)


class Designer:
    """A person at the page of a draft: sends what its scripts send, and remembers the last state."""

    def __init__(self, client, address):
        self.client, self.address = client, address
        self.state = self.get("state/").json()

    def get(self, path=""):
        return self.client.get(self.address + path)

    def post(self, path, **sent):
        answer = self.client.post(self.address + path, json.dumps(sent), content_type="application/json")
        if answer.status_code == 200:
            self.state = answer.json()
        return answer

    def edit(self, kind, **fields):
        return self.post("edit/", operation={"kind": kind, **fields}, revision=self.state["revision"])

    def undo(self):
        return self.post("undo/", revision=self.state["revision"])

    def redo(self):
        return self.post("redo/", revision=self.state["revision"])

    def type(self, text):
        return self.post("code/", text=text, revision=self.state["revision"])


@pytest.fixture(autouse=True)
def _known(monkeypatch, db):
    monkeypatch.setattr(registry, "_actions", {})
    monkeypatch.setattr(registry, "_sagas", {})
    monkeypatch.setattr(registry, "_sources", {})
    monkeypatch.setattr(registry, "_web_names", set())
    registry.register(TRIP)
    for name in ("air.book", "air.cancel", "bed.book", "bed.cancel", "post.send"):
        registry.add(Action(name=f"draft_{name}", does=lambda context: {}))


@pytest.fixture
def vera(person):  # noqa: F811
    """The client of a user with all permissions of a designer."""
    return person(*ALL)


@pytest.fixture
def opened():
    """``opened(client)``: the client's draft of the registered saga."""

    def opened(client, saga="draft_trip"):
        answer = client.post(f"/definitions/{saga}/design/")
        assert answer.status_code == 302, answer.content
        return Designer(client, answer["Location"])

    return opened


@pytest.fixture
def begun():
    """``begun(client, "trip", "Book flight")``: a draft of a new saga."""

    def begun(client, name="trip", steps=""):
        answer = client.post("/design/new/", {"name": name, "steps": steps})
        assert answer.status_code == 302, answer.content
        return Designer(client, answer["Location"])

    return begun

"""The approvals page shows what the user can decide now, with the data of the run, and leads to the decision."""

import re

import pytest
from django.contrib.auth.models import Group, User

from sagaflow import engine, registry
from sagaflow.core.definition.saga import Approval, Saga, Step, orchestrated
from tests.pages.test_pages import text_of
from tests.people import user_of


@pytest.fixture
def decided(known):
    step = Step("agree", Approval("managers"), title="Agree to <it>", timeout=600)
    saga = Saga("page_decision", (orchestrated("ask", step),), title="A decision", sensitive=("card",))
    registry.register(saga)
    return engine.start("page_decision", {"amount": 40, "note": "<b>big</b>", "card": "card-of-input"})


@pytest.fixture
def manager(person):
    client = person("view_run", "approve_step")
    User.objects.get(username="vera").groups.add(Group.objects.get_or_create(name="managers")[0])
    return client


def test_a_member_of_the_group_sees_what_to_decide_and_is_led_to_it(manager, decided, run_of):
    run_of("heavy")
    page = manager.get("/approvals/")
    text, html = text_of(page), page.content.decode()
    assert "Agree to &lt;it&gt; A decision" in text
    assert re.search(r"amount 40 .*note &lt;b&gt;big&lt;/b&gt;", text)
    assert "card-of-input" not in html
    assert html.count("<tr>") == 2
    for verb in ("approve", "reject"):
        path = f"/runs/{decided}/repair/{verb}/?step=agree"
        assert f'href="{path}"' in html
        assert manager.get(path).status_code == 200


def test_what_was_decided_and_what_others_decide_is_not_shown(manager, person, decided):
    other = person("view_run", "approve_step", name="otto")
    assert "Nothing waits for your decision" in text_of(other.get("/approvals/"))
    engine.approve(decided, "agree", approved=True, by="vera", reason="it is fine")
    assert "Nothing waits for your decision" in text_of(manager.get("/approvals/"))


def test_fields_are_shown_unmasked_to_those_who_may_see_them(manager, decided):
    user_of("vera", "view_run", "approve_step", "view_sensitive")
    assert "card-of-input" in text_of(manager.get("/approvals/"))


def test_the_rail_leads_there_if_the_user_may_decide(manager, person):
    assert 'data-place="approvals"' in manager.get("/").content.decode()
    assert 'data-place="approvals"' not in person("view_run", name="otto").get("/").content.decode()
    assert person("view_run", name="otto").get("/approvals/").status_code == 403

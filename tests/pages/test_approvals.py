"""The approvals page shows what the user can decide now, with the data of the run, and leads to the decision."""

import re
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from designer.pages import approvals as page_of_approvals
from sagaflow import access, engine, pick, registry
from sagaflow.core.definition.saga import Approval, Saga, Step, orchestrated
from sagaflow.models import OutboxMessage
from sagaflow.testing import moving_clock
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


@pytest.mark.parametrize("dialog", [{}, {"HTTP_X_DIALOG": "1"}])
@pytest.mark.parametrize(("verb", "title"), [("approve", "Approve"), ("reject", "Reject")])
def test_the_form_of_a_decision_shows_what_is_decided(manager, decided, verb, title, dialog):
    page = manager.get(f"/runs/{decided}/repair/{verb}/?step=agree", **dialog)
    text = text_of(page)
    assert f"{title}: Agree to &lt;it&gt;" in text
    assert re.search(
        r"amount 40 .*note &lt;b&gt;big&lt;/b&gt; Run started by a program Group managers Waiting since", text
    )
    assert "Decide by" in text
    assert "card-of-input" not in page.content.decode()


def test_the_list_of_runs_says_that_a_run_waits_for_an_approval(manager, decided):
    text = text_of(manager.get("/"))
    assert "… waiting running A decision" in text
    assert "Agree to &lt;it&gt; approval by managers" in text


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
    refused = person("view_run", name="otto").get("/approvals/")
    assert (refused.status_code, "Ask an administrator for the permission" in text_of(refused)) == (403, True)


def test_a_step_that_picks_its_input_shows_what_it_picks_and_nothing_else(manager, known):
    fetch = Step("fetch", "page_shelf.fetch", undo="page_shelf.put_back", outputs=("shelf", "card"))
    picked = {"of": pick("/input/amount"), "place": pick("/steps/fetch/shelf"), "paid with": pick("/steps/fetch/card")}
    agree = Step("agree", Approval("managers"), input=picked)
    registry.register(Saga("page_decision", (orchestrated("ask", fetch, agree),), sensitive=("card",)))
    run_id = engine.start("page_decision", {"item": "book", "amount": 40, "note": "private"})
    while engine.wake(run_id):
        pass
    page = manager.get("/approvals/")
    text = text_of(page)
    assert ("of 40" in text, "place 3" in text, "paid with" in text) == (True, True, True)
    for hidden in ("private", "card-of-output"):
        assert hidden not in page.content.decode()


def test_the_page_says_when_it_did_not_read_every_run(manager, decided, monkeypatch):
    monkeypatch.setattr(page_of_approvals, "MOST", 1)
    assert "oldest runs" not in text_of(manager.get("/approvals/"))
    engine.start("page_decision", {"amount": 41})
    page = manager.get("/approvals/")
    assert "Only the 1 oldest runs" in text_of(page)
    assert page.content.decode().count("<tr>") == 2


def test_the_command_palette_leads_there_if_the_user_may_decide(manager, person):
    def pages(client):
        return [each["title"] for each in client.get("/jump/?q=appro").json()["results"]]

    assert pages(manager) == ["Approvals"]
    assert pages(person("view_run", name="otto")) == []


def test_an_operator_who_may_not_decide_cannot_go_past_the_decision(person, manager, decided):
    operator = person("view_run", "operate_run", "publish_event", name="otto")
    for verb in ("skip", "retry_with_input", "publish"):
        answer = operator.get(f"/runs/{decided}/repair/{verb}/?step=agree")
        assert answer.status_code == 403, verb
    assert operator.post(f"/runs/{decided}/repair/skip/?step=agree", {"reason": "in a hurry"}).status_code == 403
    assert f"/runs/{decided}/repair/cancel/" in operator.get(f"/runs/{decided}/").content.decode()
    both = person("view_run", "operate_run", "approve_step")
    assert both.get(f"/runs/{decided}/repair/skip/?step=agree").status_code == 200


@pytest.fixture
def own(known):
    """A run that ``vera``, a manager, started, and that needs another manager."""
    agree = Step("agree", Approval("managers", not_by=("starter",)), title="Agree")
    registry.register(Saga("page_decision", (orchestrated("ask", agree),)))
    return engine.start("page_decision", {"amount": 40}, by="vera")


def test_the_starter_reads_why_another_person_has_to_decide(manager, person, own):
    page = manager.get("/approvals/")
    assert "&#x27;vera&#x27; started the run, and step &#x27;agree&#x27; needs another person" in text_of(page)
    assert "/repair/approve/" not in page.content.decode()
    run_page = manager.get(f"/runs/{own}/").content.decode()
    assert f"/runs/{own}/repair/approve/" not in run_page
    both = person("view_run", "approve_step", "operate_run")
    for verb in ("approve", "reject", "skip"):
        answer = both.post(f"/runs/{own}/repair/{verb}/?step=agree", {"reason": "mine"})
        assert (verb, answer.status_code) == (verb, 403)
        assert "its rule is not_by starter" in text_of(answer), "the page does not say why"
    assert engine.state(own)[1].steps["agree"].status == "waiting"


def test_another_member_of_the_group_decides(person, own):
    other = person("view_run", "approve_step", name="otto")
    User.objects.get(username="otto").groups.add(Group.objects.get_or_create(name="managers")[0])
    assert f"/runs/{own}/repair/approve/" in other.get("/approvals/").content.decode()


def test_a_superuser_who_started_the_run_needs_another_person_too(client, admin_user, known):
    agree = Step("agree", Approval("managers", not_by=("starter",)))
    registry.register(Saga("page_decision", (orchestrated("ask", agree),)))
    run_id = engine.start("page_decision", {}, by=admin_user.username)
    client.force_login(admin_user)
    assert client.get(f"/runs/{run_id}/repair/approve/?step=agree").status_code == 403


def badge(client):
    found = re.search(
        r"data-approvals( hidden)?><span data-count>([^<]*)<", client.get("/definitions/").content.decode()
    )
    assert bool(found[1]) == (found[2] == "")
    return found[2]


def test_the_rail_counts_the_approvals_that_wait_for_the_user(manager, person, decided):
    other = person("view_run", "approve_step", name="otto")
    assert (badge(manager), badge(other)) == ("1", "")
    engine.start("page_decision", {"amount": 41})
    assert badge(manager) == "2"
    assert manager.get("/attention/").json()["approvals"] == 2
    assert other.get("/attention/").json()["approvals"] == 0
    engine.approve(decided, "agree", approved=True, by="vera")
    assert badge(manager) == "1"
    assert person("view_run", name="otto").get("/attention/").json()["approvals"] == 0


def test_an_approval_from_which_a_rule_keeps_the_user_is_not_counted(manager, own):
    assert badge(manager) == ""
    engine.start("page_decision", {"amount": 41}, by="otto")
    assert badge(manager) == "1"


def test_the_count_is_one_query_by_an_index_however_many_runs_wait(manager, decided):
    vera = User.objects.get(username="vera")
    for amount in range(3):
        engine.start("page_decision", {"amount": amount})
    with CaptureQueriesContext(connection) as asked:
        assert access.waiting(User.objects.get(pk=vera.pk), 100) == (4, 0)
    of_runs = [query["sql"] for query in asked if "sagaflow_run" in query["sql"]]
    assert len(of_runs) == 1
    assert "snapshot" not in of_runs[0]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {of_runs[0]}")
            assert "sagaflow_run_asks" in str(cursor.fetchall())


def test_counting_stops_at_the_most_that_the_badge_shows(manager, decided):
    engine.start("page_decision", {"amount": 41})
    assert access.waiting(User.objects.get(username="vera"), 1) == (1, 0)


def test_runs_that_waited_before_the_column_are_counted_after_the_migration(manager, decided):
    groups = apps.get_model("sagaflow", "Run").objects
    groups.update(asks="")
    assert badge(manager) == ""
    import_module("sagaflow.migrations.0021_asks").fill(apps, SimpleNamespace(connection=connection))
    assert badge(manager) == "1"
    assert list(groups.values_list("asks", flat=True)) == ['[["managers",[]]]']


def test_an_approval_with_a_reminder_comes_first_and_says_so(manager, known):
    agree = Step("agree", Approval("managers", remind_after=60.0), title="Agree", timeout=6000.0)
    later = Step("agree", Approval("managers"), title="Agree")
    for name, step in (("page_decision", agree), ("page_later", later)):
        registry.register(Saga(name, (orchestrated("ask", step),)))
    with moving_clock() as clock:
        old = engine.start("page_later", {"amount": 1})
        clock.advance(1.0)
        reminded = engine.start("page_decision", {"amount": 2})
        clock.advance(50.0)
        assert "reminded" not in rows_of(manager)
        assert bell(manager) == ""
        clock.advance(20.0)
        engine.wake(reminded)
        assert bell(manager) == "1"
        assert manager.get("/attention/").json() == {"count": 0, "approvals": 2, "reminded": 1}
        (event,) = OutboxMessage.objects.filter(run_id=reminded, event="SagaReminded")
        assert event.step == "agree"
        page = rows_of(manager)
        assert page.index(reminded[:8]) < page.index(old[:8])
        assert page.count("reminded") == 1
        assert "has waited 1 min for a decision: its approvers are reminded" in text_of(
            manager.get(f"/runs/{reminded}/parts/journal/")
        )
        engine.approve(reminded, "agree", approved=True, by="vera")
        assert engine.state(reminded)[1].status == "completed"
        assert bell(manager) == ""


def test_a_reminder_is_told_to_those_who_may_decide_and_to_nobody_else(manager, person, known):
    step = Step("agree", Approval("managers", not_by=("starter",), remind_after=60.0), title="Agree", timeout=6000.0)
    registry.register(Saga("page_decision", (orchestrated("ask", step),)))
    with moving_clock() as clock:
        own = engine.start("page_decision", {"amount": 1}, by="vera")
        clock.advance(70.0)
        engine.wake(own)
        assert (bell(manager), bell(person("view_run", "approve_step", name="otto"))) == ("", "")
        other = person("view_run", "approve_step", name="olga")
        User.objects.get(username="olga").groups.add(Group.objects.get(name="managers"))
        assert bell(other) == "1"
        assert not re.search("data-reminders", person("view_run", name="eve").get("/").content.decode())


def bell(client):
    """The number of reminders in the top bar; empty: it shows none."""
    html = client.get("/definitions/").content.decode()
    found = re.search(r"data-reminders( hidden)?>.*?<strong data-count>([^<]*)<", html)
    assert bool(found[1]) == (found[2] == "")
    return found[2]


def rows_of(client):
    return text_of(client.get("/approvals/")).partition("Decide by")[2]


@pytest.fixture
def delegate(manager, person):
    """``delegate(run_id, to)``: post the form with which vera delegates step ``agree``."""
    person("view_run", "approve_step", name="otto")

    def delegate(run_id, to, reason="I am away"):
        path = f"/runs/{run_id}/repair/delegate/?step=agree"
        found = re.search(r'name="basis" value="(\w+)"', manager.get(path).content.decode())
        return manager.post(path, {"basis": found[1] if found else "", "value": to, "reason": reason})

    return delegate


def test_a_delegate_outside_the_group_finds_the_approval_and_decides_this_one_only(decided, delegate, person):
    other = engine.start("page_decision", {"amount": 41})
    assert delegate(decided, "otto").status_code == 302
    otto = person("view_run", "approve_step", name="otto")
    page = text_of(otto.get("/approvals/"))
    assert "Handed to you by vera: I am away" in page
    assert other[:8] not in page
    assert badge(otto) == "1"
    assert otto.get(f"/runs/{other}/repair/approve/?step=agree").status_code == 403
    path = f"/runs/{decided}/repair/approve/?step=agree"
    basis = re.search(r'name="basis" value="(\w+)"', otto.get(path).content.decode())[1]
    assert otto.post(path, {"basis": basis, "reason": "it is fine"}).status_code == 302
    assert engine.state(decided)[1].steps["agree"].output["approved_by"] == "otto"
    assert badge(otto) == ""


def test_the_group_keeps_its_right_and_takes_the_approval_back(manager, decided, delegate, person):
    delegate(decided, "otto")
    assert "Handed to otto by vera" in text_of(manager.get("/approvals/"))
    assert badge(manager) == "1"
    run = text_of(manager.get(f"/runs/{decided}/"))
    assert "delegated to otto" in run
    assert "Leave it empty" in text_of(manager.get(f"/runs/{decided}/repair/delegate/?step=agree"))
    assert delegate(decided, "").status_code == 302
    otto = person("view_run", "approve_step", name="otto")
    assert "Nothing waits for your decision" in text_of(otto.get("/approvals/"))
    assert otto.get(f"/runs/{decided}/repair/approve/?step=agree").status_code == 403


def test_the_badge_counts_a_delegated_approval_once_for_each_who_may_decide(manager, decided, delegate, person):
    """A name that is a part of the delegate's, in another case, or stands in the group, is another one."""
    permissions = ("view_run", "approve_step")
    others = [person(*permissions, name=name) for name in ("ott", "otto2", "Otto", "managers")]
    otto = person(*permissions, name="otto")
    delegate(decided, "otto")
    assert [badge(each) for each in (otto, manager, *others)] == ["1", "1", "", "", "", ""]
    assert otto.get("/attention/").json()["approvals"] == 1
    engine.start("page_decision", {"amount": 41})
    assert [badge(each) for each in (otto, manager)] == ["1", "2"]
    User.objects.get(username="otto").groups.add(Group.objects.get(name="managers"))
    assert badge(otto) == "2"
    delegate(decided, "")
    User.objects.get(username="otto").groups.clear()
    assert badge(otto) == ""


def test_a_delegate_who_may_not_approve_any_more_is_told_of_nothing(decided, delegate, person):
    delegate(decided, "otto")
    otto = person("view_run", name="otto")
    assert otto.get("/attention/").json()["approvals"] == 0
    assert otto.get("/approvals/").status_code == 403


def test_who_cannot_decide_is_refused_as_a_delegate_with_the_remedy(decided, delegate, person):
    person("approve_step", name="blind")
    person("view_run", name="mute")
    for to, says in (
        ("", "Enter the name of the user"),
        ("unknown", "There is no active user"),
        ("blind", "an administrator can grant sagaflow.view_run"),
        ("mute", "an administrator can grant sagaflow.approve_step"),
    ):
        answer = delegate(decided, to)
        assert (answer.status_code, says in text_of(answer)) == (422, True), to
    assert engine.state(decided)[1].steps["agree"].delegation is None


def test_nobody_delegates_past_the_rule_or_after_the_decision(own, delegate):
    assert delegate(own, "otto").status_code == 403
    run_id = engine.start("page_decision", {"amount": 41}, by="otto")
    assert "needs another person" in text_of(delegate(run_id, "otto"))
    engine.approve(run_id, "agree", approved=True, by="vera")
    assert "does not wait for a decision" in text_of(delegate(run_id, "otto"))

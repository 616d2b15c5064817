"""Repair from the page: which actions are offered, the permissions, the reason, and the record of what was done."""

import json
import re

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from designer.pages import repair as repair_page
from sagaflow import engine, registry
from sagaflow.core.definition.saga import Approval, Saga, Step, WaitForEvent, choreographed, orchestrated
from sagaflow.models import OperatorAct, Scope
from tests.pages.reading import whole
from tests.people import client_as, user_of

WHY = "the van is <b>back</b>"


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def ask(client, run_id, verb, *, step="ship", reason=WHY, **more):
    """Open the page and send its form."""
    path = f"/runs/{run_id}/repair/{verb}/" + (f"?step={step}" if step else "")
    page = client.get(path).content.decode()
    basis = re.search(r'name="basis" value="(\w+)"', page)
    return client.post(path, {"basis": basis.group(1) if basis else "", "reason": reason, **more})


@pytest.fixture
def operator(person):
    return person("view_run", "operate_run", "approve_step", "publish_event")


def acts():
    return [(act.verb, act.step, act.by, act.reason, act.outcome) for act in OperatorAct.objects.order_by("pk")]


@pytest.mark.parametrize(
    "case",
    [
        ("heavy", "retry", "ship", {}, "parked"),
        ("heavy", "skip", "ship", {"value": '{"parcel": "by hand"}'}, "completed"),
        ("heavy", "skip", "ship", {"value": ""}, "completed"),
        ("heavy", "roll_back", "", {}, "rolled_back"),
        ("heavy", "cancel", "", {}, "cancelled"),
        ("heavy", "resume", "ship", {}, "parked"),
        ("glass", "mark_done", "fetch", {}, "rolled_back"),
        ("glass", "skip", "fetch", {}, "rolled_back"),
        ("glass", "retry", "fetch", {}, "stuck"),
        ("feather", "resume", "fetch", {}, "rolled_back"),
    ],
)
def test_every_verb_is_done_and_written_down(operator, run_of, case):
    item, verb, step, more, becomes = case
    run_id = run_of(item)
    answer = ask(operator, run_id, verb, step=step, **more)
    assert (answer.status_code, answer["Location"]) == (302, f"/runs/{run_id}/")
    while engine.wake(run_id):
        pass
    assert engine.state(run_id)[1].status == becomes
    assert acts() == [(verb, step, "vera", WHY, "done")]
    assert "Requested:" in text_of(operator.get(f"/runs/{run_id}/"))


def test_an_edited_input_reaches_the_step_and_old_and_new_are_kept(operator, run_of):
    run_id = run_of("heavy")
    page = operator.get(f"/runs/{run_id}/repair/retry_with_input/?step=ship").content.decode()
    assert "•••" in page
    assert "card-of-input" not in page
    ask(operator, run_id, "retry_with_input", value='{"item": "book", "card": "•••"}')
    while engine.wake(run_id):
        pass
    state = engine.state(run_id)[1]
    assert (state.status, state.steps["ship"].input) == ("completed", {"item": "book", "card": "card-of-input"})
    [act] = OperatorAct.objects.all()
    assert json.loads(act.detail) == {
        "new": {"item": "book", "card": "card-of-input"},
        "old": {"item": "heavy", "card": "card-of-input"},
    }
    shown = text_of(operator.get(f"/runs/{run_id}/"))
    assert "card-of-input" not in shown


def test_the_fingerprint_of_a_form_has_a_key(rf, run_of, settings, db):
    """It covers masked fields. Without a key, a short one could be found by trying all values."""
    request = rf.get("/", {"step": "ship"})
    request.user = user_of("ann", "view_run", "operate_run")
    case = repair_page._case(request, run_of("heavy"), "skip")
    before = case.basis
    settings.SECRET_KEY = "another key of the site, at least fifty characters long"
    assert case.basis != before


def test_a_mask_in_a_place_where_nothing_was_is_no_value(operator, run_of):
    answer = ask(operator, run_of("heavy"), "retry_with_input", value='{"item": {"card": "•••"}}')
    assert answer.status_code == 422
    assert "there is no earlier value" in text_of(answer)


def test_whoever_may_see_what_is_sensitive_edits_it(person, run_of):
    run_id = run_of("heavy")
    page = person("view_run", "operate_run", "view_sensitive").get(f"/runs/{run_id}/repair/retry_with_input/?step=ship")
    assert "card-of-input" in page.content.decode()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"reason": " "}, "Enter a reason"),
        ({"reason": "x" * 3000}, "The limit is 2000"),
        ({"value": "{"}, "is not JSON"),
        ({"value": '{"a": NaN}'}, "which is not JSON"),
        ({"value": '{"a": 1, "a": 2}'}, "twice"),
        ({"value": " "}, "Enter the new input."),
        ({"value": "null"}, "is missing or null"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(operator, run_of, more, said):
    run_id = run_of("heavy")
    answer = ask(operator, run_id, "retry_with_input", **({"value": '{"item": "book"}'} | more))
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert 'aria-invalid="true"' in answer.content.decode()
    assert acts() == []
    typed = more.get("value", '{"item": "book"}').replace('"', "&quot;")
    assert typed in answer.content.decode()


def test_a_reason_that_nobody_can_print_is_refused_in_words(operator, run_of):
    answer = ask(operator, run_of("heavy"), "retry", reason="a\x00b")
    assert answer.status_code == 409
    assert "printable" in text_of(answer)


def test_a_decision_about_a_run_that_has_gone_on_is_asked_again(operator, run_of):
    run_id = run_of("heavy")
    path = f"/runs/{run_id}/repair/retry/?step=ship"
    basis = re.search(r'name="basis" value="(\w+)"', operator.get(path).content.decode()).group(1)
    engine.operate(run_id, "retry", by="bob", reason="quicker", step="ship")
    while engine.wake(run_id):
        pass
    answer = operator.post(path, {"basis": basis, "reason": WHY})
    assert answer.status_code == 409
    assert "has changed since" in text_of(answer)
    assert [act[2] for act in acts()] == ["bob"]


def test_a_verb_that_does_not_apply_says_why_and_offers_no_form(operator, run_of):
    run_id = run_of("book")
    answer = operator.get(f"/runs/{run_id}/repair/roll_back/")
    assert "it is completed." in text_of(answer)
    assert 'name="reason"' not in answer.content.decode()
    assert ask(operator, run_id, "roll_back", step="").status_code == 409
    assert acts() == []


def test_the_plan_of_a_rollback_is_shown_before_it_begins(operator, run_of):
    text = text_of(operator.get(f"/runs/{run_of('heavy')}/repair/roll_back/"))
    assert re.search(r"1 ship . irreversible no compensation is declared", text)
    assert re.search(r"2 fetch . compensated page_shelf.put_back", text)


@pytest.mark.parametrize(
    "path",
    ["repair/nothing/", "repair/retry/?step=nothing", "repair/skip/?step=%3Cscript%3E"],
)
def test_what_there_is_not_is_not_found(operator, run_of, path):
    assert operator.get(f"/runs/{run_of('heavy')}/{path}").status_code == 404


@pytest.mark.parametrize(
    "path", ["repair/retry/", "repair/skip/", "repair/roll_back/?step=ship", "repair/approve/?step=ship"]
)
def test_a_verb_in_the_wrong_place_does_nothing(operator, run_of, path):
    run_id = run_of("heavy")
    answer = operator.get(f"/runs/{run_id}/{path}")
    assert (answer.status_code, "does not apply" in text_of(answer)) == (200, True)
    assert operator.post(f"/runs/{run_id}/{path}", {"reason": WHY}).status_code == 409
    assert acts() == []


PERMISSIONS = {
    **dict.fromkeys(("retry", "retry_with_input", "skip", "mark_done", "resume", "redeliver"), "operate_run"),
    **dict.fromkeys(("roll_back", "cancel"), "operate_run"),
    "approve": "approve_step",
    "reject": "approve_step",
    "publish": "publish_event",
}


@pytest.mark.parametrize(("verb", "permission"), PERMISSIONS.items())
def test_each_verb_takes_its_own_permission(person, run_of, verb, permission):
    run_id = run_of("heavy")
    path = f"/runs/{run_id}/repair/{verb}/" + ("" if verb in ("roll_back", "cancel") else "?step=ship")
    others = set(PERMISSIONS.values()) - {permission} | {"view_run", "start_run", "view_sensitive"}
    for method in ("get", "post"):
        assert getattr(person(*others), method)(path).status_code == 403
        assert getattr(person(permission), method)(path).status_code == 403
    assert person("view_run", permission).get(path).status_code == 200
    assert acts() == []


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ({"saga": "page_parcel"}, 200),
        ({"team": "hall"}, 200),
        ({"saga": "page_parcel", "team": "hall"}, 200),
        ({"saga": "other"}, 403),
        ({"team": "sales"}, 403),
        ({"saga": "page_parcel", "team": "sales"}, 403),
        (None, 200),
    ],
)
def test_scopes_of_a_permission_narrow_what_a_person_may_act_on_and_not_what_is_seen(operator, run_of, scope, status):
    run_id, group = run_of("heavy"), Group.objects.create(name="operators")
    User.objects.get(username="vera").groups.add(group)
    if scope is not None:
        Scope.objects.create(group=group, permission="operate_run", **scope)
    path = f"/runs/{run_id}/repair/roll_back/"
    assert operator.get(path).status_code == status
    page = operator.get(f"/runs/{run_id}/")
    assert page.status_code == 200
    assert (f'href="{path}"' in page.content.decode()) == (status == 200)


def test_a_superuser_is_not_narrowed(boss, run_of):
    group = Group.objects.create(name="operators")
    User.objects.get(username="boss").groups.add(group)
    Scope.objects.create(group=group, saga="other")
    assert boss.get(f"/runs/{run_of('heavy')}/repair/cancel/").status_code == 200


def test_the_form_is_protected_against_other_sites(run_of, db):
    client = client_as(user_of("root", root=True), enforce_csrf_checks=True)
    assert client.post(f"/runs/{run_of('heavy')}/repair/cancel/", {"reason": WHY}).status_code == 403
    assert acts() == []


def test_buttons_that_do_not_apply_are_off_and_say_why(operator, run_of):
    html = operator.get(f"/runs/{run_of('heavy')}/").content.decode()
    off = re.search(r'<button[^>]*aria-disabled="true"[^>]*aria-describedby="(why-ship-mark_done)"', html)
    assert off
    assert re.search(rf'id="{off.group(1)}">Not available: it is parked; no compensation of it is open', html)
    assert re.search(r'<a class="button primary" href="/runs/[^"]*/repair/retry/\?step=ship"[^>]*>Retry</a>', html)


def test_whoever_may_not_is_told_who_can_help(person, run_of):
    text = text_of(person("view_run").get(f"/runs/{run_of('heavy')}/"))
    assert "an administrator can grant sagaflow.operate_run" in text


@pytest.fixture
def decided(known):
    registry.register(
        Saga(
            "page_decision",
            (orchestrated("ask", Step("agree", Approval("managers"), timeout=600)),),
        )
    )
    return engine.start("page_decision", {})


@pytest.mark.parametrize(("verb", "becomes"), [("approve", "completed"), ("reject", "rolled_back")])
def test_a_decision_takes_a_member_of_its_group(operator, decided, verb, becomes):
    path = f"/runs/{decided}/repair/{verb}/?step=agree"
    assert operator.get(path).status_code == 403
    User.objects.get(username="vera").groups.add(Group.objects.create(name="managers"))
    assert ask(operator, decided, verb, step="agree").status_code == 302
    assert engine.state(decided)[1].status == becomes
    assert acts() == [(verb, "agree", "vera", WHY, "done")]


@pytest.fixture
def awaiting(known):
    registry.register(
        Saga("page_wait", (choreographed("wait", Step("hear", WaitForEvent("BankAnswered"), timeout=600)),))
    )
    return engine.start("page_wait", {})


def test_an_event_that_never_came_is_handed_over_by_a_person(operator, awaiting):
    assert "Publish event" in text_of(operator.get(f"/runs/{awaiting}/"))
    assert ask(operator, awaiting, "publish", step="hear", value='{"ok": true}').status_code == 302
    state = engine.state(awaiting)[1]
    assert (state.status, state.steps["hear"].output) == ("completed", {"ok": True})
    assert acts() == [("publish", "hear", "vera", WHY, "done")]


CANARY = "</script><img src=x onerror=alert(1)>{{7*7}}"


def test_what_people_write_is_shown_as_text(operator, run_of):
    run_id = run_of("heavy")
    ask(operator, run_id, "retry", reason=CANARY)
    while engine.wake(run_id):
        pass
    for path in (f"/runs/{run_id}/", f"/runs/{run_id}/repair/skip/?step=ship"):
        html = (whole if path.endswith("/") else Client.get)(operator, path).content.decode()
        assert "<img src=x" not in html
        assert "{{7*7}}" in html or "repair/skip" in path
    wrong = ask(operator, run_id, "skip", reason=CANARY, value=CANARY)
    assert (wrong.status_code, "<img src=x" in wrong.content.decode()) == (422, False)


def test_a_form_is_compared_with_the_run_while_the_run_is_locked(operator, run_of, monkeypatch):
    """Another operator acts between the first comparison of the page and the lock."""
    run = run_of("heavy")
    path = f"/runs/{run}/repair/roll_back/"
    basis = re.search(r'name="basis" value="(\w+)"', operator.get(path).content.decode()).group(1)
    operate = engine.operate

    def overtaken(run_id, verb, **given):
        operate(run_id, "skip", by="another", reason="done by hand", step="ship")
        return operate(run_id, verb, **given)

    monkeypatch.setattr(engine, "operate", overtaken)
    answer = operator.post(path, {"basis": basis, "reason": WHY})
    assert answer.status_code == 409
    assert "has changed since you looked at it" in text_of(answer)
    assert [act.verb for act in OperatorAct.objects.filter(outcome="done")] == ["skip"]

"""Bulk repair from the pages: a selection, an action, and the outcome for each run."""

import re

import pytest
from django.contrib.auth.models import Group, User

from sagaflow import engine
from sagaflow.core.run.verbs import BULK_VERBS, VERBS
from sagaflow.models import BulkRepair, OperatorAct, Scope
from sagaflow.processes import bulk_repair
from tests.pages.test_pages import text_of

CANARY = "</script><img src=x onerror=alert(1)>"
GIVEN = {"verb": "cancel", "reason": "the van is sold"}


@pytest.fixture
def operator(person):
    return person("view_run", "operate_run")


def ask(client, query, **given):
    path = f"/repairs/new/?{query}"
    count = re.search(r'name="count" value="(\d+)"', client.get(path).content.decode())
    return client.post(path, {"count": count.group(1) if count else ""} | GIVEN | given)


def test_all_that_match_a_filter_are_repaired_and_each_tells_its_result(operator, run_of):
    parked, other = run_of("heavy"), run_of("heavy")
    fine = run_of("book")
    answer = ask(operator, "saga=page_parcel")
    assert answer.status_code == 302
    engine.operate(other, "skip", by="bob", reason="quicker", step="ship")
    bulk_repair.repair_all()
    while engine.wake(parked):
        pass
    page = operator.get(answer["Location"])
    text = text_of(page)
    assert "3 of 3 runs" in text
    assert "done 1" in text
    assert "refused 1" in text
    assert "changed 1" in text
    assert (engine.state(parked)[1].status, engine.state(fine)[1].status) == ("cancelled", "completed")
    only = operator.get(f"{answer['Location']}?outcome=refused").content.decode()
    assert fine[:8] in only
    assert parked[:8] not in only.split("<tbody>")[1]


def test_the_form_offers_each_verb_for_many_runs_with_its_words(operator, run_of):
    page = operator.get(f"/repairs/new/?run={run_of('heavy')}")
    assert re.findall(r'name="verb" value="(\w+)"', page.content.decode()) == list(BULK_VERBS)
    assert all(VERBS[name].bulk_effect in text_of(page) for name in BULK_VERBS)


def test_runs_that_were_ticked_are_the_selection(operator, run_of):
    picked, left = run_of("heavy"), run_of("heavy")
    page = operator.get("/").content.decode()
    assert f'name="run" value="{picked}"' in page
    answer = ask(operator, f"run={picked}")
    assert BulkRepair.objects.get().selection == "1 selected run"
    assert operator.get(answer["Location"]).content.decode().count(left[:8]) == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"verb": ""}, "Choose an action"),
        ({"verb": "retry_with_input"}, "Choose an action"),
        ({"reason": " "}, "Enter a reason"),
        ({"reason": "x" * 3000}, "The limit is"),
        ({"verb": "skip", "output": "{"}, "is not JSON"),
        ({"verb": "retry", "output": "1"}, "Retry takes no output. Leave it empty, or choose Skip."),
        ({"verb": "cancel", "step": "ship"}, "Cancel run is for whole runs. Leave the step empty."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(operator, run_of, given, said):
    run_of("heavy")
    answer = ask(operator, "status=parked", **given)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not BulkRepair.objects.exists()


def test_a_selection_that_has_grown_since_is_shown_again(operator, run_of):
    run_of("heavy")
    path = "/repairs/new/?status=parked"
    operator.get(path)
    run_of("heavy")
    answer = operator.post(path, GIVEN | {"count": "1"})
    assert answer.status_code == 409
    assert "it has 2 runs now" in text_of(answer)
    assert not BulkRepair.objects.exists()


@pytest.mark.parametrize(
    "query", ["", "status=stuck", "find==", "run=nonsense", "run=00000000-0000-0000-0000-000000000001"]
)
def test_no_selection_is_no_repair(operator, run_of, query):
    run_of("heavy")
    answer = operator.get(f"/repairs/new/?{query}")
    assert answer.status_code in (200, 404)
    assert operator.post(f"/repairs/new/?{query}", GIVEN | {"count": "0"}).status_code in (404, 409)
    assert not BulkRepair.objects.exists()


def test_runs_out_of_scope_are_refused_from_the_beginning(operator, run_of):
    run_id, group = run_of("heavy"), Group.objects.create(name="operators")
    User.objects.get(username="vera").groups.add(group)
    Scope.objects.create(group=group, saga="other", permission="operate_run")
    answer = ask(operator, "status=parked")
    bulk_repair.repair_all()
    assert "none of them covers saga" in text_of(operator.get(answer["Location"]))
    assert (engine.state(run_id)[1].status, OperatorAct.objects.count()) == ("parked", 0)


def test_a_repair_under_way_can_be_stopped(operator, person, run_of):
    for _ in range(3):
        run_of("heavy")
    page = ask(operator, "status=parked")["Location"]
    engine.repair_next()
    assert "In progress" in text_of(operator.get(page))
    assert operator.post(f"{page}stop/").status_code == 302
    assert not engine.repair_next()
    text = text_of(operator.get(page))
    assert "Stopped by vera" in text
    assert "stopped 2" in text
    assert "vera stopped the repair before its turn" in text
    assert "Nothing to stop" in text_of(operator.post(f"{page}stop/", follow=True))


def test_the_part_that_a_script_refreshes_is_the_same_as_on_the_page(operator, run_of):
    run_of("heavy")
    page = ask(operator, "status=parked")["Location"]
    part = operator.get(f"{page}progress/")
    assert "0 of 1 runs" in text_of(part)
    assert "<html" not in part.content.decode()
    bulk_repair.repair_all()
    assert "data-over" in operator.get(f"{page}progress/").content.decode()


def test_what_people_write_is_shown_as_text(operator, run_of):
    run_of(CANARY)
    run_of("heavy")
    page = ask(operator, "find=item=heavy", verb="retry", reason=CANARY, step=CANARY)["Location"]
    bulk_repair.repair_all()
    for path in (page, "/repairs/", f"{page}?outcome={CANARY}&after={CANARY}"):
        html = operator.get(path).content.decode()
        assert "<img src=x" not in html
        assert "&lt;img src=x" in html

"""On the pages, one operator asks for an action, and another one finds the request in the inbox and answers it."""

import re

import pytest

from sagaflow import engine
from sagaflow.models import ActAnswer, ActRequest, BulkRepair, OperatorAct
from sagaflow.processes import bulk_repair
from tests.pages.test_repair import ask, text_of


@pytest.fixture(autouse=True)
def _rules(settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SECOND_PERSON": ("skip", "cancel", "bulk")}


@pytest.fixture
def people(person):
    """Two operators: the one who asks, and another one."""
    return person("view_run", "operate_run", name="ann"), person("view_run", "operate_run", name="bob")


def asked_for(client, run_id, **more):
    answer = ask(client, run_id, "skip", value='{"parcel": "by hand"}', **more)
    assert answer.status_code == 302, text_of(answer)
    return answer["Location"]


def test_the_form_says_that_it_asks_and_nothing_happens_before_another_person_gives_it(people, run_of):
    first, second = people
    run_id = run_of("heavy")
    form = text_of(first.get(f"/runs/{run_id}/repair/skip/?step=ship"))
    assert "Skip needs a second person." in form
    assert "Ask for a second person" in form
    path = asked_for(first, run_id)
    assert not OperatorAct.objects.exists()
    page = text_of(second.get(path))
    assert '"parcel": "by hand"'.replace('"', "&quot;") in page
    answer = second.post(path, {"answer": "give", "note": "I saw the parcel"})
    assert (answer.status_code, answer["Location"]) == (302, f"/runs/{run_id}/")
    act, said = OperatorAct.objects.get(), ActAnswer.objects.get()
    assert (act.verb, act.outcome, said.outcome, said.note) == ("skip", "done", "given", "I saw the parcel")
    assert act.by != said.by
    assert f"second person: {said.by}" in act.reason


def test_the_inbox_and_its_count_show_it_to_the_other_person(people, run_of):
    first, second = people
    path = asked_for(first, run_of("heavy"))
    for client, count, words in ((first, 0, "you"), (second, 1, "Decide…")):
        page = client.get("/approvals/")
        assert path in page.content.decode()
        assert words in text_of(page)
        assert client.get("/attention/").json()["approvals"] == count


def test_the_page_of_the_run_shows_the_open_request(people, run_of):
    first, second = people
    run_id = run_of("heavy")
    for address in (f"/runs/{run_id}/", f"/runs/{run_id}/parts/trouble/"):
        assert "A second person is needed" not in text_of(first.get(address))
    path = asked_for(first, run_id)
    for address in (f"/runs/{run_id}/", f"/runs/{run_id}/parts/trouble/"):
        for client, words in ((first, "Open the request"), (second, "Give or refuse it")):
            page = client.get(address)
            assert f'<a href="{path}">{words}</a>' in page.content.decode()
    second.post(path, {"answer": "refuse", "note": "not today"})
    assert "A second person is needed" not in text_of(second.get(f"/runs/{run_id}/"))


def test_the_person_who_asked_cannot_give_it_and_can_withdraw_it(people, run_of):
    first, second = people
    path = asked_for(first, run_of("heavy"))
    assert 'value="give"' not in first.get(path).content.decode()
    answer = first.post(path, {"answer": "give"})
    assert (answer.status_code, ActAnswer.objects.count()) == (409, 0)
    assert "another person has to give it" in text_of(answer)
    assert first.post(path, {"answer": "refuse"}).status_code == 302
    assert "withdrawn by" in text_of(second.get(path))
    assert second.post(path, {"answer": "give"}).status_code == 409


def test_a_refusal_needs_a_note(people, run_of):
    first, second = people
    path = asked_for(first, run_of("heavy"))
    answer = second.post(path, {"answer": "refuse"})
    assert (answer.status_code, ActAnswer.objects.count()) == (409, 0)
    assert second.post(path, {"answer": "refuse", "note": "not before Monday"}).status_code == 302
    assert "not before Monday" in text_of(first.get(path))
    assert not OperatorAct.objects.exists()


def test_a_request_whose_step_went_on_says_so_and_offers_no_way_to_give_it(people, run_of):
    first, second = people
    run_id = run_of("heavy")
    path = asked_for(first, run_id)
    engine.operate(run_id, "retry", step="ship", by="eve", reason="once more")
    assert "outdated" in text_of(second.get("/approvals/"))
    page = second.get(path)
    assert "the run has gone on since" in text_of(page)
    assert 'value="give"' not in page.content.decode()
    answer = second.post(path, {"answer": "give"})
    assert (answer.status_code, ActAnswer.objects.get().outcome) == (409, "outdated")


def test_who_may_only_look_sees_the_request_and_cannot_answer(people, person, run_of):
    path = asked_for(people[0], run_of("heavy"))
    looker = person("view_run")
    page = looker.get(path)
    assert page.status_code == 200
    assert "<form" not in re.sub(r"<form[^>]*(logout|preferences|jump)[^>]*>", "", whole_main(page))
    assert looker.post(path, {"answer": "refuse", "note": "no"}).status_code == 403
    assert looker.get("/approvals/").status_code == 403


def whole_main(page):
    return page.content.decode().partition("<main")[2].partition("</main>")[0]


def test_a_bulk_repair_waits_for_a_second_person(people, run_of):
    first, second = people
    run_id = run_of("heavy")
    new = f"/repairs/new/?run={run_id}"
    assert "Every bulk repair needs a second person." in text_of(first.get(new))
    answer = first.post(new, {"verb": "retry", "reason": "the van is back", "count": "1"})
    assert answer.status_code == 302
    page = text_of(second.get(answer["Location"]))
    assert "Waiting for a second person" in page
    assert bulk_repair.repair_all() == 0
    path = f"/requests/{ActRequest.objects.get().pk}/"
    assert first.post(path, {"answer": "give"}).status_code == 409
    assert second.post(path, {"answer": "give"})["Location"] == f"/repairs/{BulkRepair.objects.get().pk}/"
    assert bulk_repair.repair_all() == 1
    assert "Waiting for a second person" not in text_of(second.get(answer["Location"]))

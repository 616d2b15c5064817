"""The page of a run that cannot be read says so, and no list breaks because of it."""

import pytest
from django.core.management import call_command

from sagaflow import engine
from sagaflow.models import Definition, Run
from sagaflow.store import definitions, refusals
from tests.pages.test_pages import text_of

LISTS = ["/", "/?attention=refused", "/failures/", "/definitions/page_parcel/", "/admin/sagaflow/run/", "/repairs/"]


@pytest.fixture(params=["snapshot", "definition"])
def broken(request, run_of):
    run, _ = run_of("heavy"), run_of("feather")
    definitions.of.cache_clear()
    if request.param == "snapshot":
        Run.objects.filter(pk=run).update(snapshot="[")
    else:
        Definition.objects.update(document="{}")
    for _ in range(refusals.LIMIT):
        with pytest.raises(definitions.Broken):
            engine.publish("Whatever", run)
    yield run
    definitions.of.cache_clear()


@pytest.mark.parametrize("path", LISTS)
def test_it_breaks_no_list(boss, broken, path):
    assert boss.get(path).status_code == 200


def test_the_list_and_the_command_line_show_it(boss, broken, capsys):
    assert broken[:8] in text_of(boss.get("/?attention=refused"))
    call_command("sagaflow", "runs", "--attention", "refused")
    assert broken[:8] in capsys.readouterr().out


def test_its_page_says_why(boss, broken):
    answer = boss.get(f"/runs/{broken}/")
    assert answer.status_code == 500
    assert "Its changes failed 3 times" in text_of(answer)
    assert f"sagaflow verify {broken}" in text_of(answer)


def test_the_row_in_the_admin_shows_it(boss, broken):
    assert "Broken" in text_of(boss.get(f"/admin/sagaflow/run/{broken}/change/"))


def test_the_api_answers_with_a_problem(boss, broken):
    answer = boss.get(f"/api/runs/{broken}")
    assert (answer.status_code, answer.json()["code"]) == (500, "unreadable")

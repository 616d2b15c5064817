"""The command palette finds what the pages show to the same user, and nothing else."""

import pytest

from sagaflow.models import Run


def found(client, typed=""):
    answer = client.get("/jump/", {"q": typed})
    assert answer.status_code == 200
    return answer.json()["results"]


def titles(client, typed, kind):
    return [each["title"] for each in found(client, typed) if each["kind"] == kind]


@pytest.mark.parametrize("length", [3, 8, 36])
def test_a_run_is_found_by_the_beginning_of_its_id(boss, run_of, length):
    run = run_of("heavy")
    (line,) = [each for each in found(boss, run[:length]) if each["kind"] == "Runs"]
    assert line == {
        "kind": "Runs",
        "title": f"page_parcel {run[:8]}",
        "detail": "parked · heavy",
        "href": f"/runs/{run}/",
        "glyph": "‖",
        "tone": "purple",
    }


@pytest.mark.parametrize("typed", ["hea", "HEAVY", "item=heavy", "item = heavy"])
def test_a_run_is_found_by_a_search_value(boss, run_of, typed):
    heavy, _ = run_of("heavy"), run_of("book")
    assert titles(boss, typed, "Runs") == [f"page_parcel {heavy[:8]}"]


def test_sagas_steps_and_pages_are_found_by_name_and_title(boss):
    assert titles(boss, "<parcel>", "Sagas") == ["Send a <parcel>"]
    assert [each["href"] for each in found(boss, "ship")] == ["/definitions/page_parcel/?step=ship"]
    assert titles(boss, "fail", "Pages") == ["Failures"]
    assert found(boss, "nothing like this") == []


def test_an_action_leads_to_its_form_if_the_run_takes_it_now(boss, run_of):
    run, done = run_of("heavy"), run_of("book")
    (first, *_) = found(boss, f"retry {run[:6]}")
    assert (first["title"], first["href"]) == ("Retry: Ship", f"/runs/{run}/repair/retry/?step=ship")
    assert titles(boss, f"cancel {run[:6]}", "Actions") == ["Cancel run: whole run"]
    assert [each["kind"] for each in found(boss, f"retry {done[:6]}")] == ["Runs"]
    assert titles(boss, "start parcel", "Actions") == ["Start run: Send a <parcel>"]


def test_an_action_is_offered_only_to_those_who_may_do_it(person, run_of):
    run = run_of("heavy")
    watcher = person("view_run")
    assert titles(watcher, f"retry {run[:6]}", "Actions") == titles(watcher, "start parcel", "Actions") == []
    assert titles(watcher, f"retry {run[:6]}", "Runs") == [f"page_parcel {run[:8]}"]


def test_before_anything_is_typed_it_shows_what_needs_attention(boss, run_of):
    run_of("book"), run_of("heavy"), run_of("glass")
    assert [each["detail"] for each in found(boss) if each["kind"] == "Needs attention"] == [
        "stuck · glass",
        "parked · heavy",
    ]
    assert titles(boss, "", "Pages")[:3] == ["Runs", "Sagas", "Failures"]


@pytest.mark.parametrize("typed", ["=", "retry ", "retry zzz", "\x00", "a" * 5000, "🜁", "--------", "f" * 40, "%_%"])
def test_nothing_that_is_typed_breaks_it(boss, run_of, typed):
    run_of("heavy")
    assert isinstance(found(boss, typed), list)


def test_a_run_that_cannot_be_read_is_listed_without_actions(boss, run_of):
    run = run_of("heavy")
    Run.objects.filter(pk=run).update(snapshot="damaged")
    assert [each["kind"] for each in found(boss, f"retry {run}")] == ["Runs"]

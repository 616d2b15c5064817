"""A run was rolled back and retried as a whole: the pages of both runs say so, and so does the terminal."""

import json

import pytest

from sagaflow import BusinessError, Saga, Step, engine, nothing, orchestrated, registry, retry_whole_run, store
from sagaflow.flowchart.outline import as_text, outline
from sagaflow.models import Run
from sagaflow.testing import given, moving_clock
from tests.docs.reader import manage
from tests.pages.test_pages import text_of


@pytest.fixture
def pair(boss):
    """The run that was rolled back, and the run that retries it."""
    step = Step("reserve", "page.reserve", undo=nothing("a refusal leaves nothing"))
    saga = Saga("page_patient", (orchestrated("main", step),), after_rollback=retry_whole_run(times=1, delay=3_600))
    registry.register(saga, replace=True)
    first = given(saga).with_stand_ins().when("reserve", BusinessError("sold_out", "No item is left.")).run().run_id
    return first, str(Run.objects.get(origin_id=first).pk)


def test_the_page_of_the_first_leads_to_the_second_and_back(boss, pair):
    first, second = pair
    page = boss.get(f"/runs/{first}/")
    assert f"The whole saga is retried as run {second[:8]} ." in text_of(page)
    assert f'href="/runs/{second}/"' in page.content.decode()
    assert f"Retry 1 of {first[:8]}" in text_of(boss.get(f"/runs/{second}/"))
    assert "retried as" not in text_of(boss.get(f"/runs/{second}/"))


def test_the_terminal_names_both(pair):
    first, second = pair
    assert second in manage("sagaflow", "show", first)[1]
    assert f"1 of {first}" in manage("sagaflow", "show", second)[1]


def test_the_reason_of_a_rollback_names_its_step_once(boss, pair):
    text = text_of(boss.get(f"/runs/{pair[0]}/"))
    assert "Business error at Reserve : sold_out — No item is left." in text
    assert "— reserve: No item" not in text


def test_a_run_that_waits_for_its_beginning_says_so_wherever_it_is_looked_at(boss, pair):
    """The engine calls it `running`, but no step runs yet, and an operator wants to know when it will start."""
    first, second = pair
    row = Run.objects.get(pk=second)
    assert row.starts_at == row.wake_at > row.created_at
    day_and_time = f"{row.starts_at:%Y-%m-%d %H:%M:%S}"
    words = f"waiting to start again at {day_and_time}"
    for page in ("/", f"/runs/{second}/"):
        assert text_of(boss.get(page)).count(f"{words} UTC") == 1
    assert words in manage("sagaflow", "show", second)[1]
    listed = {each["id"]: each for each in json.loads(manage("sagaflow", "runs", "--json")[1])["runs"]}
    assert listed[first]["starts_at"] is None
    assert listed[second]["starts_at"][:19] == day_and_time.replace(" ", "T")
    assert boss.get(f"/api/runs/{second}").json()["run"]["starts_at"] == listed[second]["starts_at"]
    assert "waiting to start" not in text_of(boss.get(f"/runs/{first}/"))


def test_a_run_that_was_asked_to_start_later_waits_until_then_and_no_longer(boss):
    with moving_clock() as clock:
        run = engine.start("page_parcel", {"item": "book"}, not_before=store.now() + 3_600)
        assert "running waiting to start at " in text_of(boss.get(f"/runs/{run}/"))
        clock.advance(3_601)
        assert "waiting to start" not in text_of(boss.get(f"/runs/{run}/"))
        engine.wake(run, services={"page_shelf"})
        assert Run.objects.get(pk=run).starts_at is None


def test_a_reaction_that_is_missing_and_parked_shows_both_at_the_first_look(boss):
    """Parked says that an operator decides; missing says what to look for. One of them alone misleads."""
    with moving_clock() as clock:
        run = engine.start("page_parcel", {"item": "heavy"})
        while engine.wake(run, services={"page_shelf"}):
            pass
        clock.advance(601)
        engine.wake(run, services=set())
        engine.wake(run, services={"page_van"})
        saga, state = engine.state(run)
        both = "missing and parked, action required"
        assert both in as_text(outline(saga, state, store.now()))
        page = text_of(boss.get(f"/runs/{run}/"))
        assert page.count(both) >= 2
        assert "a reaction was expected by" in page
        assert "‖ parked ? missing Send a" in text_of(boss.get("/"))
        assert "parked, missing" in manage("sagaflow", "show", run)[1]
        step = boss.get(f"/api/runs/{run}").json()["steps"][-1]
        assert (step["status"], bool(step["missed_at"])) == ("parked", True)

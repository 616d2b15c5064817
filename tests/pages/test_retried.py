"""A run that was rolled back and is tried again as a whole: both say so, on their pages and in the terminal."""

import pytest

from sagaflow import BusinessError, Saga, Step, nothing, orchestrated, registry, retry_whole_run
from sagaflow.models import Run
from sagaflow.testing import given
from tests.docs.reader import manage
from tests.pages.test_pages import text_of


@pytest.fixture
def pair(boss):
    """The run that was rolled back, and the one that follows it."""
    step = Step("reserve", "page.reserve", undo=nothing("a refusal leaves nothing"))
    saga = Saga("page_patient", (orchestrated("main", step),), after_rollback=retry_whole_run(times=1, delay=3_600))
    registry.register(saga, replace=True)
    first = given(saga).with_stand_ins().when("reserve", BusinessError("sold_out", "No item is left.")).run().run_id
    return first, str(Run.objects.get(origin_id=first).pk)


def test_the_page_of_the_first_leads_to_the_second_and_back(boss, pair):
    first, second = pair
    page = boss.get(f"/runs/{first}/")
    assert f"The whole of it is tried again as run {second[:8]} ." in text_of(page)
    assert f'href="/runs/{second}/"' in page.content.decode()
    assert f"Retry 1 of {first[:8]}" in text_of(boss.get(f"/runs/{second}/"))
    assert "tried again" not in text_of(boss.get(f"/runs/{second}/"))


def test_the_terminal_names_both(pair):
    first, second = pair
    assert second in manage("sagaflow", "show", first)[1]
    assert f"1 of {first}" in manage("sagaflow", "show", second)[1]


def test_the_reason_of_a_rollback_names_its_step_once(boss, pair):
    text = text_of(boss.get(f"/runs/{pair[0]}/"))
    assert "Business error at reserve : sold_out — No item is left." in text
    assert "— reserve: No item" not in text

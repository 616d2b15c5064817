"""The page of a run cuts long values and links to the whole value."""

import json
import re

import pytest

from sagaflow import Saga, Step, engine, orchestrated, registry
from sagaflow.registry import Action
from tests.pages.reading import whole

STEPS, LENGTH = 6, 200_000
BIG = Action(name="bulk.load", does=lambda context: {"blob": "x" * LENGTH, "pin": "1234"})


def saga(steps):
    return Saga(
        "bulky", orchestrated("main", *[Step(f"s{number}", "bulk.load") for number in range(steps)]), sensitive=("pin",)
    )


def ended(steps, action=BIG, text="y" * LENGTH):
    """The ID of a run that has ended, with these steps."""
    with registry.standing_in(action, saga(steps)):
        run_id = engine.start("bulky", {"text": text})
        while engine.wake(run_id):
            pass
    return run_id


@pytest.fixture
def run(db):
    return ended(STEPS)


@pytest.fixture
def client(boss):
    return boss


def test_sixty_steps_of_200_kb_would_fill_less_than_a_megabyte(run, client):
    page, small = (client.get(f"/runs/{each}/?step=s1").content for each in (run, ended(2)))
    each_step = (len(page) - len(small)) / (STEPS - 2)
    assert len(small) + 58 * each_step < 1_000_000
    assert b"x" * 5_000 not in page
    assert b"y" * 5_000 not in page


def test_the_links_of_cut_values_lead_to_all_of_them(run, client):
    page = whole(client, f"/runs/{run}/").content.decode()
    links = set(re.findall(r'<a href="([^"]+)">All of it as JSON</a>', page))
    assert f"/api/runs/{run}" in links
    entries = [link.replace("&amp;", "&") for link in links if "/journal?" in link]
    assert len(entries) >= STEPS
    for link in entries:
        [entry] = client.get(link).json()["entries"]
        assert "x" * LENGTH in json.dumps(entry) or "y" * LENGTH in json.dumps(entry)
    assert "x" * LENGTH in client.get(f"/api/runs/{run}").content.decode()


def test_a_short_value_is_whole(client, db):
    run_id = ended(1, Action(name="bulk.load", does=lambda context: {"blob": "short"}), "short")
    page = whole(client, f"/runs/{run_id}/").content.decode()
    assert '"blob": "short"' in page
    assert "All of it as JSON" not in page


@pytest.mark.parametrize(("value", "is_viewed"), [({}, False), ({"item": "ladder"}, True)], ids=["empty", "with a key"])
def test_an_empty_value_gets_no_viewer_because_it_has_nothing_to_search_or_fold(db, client, value, is_viewed):
    with registry.standing_in(BIG, saga(1)):
        page = client.get(f"/runs/{engine.start('bulky', value)}/").content.decode()
    assert ('data-of="input"' in page) == is_viewed
    assert ('<div class="json is-empty"><pre>{}</pre>' in page) != is_viewed

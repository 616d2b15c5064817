"""The page of a definition: its runs, its versions and their differences, and the failure simulation."""

import re
from dataclasses import replace
from html import escape

import pytest

from designer.pages import simulation
from sagaflow import registry
from sagaflow.core.definition.saga import Saga, Step, SubSaga, orchestrated
from sagaflow.store.lists import step_counts
from tests.pages.conftest import PARCEL
from tests.pages.test_pages import text_of


@pytest.fixture
def newer(run_of):
    """The old version has a run; the new one has one more segment, and its first step has a longer timeout."""
    run_of()
    first, second = PARCEL.segments
    patient = replace(first, steps=(replace(first.steps[0], timeout=60),))
    saga = replace(PARCEL, segments=(patient, second, orchestrated("tell", Step("thank", "page_shelf.fetch"))))
    return registry.register(saga, replace=True)


def test_the_page_says_what_the_runs_do_at_each_step(boss, run_of):
    for item in ("book", "heavy", "heavy"):
        run_of(item)
    answer = boss.get("/definitions/page_parcel/")
    assert re.search(r"Fetch fetch \W \W \W 3 0\.\d+ s", text_of(answer))
    assert re.search(r"Ship ship \W \W 2 1 0\.\d+ s", text_of(answer))
    assert re.search(r'class="sf-node[^"]* sf-heat-4 sf-has-failed"', answer.content.decode())
    assert "2 failed" in answer.content.decode()


def test_of_very_many_runs_only_so_many_are_counted_and_the_page_says_so(boss, run_of, monkeypatch):
    monkeypatch.setattr(step_counts, "MOST", 2)
    for _ in range(3):
        run_of()
    assert "It counts the 2 newest and open runs" in text_of(boss.get("/definitions/page_parcel/"))


def test_without_runs_the_page_says_how_to_start_one(boss):
    assert "No run of this version yet: start one" in text_of(boss.get("/definitions/page_parcel/"))
    assert "No run has started yet" in text_of(boss.get("/definitions/page_parcel/?tab=versions"))


def test_the_versions_are_listed_with_their_runs(boss, newer, run_of):
    run_of()
    html = boss.get("/definitions/page_parcel/?tab=versions").content.decode()
    assert re.findall(r">v(\d)</a>", html) == ["2", "1"]
    assert f'href="/?version={PARCEL.digest}"' in html
    assert f"/definitions/page_parcel/{PARCEL.digest}/to/{newer.digest}/" in html


def test_what_differs_is_drawn_and_told(boss, newer):
    answer = boss.get(f"/definitions/page_parcel/{PARCEL.digest}/to/{newer.digest}/")
    html, text = answer.content.decode(), text_of(answer)
    assert "≠ changed step fetch" in text
    assert "+ added step thank" in text
    assert "+ added segment tell" in text
    assert "timeout none 60 s (1 min)" in text
    assert f"<h1>What changed in {escape(newer.title)}</h1>" in html
    old, new = html.split('id="after"')
    assert "sf-diff-changed" in old
    assert "sf-diff-added" not in old
    assert "sf-diff-added" in new
    assert len(set(re.findall(r' id="([^"]+)"', html))) == len(re.findall(r' id="([^"]+)"', html))


def test_backwards_what_was_added_is_removed(boss, newer):
    text = text_of(boss.get(f"/definitions/page_parcel/{newer.digest}/to/{PARCEL.digest}/"))
    assert "removed step thank" in text


def test_the_same_version_twice_differs_in_nothing(boss, newer):
    assert "the same version" in text_of(boss.get(f"/definitions/page_parcel/{newer.digest}/to/{newer.digest}/"))


def test_the_earlier_version_leads_to_what_has_changed_since(boss, newer):
    html = boss.get(f"/definitions/page_parcel/{PARCEL.digest}/").content.decode()
    assert f"/definitions/page_parcel/{PARCEL.digest}/to/{newer.digest}/" in html


def test_a_saga_that_is_no_longer_registered_is_still_shown(boss, run_of, monkeypatch):
    run_of()
    monkeypatch.setattr(registry, "_sagas", {})
    assert "page_parcel" in text_of(boss.get("/definitions/"))
    assert "No saga of this name is registered any more" in text_of(boss.get("/definitions/page_parcel/"))
    assert boss.get("/definitions/page_parcel/start/").status_code == 404
    assert boss.get(f"/definitions/page_parcel/{PARCEL.digest}/simulation/").status_code == 200


@pytest.mark.parametrize(
    "path", ["abc/", "abc/to/def/", "abc/simulation/", f"{PARCEL.digest}/to/abc/", f"abc/to/{PARCEL.digest}/"]
)
def test_a_version_that_never_was_is_not_found(boss, path):
    assert boss.get(f"/definitions/page_parcel/{path}").status_code == 404


def test_the_tabs_of_a_saga_share_one_heading(boss, run_of):
    run_of("book")
    heads = {
        re.search(r'<div class="head">.*?</nav>', page, re.DOTALL)[0].replace(' aria-current="page"', "")
        for path in ("", "simulation/", "?tab=versions")
        if (page := re.sub(r'value="\w{64}"', "", boss.get(f"/definitions/page_parcel/{path}").content.decode()))
    }
    assert len(heads) == 1


def test_what_can_go_wrong_is_played_through_on_request(boss):
    text = text_of(boss.get("/definitions/page_parcel/simulation/"))
    assert re.search(r"ship business error ↺ rolled back fetch", text)
    assert re.search(r"fetch compensation fails ‼ stuck", text)
    assert re.search(r"fetch timeout", text)


def test_a_simulation_says_what_stays(boss, monkeypatch):
    monkeypatch.setattr(simulation, "table", lambda found: [["", *"1234567", "8", "9"]] * len(found))
    assert 'data-label="Not undone">6<' in boss.get("/definitions/page_parcel/simulation/").content.decode()


def test_a_simulation_says_what_it_does_not_know_of_a_sub_saga(boss):
    registry.register(Saga("page_box", (orchestrated("main", Step("inner", SubSaga("page_parcel"))),)))
    assert "A sub-saga is simulated as one step" in text_of(boss.get("/definitions/page_box/simulation/"))
    assert "sub-saga" not in text_of(boss.get("/definitions/page_parcel/simulation/"))


def test_a_long_simulation_has_pages(boss, monkeypatch):
    monkeypatch.setattr(simulation, "BUDGET", 0)
    first = boss.get("/definitions/page_parcel/simulation/")
    assert 'href="?from=ship"' in first.content.decode()
    assert "<code>ship</code>" not in first.content.decode()
    second = boss.get("/definitions/page_parcel/simulation/?from=ship").content.decode()
    assert "<code>fetch</code>" not in second
    assert boss.get("/definitions/page_parcel/simulation/?from=nonsense").status_code == 200


def test_nothing_of_a_simulation_is_stored(boss):
    from sagaflow.models import Run

    boss.get("/definitions/page_parcel/simulation/")
    assert not Run.objects.exists()

"""Simulated failures of a draft: the film, the ghost of a rollback, and the grid of all failures."""

import pytest

from designer.drafts import films, outcomes
from sagaflow import Saga, Step, orchestrated
from sagaflow.core.definition.document import dump
from sagaflow.flowchart.appearance import appearance_of
from tests.designer.conftest import TRIP


def test_a_film_paints_only_what_changes_and_ends_in_words(vera, opened):
    found = opened(vera).get("film/?step=hotel&case=business+error").json()
    assert found["title"] == "Hotel: business error"
    first, *rest = found["frames"]
    assert len(first["paint"]) > max(len(frame["paint"]) for frame in rest)
    assert all("UTC" not in str(frame["paint"]) for frame in found["frames"])
    assert [frame["element"] for frame in rest if frame["back"]] == ["step/hotel", "undo/flight", "undo/flight"]
    assert found["end"] == "The run is rolled back."
    assert found["others"] == []


def test_without_parameters_the_first_failure_of_the_first_step_is_played(vera, opened):
    assert opened(vera).get("film/").json()["title"] == "Flight: business error"


def test_a_version_of_a_saga_has_the_same_film(vera, opened):
    draft = opened(vera)
    answer = vera.get(f"/definitions/draft_trip/{TRIP.digest}/film/?step=hotel")
    assert answer.json()["frames"] == draft.get("film/?step=hotel").json()["frames"]
    assert vera.get(f"/definitions/draft_trip/{'0' * 64}/film/").status_code == 404


def test_the_ghost_says_what_is_undone_and_what_stays(vera, opened):
    draft = opened(vera)
    assert draft.get("ghost/?step=letter").json() == {
        "step": "letter",
        "words": "If Letter fails, the run is rolled back.",
        "lines": [
            {
                "step": "hotel",
                "order": 1,
                "words": "Hotel: undone by draft_bed.cancel",
                "stays": False,
                "done": True,
            },
            {
                "step": "flight",
                "order": 2,
                "words": "Flight: undone by draft_air.cancel",
                "stays": False,
                "done": True,
            },
        ],
    }
    element = "segments/book/steps/flight"
    undo = {"irreversible": "the seat is sold"}
    assert draft.edit("set-field", element=element, field="undo", value=undo).status_code == 200
    line = draft.get("ghost/?step=hotel").json()["lines"][0]
    assert (line["words"], line["stays"]) == ("Flight stays: the seat is sold", True)


def test_the_ghost_names_the_undos_that_happen_together():
    bed, air = {"undo": "draft_bed.cancel"}, {"undo": "draft_air.cancel"}
    book = orchestrated(
        "book",
        Step("flight", "draft_air.book", **air),
        Step("hotel", "draft_bed.book", after=("flight",), **bed),
        Step("lounge", "draft_air.book", after=("flight",), **air),
        Step("letter", "draft_post.send", after=("hotel", "lounge")),
    )
    lines = films.ghost_of(Saga("trip", (book,)), "letter")["lines"]
    assert [(line["order"], line["words"]) for line in lines] == [
        (1, "Lounge: undone by draft_air.cancel, together with Hotel"),
        (1, "Hotel: undone by draft_bed.cancel, together with Lounge"),
        (2, "Flight: undone by draft_air.cancel"),
    ]


def test_every_cell_of_the_grid_can_be_played(vera, opened):
    draft = opened(vera)
    html = draft.get("failures/").content.decode()
    assert html.count("data-line=") == 3
    assert "Play business error of Hotel: rolled back" in html
    assert "Play compensation fails of Letter" not in html


def test_a_cell_has_the_look_and_the_word_of_the_status_in_which_the_run_ends(vera, opened):
    html = opened(vera).get("failures/").content.decode()
    for case, status in (("compensation fails", "stuck"), ("technical error until exhausted", "parked")):
        look = appearance_of(status)
        cell = html[: html.index(f"Play {case} of Flight: {look.sentence}<")].rpartition("<button")[2]
        assert f"tone-{look.tone}" in cell
        assert f">{look.glyph}<" in cell
        assert f'<span class="tone-{look.tone}" aria-hidden="true">{look.glyph}</span> {look.sentence}' in html


def test_a_grid_that_takes_too_long_has_cells_without_ends(vera, opened, monkeypatch):
    monkeypatch.setattr(outcomes, "MOST_STEPS", 1)
    html = opened(vera).get("failures/").content.decode()
    assert "takes too long" in html
    assert "Play business error of Hotel<" in html


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("film/?step=nowhere", "no step"),
        ("film/?step=hotel&case=fire", "cannot fail in this way"),
        ("film/?step=hotel&end=7", "has 1 ends"),
        ("ghost/?step=%00", "no step"),
    ],
)
def test_a_failure_that_does_not_exist_is_refused(vera, opened, question, words):
    answer = opened(vera).get(question)
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["film/", "ghost/", "failures/"])
def test_a_draft_with_faults_cannot_be_played(vera, begun, path):
    answer = begun(vera).get(path)
    assert answer.status_code == 409
    assert "without faults" in answer.json()["error"]["message"]


def test_looking_ahead_changes_nothing(vera, opened):
    draft = opened(vera)
    for path in ("film/", "ghost/", "failures/"):
        draft.get(path)
    assert draft.get("state/").json()["revision"] == 0
    assert draft.get("state/").json()["document"] == dump(TRIP)

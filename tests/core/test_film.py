"""The film of a simulated failure, and the ghost of a rollback: what they show is what the run does."""

import pytest
from hypothesis import given

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Saga, Step, Timer, choreographed, irreversible, orchestrated
from sagaflow.core.run.state import RunStatus
from sagaflow.core.simulation.film import MOST_FRAMES, film, ghost
from sagaflow.core.simulation.simulate import Case, simulate
from tests.core.strategies import sagas

TRIP = Saga(
    "trip",
    (
        orchestrated(
            "book",
            Step("flight", "air.book", undo="air.cancel"),
            Step("hotel", "bed.book", undo="bed.cancel"),
            Step("card", "bank.charge", pivot=True, undo=irreversible("the money is gone")),
        ),
        choreographed("tell", Step("letter", "post.send")),
    ),
)
TITLES = {"flight": "Flight", "hotel": "Hotel", "card": "Card", "letter": "Letter"}


def played(step, case):
    return simulate(TRIP, steps={step}, only={case})[0]


def test_a_film_goes_forward_fails_and_goes_back_in_words_with_titles():
    frames = film(TRIP, played("card", Case.BUSINESS_ERROR), TITLES)
    told = [frame.words for frame in frames]
    assert told[:3] == ["The run starts.", "Flight is under way.", "Flight succeeded."]
    assert [frame.back for frame in frames] == sorted(frame.back for frame in frames)
    back = [frame for frame in frames if frame.back]
    assert back[0].words.startswith("Attempt 1 of Card failed")
    assert [frame.step for frame in back] == ["card", "hotel", "hotel", "flight", "flight"]
    assert frames[-1].state.status is RunStatus.ROLLED_BACK
    assert [frame.seconds for frame in frames] == sorted(frame.seconds for frame in frames)


def test_retries_are_pictures_with_their_times():
    frames = film(TRIP, played("hotel", Case.TECHNICAL_ERROR), TITLES)
    assert sum("failed" in frame.words for frame in frames) == TRIP.steps["hotel"].retry.attempts
    assert frames[-1].seconds > 0
    assert frames[-1].state.status is RunStatus.PARKED


def test_a_film_has_a_limit():
    endless = Saga("e", (orchestrated("m", Step("s", "a.b", retry=RetryPolicy(attempts=1000, delay=0.1))),))
    (outcome,) = simulate(endless, only={Case.TECHNICAL_ERROR})
    assert len(film(endless, outcome, {"s": "S"})) == MOST_FRAMES


def test_the_ghost_numbers_what_would_be_undone():
    found = ghost(TRIP, "card")
    assert (found.case, found.begins, found.end) == (Case.BUSINESS_ERROR, True, RunStatus.ROLLED_BACK)
    assert [(line.step, line.order, line.action) for line in found.plan] == [
        ("hotel", 1, "bed.cancel"),
        ("flight", 2, "air.cancel"),
    ]


@pytest.mark.parametrize(("step", "end"), [("letter", RunStatus.PARKED)])
def test_after_the_pivot_no_ghost_begins(step, end):
    found = ghost(TRIP, step)
    assert (found.begins, found.plan, found.end) == (False, (), end)


def test_a_timer_cannot_fail():
    assert ghost(Saga("w", (orchestrated("m", Step("pause", Timer(1))),)), "pause").case is None


@given(sagas())
def test_a_film_ends_as_the_simulation_says_and_the_ghost_undoes_what_it_undoes(saga):
    step = next(reversed(saga.graph.order))
    titles = {name: name for name in saga.steps}
    for outcome in simulate(saga, steps={step}, work=50):
        frames = film(saga, outcome, titles)
        assert len(frames) == MOST_FRAMES or frames[-1].state.status is outcome.status
    found = ghost(saga, step, work=50)
    assert {line.step for line in found.plan} <= set(saga.steps) - {step}
    assert not found.plan or {line.order for line in found.plan} == set(
        range(1, max(line.order for line in found.plan) + 1)
    )

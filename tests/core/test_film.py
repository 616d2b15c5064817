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


def test_no_name_of_a_step_is_taken_for_a_word():
    names = {"flight": "a", "hotel": "rollback", "card": "error", "letter": "attempt"}
    steps = [
        Step(names["flight"], "air.book", undo="air.cancel"),
        Step(names["hotel"], "bed.book", undo="bed.cancel"),
        Step(names["card"], "bank.charge", pivot=True, undo=irreversible("the money is gone")),
    ]
    renamed = Saga("trip", (orchestrated("book", *steps), TRIP.segments[1]))
    [outcome] = simulate(renamed, steps={"error"}, only={Case.BUSINESS_ERROR})
    told = [frame.words for frame in film(renamed, outcome, {names[step]: title for step, title in TITLES.items()})]
    expected = [frame.words for frame in film(TRIP, played("card", Case.BUSINESS_ERROR), TITLES)]
    assert [words.replace("ErrorFailed", "CardFailed") for words in told] == expected


BY_EVENTS = Saga(
    "s",
    (
        choreographed("m", Step("a", "s.a", undo="s.a_back"), Step("wait", Timer(5)), Step("b", "s.b", after="a")),
        orchestrated("n", Step("c", "s.c")),
    ),
    deadline=90,
)


STORIES = {
    Case.BUSINESS_ERROR: """\
0 - do: due pending pending pending
    The run starts.
0 a do: running pending pending pending
    Pay is under way.
0 a do: done waiting due pending
    Pay succeeded.
    ACompleted was published by Pay.
    Wait waits for its answer.
0 b do: done waiting running pending
    Ship is under way.
0 b do: undo_due pending failed pending
    Attempt 1 of Ship failed: business error refused, business error.
    The rollback began because of Ship: business error, business error.
    BFailed was published by Ship.
    Wait was withdrawn: a rollback began.
0 a undo: undo_running pending failed pending
    The compensation of Pay is under way.
0 a undo: compensated pending failed pending
    Pay was undone.
    ACompensated was published by Pay.
    The run is rolled back.
    SagaRolledBack was published.
""",
    Case.CRASH_BEFORE: """\
5 wait do: done done running pending
    Wait succeeded by timer.
    WaitCompleted was published by Wait.
60 b do: done done due pending
    Attempt 1 of Ship failed: technical error timed-out, the worker did not answer in time.
    Ship will be tried again, attempt 2.
61 b do: done done running pending
    Ship is under way, attempt 2.
61 b do: done done done due
    Ship succeeded.
    BCompleted was published by Ship.
    NStarted was published.
61 c do: done done done running
    C is under way.
61 c do: done done done done
    C succeeded.
    The run is completed.
    SagaCompleted was published.
""",
}


def told(frame):
    statuses = " ".join(step.status.value for step in frame.state.steps.values())
    words = frame.words.replace(". ", ".\n    ")
    return f"{frame.seconds:g} {frame.step or '-'} {frame.direction.value}: {statuses}\n    {words}\n"


@pytest.mark.parametrize("case", STORIES)
def test_a_film_tells_what_people_miss_and_nothing_else(case):
    [outcome] = simulate(BY_EVENTS, steps={"b"}, only={case})
    frames = film(BY_EVENTS, outcome, {"a": "Pay", "wait": "Wait", "b": "Ship"})
    assert "".join(told(frame) for frame in frames).endswith(STORIES[case])


def test_a_passed_deadline_is_about_the_step_that_it_stops():
    slow = Step("b", "s.b", retry=RetryPolicy(attempts=10, delay=5))
    saga = Saga("s", (choreographed("m", Step("a", "s.a", undo="s.a_back"), slow),), deadline=8)
    [outcome] = simulate(saga, steps={"b"}, only={Case.TECHNICAL_ERROR})
    [frame] = [frame for frame in film(saga, outcome, {}) if frame.words.startswith("The deadline")]
    assert frame.step == "b"
    assert [line.step for line in ghost(saga, "b").plan] == ["a"]


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
    found = ghost(Saga("w", (orchestrated("m", Step("pause", Timer(1))),)), "pause")
    assert (found.case, found.begins) == (None, False)


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

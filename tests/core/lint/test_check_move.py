"""The linter tries a move cheaply, and judges it as if the moved saga had been built."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow import InvalidDefinition, Observer, Recovery, Step, WaitForEvent, nothing, orchestrated, where
from sagaflow.core.lint import Move, apply
from sagaflow.core.lint.check_move import keeps_order
from tests.core.lint.samples import A, B, C, D, Z, main, order, step
from tests.core.strategies import sagas


def built_anew(saga, move):
    """The verdict of the moved saga, checked and resolved as a whole."""
    try:
        later = apply(saga, move).graph
    except InvalidDefinition:
        return False
    old = saga.graph
    others = [name for name in saga.steps if name != move.step]
    same = all(old.ancestors[name] - {move.step} == later.ancestors[name] - {move.step} for name in others)
    return same and (old.ancestors[move.step] | set(move.after)) <= later.ancestors[move.step]


def move_of(saga, name, after):
    """Move the step to the end of its segment, if that holds all of ``after``, else to a new segment."""
    own = saga.graph.segment_of[name].name
    inside = {saga.graph.segment_of[other].name for other in after} == {own}
    return Move(name, tuple(after), own if inside else "later")


def observed(saga, draw):
    events = [event for segment in saga.segments for event in (segment.started_event, segment.steps[0].done_event)]
    on = draw(st.sampled_from(events))
    return order(*saga.segments, observers=(Observer("listener", "news.hear", on),)) if draw(st.booleans()) else saga


@given(sagas(max_steps=7, max_segments=7), st.data())
def test_any_move_is_judged_as_the_saga_that_it_gives(saga, data):
    saga = observed(saga, data.draw)
    names = sorted(saga.steps)
    name = data.draw(st.sampled_from(names))
    others = [other for other in names if other != name]
    if others:
        line = saga.graph.ancestors[name] if data.draw(st.booleans()) else frozenset()
        chosen = data.draw(st.sets(st.sampled_from(others), min_size=1, max_size=3)) | line
        move = move_of(saga, name, sorted(chosen))
        assert keeps_order(saga, move) == built_anew(saga, move)


FORWARD = {"recovery": Recovery.FORWARD}


@pytest.mark.parametrize(
    ("saga", "name", "after", "verdict"),
    [
        (main(A, step("b", after="a"), step("c", after="a")), "b", "c", True),
        (main(A, B, C), "b", "c", True),
        (main(A, step("b", after="a"), step("c", after="b")), "b", "c", False),
        (main(A, step("b", after=()), step("c", after="b")), "a", "c", True),
        (main(step("b", after=()), A, Z), "b", "z", True),
        (order(orchestrated("one", A), orchestrated("two", B), orchestrated("three", C)), "a", "c", True),
        (order(orchestrated("one", A), orchestrated("two", B, after=()), orchestrated("three", C)), "a", "c", True),
        (order(orchestrated("one", A, step("b", after=())), orchestrated("two", C, after=())), "a", "c", True),
        (order(orchestrated("one", A, step("b", after="a")), orchestrated("two", C, after=())), "a", "c", False),
        (
            order(orchestrated("one", A), orchestrated("two", B), observers=(Observer("o", "n.h", "OneStarted"),)),
            "a",
            "b",
            False,
        ),
        (order(orchestrated("one", A, savepoint=True), orchestrated("two", B, **FORWARD)), "a", "b", False),
        (
            order(orchestrated("one", A, savepoint=True), orchestrated("two", B, savepoint=True, **FORWARD)),
            "a",
            "b",
            True,
        ),
        (main(A, step("b", condition=where("/steps/a/ok")), D), "a", "d", False),
    ],
)
def test_what_a_move_changes_is_seen(saga, name, after, verdict):
    move = move_of(saga, name, [after])
    assert keeps_order(saga, move) == built_anew(saga, move) == verdict


PAID = Step("w", WaitForEvent("Paid"), timeout=9.0)


@pytest.mark.parametrize(
    ("saga", "move", "verdict"),
    [
        (main(A, step("b", after="a"), step("c", after=())), Move("b", ("c",), "main"), False),
        (main(A, PAID, Step("s", "x.s", on="Paid", undo=nothing("x"))), Move("w", ("a", "s"), "main"), False),
        (
            main(
                A,
                step("b", after="a"),
                step("c", after="a"),
                step("d", after=("b", "c"), condition=where("/steps/b/ok")),
            ),
            Move("b", ("c",), "main"),
            True,
        ),
    ],
)
def test_what_a_move_within_a_segment_changes_is_seen(saga, move, verdict):
    assert keeps_order(saga, move) == built_anew(saga, move) == verdict


def test_a_move_that_needs_more_links_than_are_allowed_is_none():
    wide = tuple(step(f"s{n}", after=()) for n in range(63))
    joined = tuple(step(f"t{n}", after=tuple(each.name for each in wide)) for n in range(63))
    tail = tuple(step(f"u{n}", after=(f"t{n}",)) for n in range(30))
    saga = main(step("x", after=()), *wide, *joined, *tail)
    for count in (1, 2):
        move = move_of(saga, "x", [f"u{n}" for n in range(count)])
        assert keeps_order(saga, move) == built_anew(saga, move) == (count == 1)

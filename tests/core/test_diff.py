"""The differences between two versions of a definition."""

from dataclasses import replace

import pytest

from sagaflow.core.definition.diff import Kind, compare
from sagaflow.core.definition.saga import Saga, Step, choreographed, orchestrated

pytestmark = pytest.mark.quick

A, B, C, D = (Step(name, f"shop.{name}", undo=f"shop.undo_{name}") for name in "abcd")
OLD = Saga("order", (orchestrated("first", A, B), orchestrated("second", C)), title="Order")


def told(new, old=OLD):
    return {each.element: (each.kind, [change.field for change in each.changes]) for each in compare(old, new)}


def test_the_same_version_has_no_differences():
    assert compare(OLD, OLD) == ()


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (replace(OLD, title="Orders"), {"saga": (Kind.CHANGED, ["title"])}),
        (
            Saga("order", (orchestrated("first", A, B, D), orchestrated("second", C)), title="Order"),
            {"step/d": (Kind.ADDED, [])},
        ),
        (
            Saga("order", (orchestrated("first", A, B),), title="Order"),
            {"segment/second": (Kind.REMOVED, []), "step/c": (Kind.REMOVED, [])},
        ),
        (
            Saga("order", (orchestrated("first", A, replace(B, timeout=5)), orchestrated("second", C)), title="Order"),
            {"step/b": (Kind.CHANGED, ["timeout"])},
        ),
        (
            Saga("order", (orchestrated("first", B, A), orchestrated("second", C)), title="Order"),
            {"step/a": (Kind.MOVED, ["follows"]), "step/b": (Kind.MOVED, ["follows"])},
        ),
        (
            Saga("order", (orchestrated("first", A), orchestrated("second", B, C)), title="Order"),
            {"step/b": (Kind.MOVED, ["segment", "follows"]), "step/c": (Kind.MOVED, ["follows"])},
        ),
        (
            Saga("order", (choreographed("first", A, B), orchestrated("second", C)), title="Order"),
            {"segment/first": (Kind.CHANGED, ["style"])},
        ),
    ],
)
def test_each_change_is_told_with_the_element_that_it_concerns(new, expected):
    assert told(new) == expected


def test_a_segment_that_says_what_it_comes_after_is_not_moved_by_one_before_it():
    old, new = (
        Saga("order", (*more, orchestrated("first", A), orchestrated("last", B, after="first")))
        for more in ((), (orchestrated("new", D, after=()),))
    )
    assert told(new, old) == {
        "segment/new": (Kind.ADDED, []),
        "segment/first": (Kind.MOVED, ["follows"]),
        "step/d": (Kind.ADDED, []),
    }
    assert [each.name for each in compare(old, new)] == ["new", "first", "d"]


def test_the_saga_as_a_whole_has_no_name_of_a_part():
    assert [each.name for each in compare(OLD, replace(OLD, title="Orders"))] == [""]


def test_both_values_of_a_field_are_kept():
    [found] = compare(OLD, replace(OLD, title="Orders"))
    assert [(change.before, change.after) for change in found.changes] == [("Order", "Orders")]


def test_a_step_that_goes_away_is_told_after_those_that_stay():
    new = Saga("order", (orchestrated("first", A, D), orchestrated("second", C)), title="Order")
    assert [each.element for each in compare(OLD, new)] == ["step/d", "step/b"]

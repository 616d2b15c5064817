"""Two versions of a saga as one drawing: what was removed stands where it stood, and everything else as it is now."""

from hypothesis import given

from sagaflow import Saga, Step, WaitForEvent, choreographed, orchestrated
from sagaflow.core.definition.graph import links
from sagaflow.core.definition.merge import merged
from tests.core.strategies import sagas


def step(name, **given):
    return Step(name, f"shop.{name}", **given)


def shape(saga):
    return {segment.name: [each.name for each in segment.steps] for segment in saga.segments}


def test_a_removed_step_stands_between_its_neighbours() -> None:
    old = Saga("s", orchestrated("all", step("a"), step("gone"), step("b"), step("c")))
    new = Saga("s", orchestrated("all", step("a"), step("b"), step("new"), step("c")))
    both = merged(old, new)
    assert shape(both) == {"all": ["a", "gone", "b", "new", "c"]}
    assert {name: set(before) for name, before in links(both.segments).items()} == {
        "a": set(),
        "gone": {"a"},
        "b": {"a", "gone"},
        "new": {"b"},
        "c": {"new"},
    }


def test_the_first_steps_and_the_last_segment_may_be_the_removed_ones() -> None:
    old = Saga("s", (orchestrated("all", step("x"), step("y"), step("a")), choreographed("rest", step("z"))))
    new = Saga("s", orchestrated("all", step("a")))
    both = merged(old, new)
    assert shape(both) == {"all": ["x", "y", "a"], "rest": ["z"]}
    assert [segment.after for segment in both.segments] == [(), ("all",)]
    assert links(both.segments)["z"] == {"a"}


def test_a_step_that_moved_is_drawn_once_and_a_segment_that_it_left_empty_is_not() -> None:
    old = Saga("s", (orchestrated("one", step("a")), orchestrated("two", step("b"), step("c"))))
    new = Saga("s", orchestrated("one", step("a"), step("b"), step("c")))
    assert shape(merged(old, new)) == {"one": ["a", "b", "c"]}


def test_an_order_that_was_turned_around_closes_no_circle() -> None:
    old = Saga("s", orchestrated("all", step("b"), step("gone"), step("a")))
    new = Saga("s", orchestrated("all", step("a"), step("b")))
    before = links(merged(old, new).segments)
    assert (before["gone"], before["b"], before["a"]) == ({"b"}, {"a"}, frozenset())


def test_a_reaction_to_an_event_from_outside_keeps_it() -> None:
    wait = Step("wait", WaitForEvent("Paid"))
    old = Saga("s", choreographed("all", wait, step("gone"), step("tell", on="Paid")))
    new = Saga("s", choreographed("all", wait, step("tell", on="Paid")))
    assert merged(old, new).steps["tell"].on == ("Paid",)


def test_a_removed_segment_behind_one_that_is_not_drawn_is_drawn() -> None:
    one, two, three = (orchestrated(name, step(each)) for name, each in (("one", "a"), ("two", "b"), ("three", "c")))
    new = Saga("s", orchestrated("one", step("a"), step("b")))
    both = merged(Saga("s", (one, two, three)), new)
    assert shape(both) == {"one": ["a", "b"], "three": ["c"]}
    assert links(both.segments)["c"] == set()


@given(sagas(), sagas())
def test_nothing_is_lost_and_nothing_that_stayed_gets_another_order(old, new) -> None:
    both = merged(old, new)
    assert both.steps.keys() == old.steps.keys() | new.steps.keys()
    home = {each.name: segment.name for segment in new.segments for each in segment.steps}
    assert home.items() <= {each.name: segment.name for segment in both.segments for each in segment.steps}.items()
    assert shape(merged(new, new)) == shape(new)
    assert links(merged(new, new).segments) == links(new.segments)

"""The order of steps: by the document, by names and by events."""

from hypothesis import given

from sagaflow import Recovery, Saga, Step, WaitForEvent, choreographed, orchestrated
from tests.core.strategies import sagas


def step(name, **options):
    return Step(name, f"s.{name}", **options)


def chain(*segments, **options):
    return Saga("order", segments, **options).graph


def test_a_step_comes_after_the_one_before():
    graph = chain(orchestrated("main", step("a"), step("b"), step("c")))
    assert graph.order == ("a", "b", "c")
    assert graph.before == {"a": frozenset(), "b": {"a"}, "c": {"b"}}
    assert graph.next == {"a": {"b"}, "b": {"c"}, "c": frozenset()}
    assert graph.ancestors["c"] == {"a", "b"}
    assert graph.descendants["a"] == {"b", "c"}


def test_after_makes_branches_and_joins():
    graph = chain(
        orchestrated(
            "main",
            step("a"),
            step("b", after="a"),
            step("c", after="a"),
            step("d", after=("b", "c")),
            step("e", after=()),
        )
    )
    assert graph.before["d"] == {"b", "c"}
    assert graph.entries["main"] == ("a", "e")
    assert "e" not in graph.descendants["a"]


def test_on_is_another_way_to_say_after():
    by_events = chain(
        choreographed("main", step("a", emits="AHappened"), step("b", after=()), step("c", on="AHappened"))
    )
    by_names = chain(choreographed("main", step("a"), step("b", after=()), step("c", after="a")))
    assert by_events.before == by_names.before
    assert by_events.reacts_to["c"] == ("AHappened",)
    assert by_names.reacts_to["c"] == ("ACompleted",)


def test_on_reaches_across_segments():
    graph = chain(
        choreographed("order", step("pay", emits="PaymentTaken"), step("award")),
        orchestrated("warehouse", step("pack", on="PaymentTaken"), step("ship"), after=()),
    )
    assert graph.before["pack"] == {"pay"}
    assert "award" not in graph.ancestors["ship"]


def test_an_event_that_nobody_publishes_is_awaited_from_outside():
    graph = chain(choreographed("main", step("a"), step("b", on=("ACompleted", "StockCounted"))))
    assert graph.before["b"] == {"a"}
    assert graph.awaits == {"a": (), "b": ("StockCounted",)}


def test_a_segment_comes_after_the_last_steps_of_the_one_before():
    graph = chain(
        orchestrated("one", step("a"), step("b", after="a"), step("c", after="a")),
        choreographed("two", step("d"), step("e", after=())),
        orchestrated("three", step("f"), after="one"),
        orchestrated("four", step("g"), after=()),
    )
    assert graph.before["d"] == graph.before["e"] == graph.before["f"] == {"b", "c"}
    assert graph.before["g"] == frozenset()
    assert graph.segment_before == {"one": frozenset(), "two": {"one"}, "three": {"one"}, "four": frozenset()}


def test_a_first_step_reacts_to_the_start_of_its_segment():
    graph = chain(choreographed("goods_in", step("a"), step("b")))
    assert graph.reacts_to == {"a": ("GoodsInStarted",), "b": ("ACompleted",)}


def test_past_the_pivot_is_what_depends_on_it():
    graph = chain(orchestrated("main", step("a"), step("p", pivot=True), step("b"), step("c", after="a")))
    assert graph.pivot == "p"
    assert [name for name in graph.order if graph.past_pivot(name)] == ["b"]
    assert chain(orchestrated("main", step("a"))).pivot is None


def test_a_save_point_takes_back_its_segment_and_what_depends_on_it():
    graph = chain(
        orchestrated("one", step("a")),
        orchestrated("two", step("b"), savepoint=True),
        orchestrated("three", step("c"), recovery=Recovery.FORWARD),
        orchestrated("apart", step("d"), after=()),
    )
    assert graph.savepoint_for == {"three": "two"}
    assert graph.scope("two") == {"b", "c"}
    assert graph.scope(None) == {"a", "b", "c", "d"}


def test_the_latest_save_point_before_a_segment_is_the_nearest():
    graph = chain(
        orchestrated("one", step("a"), savepoint=True),
        orchestrated("two", step("b"), savepoint=True),
        orchestrated("three", step("c"), recovery=Recovery.FORWARD),
        orchestrated("four", step("d"), savepoint=True, recovery=Recovery.FORWARD),
        orchestrated("zone", step("e"), after=()),
    )
    assert graph.savepoint_for == {"three": "two", "four": "four"}
    assert [graph.scope(name) for name in ("one", "two", "four")] == [{"a", "b", "c", "d"}, {"b", "c", "d"}, {"d"}]


def test_the_choreographed_steps_that_react_to_an_event_are_its_subscribers():
    graph = chain(
        choreographed("one", step("a"), step("b", on="ACompleted"), step("c", on=("ACompleted", "News"))),
        orchestrated("two", step("d", on="ACompleted"), after=()),
    )
    assert graph.subscribers == {"OneStarted": ("a",), "ACompleted": ("b", "c"), "News": ("c",)}


def test_an_event_of_a_step_comes_from_it_though_another_step_waits_for_one_of_that_name():
    graph = chain(
        orchestrated("main", step("a"), wait("w", "ACompleted", after="a"), step("x", on="ACompleted", after=None)),
    )
    assert graph.before["x"] == {"a"}


@given(sagas(max_steps=9))
def test_the_order_is_topological_and_ancestry_is_the_closure_of_before(saga):
    graph = saga.graph
    place = {name: number for number, name in enumerate(graph.order)}
    assert set(place) == set(saga.steps)
    for name in saga.steps:
        assert all(place[other] < place[name] for other in graph.before[name])
        assert graph.ancestors[name] == graph.before[name].union(*(graph.ancestors[o] for o in graph.before[name]))
        assert all(name in graph.descendants[other] for other in graph.ancestors[name])
        assert all(name in graph.ancestors[other] for other in graph.descendants[name])
        assert all(name in graph.next[other] for other in graph.before[name])


def wait(name, event, **options):
    return Step(name, WaitForEvent(event), **options)


def test_a_reaction_to_an_event_from_outside_comes_after_the_step_that_waits_for_it():
    graph = chain(
        choreographed(
            "main",
            step("order"),
            wait("stock", "StockReserved", timeout=60),
            step("pay", on="StockReserved", timeout=60),
            step("award", after="pay"),
        )
    )
    assert graph.before == {"order": frozenset(), "stock": {"order"}, "pay": {"stock"}, "award": {"pay"}}
    assert graph.awaits["pay"] == ("StockReserved",)
    assert graph.ancestors["award"] == {"order", "stock", "pay"}


def test_the_wait_may_stand_in_another_segment():
    graph = chain(
        orchestrated("stock", wait("reserve", "StockReserved"), step("count"), after=()),
        choreographed("money", step("pay", on="StockReserved"), after=()),
    )
    assert graph.before["pay"] == {"reserve"}


def test_a_reaction_that_the_wait_depends_on_keeps_its_place():
    graph = chain(
        choreographed("main", step("pay", on="StockReserved"), wait("stock", "StockReserved", after="pay")),
    )
    assert graph.before == {"pay": frozenset(), "stock": {"pay"}}
    both = chain(
        choreographed(
            "main",
            wait("one", "First", after=("b",)),
            wait("two", "Second", after=("a",)),
            step("a", on="First"),
            step("b", on="Second"),
        )
    )
    assert len(both.order) == 4, "two waits for one another are not made into a cycle"

"""The table of a failure simulation: groups of ends, and the order that decides between them, in words."""

from sagaflow.core.run.state import RunStatus
from sagaflow.core.simulation.table import CUT, HEADER, Case, Outcome, table, with_what_decides

ABOUT = dict.fromkeys(
    ("compensated", "semantic", "irreversible", "given_up", "for_a_person", "standing", "inconsistent"), ()
)


def end(status="rolled_back", **given):
    about = {"step": "bad", "case": Case.BUSINESS_ERROR, "reached": True, "attempts": 1, "seconds": 2.0}
    return Outcome(status=RunStatus(status), **{**ABOUT, **about, "runs_again": False, **given})


def decided(*ends, pivot=None):
    return [each.decides for each in with_what_decides(ends, pivot)]


def column(name, *ends):
    return [row[HEADER.index(name)] for row in table(ends)]


def test_of_several_steps_that_came_first_the_pivot_decides():
    parked, back = end("parked", before=("side", "ship")), end()
    assert decided(parked, back, pivot="ship") == ["ship comes first", "bad is refused before ship"]
    assert decided(parked, back) == ["ship, side comes first", "bad is refused before ship, side"]
    assert decided(parked, back, pivot="other") == ["ship, side comes first", "bad is refused before ship, side"]


def test_where_no_step_is_in_all_ends_of_a_group_the_parallel_steps_decide():
    one, other = end("parked", before=("a",)), end("parked", before=("b",))
    words = decided(one, other, end(before=("a",), case=Case.BUSINESS_ERROR), pivot="a")
    assert set(words) == {"bad is refused, depending on which parallel step comes first"}


def test_one_group_needs_no_explanation():
    assert decided(end(before=("a",)), end(before=(), compensated=("a",))) == ["", ""]
    assert with_what_decides((), None) == ()


def test_a_group_is_one_row_with_what_is_undone_in_all_of_its_ends_first():
    first, second = end(compensated=("c", "a")), end(compensated=("a", "b", "c"), attempts=2, seconds=9.0)
    assert column("undone", first, second) == ["c, a; perhaps b"]
    assert column("attempts", first, second) == ["1"]
    assert column("after", first, second) == ["2 s"]


def test_a_row_says_whether_every_order_was_played():
    assert column("if", end()) == [""]
    assert column("if", end(cut=True, decides="a comes first")) == [f"a comes first; {CUT}"]
    assert column("run", end(reached=False), end("parked")) == ["not reached", "parked"]


def test_two_orders_that_end_alike_are_one_end():
    one, other = end(witness=((0.0, "a"), (1.0, "b"))), end(witness=((0.0, "b"), (1.0, "a")))
    assert one == other
    assert "witness" not in repr(one)

"""Work goes on until its own limit of time or that of its caller says that it is up."""

from contextlib import ExitStack

import pytest

from sagaflow.core.halting import Stopped, go_on, halted_by

pytestmark = pytest.mark.quick


def stops(*limits: bool) -> bool:
    """Say whether work stops inside these limits, the outermost first; true: the time of that limit is up."""
    with ExitStack() as around:
        for is_up in limits:
            around.enter_context(halted_by(lambda is_up=is_up: is_up))
        try:
            go_on()
        except Stopped:
            return True
        return False


@pytest.mark.parametrize(
    "limits", [(), (False,), (True,), (False, False), (True, False), (False, True), (True, True), (True, False, False)]
)
def test_work_stops_where_the_time_of_a_limit_around_it_is_up(limits):
    assert stops(*limits) is any(limits)


def test_a_limit_ends_with_its_block():
    assert stops(True)
    go_on()

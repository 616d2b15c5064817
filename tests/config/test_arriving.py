"""Bodies on their way hold little together, whatever order their pieces come in."""

from hypothesis import given
from hypothesis import strategies as st

from sagaflow.arriving import Arriving

MOST = 100
STEPS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 150)), max_size=60)


@given(STEPS)
def test_together_they_hold_no_more_than_the_limit_and_the_one_that_began_first_goes_first(steps):
    arriving, held = Arriving(MOST), {}

    def cut(body):
        assert body == next(each for each in held if each != growing), "the first of the others"
        del held[body]

    for growing, size in steps:
        if size == 0:
            arriving.forget(growing)
            held.pop(growing, None)
            continue
        held[growing] = held.get(growing, 0) + size
        arriving.grow(growing, size, lambda body=growing: cut(body))
        assert sum(held.values()) <= MOST or list(held) == [growing]


def test_what_is_forgotten_counts_no_more():
    arriving, gone = Arriving(MOST), []
    for body in range(50):
        arriving.grow(body, MOST, lambda body=body: gone.append(body))
        arriving.forget(body)
    assert gone == []

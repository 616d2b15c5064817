"""The ends of failures are compared within a time limit; what took too long is tried again the next time."""

import pytest

from designer.drafts import outcomes
from sagaflow.core.definition.saga import Saga, Step, orchestrated

pytestmark = pytest.mark.quick
SAGA = Saga("timed", orchestrated("all", Step("a", "s.a", undo="s.b"), Step("b", "s.c", undo="s.d")))


def test_a_matrix_that_took_too_long_is_tried_again_and_one_that_is_there_is_kept():
    assert outcomes.matrix(SAGA, budget=0.0) is None
    found = outcomes.matrix(SAGA, budget=60.0)
    assert found
    assert outcomes.matrix(SAGA, budget=0.0) is found

"""When a pivot may still take effect, so that a rollback waits for it."""

import pytest

from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.run import facts
from sagaflow.core.run.evolve import fold
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.reach import pivot_is_open
from sagaflow.core.run.state import ErrorKind, StepError, StepStatus

SAGA = Saga("shop", orchestrated("main", Step("pay", "s.pay", pivot=True)))
STARTED = facts.RunStarted(saga="shop", digest=SAGA.digest, input=None)
REFUSED, BROKEN, HOPELESS = (
    StepError(kind, "no", "no") for kind in (ErrorKind.BUSINESS, ErrorKind.TECHNICAL, ErrorKind.PROGRAMMING)
)


@pytest.mark.parametrize(
    ("status", "unknown", "error", "is_open"),
    [
        (StepStatus.PENDING, 0, None, False),
        (StepStatus.DUE, 0, None, False),
        (StepStatus.DUE, 1, BROKEN, True),
        (StepStatus.RUNNING, 0, None, True),
        (StepStatus.RUNNING, 0, REFUSED, True),
        (StepStatus.WAITING, 0, None, True),
        (StepStatus.WAITING, 0, REFUSED, True),
        (StepStatus.PARKED, 0, BROKEN, True),
        (StepStatus.PARKED, 0, None, True),
        (StepStatus.PARKED, 0, REFUSED, False),
        (StepStatus.PARKED, 1, REFUSED, False),
        (StepStatus.PARKED, 0, HOPELESS, False),
        (StepStatus.PARKED, 1, HOPELESS, True),
        (StepStatus.PARKED, 2, HOPELESS, True),
        (StepStatus.RUNNING, 0, HOPELESS, True),
        (StepStatus.DONE, 0, None, False),
    ],
)
def test_a_pivot_is_open_while_an_attempt_may_still_take_effect(status, unknown, error, is_open):
    state = fold(SAGA, [Entry(1, 1.0, 0, STARTED)]).with_step("pay", status=status, unknown=unknown, error=error)
    assert pivot_is_open(SAGA, state) is is_open


def test_a_saga_without_a_pivot_has_none_open():
    saga = Saga("shop", orchestrated("main", Step("pay", "s.pay")))
    assert not pivot_is_open(saga, fold(saga, [Entry(1, 1.0, 0, STARTED)]).with_step("pay", status=StepStatus.RUNNING))

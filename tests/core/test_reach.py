"""A pivot may still take effect, so that a rollback waits for it; a child may go on although its step waits no more."""

import pytest

from sagaflow.core.definition.saga import Call, Saga, Step, SubSaga, orchestrated
from sagaflow.core.run import facts
from sagaflow.core.run.evolve import fold
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.reach import child_may_go_on, pivot_is_open
from sagaflow.core.run.state import ErrorKind, RunState, StepError, StepStatus

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


@pytest.mark.parametrize(
    ("status", "unknown", "error", "goes_on"),
    [
        (StepStatus.DUE, 1, BROKEN, True),
        (StepStatus.DUE, 0, BROKEN, False),
        (StepStatus.IN_DOUBT, 1, BROKEN, True),
        (StepStatus.PARKED, 2, HOPELESS, True),
        (StepStatus.PARKED, 0, HOPELESS, False),
        (StepStatus.SKIPPED, 1, BROKEN, True),
        (StepStatus.SKIPPED, 1, REFUSED, False),
        (StepStatus.WAITING, 1, BROKEN, False),
        (StepStatus.DONE, 1, None, False),
    ],
)
def test_a_child_may_go_on_alone_after_an_attempt_that_the_step_waits_for_no_more(status, unknown, error, goes_on):
    for work, is_parent in ((SubSaga("kid"), True), (Call("s.pay"), False)):
        saga = Saga("shop", orchestrated("main", Step("pay", work)))
        state = RunState.of(saga).with_step("pay", status=status, unknown=unknown, error=error)
        assert child_may_go_on(saga, state, "pay") is (goes_on and is_parent)

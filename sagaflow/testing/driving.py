"""Drives a run in the thread of the test until nothing is due. It needs no broker, no worker and no sleep."""

from collections.abc import Callable, Iterable
from threading import Event

from sagaflow import engine, registry, store
from sagaflow.core.run.state import RunState
from sagaflow.engine.worker import Shift
from sagaflow.participants import Work
from sagaflow.store.runs.run_line import RunLine
from sagaflow.testing.clock import active
from sagaflow.testing.fault_injection import carry_out, late_attempts
from sagaflow.testing.script import faulty_attempt_of

__all__ = ["StandsStill", "Until", "drive", "in_status", "step_in"]

Until = Callable[[RunState], bool]
MOST_TURNS = 10_000
"""The limit of turns. A run that is still busy then is in an endless loop."""


class StandsStill(AssertionError):
    """Nothing more is due, and the condition that the test waits for does not hold."""

    def __init__(self, run_id: str, state: RunState, why: str) -> None:
        steps = ", ".join(f"{name} {step.status.value}" for name, step in state.steps.items())
        super().__init__(
            f"Run {run_id} is {state.status.value} and did not get where the test wants it: {why}. {steps}."
        )


def in_status(status: str) -> Until:
    """Return the condition that the run has this status, for example ``parked``."""
    return lambda state: state.status == status


def step_in(step: str, status: str) -> Until:
    """Return the condition that the step has this status, for example ``waiting``."""
    return lambda state: state.steps[step].status == status


def drive(
    run_id: str,
    until: Until | None = None,
    *,
    within: float | None = None,
    services: Iterable[str] | None = None,
    worker: str = "test",
) -> RunState:
    """Wake the run, and the runs of its sub-sagas, until ``until`` holds or nothing is due. Return the state.

    If something is due later, wait for it; inside ``moving_clock`` the clock jumps there instead. ``within``: the
    seconds from now that may pass at most. ``services``: as for ``engine.wake``.

    Raises:
        StandsStill: ``until`` was given, and never held.
    """
    served = None if services is None else tuple(services)
    store.declare(registry.subscribers())
    limit = None if within is None else store.now() + within
    for _ in range(MOST_TURNS):
        state = store.state(run_id)[1]
        if until and until(state):
            return state
        before = store.now()
        if _turn(run_id, served, worker):
            continue
        due = _next_due(run_id, after=before)
        if due is None or (limit is not None and due > limit):
            if until:
                why = (
                    "nothing is due any more" if due is None else f"the next thing is due in {due - store.now():.0f} s"
                )
                raise StandsStill(run_id, store.state(run_id)[1], why)
            return store.state(run_id)[1]
        _pass_time(due)
    raise StandsStill(run_id, store.state(run_id)[1], f"it was busy for {MOST_TURNS} turns")


def _turn(run_id: str, services: tuple[str, ...] | None, worker: str) -> bool:
    """Make at most one attempt in each run of the family, and the late attempts. Say whether anything changed."""
    before = [row.seq for row in _family(run_id)]
    for row in _family(run_id):
        engine.wake(row.run_id, services=services, worker=worker, go_on=_once(), carry_out=_carry_out)
        for attempt in late_attempts(row.run_id):
            attempt()
    return before != [row.seq for row in _family(run_id)]


def _carry_out(shift: Shift, work: Work) -> Work | None:
    return carry_out(faulty_attempt_of(work.context), shift, work)


def _once() -> Callable[[], bool]:
    """Return a function that returns ``True`` once."""
    answers = iter((True,))
    return lambda: next(answers, False)


def _next_due(run_id: str, *, after: float) -> float | None:
    """Return the next time at which something is due. ``after``: the time at which the last, idle turn began.

    Work that came due during that turn has to be looked at again. Work that was due before is left to others, for
    example to the workers of another service.
    """
    times = [store.seconds(row.wake_at) for row in _family(run_id) if row.wake_at]
    return min((time for time in times if time > after), default=None)


def _family(run_id: str) -> list[RunLine]:
    """Return the run and the runs of its sub-sagas, at any depth."""
    family = [store.run(run_id)]
    for member in family:
        family.extend(store.runs(parent_id=member.run_id))
    return family


def _pass_time(due: float) -> None:
    clock = active()
    if clock:
        clock.advance_to(due)
    else:
        Event().wait(max(0.0, due - store.now()))

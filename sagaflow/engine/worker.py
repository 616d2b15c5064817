"""The way of a worker through a run: claim, perform, record and claim the next in one transaction, and so on.

What falls to others is hinted to them. A worker may die at any instruction: its lease runs out, and another goes on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from django.db import DatabaseError, transaction

from sagaflow import store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.queries import due_services, suspects
from sagaflow.core.run.reports import TimePassed
from sagaflow.core.run.skills import Skills
from sagaflow.counting import counted
from sagaflow.engine import subsagas
from sagaflow.engine.claiming import SUB_SAGA, claim, is_transactional
from sagaflow.engine.lease_renewal import kept
from sagaflow.engine.observers import minded, observe
from sagaflow.engine.transaction import change, change_once, ignored
from sagaflow.participants import Outcome, Work, failed, perform
from sagaflow.store import Due, Held, Overtaken, UnknownRun
from sagaflow.store.refusals import held_back, noted

__all__ = ["wake"]

logger = counted("sagaflow.engine")


class _Stale(Exception):
    """The outcome of a transactional action came too late: its transaction has to be rolled back."""


def wake(
    run_id: str,
    *,
    services: Iterable[str] | None = None,
    known: Iterable[str] | None = None,
    worker: str = "worker",
    go_on: Callable[[], bool] = lambda: True,
    alone: bool = False,
    isolate: Callable[[str], None] | None = None,
    carry_out: "Callable[[Shift, Work], Work | None] | None" = None,
) -> int:
    """Do what is due in a run, as far as ``services`` (``None``: all) may; returns the number of attempts performed.

    Only what ``known`` names is claimed (``None``: all); see ``registry.known``. ``go_on`` is asked before each claim,
    so that a worker that is to stop finishes its attempt and takes no other. A step that was under way when a process
    died is left to ``isolate``, which gets the run, and to a later call with ``alone``, which claims only such steps.
    ``carry_out`` takes the place of ``Shift.carry_out``: the test kit loses answers and delays attempts there.
    """
    if held_back(run_id):
        return 0
    skills = Skills(*(None if names is None else frozenset(names) for names in (services, known)))
    shift = Shift(run_id, skills, worker, go_on, True if alone else False if isolate else None)
    try:
        work = shift.begin()
    except UnknownRun:
        logger.warning("A hint named run %s, which does not exist; it was dropped.", run_id)
        return 0
    performed = 0
    while work is not None:
        work = (carry_out or Shift.carry_out)(shift, work)
        performed += 1
    observe(shift.run_id, shift.saga, skills)
    if isolate and shift.suspicious:
        isolate(shift.run_id)
    return performed


@dataclass
class Shift:
    """One worker at one run."""

    run_id: str
    skills: Skills
    worker: str
    go_on: Callable[[], bool]
    alone: bool | None = None
    saga: Saga = field(init=False)
    suspicious: bool = field(init=False, default=False)
    """Whether something is due that has to be performed alone."""

    def begin(self) -> Work | None:
        """Let the time pass, claim the first step, and hint at what remains for others."""
        self.run_id = store.as_run_id(self.run_id)

        return change(self.run_id, self._begin, served=self.skills.services or ())

    def carry_out(self, work: Work) -> Work | None:
        """Perform claimed work and record its outcome; returns what was claimed next."""
        if is_transactional(work):
            return self._within(work)
        return self._record(self._perform(work))

    def _begin(self, run: Held) -> Work | None:
        self.saga = run.saga
        work = self._next(run)
        if work is not None:
            remaining = due_services(run.saga, run.state, run.at)
            run.due += [Due(run.run_id, service, run.at) for service in remaining]
        elif not run.decisions:
            store.calm(run)
        return work

    def _perform(self, work: Work) -> Outcome:
        if work.action != SUB_SAGA:
            with kept(work):
                return perform(work)
        return subsagas.perform(work, self.saga.steps[work.context.step].does.runs)

    def _within(self, work: Work) -> Work | None:
        """Effect and outcome in one transaction: both, or neither."""
        try:
            with kept(work), transaction.atomic():
                outcome = perform(work)
                body = partial(self._settle, outcome=outcome, exactly=True)
                return change_once(self.run_id, body, served=self._observed(), savepoint=False)
        except _Stale:
            return self._record(outcome)
        except (Overtaken, DatabaseError) as error:
            return self._record(failed(work, error))
        except Exception:
            with noted(self.run_id):
                raise

    def _record(self, outcome: Outcome) -> Work | None:
        return change(self.run_id, partial(self._settle, outcome=outcome), served=self._observed())

    def _settle(self, run: Held, outcome: Outcome, *, exactly: bool = False) -> Work | None:
        decision = run.take(outcome)
        if exactly and ignored(decision):
            raise _Stale
        return self._next(run)

    def _next(self, run: Held) -> Work | None:
        """Children first, then the clock, then the next claim."""
        store.hear(run)
        run.take(TimePassed())
        self.suspicious = bool(suspects(run.saga, run.state, run.at, self.skills))
        return claim(run, self.skills, self.worker, alone=self.alone) if self.go_on() else None

    def _observed(self) -> Iterable[str]:
        """The services whose observers this worker minds."""
        return [each.service for each in minded(self.saga, self.skills).values()]

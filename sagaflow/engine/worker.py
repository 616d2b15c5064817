"""One worker at one run: claim a step, perform it, record its outcome and claim the next step.

The story of one hint:

1. ``wake`` gets a hint: "something is due in this run". The hint says nothing more; the database says what is due.
2. ``claim`` reads the run, lets its time pass and claims the first due step that this worker can perform. The claim is
   a journal entry with a lease and a fencing token. COMMIT; hints about the remaining steps go to other services.
3. ``perform`` calls the participant, outside of any transaction. A thread renews the lease of long work.
4. ``record`` takes the outcome, decides what follows, and claims the next step. COMMIT; hints go out.
   The worker goes on with 3 until there is nothing left for it.

The worker decides on what it saved itself one commit earlier, without a lock. Each commit is a compare-and-swap: if
another transaction changed the run meanwhile, it writes nothing, and the worker reads the run under its lock.

A transactional action is performed inside the transaction of step 4, so that its effect and its outcome are saved
together, or neither is. That transaction locks the run, because an effect cannot be taken back and tried again.

A process may die at any instruction:

- before the commit of 2, nothing has happened. The broker delivers the hint again, or the sweeper sends another one;
- between the commits of 2 and 4, the step stays leased. It is given back at once if a supervisor sees that the
  process died, else it is due again when its lease runs out. The next attempt has the same idempotency key and a higher
  token. An outcome that still arrives with the old token is journaled and changes nothing;
- after the commit of 4 and before its hints are sent, the sweeper finds the due steps and sends the hints.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from django.db import DatabaseError, transaction

from sagaflow import participants, store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.queries import due_services, suspects
from sagaflow.core.run.reports import TimePassed
from sagaflow.core.run.skills import Skills
from sagaflow.counting import counted
from sagaflow.engine import claiming, pace, subsagas
from sagaflow.engine.lease_renewal import lease_renewed
from sagaflow.engine.observers import observe, served_listeners
from sagaflow.engine.transaction import Changed, HeldChange, change_held, change_once, ignored
from sagaflow.participants import Outcome, Work
from sagaflow.store import Due, LockedRun, Overtaken, UnknownRun
from sagaflow.store.refusals import held_back, noted

__all__ = ["Shift", "wake"]

logger = counted("sagaflow.engine")


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
    """Do what is due in a run for ``services`` (``None``: all); return the number of attempts performed.

    ``known``: the names of the actions that may be claimed (``None``: all); see ``registry.known``.
    ``go_on``: asked before each claim, so that a worker that has to stop finishes its attempt and claims no other.
    ``isolate``: called with the run if a step is due that was under way when a process died; such a step is then left
    to a later call with ``alone``, which claims only such steps.
    ``carry_out``: replaces ``Shift.carry_out``; the test kit loses answers and delays attempts there.
    """
    if held_back(run_id):
        return 0
    skills = Skills(*(None if names is None else frozenset(names) for names in (services, known)))
    shift = Shift(run_id, skills, worker, go_on, True if alone else False if isolate else None)
    performed = 0
    with store.deciding():
        try:
            work = shift.claim()
        except UnknownRun:
            logger.warning("A hint named run %s, which does not exist; it was dropped.", run_id)
            return 0
        while work is not None:
            work = (carry_out or Shift.carry_out)(shift, work)
            performed += 1
    observe(shift.run_id, shift.saga, skills)
    if isolate and shift.suspicious:
        isolate(shift.run_id)
    return performed


@dataclass
class Shift:
    """The work of one worker at one run: the verbs are ``claim``, ``perform`` and ``record``."""

    run_id: str
    skills: Skills
    worker: str
    go_on: Callable[[], bool]
    alone: bool | None = None
    """``True``: claim only steps that were under way when a process died; ``False``: only others; ``None``: all."""
    admits: Callable[[str], bool] = lambda _: True
    """Says of the name of an action whether it may be claimed; ``claiming.SUB_SAGA``: a sub-saga."""
    saga: Saga = field(init=False)
    suspicious: bool = field(init=False, default=False)
    """True if a step is due that was under way when a process died."""
    turned_away: bool = field(init=False, default=False)
    """True if a step was due whose action was not admitted."""
    _held: LockedRun | None = field(init=False, default=None)
    """The run as this shift saved it last; ``None``: it has to be read."""

    def claim(self) -> Work | None:
        """Let the time pass, claim the first step, and send hints about the steps that remain for other workers."""
        return self.made(change_held(self.claiming()))

    def carry_out(self, work: Work) -> Work | None:
        """Perform claimed work and record its outcome; return the work that was claimed next."""
        with _effect_with_outcome(work) as attempt:
            with store.acting():
                attempt.outcome = self.perform(work)
            if attempt.in_transaction:
                return self.record(attempt.outcome, in_transaction=True)
        return self.record(attempt.outcome)

    def perform(self, work: Work) -> Outcome:
        """Call the participant, or start or roll back the child run, and return the outcome of the attempt."""
        if work.action == claiming.SUB_SAGA:
            return subsagas.perform(work, self.saga.steps[work.context.step].does.runs)
        if work.undoing and self.saga.steps[work.context.step].does.runs:
            outcome = subsagas.before_action(work)
            if outcome is not None:
                return outcome
        with lease_renewed(work), pace.measured(work):
            return participants.perform(work)

    def record(self, outcome: Outcome, *, in_transaction: bool = False) -> Work | None:
        """Record an outcome and claim the next step, in one transaction; return the claimed work.

        ``in_transaction``: use the open transaction of the caller, which has to fail if the outcome comes too late.
        """
        change = self.recording(outcome, in_time=in_transaction)
        if in_transaction:
            return change_once(self.run_id, change.body, served=change.served, savepoint=False)
        return self.made(change_held(change))

    def claiming(self) -> HeldChange[Work | None]:
        """Return the change that ``claim`` makes."""
        self.run_id = store.as_run_id(self.run_id)
        return self._change(self._claim_first, self.skills.services or ())

    def recording(self, outcome: Outcome, *, in_time: bool = False) -> HeldChange[Work | None]:
        """Return the change that ``record`` makes. ``in_time``: it has to fail if the outcome comes too late."""
        listeners = served_listeners(self.saga, self.skills).values()
        take = partial(self._take, outcome=outcome, in_time=in_time)
        return self._change(take, [listener.service for listener in listeners])

    def made(self, change: Changed[Work | None]) -> Work | None:
        """Keep the run as it was saved, and return the work that was claimed."""
        self._held = change.run
        return change.result

    def _change(self, body: Callable[[LockedRun], Work | None], served: Iterable[str]) -> HeldChange[Work | None]:
        before, self._held = self._held, None
        return HeldChange(self.run_id, body, before, served)

    def _claim_first(self, run: LockedRun) -> Work | None:
        self.saga = run.saga
        work = self._claim_next(run)
        if work is not None:
            remaining = due_services(run.saga, run.state, run.at)
            run.due += [Due(run.run_id, service, run.at) for service in remaining]
        elif not run.decisions and not run.state.status.ended:  # nothing wakes a run that has ended
            store.clear_wake(run)
        return work

    def _take(self, run: LockedRun, outcome: Outcome, *, in_time: bool) -> Work | None:
        decision = run.take(outcome)
        if in_time and ignored(decision):
            raise _TooLate
        return self._claim_next(run)

    def _claim_next(self, run: LockedRun) -> Work | None:
        """Take in the ends of child runs, then the time, and then claim."""
        store.take_child_ends(run)
        run.take(TimePassed())
        self.suspicious = bool(suspects(run.saga, run.state, run.at, self.skills))
        if not self.go_on():
            return None
        self.turned_away = False
        return claiming.claim(run, self.skills, self.worker, alone=self.alone, admits=self._is_admitted)

    def _is_admitted(self, action: str) -> bool:
        is_admitted = self.admits(action)
        self.turned_away = self.turned_away or not is_admitted
        return is_admitted


class _TooLate(Exception):
    """The outcome of a transactional action came too late, so that its effect has to be rolled back."""


@dataclass
class _Attempt:
    """One attempt under way; ``outcome`` is set once it was performed."""

    in_transaction: bool
    outcome: Outcome = field(init=False)


@contextmanager
def _effect_with_outcome(work: Work) -> Iterator[_Attempt]:
    """For a transactional action: one transaction for the block, which performs the action and records its outcome.

    If that fails, the effect is rolled back with it, the error ends here, and ``outcome`` of the attempt says what has
    to be recorded after the block: the outcome that came too late, or the failure of the transaction. For any other
    action the block is a plain block.
    """
    attempt = _Attempt(claiming.is_transactional(work))
    if not attempt.in_transaction:
        yield attempt
        return
    try:
        with transaction.atomic():
            yield attempt
    except _TooLate:
        return
    except (Overtaken, DatabaseError) as error:
        attempt.outcome = participants.failed(work, error)
    except Exception:
        with noted(work.context.run_id):
            raise

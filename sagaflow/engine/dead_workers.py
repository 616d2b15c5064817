"""A process died: the steps that it held are given back at once, and no attempt is counted."""

from collections.abc import Iterable
from functools import partial

from sagaflow import store
from sagaflow.core.run.queries import held_by
from sagaflow.core.run.reports import WorkerDied
from sagaflow.engine.transaction import change
from sagaflow.store import LockedRun
from sagaflow.store.refusals import SuppressLasting

__all__ = ["worker_died"]


def worker_died(
    worker: str, how: str = "was lost", *, runs: Iterable[str] | None = None, blameless: bool = False
) -> int:
    """Give back the steps that ``worker`` held, in ``runs`` or in all runs; return the number of these runs.

    ``how`` completes "the process …", as in "was killed by SIGSEGV". ``blameless``: it was stopped on purpose.
    """
    run_ids = store.holding(worker) if runs is None else list(runs)
    for run_id in run_ids:
        with SuppressLasting():
            change(run_id, partial(_give_back, worker=worker, how=how, blameless=blameless))
    return len(run_ids)


def _give_back(run: LockedRun, *, worker: str, how: str, blameless: bool) -> None:
    for step in held_by(run.state, worker):
        step_state = run.state.steps[step]
        run.take(
            WorkerDied(
                step=step,
                direction=step_state.status.direction,
                attempt=step_state.attempt,
                token=step_state.token,
                worker=worker,
                how=how,
                blameless=blameless,
            )
        )

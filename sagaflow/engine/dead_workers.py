"""A process died: what it held is given back at once, and costs the runs no attempt."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from sagaflow import store
from sagaflow.core.run.queries import held_by
from sagaflow.core.run.reports import WorkerDied
from sagaflow.engine.transaction import change
from sagaflow.store import LockedRun
from sagaflow.store.refusals import is_lasting

__all__ = ["worker_died"]


def worker_died(
    worker: str, how: str = "was lost", *, runs: Iterable[str] | None = None, blameless: bool = False
) -> int:
    """Give back the steps that ``worker`` held, in ``runs`` or wherever; returns how many runs that concerned.

    ``how`` continues "the process", such as ``was killed by SIGSEGV``. ``blameless``: it was ended on purpose.
    """
    found = store.holding(worker) if runs is None else list(runs)
    for run_id in found:
        try:
            change(run_id, partial(_give_back, worker=worker, how=how, blameless=blameless))
        except Exception as error:
            if not is_lasting(error):  # it is the same for the other runs, and passes
                raise
    return len(found)


def _give_back(run: LockedRun, **death: Any) -> None:
    for step in held_by(run.state, death["worker"]):
        now = run.state.steps[step]
        place: dict[str, Any] = {"step": step, "direction": now.status.direction}
        run.take(WorkerDied(**place, attempt=now.attempt, token=now.token, **death))

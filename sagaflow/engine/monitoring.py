"""The monitor of one run: its events, those that found it no longer, and the definition, at the database's time."""

from sagaflow import store
from sagaflow.core.monitor import Observed, Projection, observations, project

__all__ = ["monitor"]


def monitor(run_id: str) -> Projection:
    """What is expected, done, late and missing in a run, and which of its events are odd.

    Events that came with the run's ID and found no run, or one that had ended, count as they came.

    Raises:
        UnknownRun: there is no such run.
    """
    saga, state = store.state(run_id)
    observed = observations(saga, store.journal(run_id))
    stranded = [
        Observed(kept.event.event, state.ended_at or 0.0) for kept in store.stored_events_for(store.as_run_id(run_id))
    ]
    now = state.ended_at or store.now()
    return project(saga, [*observed, *stranded], now, started_at=state.started_at)

"""The monitor of one run: its events, events that came after its end, and the definition, at the database's time."""

from sagaflow import store
from sagaflow.core.monitor import Observed, Projection, observations, project

__all__ = ["monitor"]


def monitor(run_id: str) -> Projection:
    """Return what is expected, done, late and missing in a run, and which of its events are irregular.

    Events with the run's ID that came before its start or after its end are included.

    Raises:
        UnknownRun: there is no such run.
    """
    saga, state = store.state(run_id)
    observed = observations(saga, store.journal(run_id))
    stored_events = store.stored_events_for(store.as_run_id(run_id))
    unmatched = [Observed(stored.event.event, state.ended_at or 0.0) for stored in stored_events]
    now = state.ended_at or store.now()
    return project(saga, [*observed, *unmatched], now, started_at=state.started_at)

"""The way forward: every segment and step starts when its turn has come, until the run is completed."""

from collections.abc import Mapping

from sagaflow.core.json_value import Json
from sagaflow.core.mask import masked
from sagaflow.core.run import choreography, reach
from sagaflow.core.run.commands import NotifyParent
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.facts import RunCompleted, SegmentCompleted, SegmentStarted, StepSkipped
from sagaflow.core.run.schedule import schedule
from sagaflow.core.run.state import Direction, RunState, StepStatus
from sagaflow.core.run.steps import tally_of

__all__ = ["advance", "facts", "passed_pivot", "settled"]


def advance(draft: Draft, not_before: float | None = None) -> None:
    """Start every step that may start; complete the run if all of them are done or skipped."""
    due_at = draft.at if not_before is None else max(draft.at, not_before)
    for rank in _to_look_at(draft):
        name = draft.graph.order[rank]
        if _is_next(draft, name):
            _begin(draft, name, due_at)
    if not tally_of(draft.saga, draft.state).left:
        draft.record(RunCompleted(), causes=True)
        # This event leaves in every case, so that its payload has no sensitive values.
        choreography.publish(draft, "SagaCompleted", payload=masked(draft.state.outputs(), draft.saga.masked))
        draft.command(NotifyParent())


def settled(draft: Draft, name: str) -> None:
    """Publish the event of a step that is done or skipped, and complete its segment if it was the last one."""
    if draft.step_state(name).status is StepStatus.DONE:
        choreography.publish_done(draft, name)
    segment = draft.segment(name)
    if reach.may_go_on(draft.saga, draft.state, name) and _completed(draft, segment.name):
        draft.record(SegmentCompleted(segment=segment.name))


def facts(state: RunState) -> Mapping[str, Json]:
    """Return the values that a condition can read."""
    return {"input": state.input, "steps": state.outputs()}


def passed_pivot(draft: Draft) -> bool:
    """Say whether the pivot took effect, or an operator skipped it after an attempt: then there is no way back."""
    return reach.passed_pivot(draft.saga, draft.state)


def _to_look_at(draft: Draft) -> list[int]:
    """Start segments, and return the ranks of all steps that may have become next, in order.

    At the end of every decision no step is next. So after a settled step only its successors can be; and the first
    steps of a segment after its start. ``draft.full`` says that this is not so: then it is all steps.
    """
    full, touched, draft.full, draft.touched = draft.full, draft.touched, False, []
    if full:
        _start_segments(draft)
        return list(range(len(draft.graph.order)))
    names = set(touched)
    settled = {name for name in touched if draft.step_state(name).status.settled_forward}
    names.update(*(draft.graph.next[name] for name in settled))
    if any(_completed(draft, draft.segment(name).name) for name in settled):
        names.update(*(draft.graph.entries[segment] for segment in _start_segments(draft)))
    return sorted(draft.graph.rank[name] for name in names)


def _start_segments(draft: Draft) -> list[str]:
    """Start every segment whose time has come, and return their names."""
    started = []
    for segment in draft.saga.segments:
        earlier = draft.graph.segment_before[segment.name]
        if segment.name not in draft.state.segments and all(_completed(draft, name) for name in earlier):
            cause, restored = draft.cause, draft.state.restored.get(segment.name, 0)
            draft.record(SegmentStarted(segment=segment.name, savepoint=segment.savepoint, round=restored))
            choreography.publish(draft, segment.started_event)
            choreography.deliver(draft, segment.started_event)
            draft.cause = cause
            started.append(segment.name)
    return started


def _is_next(draft: Draft, name: str) -> bool:
    if draft.step_state(name).status is not StepStatus.PENDING or draft.segment(name).name not in draft.state.segments:
        return False
    graph, state = draft.graph, draft.state
    ready = all(state.steps[other].status.settled_forward for other in graph.before[name])
    return ready and all(state.has_event(event, name) or _waived(draft, name, event) for event in graph.awaits[name])


def _waived(draft: Draft, name: str, event: str) -> bool:
    """Say whether the wait for ``event`` is over, although the step that reacts to it would have to get it again.

    An operator skipped the wait, or resumed the run behind it: then the step goes on without the event.
    """
    steps = (draft.step(other) for other in draft.graph.before[name])
    waits = [draft.step_state(step.name) for step in steps if step.does.awaits == event]
    return any(step_state.status.settled_forward and step_state.attempt > 0 for step_state in waits)


def _begin(draft: Draft, name: str, due_at: float) -> None:
    condition = draft.step(name).condition
    if condition is None or condition.holds(facts(draft.state)):
        schedule(draft, name, Direction.DO, due_at)
    else:
        draft.record(StepSkipped(step=name, reason="its condition does not hold"), causes=True)
        settled(draft, name)


def _completed(draft: Draft, segment: str) -> bool:
    return not tally_of(draft.saga, draft.state).unsettled[segment]

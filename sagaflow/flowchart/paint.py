"""State of a run → paint: CSS classes, a mark and a sentence per element. No layout: live updates move nothing."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, Protocol

from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.run.failure import WORST_FIRST
from sagaflow.core.run.rollback import left_to_undo
from sagaflow.core.run.state import Direction, RunState, RunStatus, StepState, StepStatus
from sagaflow.flowchart.appearance import Status
from sagaflow.flowchart.compose import compose
from sagaflow.flowchart.picture import Edge, Node, Picture, fold

__all__ = ["NO_OBSERVERS", "Painted", "paint", "painter", "segment_status", "status_of", "statuses", "undo_status_of"]

NO_OBSERVERS: Mapping[str, Status] = MappingProxyType({})


class Painted(NamedTuple):
    """The look of one element."""

    classes: str
    """Space-separated, first that of the status (``sf-is-done``); for edges ``sf-taken``, ``sf-missing`` or empty."""
    mark: str = ""
    """The glyph of the status."""
    label: str = ""
    """A sentence for people who do not see the picture."""
    note: str = ""
    """The text that replaces the second line, such as the time of the next try."""


def paint(
    saga: Saga,
    state: RunState,
    at: float,
    *,
    folded: Collection[str] = frozenset(),
    subscribers: Collection[Subscriber] = (),
    failing: Mapping[str, Status] = NO_OBSERVERS,
    clocks: bool = True,
) -> dict[str, Painted]:
    """Return for each element id how a run looks at ``at`` (seconds since the epoch).

    ``failing``: the observers and subscribers, by name, whose deliveries fail; all others are not told apart.
    ``clocks``: notes have times of day, which mean nothing in a simulation.
    """
    return painter(saga, folded=folded, subscribers=subscribers)(state, at, failing=failing, clocks=clocks)


class Painter(Protocol):
    """A function that paints states of runs of one saga on one picture; the arguments are those of ``paint``."""

    def __call__(
        self, state: RunState, at: float, *, failing: Mapping[str, Status] = NO_OBSERVERS, clocks: bool = True
    ) -> dict[str, Painted]: ...


def painter(saga: Saga, *, folded: Collection[str] = frozenset(), subscribers: Collection[Subscriber] = ()) -> Painter:
    """Return ``paint`` for many states of one saga, whose picture is composed once."""
    whole = compose(saga, subscribers)
    return partial(_paint, saga, whole, fold(whole, folded))


def _paint(
    saga: Saga,
    whole: Picture,
    picture: Picture,
    state: RunState,
    at: float,
    *,
    failing: Mapping[str, Status] = NO_OBSERVERS,
    clocks: bool = True,
) -> dict[str, Painted]:
    painted = {node.id: _node(saga, state, at, node, clocks=clocks) for node in picture.nodes}
    painted |= {
        node.id: _painted(node, failing[name], "")
        for node in picture.nodes
        if (name := node.element.removeprefix("observer/")) in failing and name != node.element
    }
    taken = {edge.id: _edge(state, edge) for edge in whole.edges}
    for edge in picture.edges:
        looks = [taken[member] for member in edge.members or (edge.id,)]
        painted[edge.id] = max(looks, key=lambda look: ("", "sf-taken", "sf-missing").index(look.classes))
    for group in picture.groups:
        status = _worst(state, at, group.steps)
        label = f"Segment {group.title}: {status.words}"
        painted[group.id] = Painted(f"sf-is-{status.value}", "", label)
    return painted


def statuses(
    saga: Saga,
    state: RunState,
    at: float,
    *,
    folded: Collection[str] = frozenset(),
    subscribers: Collection[Subscriber] = (),
    failing: Mapping[str, Status] = NO_OBSERVERS,
) -> dict[str, Status]:
    """Return for each node id the status alone: for a PNG."""
    classes = {status.value: status for status in Status}
    painted = paint(saga, state, at, folded=folded, subscribers=subscribers, failing=failing)
    first = {key: look.classes.partition(" ")[0].removeprefix("sf-is-") for key, look in painted.items()}
    return {key: classes[name] for key, name in first.items() if name in classes}


def status_of(state: RunState, now: StepState, at: float) -> Status:
    """Return the status that a step of a run shows; on its way back, that of the way back."""
    over = now.deadline is not None and now.deadline <= at
    match now.status:
        case StepStatus.PENDING:
            back = state.rollback is not None or state.status.ended
            return Status.CALLED_OFF if back else Status.EXPECTED
        case StepStatus.DUE | StepStatus.WAITING if now.missed_at is not None:
            return Status.MISSING
        case StepStatus.PARKED if now.missed_at is not None:
            return Status.MISSING_PARKED
        case StepStatus.DUE if now.attempts > now.forgiven:
            return Status.RETRYING
        case StepStatus.DUE if now.due_at is not None and now.due_at > at:
            return Status.WAITING
        case StepStatus.DUE | StepStatus.RUNNING | StepStatus.WAITING if over or now.missed_at is not None:
            return Status.LATE
        case StepStatus.UNDO_DUE if now.undo_attempts > now.forgiven:
            return Status.UNDO_RETRYING
    return STEP[now.status]


STEP = {
    StepStatus.PENDING: Status.EXPECTED,
    StepStatus.DUE: Status.READY,
    StepStatus.RUNNING: Status.RUNNING,
    StepStatus.WAITING: Status.WAITING,
    StepStatus.PARKED: Status.PARKED,
    StepStatus.DONE: Status.DONE,
    StepStatus.SKIPPED: Status.SKIPPED,
    StepStatus.FAILED: Status.FAILED,
    StepStatus.IN_DOUBT: Status.IN_DOUBT,
    StepStatus.UNDO_DUE: Status.COMPENSATING,
    StepStatus.UNDO_RUNNING: Status.COMPENSATING,
    StepStatus.UNDO_WAITING: Status.COMPENSATING,
    StepStatus.STUCK: Status.STUCK,
    StepStatus.COMPENSATED: Status.COMPENSATED,
    StepStatus.SEMANTICALLY_UNDONE: Status.SEMANTICALLY_UNDONE,
    StepStatus.IRREVERSIBLE: Status.IRREVERSIBLE,
    StepStatus.UNDONE_BY_HAND: Status.UNDONE_BY_HAND,
    StepStatus.UNDO_SKIPPED: Status.UNDO_SKIPPED,
    StepStatus.NOTHING_TO_UNDO: Status.NOTHING_TO_UNDO,
}

UNDO = {
    StepStatus.UNDO_DUE: Status.READY,
    StepStatus.UNDO_RUNNING: Status.RUNNING,
    StepStatus.UNDO_WAITING: Status.WAITING,
    StepStatus.STUCK: Status.STUCK,
    StepStatus.COMPENSATED: Status.DONE,
    StepStatus.SEMANTICALLY_UNDONE: Status.DONE,
    StepStatus.UNDONE_BY_HAND: Status.UNDONE_BY_HAND,
    StepStatus.UNDO_SKIPPED: Status.SKIPPED,
    StepStatus.IRREVERSIBLE: Status.IRREVERSIBLE,
    StepStatus.NOTHING_TO_UNDO: Status.NOTHING_TO_UNDO,
}


def undo_status_of(saga: Saga, state: RunState, step: str) -> Status | None:
    """Return the status of a compensation; ``None``: it is not expected now."""
    now = state.steps[step]
    if now.status is StepStatus.UNDO_DUE and now.undo_attempts > now.forgiven:
        return Status.RETRYING
    if now.status in UNDO:
        return UNDO[now.status]
    planned = state.rollback is not None and not state.status.ended and left_to_undo(saga, state, step)
    return Status.EXPECTED if planned else None


def _node(saga: Saga, state: RunState, at: float, node: Node, *, clocks: bool) -> Painted:
    kind, _, name = node.element.partition("/")
    match kind:
        case "step":
            now = state.steps[name]
            return _of_step(node, now, status_of(state, now, at), _note(now, at, clocks=clocks))
        case "undo" | "stop":
            status = undo_status_of(saga, state, name)
            if kind == "stop" and status is not Status.IRREVERSIBLE:
                status = None
            now = state.steps[name]
            note = _note(now, at, clocks=clocks) if now.status.direction is Direction.UNDO else ""
            return _painted(node, status, note) if status else Painted("sf-idle", "", node.label)
        case "segment":
            return _painted(node, segment_status(saga, state, name, at), _counts(saga, state, name, at))
        case "event":
            return _painted(node, Status.DONE if name in state.received else Status.EXPECTED, "")
        case "end":
            return _painted(node, END.get(state.status, Status.EXPECTED), "")
        case "start":
            return Painted("sf-is-done" if state.started_at else "sf-idle", "", node.label)
        case _:
            return Painted("sf-idle", "", node.label)


END = {
    RunStatus.COMPLETED: Status.DONE,
    RunStatus.ROLLED_BACK: Status.COMPENSATED,
    RunStatus.CANCELLED: Status.CANCELLED,
    RunStatus.PARKED: Status.PARKED,
    RunStatus.STUCK: Status.STUCK,
}


def _painted(node: Node, status: Status, note: str) -> Painted:
    return Painted(f"sf-is-{status.value}", status.mark, f"{node.label}: {status.words}{note and f', {note}'}", note)


def _of_step(node: Node, now: StepState, status: Status, note: str) -> Painted:
    """A step whose undo fails did not fail itself: it stays done, and only the compensation is stuck or tried again.

    Its class says which, for a drawing that hides the compensations.
    """
    if now.status.direction is Direction.DO:
        return _painted(node, status, note)
    if now.status is StepStatus.STUCK:
        failing, words = "stuck", "its undo is stuck"
    elif now.status.working and now.undo_error:
        failing, words = "retrying", "its undo is tried again"
    else:
        return Painted(f"sf-is-{status.value}", status.mark, f"{node.label}: {status.words}")
    did = Status.IN_DOUBT if now.do_error else Status.DONE
    classes = f"sf-is-{did.value} sf-is-undo-{failing}"
    return Painted(classes, did.mark, f"{node.label}: {did.words}, {words}", words)


def _note(now: StepState, at: float, *, clocks: bool) -> str:
    """Return what an operator wants to know of a step that does not just continue."""
    tried = now.attempts_in(now.status.direction)
    match now.status:
        case StepStatus.DUE | StepStatus.UNDO_DUE if now.due_at is not None and (
            now.due_at > at or tried > now.forgiven
        ):
            if not clocks:
                return f"try {now.attempt}" if tried else ""
            return f"try {now.attempt} at {clock(now.due_at, at)}" if tried else f"not before {clock(now.due_at, at)}"
        case StepStatus.WAITING | StepStatus.UNDO_WAITING if now.deadline is not None:
            return f"until {clock(now.deadline, at)}" if clocks else ""
        case StepStatus.FAILED | StepStatus.PARKED | StepStatus.STUCK | StepStatus.IN_DOUBT if now.error:
            return f"{now.error.kind} error: {now.error.code}"
    return ""


def clock(moment: float, at: float) -> str:
    """The time in UTC; with its date unless it is the day of ``at``."""
    then, today = datetime.fromtimestamp(moment, UTC), datetime.fromtimestamp(at, UTC)
    return then.strftime("%H:%M:%S UTC" if then.date() == today.date() else "%Y-%m-%d %H:%M UTC")


SHOWN_AS = {StepStatus.PARKED: (Status.MISSING_PARKED, Status.PARKED)}
SEGMENT = (
    *(shown for status in WORST_FIRST for shown in SHOWN_AS.get(status, (STEP[status],))),
    Status.MISSING,
    Status.LATE,
    Status.UNDO_RETRYING,
    Status.RETRYING,
    Status.COMPENSATING,
    Status.RUNNING,
    Status.WAITING,
    Status.READY,
)
"""A segment shows the first of these that one of its steps shows."""


def segment_status(saga: Saga, state: RunState, segment: str, at: float) -> Status:
    """Return one status for a whole segment: the worst of its steps."""
    group = next(each for each in saga.segments if each.name == segment)
    return _worst(state, at, tuple(step.name for step in group.steps))


def _counts(saga: Saga, state: RunState, segment: str, at: float) -> str:
    """Return the number of steps by status: ``7 done · 1 failed``."""
    group = next(each for each in saga.segments if each.name == segment)
    found = Counter(status_of(state, state.steps[step.name], at) for step in group.steps)
    return " · ".join(f"{count} {status.value.replace('-', ' ')}" for status, count in found.most_common())


def _worst(state: RunState, at: float, steps: tuple[str, ...]) -> Status:
    """One status for a whole segment."""
    there = {status_of(state, state.steps[name], at) for name in steps}
    for status in SEGMENT:
        if status in there:
            return status
    if there <= {Status.DONE, Status.SKIPPED}:
        return Status.DONE
    if there & {Status.DONE, Status.SKIPPED}:
        return Status.COMPENSATING if state.rollback and not state.status.ended else Status.RUNNING
    undone = there - {Status.CALLED_OFF, Status.EXPECTED}
    if undone:
        return Status.COMPENSATED
    return Status.CALLED_OFF if Status.CALLED_OFF in there else Status.EXPECTED


def _edge(state: RunState, edge: Edge) -> Painted:
    source, _, target = edge.element.split("/", 2)[2].partition(">")
    begun = _begun(state, target)
    match edge.kind:
        case "command" | "event" | "savepoint":
            name = target.partition("/")[2]
            if state.steps[name].missed_at is not None and not state.steps[name].status.settled_forward:
                return Painted("sf-missing")
            taken = begun
        case "end":
            taken = state.status is RunStatus.COMPLETED
        case "undo":
            taken = begun
        case "back":
            taken = begun and state.steps[source.partition("/")[2]].attempts > 0  # else nothing went back
        case _:
            kind, _, name = source.partition("/")
            taken = kind == "step" and state.steps[name].ended_at is not None
    return Painted("sf-taken" if taken else "")


def _begun(state: RunState, element: str) -> bool:
    """Say whether the element that an arrow points to took place."""
    kind, _, name = element.partition("/")
    if kind not in ("step", "undo", "stop"):
        return False
    now = state.steps[name]
    if kind == "step":
        return now.attempts > 0 or now.status not in (StepStatus.PENDING, StepStatus.SKIPPED)
    return now.status in UNDO and (now.status is not StepStatus.NOTHING_TO_UNDO or now.undo_attempts > 0)

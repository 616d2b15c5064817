"""The monitor of choreographies. They have no coordinator, so that their state is derived from the events of a run.

The monitor compares the events with the definition. It says whether each step is expected, done, late or *missing*, and
which events are duplicates, out of order, unexpected or orphans.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sagaflow.core.definition.saga import Saga, Step
from sagaflow.core.run.facts import CompensationSettled, EventPublished, SavepointRestored, SignalIgnored, StepSkipped
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.reports import EventReceived, ResumeRequested, StepSucceeded
from sagaflow.core.run.state import Direction, StepStatus

__all__ = [
    "Expectation",
    "Finding",
    "Observed",
    "Oddity",
    "Projection",
    "Renewed",
    "Skipped",
    "Standing",
    "observations",
    "project",
]


class Standing(StrEnum):
    """The state of a step, derived from its events alone."""

    LATER = "later"
    """The events to which it reacts have not come yet."""
    EXPECTED = "expected"
    MISSING = "missing"
    """Its deadline passed without its event."""
    DONE = "done"
    LATE = "late"
    """It is done, but after its deadline."""
    SKIPPED = "skipped"
    FAILED = "failed"
    UNDONE = "undone"
    CALLED_OFF = "called_off"
    """It is no longer expected, because another step failed before its turn."""


class Oddity(StrEnum):
    """The reason why an event is reported."""

    DUPLICATE = "duplicate"
    OUT_OF_ORDER = "out_of_order"
    """It came before the events to which its step reacts."""
    UNEXPECTED = "unexpected"
    """The definition does not know it."""
    ORPHAN = "orphan"
    """It belongs to no run, or to another one."""


@dataclass(frozen=True, slots=True)
class Observed:
    """One event, ``at`` seconds since the epoch. Two events with one ``event_id`` are one event, delivered twice."""

    event: str
    at: float
    event_id: str = ""
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A step was skipped, by its condition or an operator, ``at`` seconds since the epoch."""

    step: str
    at: float


@dataclass(frozen=True, slots=True)
class Renewed:
    """A new round of some steps began: a save-point was restored, or an operator resumed the run."""

    steps: frozenset[str]
    at: float


@dataclass(frozen=True, slots=True)
class Expectation:
    """The state of one step, as the monitor sees it."""

    step: str
    event: str
    """The event of its success."""
    standing: Standing
    at: float | None = None
    """The time of its latest event."""
    deadline: float | None = None
    """The time until which its event is, or was, expected; ``None``: it is not its turn, or it has no timeout."""
    after: tuple[str, ...] = ()
    """The events that it reacts to."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A report about an odd event."""

    oddity: Oddity
    event: str
    at: float
    step: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Projection:
    """The process that the events show: the state of each step, and the odd events."""

    steps: Mapping[str, Expectation]
    findings: tuple[Finding, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the steps whose reaction is missing."""
        return tuple(name for name, step in self.steps.items() if step.standing is Standing.MISSING)

    @property
    def next_deadline(self) -> float | None:
        """Return the time at which the next expected event becomes missing."""
        open_ = [step.deadline for step in self.steps.values() if step.standing is Standing.EXPECTED]
        return min((deadline for deadline in open_ if deadline is not None), default=None)


def project(
    saga: Saga,
    observed: Iterable[Observed | Skipped | Renewed],
    now: float,
    *,
    started_at: float = 0.0,
    correlation_id: str = "",
) -> Projection:
    """Return the process that ``observed``, in order of arrival, shows of a run of ``saga`` at ``now``."""
    tracker = _Tracker(saga, started_at)
    for event in observed:
        if isinstance(event, Renewed):
            tracker.renew(event)
        elif isinstance(event, Skipped):
            tracker.skipped[event.step] = event.at
        elif correlation_id and event.correlation_id not in ("", correlation_id):
            tracker.odd(Oddity.ORPHAN, event, "", f"it carries the correlation ID '{event.correlation_id}'")
        else:
            tracker.take(event)
    return Projection({name: tracker.expectation(name, now) for name in saga.steps}, tuple(tracker.findings))


def observations(saga: Saga, entries: Iterable[Entry]) -> tuple[Observed | Skipped | Renewed, ...]:
    """Return the events, skipped steps and new rounds in a journal, in order, for ``project``.

    A success that was not published, because it has no subscribers, counts as an event too. An event from outside ends
    the wait of a step, and the run then publishes the outcome: both count as one event.
    """
    events: list[Observed | Skipped | Renewed] = []
    received: set[str] = set()
    for entry in entries:
        match entry.fact:
            case StepSucceeded(step=name, direction=direction):
                step = saga.steps[name]
                if not _awaited(step, direction):
                    events.append(
                        Observed(step.done_event if direction is Direction.DO else step.undone_event, entry.at)
                    )
            case EventPublished(event=event, step=name) if event not in received and _tells_more(saga, name, event):
                events.append(Observed(event, entry.at))
            case EventReceived(event=event, event_id=event_id):
                received.add(event)
                events.append(Observed(event, entry.at, event_id))
            case SignalIgnored(signal="EventReceived", event=event):
                events.append(Observed(event, entry.at))
            case CompensationSettled(step=name, status=StepStatus.UNDONE_BY_HAND):
                events.append(Observed(saga.steps[name].undone_event, entry.at))
            case StepSkipped(step=name):
                events.append(Skipped(name, entry.at))
            case SavepointRestored() | ResumeRequested() as fact:
                renewed = _renewed(saga, fact)
                received.difference_update(*(_outcomes(saga.steps[name]) for name in renewed))
                events.append(Renewed(renewed, entry.at))
            case _:
                pass
    return tuple(events)


@dataclass
class _Tracker:
    """Collects the events of each step."""

    saga: Saga
    started_at: float
    skipped: dict[str, float] = field(default_factory=dict)
    renewed: dict[str, float] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)
    failed: dict[str, float] = field(default_factory=dict)
    undone: dict[str, float] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)
    """Events from outside that came, and that a new round may need once more."""
    findings: list[Finding] = field(default_factory=list)

    def take(self, observed: Observed) -> None:
        """Assign the event to its step, and note whether it is odd."""
        if observed.event_id and observed.event_id in self.seen:
            self.odd(Oddity.DUPLICATE, observed, "", f"the event {observed.event_id} was delivered before")
            return
        self.seen |= {observed.event_id} - {""}
        for name, step in self.saga.steps.items():
            if observed.event == _success(step):
                self._success(name, observed)
                return
            if observed.event in {step.failed_event(""), *step.fails_as.values()}:
                self._once(self.failed, name, observed)
                return
            if observed.event in _undos(step):
                self._once(self.undone, name, observed)
                return
        if not self._internal(observed.event):
            self.odd(Oddity.UNEXPECTED, observed, "", f"'{self.saga.name}' neither publishes nor awaits it")

    def renew(self, renewed: Renewed) -> None:
        """Forget the events of steps that begin a new round; those from outside to which they react may come again."""
        self.again.update(*(self.saga.graph.awaits[name] for name in renewed.steps))
        for name in renewed.steps:
            for known in (self.done, self.failed, self.undone, self.skipped):
                known.pop(name, None)
            self.renewed[name] = renewed.at

    def odd(self, oddity: Oddity, observed: Observed, step: str, message: str) -> None:
        """Note that an event is odd."""
        self.findings.append(Finding(oddity, observed.event, observed.at, step, message))

    def expectation(self, name: str, now: float) -> Expectation:
        """Return the state of a step after all events, at ``now``."""
        step = self.saga.steps[name]
        deadline = self._deadline(step)
        at = self.undone.get(name) or self.failed.get(name) or self.skipped.get(name) or self.done.get(name)
        standing = self._standing(name, deadline, now)
        return Expectation(name, _success(step), standing, at, deadline, self.saga.graph.reacts_to[name])

    def _standing(self, name: str, deadline: float | None, now: float) -> Standing:
        for standing, known in ((Standing.UNDONE, self.undone), (Standing.FAILED, self.failed)):
            if name in known:
                return standing
        if name in self.skipped:
            # The event that it would have waited for may still come, for another step that reacts to it.
            return Standing.SKIPPED
        if name in self.done:
            return Standing.LATE if deadline is not None and self.done[name] > deadline else Standing.DONE
        if self.failed or self.undone:
            return Standing.CALLED_OFF
        if self._ready_at(name) is None:
            return Standing.LATER
        return Standing.MISSING if deadline is not None and deadline <= now else Standing.EXPECTED

    def _success(self, name: str, observed: Observed) -> None:
        before = self.saga.graph.before[name]
        open_ = sorted(other for other in before if other not in self.done and other not in self.skipped)
        if name in self.done and observed.event not in self.again:
            self.odd(Oddity.DUPLICATE, observed, name, f"'{name}' was done before")
        elif name not in self.done and open_:
            self.odd(Oddity.OUT_OF_ORDER, observed, name, f"'{name}' comes after {', '.join(open_)}, not done by then")
        self.again.discard(observed.event)
        self.done.setdefault(name, observed.at)

    def _once(self, known: dict[str, float], name: str, observed: Observed) -> None:
        if name in known:
            self.odd(Oddity.DUPLICATE, observed, name, f"the event of '{name}' came before")
        known.setdefault(name, observed.at)

    def _ready_at(self, name: str) -> float | None:
        """Return when the last event came to which the step reacts; ``None``: not all have come."""
        moments = [self.skipped.get(other, self.done.get(other)) for other in self.saga.graph.before[name]]
        known = [moment for moment in moments if moment is not None]
        return None if len(known) < len(moments) else max([self.renewed.get(name, self.started_at), *known])

    def _deadline(self, step: Step) -> float | None:
        ready_at = self._ready_at(step.name)
        return None if ready_at is None or step.timeout is None else ready_at + step.timeout

    def _internal(self, event: str) -> bool:
        """Say whether the event is about the run, for example the start of a segment, and not about one step."""
        awaited = {name for events in self.saga.graph.awaits.values() for name in events}
        started = {segment.started_event for segment in self.saga.segments}
        published = {step.done_event for step in self.saga.steps.values()}
        return event in awaited | started | published or event.startswith("Saga")


def _success(step: Step) -> str:
    """Return the event that shows that a step is done."""
    return step.does.awaits or step.done_event


def _awaited(step: Step, direction: Direction) -> bool:
    """Say whether an event from outside, which counts by itself, settles this direction of the step."""
    return bool(step.work(direction).awaits)


def _undos(step: Step) -> set[str]:
    return {step.undone_event, step.work(Direction.UNDO).awaits} - {""}


def _tells_more(saga: Saga, name: str, event: str) -> bool:
    """Say whether a publication of a step tells more than the success, or the undo, that it follows."""
    if not name or event.startswith("Saga"):
        return False
    return event not in (saga.steps[name].done_event, saga.steps[name].undone_event)


def _outcomes(step: Step) -> set[str]:
    """Return the events that show the end of a step, forward and back."""
    return {_success(step), step.done_event, *step.fails_as.values()} | _undos(step)


def _renewed(saga: Saga, fact: SavepointRestored | ResumeRequested) -> frozenset[str]:
    """Return the steps that are expected again."""
    if isinstance(fact, SavepointRestored):
        return saga.graph.scope(fact.segment)
    return saga.graph.descendants[fact.step] | {fact.step}

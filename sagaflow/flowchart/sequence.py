"""Messages between services, from the recorded journal of a run. Message for message as SCENARIOS S5 wants it.

Orchestrated: the command of a step, its reply, and the commands of compensations (a successful one is not answered
in the picture). Choreographed: every event that a reaction waited for, from the service that published it, on the way
forward and on the way back. A step whose turn came because the steps before it were skipped has the last events before
them. A delivery of a service to itself and the start of a segment are not messages. In either style: an event that has
reached an observer or a subscriber, where it was published.

Each step that ran is the target of a message, except where its own service had published the event, and where nothing
but the start of the run came before it. A timer has no service: it is a participant of its own, by its title.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sagaflow.core.definition.problems import MISSING, ROLLING_BACK
from sagaflow.core.definition.saga import Saga, Style
from sagaflow.core.definition.subscriber import service_of
from sagaflow.core.definition.work import EXTERNAL, NO_WORK
from sagaflow.core.run.facts import (
    CompensationSettled,
    EventDelivered,
    EventPublished,
    Fact,
    SavepointRestored,
    SegmentStarted,
    StepCommanded,
    StepLeftInDoubt,
    StepParked,
    StepScheduled,
    StepSkipped,
)
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.reports import EventReceived, StepFailed, StepSucceeded
from sagaflow.core.run.state import Direction, ErrorKind, StepError, StepStatus
from sagaflow.flowchart.compose import step_title
from sagaflow.flowchart.mermaid import quoted
from sagaflow.flowchart.words import humanize

__all__ = [
    "EARLIER",
    "MONITOR",
    "ORCHESTRATOR",
    "PUBLISHING",
    "Kind",
    "Message",
    "as_mermaid",
    "as_table",
    "messages",
    "participants",
]

ORCHESTRATOR = "Orchestrator"
MONITOR = "Monitor"
"""Starts rollbacks of choreographies that no step's failure started."""
EARLIER = "Earlier entries"
"""The unknown publisher of an event before the stretch of the journal that is read."""
MOST_TITLES = 2
"""The most steps that a label names."""
PUBLISHING = (
    "EventPublished",
    "EventReceived",
    "EventDelivered",
    "StepCommanded",
    "StepScheduled",
    "StepSkipped",
    "SavepointRestored",
)
"""Kinds of entries that tell who published an event, which step has it or was skipped, and what counts no more."""


class Kind(StrEnum):
    """The kinds of messages."""

    COMMAND = "command"
    REPLY = "reply"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Message:
    """One arrow of the diagram."""

    source: str
    target: str
    label: str
    kind: Kind
    seq: int
    """The number of the journal entry that it is drawn for."""


def messages(
    saga: Saga,
    entries: Iterable[Entry],
    *,
    before: Iterable[Entry] = (),
    heard: Mapping[int, Collection[str]] = MappingProxyType({}),
) -> tuple[Message, ...]:
    """The messages of a run, in order.

    ``entries`` may be a stretch of the journal; ``before``: earlier ones of the kinds ``PUBLISHING``, not drawn.
    ``heard``: by the number of a publication, the observers and subscribers that it has reached.
    """
    reader = _Reader(saga, heard)
    for entry in before:
        reader.learn(entry)
    for number, entry in enumerate(entries):
        if not number and entry.seq > 1:
            reader.unknown = EARLIER
        reader.read(entry)
        reader.learn(entry)
        reader.listen(entry)
    return tuple(reader.found)


def participants(found: Iterable[Message]) -> tuple[str, ...]:
    """Return the participants in order of appearance."""
    return tuple(dict.fromkeys(name for message in found for name in (message.source, message.target)))


def as_mermaid(found: tuple[Message, ...]) -> str:
    """A Mermaid ``sequenceDiagram``: solid arrows are commands, dashed ones replies and events."""
    names = {name: f"p{number}" for number, name in enumerate(participants(found), 1)}
    lines = ["sequenceDiagram"]
    lines += [f"    participant {key} as {quoted(name)[1:-1]}" for name, key in names.items()]
    arrows = {Kind.COMMAND: "->>", Kind.REPLY: "-->>", Kind.EVENT: "--)"}
    for message in found:
        arrow = f"{names[message.source]}{arrows[message.kind]}{names[message.target]}"
        lines.append(f"    {arrow}: {quoted(message.label)[1:-1]}")
    return "\n".join(lines) + "\n"


def as_table(found: tuple[Message, ...]) -> str:
    """Plain text: one message a line, in columns."""
    rows = [("#", "from", "to", "kind", "message")]
    rows += [(str(one.seq), one.source, one.target, one.kind.value, one.label) for one in found]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "".join(
        "  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows
    )


@dataclass
class _Reader:
    saga: Saga
    heard: Mapping[int, Collection[str]]
    found: list[Message] = field(default_factory=list)
    publisher: dict[str, str] = field(default_factory=dict)
    """The service that published each event last."""
    unknown: str = ""
    """The publisher of an event that no entry names."""
    delivered: set[tuple[str, str]] = field(default_factory=set)
    """Each step with an event that was delivered to it and is drawn already."""
    skipped: set[str] = field(default_factory=set)
    clocks: Mapping[str, str] = field(init=False)
    """The participant of each step whose work has no service."""

    def __post_init__(self) -> None:
        self.clocks = _clocks(self.saga, {name for names in self.heard.values() for name in names})

    def learn(self, entry: Entry) -> None:
        """Note the publisher of each event, and the deliveries for the work that comes next."""
        match entry.fact:
            case EventPublished(event=event, step=step, direction=direction):
                silent = not step or event == MISSING
                self.publisher[event] = MONITOR if silent else self._participant(step, direction)
            case EventReceived(event=event, source=source):
                self.publisher[event] = source or EXTERNAL
            case EventDelivered(step=step, direction=Direction.DO, event=event):
                self.delivered.add((step, event))
            case StepScheduled(step=step, direction=Direction.DO, event=event):
                self.delivered.discard((step, event))
                self.skipped.discard(step)
            case StepCommanded(step=step, direction=Direction.DO):
                self.skipped.discard(step)
            case StepSkipped(step=step):
                self.skipped.add(step)
            case SavepointRestored():  # what was undone before it says nothing about the next way back
                for each in self.saga.steps.values():
                    self.publisher.pop(each.undone_event, None)
            case _:
                pass

    def read(self, entry: Entry) -> None:
        """Take the next entry."""
        self._orchestration(entry)
        self._choreography(entry)

    def listen(self, entry: Entry) -> None:
        """The observers and subscribers that a published event has reached."""
        if isinstance(entry.fact, EventPublished):
            for target in dict.fromkeys(service_of(self.saga, name) for name in self.heard.get(entry.seq, ())):
                source = self.publisher[entry.fact.event] if entry.fact.step else self._coordinator()
                if source and source != target:
                    self._say(source, target, entry.fact.event, Kind.EVENT, entry)

    def _orchestration(self, entry: Entry) -> None:
        """Commands and replies. Only what a coordinator commanded is answered to it."""
        fact: Any = entry.fact
        if isinstance(fact, StepCommanded):
            target = self._participant(fact.step, fact.direction)
            self._say(self._commander(fact.step), target, self._label(fact.step, fact.direction), Kind.COMMAND, entry)
        elif (verdict := _verdict(fact)) and self._commanded(fact.step):
            self._reply(fact.step, *verdict, entry)

    def _choreography(self, entry: Entry) -> None:
        """The reactions to what was published."""
        match entry.fact:
            case EventDelivered(step=step, direction=Direction.DO, event=event):
                self._event(event, self._participant(step, Direction.DO), entry)
            case StepScheduled(step=step, direction=Direction.DO, event=""):
                self._start_behind_skipped(step, entry)
            case StepScheduled(step=step, direction=Direction.DO, event=event):
                if (step, event) not in self.delivered:
                    self._event(event, self._participant(step, Direction.DO), entry)
            case StepScheduled(step=step, direction=Direction.UNDO, event=event) if event:
                for earlier in self._undone_before(step, event):
                    self._event(earlier, self._participant(step, Direction.UNDO), entry)
            case SegmentStarted(segment=segment):
                self._hand_over(segment, entry)
            case _:
                return

    def _undone_before(self, step: str, event: str) -> tuple[str, ...]:
        """The events that an undo waited for: those of the undone steps that depend on it, and the one that came last.

        The journal names only the last one.
        """
        graph = self.saga.graph
        after = (self.saga.steps[name].undone_event for name in graph.order if step in graph.before[name])
        return (*(each for each in after if each in self.publisher and each != event), event)

    def _coordinator(self) -> str:
        """The participant that publishes the events of the run and of its segments."""
        named = [
            segment.coordinator or ORCHESTRATOR for segment in self.saga.segments if segment.style is Style.ORCHESTRATED
        ]
        return named[0] if named else MONITOR

    def _commander(self, step: str) -> str:
        """The coordinator of the segment of ``step``."""
        return self.saga.graph.segment_of[step].coordinator or ORCHESTRATOR

    def _event(self, event: str, target: str, entry: Entry) -> None:
        started = {segment.started_event for segment in self.saga.segments}
        source = MONITOR if event == ROLLING_BACK else self.publisher.get(event, self.unknown)
        if event and source and source != target and event not in started:
            self._say(source, target, event, Kind.EVENT, entry)

    def _hand_over(self, segment: str, entry: Entry) -> None:
        """A coordinator learns by events that the choreographed segments before its own are done."""
        first = self.saga.graph.entries[segment]
        if self._commanded(first[0]):
            for name, label in self._last_events(first).items():
                if not self._commanded(name):
                    self._tell(name, self._commander(first[0]), label, entry)

    def _start_behind_skipped(self, step: str, entry: Entry) -> None:
        """A step whose turn came without an event, because steps before it were skipped.

        Where no event led there either, their coordinator did.
        """
        target, before = self._participant(step, Direction.DO), self._before((step,))
        events = self._last_events((step,))
        for name, label in events.items():
            self._tell(name, target, label, entry)
        skipped = [name for name in before if name in self.skipped]
        if skipped and not events:
            for coordinator in dict.fromkeys(self._commander(name) for name in before if self._commanded(name)):
                self._say(coordinator, target, self._were_skipped(skipped), Kind.EVENT, entry)

    def _last_events(self, steps: Iterable[str]) -> dict[str, str]:
        """Each published event before ``steps``, by the step that it tells of, with the steps skipped in between."""
        before, events = self._before(steps), {}
        for name in before:
            event = self.saga.steps[name].done_event
            if name not in self.skipped and event in self.publisher:
                skipped = [each for each in before if each in self.skipped & self.saga.graph.descendants[name]]
                events[name] = f"{event} ({self._were_skipped(skipped)})" if skipped else event
        return events

    def _before(self, steps: Iterable[str]) -> list[str]:
        """The direct predecessors of ``steps``, and of each of them that was skipped, in order."""
        graph, found, reached = self.saga.graph, set[str](), set(steps)
        while reached:
            reached = {other for name in reached for other in graph.before[name]} - found
            found |= reached
            reached &= self.skipped
        return [name for name in graph.order if name in found]

    def _were_skipped(self, steps: list[str]) -> str:
        titles = [step_title(self.saga.steps[name]) for name in steps]
        if len(titles) > MOST_TITLES:
            return f"{len(titles)} steps were skipped"
        return f"{' and '.join(titles)} {'was' if len(titles) == 1 else 'were'} skipped"

    def _tell(self, step: str, target: str, label: str, entry: Entry) -> None:
        source = self.publisher[self.saga.steps[step].done_event]
        if source != target:
            self._say(source, target, label, Kind.EVENT, entry)

    def _reply(self, step: str, direction: Direction, label: str, entry: Entry) -> None:
        self._say(self._participant(step, direction), self._commander(step), label, Kind.REPLY, entry)

    def _say(self, source: str, target: str, label: str, kind: Kind, entry: Entry) -> None:
        self.found.append(Message(source, target, label, kind, entry.seq))

    def _commanded(self, step: str) -> bool:
        return self.saga.graph.segment_of[step].style is Style.ORCHESTRATED

    def _participant(self, step: str, direction: Direction) -> str:
        definition = self.saga.steps[step]
        work = definition.does if definition.undo is None else definition.work(direction)
        if direction is Direction.UNDO and (work.awaits or work is NO_WORK):
            named = definition.service_of(direction)
        else:
            named = (definition.does if work.rolls_child_back else work).partner
        return named or definition.does.partner or self.clocks[step]

    def _label(self, step: str, direction: Direction) -> str:
        definition = self.saga.steps[step]
        work = definition.does if definition.undo is None else definition.work(direction)
        if work.awaits:
            return f"Await {work.awaits}"
        if work.verb:
            return _title_case(work.verb)
        return _title_case(step) if direction is Direction.DO else f"Undo {_title_case(step)}"


def _verdict(fact: Fact) -> tuple[Direction, str] | None:
    """The reply that a fact stands for: of retried attempts only the last one, of compensations only a failure."""
    match fact:
        case StepSucceeded(direction=Direction.DO):
            return Direction.DO, "OK"
        case StepFailed(direction=Direction.DO, error=StepError(kind=ErrorKind.BUSINESS)):
            return Direction.DO, "FAIL"
        case StepParked(direction=Direction.DO, error=StepError(kind=ErrorKind.TECHNICAL | ErrorKind.PROGRAMMING)):
            return Direction.DO, "FAIL"
        case StepLeftInDoubt(error=StepError(code=code)) if code != "unknown-outcome":
            return Direction.DO, "FAIL"
        case StepParked(direction=Direction.UNDO) | CompensationSettled(status=StepStatus.UNDO_SKIPPED, by=""):
            return Direction.UNDO, "FAIL"
        case _:
            return None


def _title_case(name: str) -> str:
    """``create_order`` → ``Create Order``."""
    return " ".join(word[:1].upper() + word[1:] for word in humanize(name).split(" "))


def _clocks(saga: Saga, listeners: Iterable[str]) -> dict[str, str]:
    """The participant of each timer: its title, and its name too if another participant is called so."""
    taken = {ORCHESTRATOR, MONITOR, EARLIER, EXTERNAL, *(segment.coordinator for segment in saga.segments)}
    taken |= {service_of(saga, name) for name in listeners}
    for step in saga.steps.values():
        taken |= {step.does.partner, step.service, step.undo_service}
    clocks: dict[str, str] = {}
    for step in saga.steps.values():
        title = step_title(step)
        if not step.does.partner:
            clocks[step.name] = title if title not in taken else f"{title} ({step.name})"
            taken.add(title)
    return clocks

"""Runs of random worlds by number, and a hash of all that the core decided in each: entries, chain, snapshot, commands.

``golden.txt`` has the hashes of the core as it was before its decisions became cheap. A run of that core goes on under
this one, and its journal still verifies. So the hashes stay, whatever is done for speed.

``python -m tests.core.golden`` writes the file again. That is right only if a decision is meant to change: then the
changelog says so.
"""

import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sagaflow.core.codec import encode
from sagaflow.core.definition.condition import where
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    AfterRollback,
    Approval,
    Call,
    CompensateOn,
    Compensation,
    Observer,
    OnExhausted,
    OnUndoFailure,
    Recovery,
    RollBackChild,
    Saga,
    Segment,
    Step,
    Style,
    SubSaga,
    Timer,
    WaitForEvent,
    irreversible,
    nothing,
    semantic,
)
from sagaflow.core.errors import InvalidDefinition, Refused
from sagaflow.core.payload import canonical
from sagaflow.core.run import facts, reports
from sagaflow.core.run.journal import chain, fact_text, write_fact
from sagaflow.core.run.queries import allowed, attention, claimable, due_services, starts_at, wake_at
from sagaflow.core.run.snapshot import write_snapshot
from sagaflow.core.run.state import Direction
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.world import World

__all__ = ["COUNT", "FILE", "hash_of", "play", "read"]

FILE = Path(__file__).with_name("golden.txt")
COUNT = 600
NOISE = (
    InjectedFault.TECHNICAL_ERROR,
    InjectedFault.DUPLICATE,
    InjectedFault.LATE_REPLY,
    InjectedFault.CRASH_BEFORE,
    InjectedFault.CRASH_AFTER,
    InjectedFault.TIME_OUT,
    InjectedFault.FAILED_LATE,
    InjectedFault.NONE,
)
DOOM = (InjectedFault.BUSINESS_ERROR, InjectedFault.BUSINESS_ERROR, InjectedFault.TECHNICAL_ERROR)
VERBS = ("retry", "skip", "mark_done", "resume", "roll_back", "cancel")


class Recorded(World):
    """A world that hashes each decision: its entries, its chain, its snapshot, its commands, and what follows."""

    def __post_init__(self) -> None:
        self.hash = hashlib.sha256()
        self.head = "run"
        self.decisions = 0
        super().__post_init__()

    def report(self, report: reports.Report) -> None:
        """Hash the decision, or the refusal."""
        entries, commands = len(self.entries), len(self.commands)
        try:
            super().report(report)
        except Refused as refused:
            self.add("refused", refused.code, str(refused))
            raise
        self.decisions += 1
        for entry in self.entries[entries:]:
            kind, data = write_fact(entry.fact)
            text = fact_text(entry.fact)
            assert text == canonical(data), "the text of a fact is the canonical one"
            self.head = chain(self.head, seq=entry.seq, at=entry.at, cause=entry.cause, kind=kind, data=text)
            self.add(kind, text, self.head)
        self.add(write_snapshot(self.state))
        self.add(*(canonical([type(each).__name__, encode(each)]) for each in self.commands[commands:]))
        services = sorted(due_services(self.saga, self.state, self.at))
        moments = wake_at(self.saga, self.state), starts_at(self.state, self.at)
        self.add(canonical([services, moments, attention(self.saga, self.state)]))

    def add(self, *texts: str) -> None:
        """Add texts to the hash."""
        for text in texts:
            self.hash.update(text.encode() + b"\n")


def play(number: int) -> Recorded:
    """Play the world of this number to its end."""
    chance = random.Random(number)
    saga = drawn(chance, 40 if number % 60 == 0 else 7)
    world = Recorded(
        saga,
        _script(chance, saga),
        number,
        chance.choice((None, {"flag": True, "total": 1}, {"flag": False, "total": 1.5})),
        frozenset(name for name in saga.steps if chance.random() < 0.1),
        frozenset(name for name in saga.steps if chance.random() < 0.2),
    )
    for _ in range(chance.choice((0, 40, 80))):
        world.turn()
        if number % 2 and chance.random() < 0.15:
            _ask(world, chance)
        if number % 3 == 0 and chance.random() < 0.15:
            _miss(world, chance)
    world.withhold = frozenset()
    for _ in range(8):
        world.settle()
        if not _ask(world, chance):
            break
        if chance.random() < 0.4:
            world.script = {}
    return world


def hash_of(number: int) -> str:
    """Return the beginning of the hash of a world."""
    return play(number).hash.hexdigest()[:12]


def read() -> list[str]:
    """Return the hashes of the file, by number."""
    return FILE.read_text().split()


def _ask(world: Recorded, chance: random.Random) -> bool:
    """Let an operator do something that is open."""
    opened = [
        (verb, step)
        for step in (None, *world.saga.steps)
        for verb, why in allowed(world.saga, world.state, world.at, step).items()
        if why is None and verb in VERBS
    ]
    if not opened:
        return False
    verb, step = chance.choice(opened)
    who: dict[str, Any] = {"by": "ada", "reason": "because"}
    makers: dict[str, Any] = {
        "retry": lambda: reports.RetryRequested(step=step, input={"n": 1}, edited=chance.random() < 0.3, **who),
        "skip": lambda: reports.SkipRequested(step=step, output={"ok": True}, **who),
        "mark_done": lambda: reports.CompensationMarkedDone(step=step, **who),
        "resume": lambda: facts.ResumeRequested(step=step, **who),
        "roll_back": lambda: reports.RollbackRequested(parent=chance.random() < 0.2, **who),
        "cancel": lambda: facts.CancelRequested(**who),
    }
    try:
        world.report(makers[verb]())
    except Refused:
        return False
    return True


def _miss(world: Recorded, chance: random.Random) -> None:
    """Let a process die with the step that it holds, or say that no worker can do what is due."""
    now = world.state.steps
    held = [each for each in world.flights if now[each.step].token == each.token and now[each.step].status.is_leased]
    due = claimable(world.saga, world.state, world.at)
    if held and chance.random() < 0.7:
        lost = chance.choice(held)
        place: dict[str, Any] = {"step": lost.step, "direction": lost.direction}
        died = reports.WorkerDied(**place, attempt=lost.attempt, token=lost.token, worker="w")
        world.report(replace(died, blameless=chance.random() < 0.3))
    elif due:
        step, direction = chance.choice(due)
        world.report(reports.WorkUnserved(step=step, direction=direction, needs=step, since=world.at))


def drawn(chance: random.Random, most: int) -> Saga:
    while True:
        try:
            return _once(chance, most)
        except InvalidDefinition:
            continue


def _once(chance: random.Random, most: int) -> Saga:
    segments: list[Segment] = []
    count, number = chance.randint(1, most), 0
    pivot = chance.randrange(count) if chance.random() < 0.4 else None
    savepoint = False
    while number < count:
        size = min(count - number, chance.randint(1, 1 + most // 2))
        names = [f"s{each}" for each in range(number, number + size)]
        steps = tuple(_step(chance, name, names[:at], pivot) for at, name in enumerate(names))
        own = chance.random() < 0.3
        savepoint = savepoint or own
        forward = savepoint and chance.random() < 0.5
        segments.append(
            Segment(
                name=f"g{len(segments)}",
                style=chance.choice((Style.ORCHESTRATED, Style.CHOREOGRAPHED)),
                steps=steps,
                after=_some(chance, [segment.name for segment in segments]),
                savepoint=own,
                **({"recovery": Recovery.FORWARD, "forward_attempts": chance.randint(1, 3)} if forward else {}),
            )
        )
        number += size
    observers = (Observer("seen", "audit.note", (segments[0].started_event,)),) if chance.random() < 0.2 else ()
    return Saga(
        "golden",
        tuple(segments),
        deadline=chance.choice((None, None, 600.0)),
        after_rollback=chance.choice((AfterRollback(), AfterRollback(2, 60.0))),
        observers=observers,
        sensitive=chance.choice(((), ("ok",))),
    )


def _some(chance: random.Random, names: Sequence[str]) -> tuple[str, ...] | None:
    if not names or chance.random() < 0.5:
        return None
    return tuple(sorted(chance.sample(list(names), min(len(names), chance.randint(0, 2)))))


def _step(chance: random.Random, name: str, earlier: Sequence[str], pivot: int | None) -> Step:
    service = chance.choice(("order", "stock", "payment"))
    call = Call(f"{service}.do_{name}")
    does = chance.choice(
        (call,) * 5 + (WaitForEvent(f"{name}.Happened"), Timer(2.5), Timer(30.0), Approval("boss"), SubSaga("child"))
    )
    undo = Compensation(does=Call(f"{service}.undo_{name}"))
    others: list[Any] = [semantic(f"{service}.sorry_{name}", "seen"), irreversible("gone"), nothing("a check"), None]
    if isinstance(does, SubSaga):
        others += [Compensation(does=RollBackChild())] * 4
    if isinstance(does, WaitForEvent):
        others += [Compensation(does=WaitForEvent(f"{name}.TakenBack"))] * 4
    waits = isinstance(does, WaitForEvent) and chance.random() < 0.5
    options: dict[str, Any] = {"fails_as": {"no": f"{name}.Refused"}} if waits else {}
    if chance.random() < 0.2:
        path = chance.choice(["/input/flag", *(f"/steps/{other}/ok" for other in earlier)])
        options["condition"] = where(path, chance.choice(("eq", "ne")), chance.choice((True, False)))
    if chance.random() < 0.2:
        options["emits"] = f"{name}.Did"
    return Step(
        name,
        does,
        undo=chance.choice([undo] * len(others) + others),
        after=_some(chance, earlier),
        pivot=name == f"s{pivot}",
        timeout=chance.choice((None, None, 5.0, 60.0)),
        retry=_retry(chance),
        undo_retry=_retry(chance),
        on_exhausted=chance.choice((OnExhausted.PARK, OnExhausted.ROLL_BACK)),
        on_undo_failure=chance.choice((OnUndoFailure.PARK, OnUndoFailure.CONTINUE)),
        compensate_on=chance.choice((CompensateOn.COMPLETED, CompensateOn.ATTEMPTED)),
        **options,
    )


def _retry(chance: random.Random) -> RetryPolicy:
    return RetryPolicy(
        attempts=chance.randint(1, 3),
        delay=chance.choice((0.0, 1.0, 10.0)),
        max_delay=60.0,
        jitter=0.0,
        total=chance.choice((None, None, 15.0)),
    )


def _script(chance: random.Random, saga: Saga) -> dict[tuple[str, Direction], tuple[InjectedFault, ...]]:
    script = {}
    for name in saga.steps:
        for direction in Direction:
            if chance.random() < 0.25:
                script[name, direction] = tuple(chance.choices(NOISE, k=chance.randint(1, 3)))
    names: Iterable[str] = chance.sample(list(saga.steps), min(len(saga.steps), chance.choice((0, 1, 1, 2))))
    script |= {(name, Direction.DO): (chance.choice(DOOM),) * 40 for name in names}
    if chance.random() < 0.3:
        script[chance.choice(list(saga.steps)), Direction.UNDO] = (chance.choice(DOOM),) * 40
    return script


if __name__ == "__main__":
    FILE.write_text("".join(f"{hash_of(number)}\n" for number in range(COUNT)))

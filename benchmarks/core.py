"""Measures what the pure core costs, without a database. Run: python -m benchmarks.core

A worker's part of a run is played: each transaction reads the snapshot, decides about the outcome of a step and the
claim of the next one, chains the journal entries and writes the snapshot. *Kept* leaves the reading out, as a worker
does that still has the state of its last commit. It prints the CPU time of a run of five steps, and of one step in
runs of more steps: the best of several rounds. Promise: a step of a run of 500 steps costs at most twice as much as
one of 10. If not, the exit code is 1.
"""

# ruff: noqa: T201  (a benchmark prints)

import sys
import time
from collections.abc import Callable
from typing import Any

from sagaflow.core.definition.saga import Call, Compensation, Saga, Segment, Step, choreographed, orchestrated
from sagaflow.core.run.decide import decide
from sagaflow.core.run.journal import chain, fact_text
from sagaflow.core.run.queries import claimable
from sagaflow.core.run.reports import Report, RunRequested, StepClaimed, StepFailed, StepSucceeded
from sagaflow.core.run.snapshot import read_snapshot, write_snapshot
from sagaflow.core.run.state import Direction, ErrorKind, RunState, StepError

ROUNDS = 5
SIZES = (10, 100, 300, 500)
WANTED = 2.0
REFUSED = StepError(ErrorKind.BUSINESS, "refused", "no")


class Play:
    """One run, from its start to its end."""

    def __init__(self, saga: Saga, failing: str, *, kept: bool) -> None:
        self.saga, self.failing, self.kept = saga, failing, kept
        self.state, self.head, self.at = RunState.of(saga), "run", 1_000_000.0
        self.text = write_snapshot(self.state)
        self.transaction(RunRequested(input={"order": "A-1", "total": 12.5}))
        claims = claimable(saga, self.state, self.at)
        self.transaction(*(self.claim(*each) for each in claims[:1]))
        while not self.state.status.ended:
            now = self.state.steps[self.step]
            place: Any = {"step": self.step, "direction": self.direction}
            place |= {"attempt": now.attempt, "token": now.token}
            if self.step == failing and self.direction is Direction.DO:
                self.transaction(StepFailed(**place, error=REFUSED), claims=True)
            else:
                self.transaction(StepSucceeded(**place, output={"done": True}), claims=True)

    def claim(self, step: str, direction: Direction) -> StepClaimed:
        """Claim a step."""
        self.step, self.direction = step, direction
        return StepClaimed(step=step, direction=direction, worker="host-1:4711:1", lease=60.0, guard="python")

    def transaction(self, *reports: Report, claims: bool = False) -> None:
        """Decide about the reports, and about the claim of the next step; save."""
        self.at += 0.01
        if not self.kept:
            self.state = read_snapshot(self.text)
        for report in reports:
            self.take(report)
        if claims and (due := claimable(self.saga, self.state, self.at)):
            self.take(self.claim(*due[0]))
        self.text = write_snapshot(self.state)

    def take(self, report: Report) -> None:
        """Decide, and chain the entries."""
        decision = decide(self.saga, self.state, report, self.at)
        for entry in decision.entries:
            kind, text = entry.kind, fact_text(entry.fact)
            self.head = chain(self.head, seq=entry.seq, at=entry.at, cause=entry.cause, kind=kind, data=text)
        self.state = decision.state


def saga(count: int, style: Callable[..., Segment] = orchestrated) -> Saga:
    """Return a saga of plain steps, one after the other."""
    steps = (
        Step(f"step{number}", Call("shop.do"), undo=Compensation(does=Call("shop.undo"))) for number in range(count)
    )
    return Saga("benchmark", style("main", *steps))


def microseconds(definition: Saga, failing: str = "", *, kept: bool = False) -> float:
    """Return the CPU time of one run in the best round."""
    runs = max(1, 200 // len(definition.steps))
    Play(definition, failing, kept=kept)
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(runs):
            Play(definition, failing, kept=kept)
        rounds.append((time.process_time() - began) / runs * 1e6)
    return min(rounds)


def main() -> int:
    """Print both tables."""
    print("µs per run of 5 steps         kept")
    for title, style in {"orchestrated": orchestrated, "choreographed": choreographed}.items():
        for failing in ("", "step4"):
            definition, name = saga(5, style), f"{title}{', failing' if failing else ''}"
            read, kept = microseconds(definition, failing), microseconds(definition, failing, kept=True)
            print(f"{name:22} {read:7.0f} {kept:10.0f}")
    print("µs per step     ratio       kept  ratio    failing, kept  ratio")
    first: list[float] = []
    ratios: list[float] = []
    for count in SIZES:
        definition, last = saga(count), f"step{count - 1}"
        took = [microseconds(definition) / count, microseconds(definition, kept=True) / count]
        took.append(microseconds(definition, last, kept=True) / count)
        first = first or took
        ratios = [one / other for one, other in zip(took, first, strict=True)]
        row = "   ".join(f"{one:8.0f} {ratio:6.2f}" for one, ratio in zip(took, ratios, strict=True))
        print(f"{count:4} {row}", flush=True)
    return int(ratios[1] > WANTED)


if __name__ == "__main__":
    sys.exit(main())

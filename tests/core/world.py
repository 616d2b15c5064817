"""A world for the laws: participants, workers and time around one run, in any random order.

Every decision is checked against the laws of docs/guarantees.md when it is made. The participants keep idempotency keys
and the barrier, and nothing else: an attempt that a worker gave up may still take effect at any later moment.
"""

import copy
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sagaflow.core.codec import encode
from sagaflow.core.definition.saga import Approval, Call, RollBackChild, Saga, SubSaga, Timer, Undo, WaitForEvent
from sagaflow.core.errors import Refused
from sagaflow.core.payload import canonical
from sagaflow.core.run import facts, reports
from sagaflow.core.run.commands import NotifyParent, PublishEvent, RecordRollback, StartAgain
from sagaflow.core.run.course import move_on
from sagaflow.core.run.decide import decide
from sagaflow.core.run.decision import Decision
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.evolve import evolve, fold
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.queries import attention, claimable, idempotency_key, is_suspect, wake_at
from sagaflow.core.run.reach import pivot_is_open
from sagaflow.core.run.snapshot import write_snapshot
from sagaflow.core.run.state import Direction, ErrorKind, RunState, RunStatus, StepError, StepStatus
from sagaflow.core.run.steps import Tally, tally_of
from sagaflow.core.simulation.injected_faults import InjectedFault, Script

DO, UNDO = Direction.DO, Direction.UNDO
LEASE = 30.0
MAYBE_IN_EFFECT = {
    StepStatus.DONE,
    StepStatus.IN_DOUBT,
    StepStatus.RUNNING,
    StepStatus.WAITING,
    StepStatus.PARKED,
    StepStatus.UNDO_DUE,
    StepStatus.UNDO_RUNNING,
    StepStatus.UNDO_WAITING,
    StepStatus.STUCK,
}
STAYS = ("irreversible", "undo skipped")
FAILED = (StepStatus.PARKED, StepStatus.FAILED, StepStatus.IN_DOUBT)
ROLLBACK_ENDS = (
    facts.RunRolledBack,
    facts.RunCancelled,
    facts.SavepointRestored,
    facts.RollbackWithdrawn,
    facts.ResumeRequested,
)
STEP_STARTS = (facts.StepCommanded, facts.StepScheduled, facts.StepRetried)


@dataclass(frozen=True)
class Flight:
    """An attempt that a worker holds, or has lost without noticing."""

    step: str
    direction: Direction
    attempt: int
    token: int
    base: str
    fault: InjectedFault
    started_at: float = 0.0
    accepted: bool = False
    """True if the participant said that it answers later."""


@dataclass
class World:
    """One run and everything around it."""

    saga: Saga
    script: Script = field(default_factory=dict)
    seed: int = 0
    input: Any = None
    withhold: frozenset[str] = frozenset()
    """Steps whose event or decision never comes."""
    slow: frozenset[str] = frozenset()
    """Steps whose participants first accept a call, and answer later."""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.at = 1_000_000.0
        self.state = RunState.of(self.saga)
        self.entries: list[Entry] = []
        self.commands: list[Any] = []
        self.flights: list[Flight] = []
        self.reports: list[reports.Report] = []
        self.keys: dict[tuple[str, Direction, int], str] = {}
        self.done: set[str] = set()
        """Effects in place, by ``<step>#<round>``."""
        self.happened: set[str] = set()
        """Effects that were ever in place."""
        self.barred: set[str] = set()
        self.admitted: set[str] = set()
        """Rounds whose effect may stay, because the journal gives a reason."""
        self.outcomes: set[tuple[str, Direction, int]] = set()
        self.tries: dict[tuple[str, Direction], int] = {}
        self.tokens: set[int] = set()
        self.rows: set[tuple[str, int]] = set()
        """The rows that the run's decisions wrote: the table and the journal entry, which identify a row."""
        self.report(reports.RunRequested(input=self.input))

    # possible reports and actions

    def report(self, report: reports.Report) -> None:
        """Let the core decide, and check the decision against the laws."""
        shadow = self.state
        steps = dict(shadow.steps)
        decision = decide(self.saga, self.state, report, self.at)
        assert self.state.steps == steps, "a decision does not change the state that it is given"
        for entry in decision.entries:
            assert entry.seq == shadow.seq + 1, "L7: the journal is dense"
            assert 0 <= entry.cause < entry.seq, "a cause comes before its consequence"
            self.check(shadow, entry)
            shadow = evolve(self.saga, shadow, entry)
            self.check_tally(shadow)
        assert shadow == decision.state, "L7: the fold of the journal is the snapshot"
        self.check_tally(decision.state)
        draft = Draft(self.saga, replace(decision.state, steps=dict(decision.state.steps)), self.at)
        move_on(draft)
        assert not draft.recorded, "L4: a look at all steps finds nothing that the decision left"
        self.check_rows(decision)
        self.entries += decision.entries
        self.commands += decision.commands
        self.state = decision.state
        self.reports.append(report)

    def claim(self, step: str, direction: Direction) -> Flight:
        alone = is_suspect(self.state, step)
        self.report(facts.StepClaimed(step=step, direction=direction, worker="w", lease=LEASE, alone=alone))
        now = self.state.steps[step]
        assert now.token not in self.tokens, "L2: every claim has a token of its own"
        self.tokens.add(now.token)
        key = idempotency_key("run", self.state, step, direction)
        assert self.keys.setdefault((step, direction, now.round), key) == key, "L3: the key is constant"
        assert list(self.keys.values()).count(key) == 1, "L3: the key is of one effect"
        number = self.tries.get((step, direction), 0)
        self.tries[step, direction] = number + 1
        plan = self.script.get((step, direction), ())
        fault = plan[number] if number < len(plan) else InjectedFault.NONE
        flight = Flight(step, direction, now.attempt, now.token, f"{step}#{now.round}", fault, self.at)
        self.flights.append(flight)
        return flight

    def renew(self, flight: Flight) -> None:
        """Renew the lease. A worker that lost the attempt without noticing is refused."""
        now, before = self.state.steps[flight.step], self.state
        holds = now.token == flight.token and now.lease_until is not None and now.lease_until > self.at
        renewal = facts.LeaseRenewed(
            step=flight.step, direction=flight.direction, attempt=flight.attempt, token=flight.token, lease=LEASE
        )
        try:
            self.report(renewal)
        except Refused:
            assert not holds, "who holds an attempt may go on"
            assert self.state == before
        else:
            assert holds, "L2: a lease is renewed for the holder of the token only"
            assert self.state.steps[flight.step] == replace(now, lease_until=self.at + LEASE)

    def finish(self, flight: Flight) -> None:
        """End the attempt, in time or long after."""
        self.flights.remove(flight)
        if self.answers_later(flight):
            self.flights.append(replace(flight, accepted=True))
            place = {"step": flight.step, "direction": flight.direction}
            self.report(facts.StepAccepted(**place, attempt=flight.attempt, token=flight.token))
            return
        null = flight.direction is UNDO and self.never_happened(flight)
        barred = flight.fault.takes_effect and not self.take_effect(flight)
        same: dict[str, Any] = {
            "step": flight.step,
            "direction": flight.direction,
            "attempt": flight.attempt,
            "token": flight.token,
        }
        match flight.fault:
            case InjectedFault.TIME_OUT | InjectedFault.CRASH_BEFORE | InjectedFault.CRASH_AFTER:
                return
            case InjectedFault.BUSINESS_ERROR:
                self.report(facts.StepFailed(error=StepError(ErrorKind.BUSINESS, "no"), **same))
            case InjectedFault.TECHNICAL_ERROR | InjectedFault.FAILED_LATE:
                self.report(facts.StepFailed(error=StepError(ErrorKind.TECHNICAL, "boom"), **same))
            case _ if barred:
                self.report(facts.StepFailed(error=StepError(ErrorKind.TECHNICAL, "barred"), **same))
            case _ if isinstance(self.work(flight), SubSaga | RollBackChild):
                self.report(facts.StepAccepted(**same))
            case _:
                self.report(facts.StepSucceeded(output={"ok": True}, nothing=null, **same))

    def never_happened(self, flight: Flight) -> bool:
        """True if the barrier knows that there is nothing to undo."""
        called = isinstance(self.saga.steps[flight.step].does, Call) and isinstance(self.work(flight), Call)
        return called and flight.base not in self.happened

    def answers_later(self, flight: Flight) -> bool:
        return flight.step in self.slow and not flight.accepted and isinstance(self.work(flight), Call)

    def work(self, flight: Flight) -> Any:
        step = self.saga.steps[flight.step]
        return step.does if flight.direction is DO else step.undo and step.undo.does

    def take_effect(self, flight: Flight) -> bool:
        """Act as the participant: idempotent, and an undo that comes first bars the action permanently (L10)."""
        if flight.direction is DO:
            if flight.base in self.barred:
                return False
            undo = self.saga.steps[flight.step].undo
            if undo is None or undo.kind is not Undo.NOTHING:
                earlier = {base for base in self.done - {flight.base} if base.startswith(f"{flight.step}#")}
                assert flight.base in self.admitted or not earlier - self.admitted, (
                    f"L3: '{flight.step}' takes effect twice, under two keys"
                )
                self.done.add(flight.base)
                self.happened.add(flight.base)
        else:
            now = self.state.steps[flight.step]
            is_current = (flight.token, UNDO) == (now.token, now.status.direction)
            assert now.tried or not is_current, f"'{flight.step}' is undone, and nobody tried it"
            self.barred.add(flight.base)
            self.done.discard(flight.base)
        return True

    def outside(self) -> list[reports.Report]:
        """The reports that may now come from outside the workers."""
        told = [name for name in self.saga.steps if name not in self.withhold]
        return [
            report for name in told for report in (*self.forwards(name), *self.backwards(name), *self.awaited(name))
        ]

    def forwards(self, name: str) -> Iterator[reports.Report]:
        """Answers to a step that waits for an event, an operator or a sub-saga."""
        if self.state.steps[name].status is not StepStatus.WAITING:
            return
        step = self.saga.steps[name]
        refused = InjectedFault.BUSINESS_ERROR in self.script.get((name, DO), ())
        match step.does:
            case WaitForEvent(event=event):
                named = refused and step.fails_as
                yield facts.EventReceived(event=next(iter(step.fails_as.values())) if named else event)
            case Approval():
                yield facts.ApprovalDecided(step=name, approved=not refused, by="someone")
            case SubSaga():
                yield reports.ChildEnded(step=name, child="c", status="rolled_back" if refused else "completed")

    def backwards(self, name: str) -> Iterator[reports.Report]:
        """Answers to a compensation that waits."""
        undo = self.saga.steps[name].undo
        if self.state.steps[name].status is not StepStatus.UNDO_WAITING or undo is None:
            return
        match undo.does:
            case WaitForEvent(event=event):
                yield facts.EventReceived(event=event)
            case RollBackChild():
                yield reports.ChildEnded(step=name, child="c", status="rolled_back")

    def awaited(self, name: str) -> Iterator[reports.Report]:
        """Events from outside that start the step; one that another step waits for comes in its turn."""
        steps = self.saga.steps.values()
        waited = {step.does.awaits for step in steps if not self.state.steps[step.name].status.settled_forward}
        if self.state.steps[name].status is StepStatus.PENDING:
            events = self.saga.graph.awaits[name]
            absent = (event for event in events if event not in self.state.received and event not in waited)
            yield from (facts.EventReceived(event=event) for event in absent)

    def pass_time(self, seconds: float) -> None:
        self.at += seconds
        self.report(reports.TimePassed())

    def fork(self) -> "World":
        """A copy of the world that can continue independently."""
        twin = copy.copy(self)
        for name, held in vars(self).items():
            if isinstance(held, list | set | dict):
                setattr(twin, name, copy.copy(held))
        twin.random = random.Random()
        twin.random.setstate(self.random.getstate())
        return twin

    # progress

    def shake(self, turns: int) -> None:
        """Let chance choose the next actions, old reports included."""
        for _ in range(turns):
            if self.state.status.ended and not self.flights:
                return
            self.turn()

    def turn(self) -> None:
        claims, said = claimable(self.saga, self.state, self.at), self.outside()
        options = [
            *[lambda c=claim: self.claim(*c) for claim in claims] * 2,
            *[lambda f=flight: self.finish(f) for flight in self.flights] * 2,
            *[lambda f=flight: self.renew(f) for flight in self.flights],
            *[lambda r=report: self.report(r) for report in said],
            lambda: self.pass_time(self.random.choice((0.0, 0.5, 7.0, LEASE + 1))),
        ]
        if self.reports[1:]:
            options.append(lambda: self.echo(self.random.choice(self.reports[1:])))
        self.random.choice(options)()

    def echo(self, report: reports.Report) -> None:
        """Repeat a report: it changes nothing except the journal."""
        before = self.state
        try:
            self.report(report)
        except Refused:
            assert self.state == before
        else:
            known = isinstance(report, facts.StepSucceeded | facts.StepFailed | facts.StepAccepted)
            if known and (report.step, report.direction, report.attempt) in self.outcomes:
                assert self.state.steps == before.steps, "L2: a duplicate changes nothing"

    def settle(self, limit: int = 5000) -> None:
        """Play fairly until the run ends, or only an operator or an event that never comes can continue it."""
        ignored: list[reports.Report] = []  # An event that a rollback has no use for is not told again and again.
        for _ in range(limit):
            if self.state.status.ended:
                break
            claims = claimable(self.saga, self.state, self.at)
            said = [report for report in self.outside() if report not in ignored]
            if claims:
                self.claim(*claims[0])
            elif self.flights:
                self.finish(self.flights[0])
            elif said:
                steps, received = self.state.steps, self.state.received
                self.report(said[0])
                if (self.state.steps, self.state.received) == (steps, received):
                    ignored.append(said[0])
            elif (moment := wake_at(self.saga, self.state)) is not None:
                before = self.state.seq
                self.at = max(self.at, moment)
                self.pass_time(0.0)
                progress = self.state.seq > before or claimable(self.saga, self.state, self.at)
                assert progress, "L4: it was woken up for nothing and would be for ever"
            else:
                break
        else:
            raise AssertionError("L4: the run neither ends nor asks for a person")
        for flight in list(self.flights):
            self.finish(flight)
        needed = [report for report in ignored if report in self.outside()]
        assert not needed or self.state.status.ended or self.state.rollback, f"L4: it ignored what it needs: {needed}"
        self.check_end()

    # the laws

    def check(self, shadow: RunState, entry: Entry) -> None:
        """Check one fact against the state before it."""
        fact = entry.fact
        if isinstance(fact, facts.StepSucceeded | facts.StepFailed):
            outcome = (fact.step, fact.direction, fact.attempt)
            assert outcome not in self.outcomes, f"L2: a second outcome of {outcome}"
            assert fact.token == shadow.steps[fact.step].token, "L2: the fencing token is the claim's"
            self.outcomes.add(outcome)
        if isinstance(fact, facts.StepSucceeded) and fact.direction is DO:
            self.check_timer(shadow, entry)
        if isinstance(fact, facts.StepFailed | facts.StepParked | facts.ChildWentBack) and fact.left is False:
            self.done.discard(f"{fact.step}#{shadow.steps[fact.step].round}")  # its child went back whole
        if isinstance(fact, facts.RollbackBegan | facts.RollbackWithdrawn):
            self.check_rollback(shadow, fact)
        if isinstance(fact, facts.StepClaimed):
            assert entry.at >= (shadow.steps[fact.step].due_at or 0.0), "L9: claimed before it was due"
        if isinstance(fact, facts.StepRetried) and not fact.by:
            self.check_patience(shadow, fact)
        if isinstance(fact, (*STEP_STARTS, facts.StepClaimed)):
            (self.check_forward if fact.direction is DO else self.check_back)(shadow, fact)
        if isinstance(fact, facts.CompensationSettled):
            self.check_back(shadow, fact)
            base = f"{fact.step}#{shadow.steps[fact.step].round}"
            self.admitted.add(base)
            if fact.status is StepStatus.UNDONE_BY_HAND:  # an operator confirms that it stays undone
                self.done.discard(base)
                self.barred.add(base)

    def check_tally(self, state: RunState) -> None:
        """Check that the counts and texts that are kept are those that the steps give."""
        kept, counted = tally_of(self.saga, state), Tally.count(self.saga.graph, state.steps)
        assert kept.open == counted.open, "the open steps are those that a count finds"
        assert (kept.left, Counter(kept.counts)) == (counted.left, Counter(counted.counts))  # a count of 0 is none
        assert kept.unsettled == counted.unsettled
        assert write_snapshot(state) == canonical(encode(state)), "the text of a snapshot is the canonical one"

    def check_rows(self, decision: Decision) -> None:
        """Check that the rows of the decision meet the constraints of the tables, whatever was written before."""
        published = [entry.seq for entry in decision.entries if isinstance(entry.fact, facts.EventPublished)]
        told = [command.seq for command in decision.commands if isinstance(command, PublishEvent)]
        assert sorted(told) == published, "L13: each publication leaves once, as the entry that records it"
        records = [command for command in decision.commands if isinstance(command, RecordRollback)]
        assert {each.seq for each in records} <= {entry.seq for entry in decision.entries}
        rows = [("rollback", each.seq) for each in records] + [("outbox", seq) for seq in told]
        assert len(set(rows)) == len(rows), f"two rows where one fits: {rows}"
        assert not self.rows & set(rows), f"written in an earlier decision: {self.rows & set(rows)}"
        self.rows |= set(rows)
        stuck = [each.record["number"] for each in records if each.record["outcome"] == "stuck"]
        assert len(set(stuck)) == len(stuck), "one record says all steps that got stuck in one decision"
        for once in (StartAgain, NotifyParent):
            assert sum(isinstance(command, once) for command in decision.commands) <= 1

    def check_rollback(self, shadow: RunState, fact: facts.RollbackBegan | facts.RollbackWithdrawn) -> None:
        if isinstance(fact, facts.RollbackBegan):
            self.check_cause(shadow, fact)
            return
        back = [name for name, step in shadow.steps.items() if step.status.undone or step.status.direction is UNDO]
        assert not back, f"L6: the rollback is withdrawn, and {back} went back already"

    def check_cause(self, shadow: RunState, fact: facts.RollbackBegan) -> None:
        """Check that the record keeps what had failed, whatever rolled the run back."""
        failed = [name for name, now in shadow.steps.items() if now.status in FAILED and now.do_error]
        if shadow.rollback is not None and shadow.rollback.step:
            failed.append(shadow.rollback.step)
        assert fact.step or not failed, f"the rollback forgets that {failed} had failed"
        assert not fact.step or fact.error is not None, "a step that failed has an error"

    def check_patience(self, shadow: RunState, fact: facts.StepRetried) -> None:
        step, now = self.saga.steps[fact.step], shadow.steps[fact.step]
        policy = step.retry if fact.direction is DO else step.undo_retry
        tried = (now.attempts if fact.direction is DO else now.undo_attempts) - now.forgiven
        assert tried < policy.attempts, f"'{fact.step}' is tried more often than its policy says"

    def check_timer(self, shadow: RunState, entry: Entry) -> None:
        now = shadow.steps[entry.fact.step]
        if isinstance(self.saga.steps[entry.fact.step].does, Timer):
            assert now.deadline is not None, "a timer has a time"
            assert entry.at >= now.deadline, "L9: a timer fired early"

    def check_forward(self, shadow: RunState, fact: Any) -> None:
        step = self.saga.steps[fact.step]
        for other in self.saga.graph.before[fact.step]:
            assert shadow.steps[other].status in (StepStatus.DONE, StepStatus.SKIPPED), "a step starts in its turn"
        if isinstance(fact, facts.StepScheduled):
            sources = {self.saga.graph.emitters.get(event, "") for event in self.saga.graph.reacts_to[fact.step]} - {""}
            heard = [name for name in sources if shadow.steps[name].status is StepStatus.DONE]
            assert fact.event or not heard, f"'{fact.step}' reacts to the events of {heard}, and does not say so"
        if shadow.rollback is not None:
            later = isinstance(fact, facts.StepRetried)
            beside = fact.step not in self.saga.graph.scope(shadow.rollback.savepoint)
            assert step.pivot or beside or not (later and fact.by), (
                f"L5: a person starts '{fact.step}' although the run goes back"
            )
            if later and beside:
                return  # the step is held until the save-point is reached
            assert step.pivot or later, f"L5: '{fact.step}' goes forward although the run goes back"
            assert pivot_is_open(self.saga, shadow), "L5: the pivot starts although the run goes back"

    def check_back(self, shadow: RunState, fact: Any) -> None:
        assert shadow.rollback is not None, "nothing is undone without a rollback"
        pivot = self.saga.graph.pivot
        if pivot:
            assert shadow.steps[pivot].status is not StepStatus.DONE, "L6: nothing is compensated past the pivot"
        for other in self.saga.graph.descendants[fact.step]:
            status = shadow.steps[other].status
            assert status not in MAYBE_IN_EFFECT, f"L5: '{fact.step}' is undone while '{other}' is {status}"

    def check_end(self) -> None:
        assert fold(self.saga, self.entries) == self.state, "L7"
        status = self.state.status
        statuses = {name: step.status for name, step in self.state.steps.items()}
        waits = any(value.is_waiting for value in statuses.values())
        awaits = any(self.saga.graph.awaits.values())
        assert status.ended or status.needs_person or waits or awaits, f"L4: lost as {status}: {statuses}"
        endless = [name for name, value in statuses.items() if value is StepStatus.UNDO_WAITING]
        assert self.saga.deadline is None or not endless, f"L4: the undo of {endless} waits without end"
        if status.needs_person:
            assert attention(self.saga, self.state), "L4: it says that it needs a person"
        for name, step in self.state.steps.items():
            if step.status.needs_person:
                assert step.error is not None, "L4: it says why"
            self.check_effect(name)
        self.check_records()
        if status is RunStatus.COMPLETED:
            self.check_segments()
        ended = sum(
            isinstance(entry.fact, facts.RunRolledBack | facts.RunCancelled | facts.SavepointRestored)
            for entry in self.entries
        )
        assert sum(isinstance(c, RecordRollback) for c in self.commands) >= ended, "every rollback leaves a record"
        self.check_widened()

    def check_segments(self) -> None:
        """Check that a completed run has recorded the end of each segment after its latest start."""
        latest = {facts.SegmentStarted: {}, facts.SegmentCompleted: {}}
        for entry in self.entries:
            if type(entry.fact) in latest:
                latest[type(entry.fact)][entry.fact.segment] = entry.seq
        for segment, started in latest[facts.SegmentStarted].items():
            assert latest[facts.SegmentCompleted].get(segment, 0) > started, f"nothing says that '{segment}' ended"

    def check_widened(self) -> None:
        """Check that a rollback whose place another one took has a record that names the other."""
        number, going, followed = 0, False, {}
        for entry in self.entries:
            if isinstance(entry.fact, facts.RollbackBegan):
                followed |= {number: number + 1} if going else {}
                number, going = number + 1, True
            elif isinstance(entry.fact, ROLLBACK_ENDS):
                going = False
        records = [command.record for command in self.commands if isinstance(command, RecordRollback)]
        widened = {each["number"]: each["followed_by"] for each in records if each["outcome"] == "widened"}
        assert widened == followed, "a rollback whose place another one took leaves its record"

    def check_records(self) -> None:
        """Check that a record names its cause in the row of the failed step, and claims no undo of a missing effect."""
        for command in self.commands:
            if not isinstance(command, RecordRollback):
                continue
            rows = {row["step"]: row for row in command.record["steps"]}
            cause, row = command.record["error"], rows.get(command.record["failed_step"])
            succeeded = row is not None and row["output"] is not None  # in a later attempt, for which it waited
            if cause is not None and row is not None and row["outcome"] != "kept" and not succeeded:
                assert row["error"] is not None, f"the record forgets why '{row['step']}' failed: {row}"
            assert all(row["undo_error"] and row["reason"] for row in rows.values() if row["outcome"] == "stuck")
            for settled in self.settled_before(command.seq):
                row = rows[settled.step]
                assert row["outcome"] in (settled.status.words, "kept"), f"the record says it of another round: {row}"
                assert row["by"] == settled.by

    def settled_before(self, seq: int) -> list[facts.CompensationSettled]:
        """Return how the undos of the latest rounds were settled when the entry ``seq`` was recorded."""
        settled: dict[str, facts.CompensationSettled] = {}
        for entry in self.entries[: seq - 1]:
            match entry.fact:
                case facts.CompensationSettled() as fact:
                    settled[fact.step] = fact
                case facts.SavepointRestored() | facts.ResumeRequested():
                    settled.clear()
        return list(settled.values())

    def check_effect(self, name: str) -> None:
        """Check that the effects of a step at the end, those of earlier rounds too, match its status."""
        step, now = self.saga.steps[name], self.state.steps[name]
        in_place = f"{name}#{now.round}" in self.done
        anywhere = any(base.startswith(f"{name}#") for base in self.done)
        if not isinstance(step.does, Call) or not self.state.status.ended:
            return
        undo = step.undo.kind if step.undo else Undo.IRREVERSIBLE
        if self.state.status is RunStatus.COMPLETED:
            if now.status is StepStatus.DONE:
                assert in_place or undo is Undo.NOTHING, f"'{name}' is done without its effect"
            elif now.attempts == 0:
                assert not in_place, f"'{name}' was not tried and has an effect"
        elif anywhere:
            left = (StepStatus.IRREVERSIBLE, StepStatus.UNDO_SKIPPED)
            assert now.stays in left or undo is Undo.NOTHING, f"'{name}' is {now.status} and its effect is still there"
            [*_, last] = [each.record for each in self.commands if isinstance(each, RecordRollback)]
            [row] = [row for row in last["steps"] if row["step"] == name]
            said = any(f"{words}" in (row["outcome"], *row["reason"].split("'")) for words in STAYS)
            assert said or undo is Undo.NOTHING, "the last record forgets"

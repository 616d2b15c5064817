"""Faults to plant in the core: a name, a file, the right code, the wrong code, and the law that has to notice it."""

from typing import NamedTuple

__all__ = ["AROUND", "FAULTS", "Fault"]


class Fault(NamedTuple):
    """One edit of one file of ``sagaflow/core``, or of ``sagaflow`` for those ``AROUND`` it.

    The files of those in ``designer_faults.py`` are relative to the project.
    """

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...] = ()
    """The tests that have to notice; empty means the law tests. Name one test where those before it take long."""
    on_postgresql: bool = False
    """True if the tests have to run over PostgreSQL; only for those ``AROUND`` the core."""


RACES = ("tests/core/test_races.py",)
ENDS = ("tests/core/test_races.py::test_every_end_is_told_and_chance_finds_each_of_them",)
BESIDE_A_PIVOT = ("tests/core/test_laws.py::test_a_pivot_beside_a_return_to_a_save_point_keeps_the_laws",)
SECOND_EFFECT = ("tests/core/test_doubt.py",)
MONITOR = ("tests/core/test_monitor.py",)
REMINDERS = ("tests/core/test_reminders.py",)
MISSING = ("tests/core/test_missing.py",)
FOUR_EYES = ("tests/core/test_four_eyes.py",)
MAPPING = ("tests/core/test_input_mapping.py",)

NAMES = ("tests/core/test_problems.py", "tests/core/lint/test_names_and_limits.py")

KEYS = ("tests/engine/test_run_key.py",)
CORRELATION = ("tests/engine/test_correlation.py",)
BATCH = "tests/engine/test_batch.py"

PREVIEW = ("tests/core/test_preview.py::test_at_every_point_the_preview_is_what_the_rollback_then_does",)

FAULTS = (
    Fault(
        "an effect without an undo counts as none when its last attempt is refused",
        "run/rollback.py",
        "return step_state.unknown > 0 or (attempted",
        "return (step_state.unknown > 0 and step.undo is not None) or (attempted",
        ("tests/core/test_causes.py",),
    ),
    Fault(
        "a step that was skipped while its answer was to come gets another key",
        "run/interventions.py",
        "draft.record(copied(asked, in_doubt=in_doubt), causes=True)",
        "draft.record(asked, causes=True)",
        SECOND_EFFECT,
    ),
    Fault(
        "the record says of an undo how an earlier one ended",
        "run/record.py",
        '    return OUTCOMES.get(step_state.status, "pending undo")',
        '    return OUTCOMES.get(step_state.left or step_state.status, "pending undo")',
        ("tests/core/test_record.py",),
    ),
    Fault(
        "the reason of a skip is that of a later undo",
        "run/evolve.py",
        '        changes |= {"note": "", "by": ""}',
        "        changes |= {}",
        ("tests/core/test_causes.py",),
    ),
    Fault(
        "an edit without an input is done with the old input",
        "run/interventions.py",
        "        require_input(asked.step, asked.input)\n",
        "        pass\n",
        MAPPING,
    ),
    Fault(
        "the record says of a wait that had begun that it was not started",
        "run/record.py",
        '    if called_off(step_state):\n        return "nothing to undo"\n',
        "",
        PREVIEW,
    ),
    Fault(
        "a parent hears of nothing that stayed in its child",
        "run/external.py",
        "status=ended.stayed or StepStatus.COMPENSATED",
        "status=StepStatus.COMPENSATED",
        ("tests/core/test_record.py",),
    ),
    Fault(
        "the preview leaves out a wait that has begun",
        "run/preview.py",
        "if name in waits or rollback.left_to_undo(",
        "if rollback.left_to_undo(",
        PREVIEW,
    ),
    Fault(
        "the tally of the steps is stale after a change",
        "run/steps.py",
        "            self._tally.add(name, step.status)\n",
        "",
    ),
    Fault(
        "a decision changes the state that it is given",
        "run/evolve.py",
        "return copied(state, steps=Steps(state.steps))",
        "return state if isinstance(state.steps, Steps) else copied(state, steps=Steps(state.steps))",
    ),
    Fault(
        "the successors of a settled step are not looked at",
        "run/forward.py",
        "    names.update(*(draft.graph.next[name] for name in settled))\n",
        "",
    ),
    Fault(
        "no full look after a rollback",
        "run/draft.py",
        "self.full = self.full or type(fact) in TURNS",
        "self.full = self.full or type(fact) is RunStarted",
    ),
    Fault(
        "a snapshot keeps the text of a step that changed",
        "run/steps.py",
        "        self._stale |= {name}\n",
        "        self._stale = self._stale or frozenset({name} if step.attempts == 0 else ())\n",
    ),
    Fault(
        "a step is undone before those that depend on it",
        "run/rollback.py",
        "if name in scope and clear.issuperset(graph.next[name]):",
        "if name in scope:",
    ),
    Fault(
        "only direct successors are asked before an undo",
        "run/rollback.py",
        "            if not left_to_undo(draft.saga, draft.state, name):\n                clear.add(name)",
        "        if name in scope and not left_to_undo(draft.saga, draft.state, name):\n            clear.add(name)",
        ("tests/core/test_cancel.py", "tests/core/test_golden.py"),
    ),
    Fault(
        "a return to a save-point undoes while a timer beside it may still pass the pivot",
        "run/reach.py",
        "saga.steps[pivot].does.leaves_nothing and (state.rollback is None or takes_back(saga, state, pivot))",
        "saga.steps[pivot].does.leaves_nothing",
        BESIDE_A_PIVOT,
    ),
    Fault(
        "a pivot that was never tried may be skipped while the steps beside it are undone",
        "run/interventions.py",
        "return not (draft.step(name).pivot and pivot_is_open(draft.saga, draft.state))",
        "return not draft.step(name).pivot",
        BESIDE_A_PIVOT,
    ),
    Fault(
        "a compensation with a mapping of its own gets the input of its action",
        "run/queries.py",
        "    if own is not None:\n",
        "    if own is not None and False:\n",
        MAPPING,
    ),
    Fault(
        "an edited compensation keeps the input that its mapping gives",
        "run/evolve.py",
        '"undo_input" if undoing and saga.steps[fact.step].maps_undo else "input"',
        '"input"',
        MAPPING,
    ),
    Fault(
        "a sensitive value is shown under the name of the field that it fills",
        "definition/parts.py",
        "(*self.sensitive, *filled)",
        "self.sensitive",
        MAPPING,
    ),
    Fault(
        "a default hides a value",
        "definition/input_mapping.py",
        "resolve(data, value.pointer, value.default)",
        "value.default if value.has_default else resolve(data, value.pointer, value.default)",
        MAPPING,
    ),
    Fault(
        "an answer that means a refusal counts as a success",
        "run/outcomes.py",
        "if direction is DO and (code := draft.step(name).refusal(output)):",
        'if direction is DO and (code := ""):',
        MAPPING,
    ),
    Fault(
        "a refusal from outside counts only while the step waits for it",
        "run/external.py",
        "elif refusals and direction is DO:",
        "elif refusals and direction is DO and source:",
        ("tests/core/test_rounds.py",),
    ),
    Fault(
        "what took a step back in one round takes it back in the next one",
        "definition/graph.py",
        "back = step.work(Direction.UNDO).awaits",
        'back = ""',
        ("tests/core/test_rounds.py",),
    ),
    Fault(
        "the starter may approve",
        "run/four_eyes.py",
        "(state.by,) if rule == STARTER else",
        "() if rule == STARTER else",
        FOUR_EYES,
    ),
    Fault(
        "whoever skips an earlier approval may decide the next one",
        "run/four_eyes.py",
        "        return deciders(approval.by, approval.note)\n",
        "        return ()\n",
        FOUR_EYES,
    ),
    Fault(
        "a person whom a rule keeps away skips the approval",
        "run/interventions.py",
        "    four_eyes.require_another(draft.saga, draft.state, asked.step, *deciders(asked.by, asked.reason))\n",
        "",
        FOUR_EYES,
    ),
    Fault(
        "a person whom a rule keeps away is chosen as the delegate",
        "run/external.py",
        "handed.step, handed.by, handed.to)",
        "handed.step, handed.by)",
        FOUR_EYES,
    ),
    Fault(
        "a person whom a rule keeps away chooses who decides",
        "run/external.py",
        "handed.step, handed.by, handed.to)",
        "handed.step, handed.to)",
        FOUR_EYES,
    ),
    Fault(
        "a delegation holds for the next attempt too",
        "run/evolve.py",
        '        "delegation": None,\n',
        "",
        FOUR_EYES,
    ),
    Fault(
        "a reminder counts from when the run was looked at",
        "run/schedule.py",
        "else draft.at + work.reminds",
        "else draft.clock + work.reminds",
        REMINDERS,
    ),
    Fault(
        "a reminder ends the wait",
        "run/evolve.py",
        'return {"remind_at": None, "reminded_at": entry.at}',
        'return {"remind_at": None, "reminded_at": entry.at, "deadline": entry.at}',
        REMINDERS,
    ),
    Fault(
        "a withdrawn approval is reminded",
        "run/evolve.py",
        '    "remind_at": None,\n}',
        "}",
        REMINDERS,
    ),
    Fault(
        "a missing reaction is marked, and nobody is told",
        "run/overdue.py",
        "    choreography.publish(draft, event, fact.step, direction, about)\n",
        "",
        MISSING,
    ),
    Fault(
        "a missing reaction is told at every look",
        "run/overdue.py",
        "if segment.style is Style.CHOREOGRAPHED and step_state.missed_at is None and",
        "if segment.style is Style.CHOREOGRAPHED and",
        MISSING,
    ),
    Fault(
        "a reaction that is requested again is never missing again",
        "run/evolve.py",
        '            changes |= {"missed_at": None, "missed_published": False}\n',
        "            pass\n",
        MISSING,
    ),
    Fault(
        "an entry of an earlier version means something else now",
        "run/evolve.py",
        '"missed_published": fact.published}',
        '"missed_published": True}',
        MISSING,
    ),
    Fault(
        "what the limit does next is caused by the news about it",
        "run/overdue.py",
        "    draft.cause = before\n",
        "",
        MISSING,
    ),
    Fault(
        "the event of the step is missing, and not the one from outside that it waits for",
        "run/overdue.py",
        "expected = step.work(direction).awaits or outcome",
        "expected = outcome",
        MISSING,
    ),
    Fault(
        "stale reports count",
        "run/outcomes.py",
        "    return IgnoredBecause.LATE if outcome.token == step_state.token else IgnoredBecause.STALE",
        "    return None",
    ),
    Fault(
        "the fencing token stays the same",
        "run/evolve.py",
        'lease = {"token": entry.seq, ',
        'lease = {"token": 1, ',
    ),
    Fault(
        "a limit counts only once a sweeper has come by",
        "run/decide.py",
        "    course.pass_time(draft, at if happened is None else min(at, happened))\n",
        "    if isinstance(report, TimePassed):\n        course.pass_time(draft, at)\n",
    ),
    Fault(
        "what time brings is reckoned from the look and not from the limit",
        "run/course.py",
        "draft.turn_to(limit)",
        "draft.turn_to(until)",
    ),
    Fault(
        "a run that is cancelled while it goes back ends as rolled back",
        "run/rollback.py",
        "cancelled = rollback.cancels",
        "cancelled = rollback.code is RollbackCode.CANCELLED",
    ),
    Fault(
        "a run that is cancelled while it returns to a save-point goes forward again",
        "run/evolve.py",
        "cancelled_by=by, savepoint=None",
        "cancelled_by=by",
    ),
    Fault(
        "a rollback that a person asks for takes a cancellation back",
        "run/interventions.py",
        "RollbackCode.CANCELLED if going and going.cancels else code",
        "code",
    ),
    Fault(
        "an error of the code is tried again",
        "run/outcomes.py",
        "    elif outcome.error.kind is ErrorKind.PROGRAMMING:",
        "    elif False:",
    ),
    Fault(
        "an error of the code counts as no effect",
        "run/evolve.py",
        "    if fact.error.kind is ErrorKind.BUSINESS:",
        "    if fact.error.kind is not ErrorKind.TECHNICAL:",
    ),
    Fault("timers fire early", "run/overdue.py", "moment <= draft.at", "moment - 3 <= draft.at"),
    Fault(
        "a retried step may be claimed before it is due",
        "run/queries.py",
        "        for step, step_state in _due_by(saga, state, at)\n        if skills.can(",
        "        for step, step_state in _due(saga, state)\n        if skills.can(",
    ),
    Fault(
        "a new round keeps the old idempotency key",
        "run/evolve.py",
        "round=step.round if same_round else step.round + 1",
        "round=step.round",
    ),
    Fault(
        "compensations start while the pivot is under way",
        "run/rollback.py",
        "if rollback is None or pivot_is_open(draft.saga, draft.state):",
        "if rollback is None:",
    ),
    Fault(
        "a refusal past the pivot rolls back",
        "run/outcomes.py",
        "    if forward.passed_pivot(draft):\n        _park(draft, name, error)\n        return\n",
        "",
    ),
    Fault(
        "an unknown outcome counts as not happened",
        "run/rollback.py",
        "        case StepStatus.PENDING:\n            return step_state.unknown > 0",
        "        case StepStatus.PENDING | StepStatus.IN_DOUBT:\n            return False",
    ),
    Fault(
        "an attempt given up is forgotten when a later one is refused",
        "run/rollback.py",
        " or step_state.unknown > 0",
        "",
    ),
    Fault(
        "a step starts when one of its predecessors is done",
        "run/forward.py",
        "ready = all(state.steps[other]",
        "waits = not graph.before[name] or any(state.steps[other]",
    ),
    Fault(
        "forward steps go on during a rollback",
        "run/queries.py",
        "    rolling_back = state.rollback is not None\n",
        "    rolling_back = False\n",
        ("tests/core/test_golden.py",),
    ),
    Fault(
        "work under way is dropped as if it had not started",
        "run/rollback.py",
        "untried = step_state.status is StepStatus.DUE and step_state.unknown == 0",
        "untried = step_state.status is StepStatus.DUE or step_state.status is StepStatus.WAITING",
    ),
    Fault(
        "retries never end", "run/outcomes.py", "return tried < policy.attempts and not late and", "return not late and"
    ),
    Fault(
        "nobody wakes up for a lease that ran out",
        "run/overdue.py",
        "        return step_state.lease_until\n",
        "        return None\n",
    ),
    Fault(
        "an event is recorded and does not leave",
        "run/choreography.py",
        "    draft.command(PublishEvent(seq=seq, event=event, step=step, payload=payload, "
        "observers=_observers(draft, event)))\n",
        "",
    ),
    Fault(
        "an event leaves and is not recorded",
        "run/choreography.py",
        "seq = draft.record(EventPublished(event=event, step=step, direction=direction, payload=payload), causes=True)",
        "seq = draft.state.seq",
    ),
    Fault(
        "conditions are for orchestrated segments only",
        "run/forward.py",
        "    condition = draft.step(name).condition\n",
        "    condition = draft.step(name).condition\n"
        '    condition = None if draft.segment(name).style == "choreographed" else condition\n',
    ),
    Fault(
        "a choreographed step is retried once more",
        "run/outcomes.py",
        "    policy = step.retry if direction is DO else step.undo_retry\n    tried = ",
        "    policy = step.retry if direction is DO else step.undo_retry\n"
        "    tried = -(draft.segment(name).style is Style.CHOREOGRAPHED) + ",
    ),
    Fault(
        "a return to a save-point leaves no record",
        "run/rollback.py",
        "        draft.command(RecordRollback(seq=seq, record=record))\n",
        "",
    ),
    Fault(
        "each step that gets stuck writes a record of its own",
        "run/draft.py",
        'command.record["outcome"] == "stuck"',
        'command.record["outcome"] == "never"',
    ),
    Fault(
        "the records of a run share one number",
        "run/outcomes.py",
        'RecordRollback(seq=seq, record=rollback_record(draft.saga, draft.state, "stuck", draft.clock))',
        'RecordRollback(seq=1, record=rollback_record(draft.saga, draft.state, "stuck", draft.clock))',
    ),
    Fault(
        "the publications of a run share one number",
        "run/choreography.py",
        "PublishEvent(seq=seq, event=event",
        "PublishEvent(seq=1, event=event",
    ),
    Fault(
        "a withdrawn rollback leaves the refused step behind",
        "run/rollback.py",
        "if step.status in (StepStatus.FAILED, StepStatus.IN_DOUBT) and step.error:",
        "if step.status is StepStatus.PARKED and step.error:",
    ),
    Fault(
        "a number of the journal is left out", "run/draft.py", "Entry(self.state.seq + 1,", "Entry(self.state.seq + 2,"
    ),
    Fault(
        "the snapshot forgets who asked for the rollback",
        "codec.py",
        "if not _same(item := getattr(value, name), default)",
        'if not _same(item := getattr(value, name), default) and name != "by"',
    ),
    Fault(
        "a person may retry forward during a rollback",
        "run/interventions.py",
        "    if open_ and _goes_back_for_good(draft, name):\n"
        '        return "the run is rolling back; no forward step starts."\n',
        "",
    ),
    Fault(
        "whoever lost a step may renew its lease",
        "run/leases.py",
        "if step_state is None or not holds or (asked.attempt, asked.token) != (step_state.attempt, step_state.token):",
        "if step_state is None or not holds:",
    ),
    Fault(
        "the preview announces work that was never begun",
        "run/preview.py",
        "    rollback.withdraw_work(draft, name)\n    after",
        "    after",
        ("tests/core/test_preview.py",),
    ),
    Fault(
        "a rollback that an operator begins forgets what had failed",
        "run/rollback.py",
        "cause, why = (step, error) if step else cause_of(draft.saga, draft.state)",
        "cause, why = step, error",
        ("tests/core/test_causes.py",),
    ),
    Fault(
        "the error of a step is lost when the step is undone",
        "run/evolve.py",
        'changes |= {"error": None, "failure": fact.failure}',
        "pass",
        ("tests/core/test_causes.py",),
    ),
    Fault(
        "the death of a process costs an attempt",
        "run/evolve.py",
        '"forgiven": step.forgiven + 1, ',
        "",
        ("tests/core/test_deaths.py",),
    ),
    Fault(
        "a step that kills process after process is never found out",
        "run/outcomes.py",
        "guilty = draft.step_state(died.step).deaths >= MOST_DEATHS",
        "guilty = False",
        ("tests/core/test_deaths.py",),
    ),
    Fault(
        "a worker claims what its code does not know",
        "run/skills.py",
        "return self.serve(step.service_of(direction)) and self.knows(need(step, direction))",
        "return self.serve(step.service_of(direction))",
        ("tests/core/test_deaths.py",),
    ),
    Fault("the total time of a retry policy does not count", "run/outcomes.py", " and not late and", " and"),
    Fault(
        "an edited input is lost where a wait is tried again",
        "run/interventions.py",
        "    if not work.by_worker:\n        what =",
        "    if not name:\n        what =",
        ("tests/core/test_laws.py::test_an_edited_input_is_taken_only_where_the_next_attempt_reads_it",),
    ),
    Fault(
        "a pivot that its condition skipped counts as passed",
        "run/forward.py",
        "(step_state.status is StepStatus.SKIPPED and step_state.tried)",
        "step_state.status is StepStatus.SKIPPED",
    ),
    Fault(
        "a segment goes forward from its save-point once too often",
        "run/rollback.py",
        "if draft.state.restored.get(name, 0) + 1 < segment.forward_attempts",
        "if draft.state.restored.get(name, 0) < segment.forward_attempts",
    ),
    Fault(
        "a manual retry forgets that the first attempt may still happen",
        "run/evolve.py",
        '        changes["unknown"] = step.unknown + 1\n',
        "        pass\n",
    ),
    Fault(
        "an event that was taken before counts again",
        "run/external.py",
        "if draft.repeated or (received.event_id and received.event_id in draft.state.seen):",
        "if draft.repeated:",
    ),
    Fault(
        "a pivot may ask for a rollback when its attempts are used up",
        "run/outcomes.py",
        "step.on_exhausted is OnExhausted.ROLL_BACK and not step.pivot and",
        "step.on_exhausted is OnExhausted.ROLL_BACK and",
    ),
    Fault(
        "a new round forgets the fencing token",
        "run/evolve.py",
        "        token=step.token,\n",
        "",
    ),
    Fault(
        "a segment that ends beside a return to a save-point does not say so",
        "run/forward.py",
        "if may_go_on(draft.saga, draft.state, name) and",
        "if draft.state.rollback is None and",
        ("tests/core/test_beside.py",),
    ),
    Fault(
        "an event does not reach a step that a return to a save-point only holds",
        "run/choreography.py",
        "if not may_go_on(draft.saga, draft.state, name):",
        "if draft.state.rollback is not None:",
        ("tests/core/test_beside.py",),
    ),
    Fault(
        "a step that was held forgets which event it reacts to",
        "run/choreography.py",
        "draft.last_event.get(name) or _delivered_before(draft, name)",
        'draft.last_event.get(name, "")',
        ("tests/core/test_beside.py",),
    ),
    Fault(
        "a rollback that is widened leaves no record",
        "run/rollback.py",
        "    if before is not None:\n        draft.command",
        "    if before is draft:\n        draft.command",
        ("tests/core/test_beside.py",),
    ),
    Fault(
        "a step that is parked during a return to a save-point cannot be repaired",
        "run/interventions.py",
        "draft.state.rollback is None or not (draft.step(name).pivot or takes_back(draft.saga, draft.state, name)):",
        "draft.state.rollback is None:",
        ("tests/core/test_beside.py",),
    ),
    Fault(
        "a step that is parked during a return to a save-point looks stuck",
        "run/evolve.py",
        "return RunStatus.PARKED\n    return RunStatus.RUNNING",
        "return RunStatus.STUCK if state.rollback else RunStatus.PARKED\n    return RunStatus.RUNNING",
        ("tests/core/test_beside.py",),
    ),
    Fault(
        "a resume leaves the segment no more returns to its save-point",
        "run/evolve.py",
        "if segment not in anew}",
        "if segment}",
        ("tests/core/test_beside.py",),
    ),
    Fault(
        "a return to a save-point takes an event from a step outside its scope",
        "run/evolve.py",
        "if any(_is_promised(saga, state, name, event) for name in saga.steps if name not in old):",
        "if False:",
        ("tests/core/test_beside.py",),
    ),
    Fault(
        "an event is lost while the pivot holds a rollback",
        "run/reach.py",
        "return not takes_back(saga, state, name) or pivot_is_open(saga, state)",
        "return not takes_back(saga, state, name)",
        RACES,
    ),
    Fault(
        "the simulator lets a failure come last, and in no other order",
        "simulation/races.py",
        "            open_ += [way for _, way in ways if self._is_new(way)]\n",
        "            open_ += [way for _, way in ways[-1:]]\n",
        RACES,
    ),
    Fault(
        "the simulator lets no time pass beside the failure",
        "simulation/races.py",
        "        if moment is not None:\n            way = sim.fork()",
        "        if False:\n            way = sim.fork()",
        RACES,
    ),
    Fault(
        "the simulator lets other steps be late",
        "simulation/races.py",
        "        return None if late else moment\n",
        "        return moment\n",
        RACES,
    ),
    Fault(
        "the simulator takes a step that a worker still holds for done, although a wait begins after it",
        "simulation/races.py",
        "        return bool(begun) or (",
        "        return (",
        ENDS,
    ),
    Fault(
        "the simulator takes a step that a worker still holds for done, although the run would end",
        "simulation/races.py",
        "        return open_ <= {self.step, *later[self.step]} or bool(",
        "        return bool(",
        ENDS,
    ),
    Fault(
        "an event that the snapshot has outgrown counts again",
        "run/external.py",
        "if draft.repeated or (",
        "if (",
    ),
    Fault(
        "what is sensitive leaves with an event that nobody declared",
        "run/choreography.py",
        "payload if asked_for else masked(payload, draft.saga.masked)",
        "payload",
    ),
    Fault(
        "the monitor remembers what was done before the save-point",
        "monitor.py",
        "                known.pop(name, None)",
        "                known.get(name)",
        MONITOR,
    ),
    Fault(
        "the monitor knows no new round after an operator resumed the run",
        "monitor.py",
        "            case SavepointRestored() | ResumeRequested() as fact:",
        "            case SavepointRestored() as fact:",
        MONITOR,
    ),
)

HOLDING = ("tests/engine/test_holding.py",)
PAST_ATTEMPTS = ("tests/engine/test_holding.py::test_what_a_worker_knows_of_past_attempts_is_what_the_journal_says",)
SUBSCRIBING = ("tests/engine/test_subscribing.py",)
INBOX = ("tests/transports/test_inbox.py",)
SHARING = "tests/engine/test_group_commit.py"
GATHERING = ("tests/engine/test_gathering.py",)

IN_ORDER = ("tests/relay/test_relay.py", "tests/relay/test_sink_workers.py")

SEQUENCE = "tests/flowchart/test_sequence.py"

AROUND = (
    Fault(
        "nobody looks at the late rollback of a child",
        "store/runs/children.py",
        "        if expects_child(run.saga, run.state, name, RunStatus.ROLLED_BACK):",
        "        if run.state.steps[name].status.is_waiting:",
        ("tests/engine/test_subsagas.py::test_a_late_rollback_of_a_child_settles_the_undo_whoever_looked",),
    ),
    Fault(
        "an act that can never be given is asked for",
        "engine/asking.py",
        "    decide(run.saga, run.state, report, run.at)  # refuses now what would be refused later\n",
        "",
        ("tests/engine/test_asking.py",),
    ),
    Fault(
        "a newer rule stops the runs of a stored definition",
        "core/definition/document.py",
        '    return Saga.trusted(read(validated.value, UncheckedSaga), input_schema=document.get("input_schema"))',
        '    return read(validated.value | {"input_schema": document.get("input_schema")}, Saga)',
        ("tests/core/test_problems.py",),
    ),
    Fault(
        "what an earlier round left is forgotten",
        "core/run/evolve.py",
        "left=step.stays,",
        "left=None,",
        ("tests/core/test_doubt.py::test_what_an_earlier_round_left_is_in_the_last_record",),
    ),
    Fault(
        "the edited input of an undo is used for the effect of the next round",
        "core/run/evolve.py",
        "undo_input=step.undo_input if same_round else None,",
        "undo_input=step.undo_input,",
        ("tests/core/test_doubt.py::test_the_edited_input_of_an_undo_is_for_the_effect_of_its_round",),
    ),
    Fault(
        "a step that was skipped before it began is undone",
        "core/run/rollback.py",
        "            return step_state.tried",
        "            return step_state.attempt > 0",
        ("tests/core/test_doubt.py::test_a_step_that_was_skipped_before_it_began_has_nothing_to_undo",),
    ),
    Fault(
        "the end of a child does not say what stayed in it",
        "store/runs/children.py",
        "worst, summary = _stayed(child, state)",
        'worst, summary = None, ""',
        ("tests/engine/test_subsagas.py",),
    ),
    Fault(
        "an expectation about a misspelt listener holds",
        "testing/result.py",
        "            if name not in known:\n",
        "            if False:\n",
        ("tests/testing/test_testing.py::test_an_expectation_about_a_name_that_the_saga_cannot_have_does_not_hold",),
    ),
    Fault(
        "an edited input of a sub-saga is not compared with its schema",
        "engine/inputs.py",
        "return value if child is None else check_input(child, value)",
        "return value",
        ("tests/engine/test_subsagas.py::test_an_edited_input_of_a_sub_saga_has_to_match_the_schema_of_the_child",),
    ),
    Fault(
        "an unknown sub-saga is tried again and again",
        "participants/answers.py",
        "case UnknownAction() | UnknownSaga():",
        "case UnknownAction():",
        ("tests/engine/test_subsagas.py::test_an_action_that_asks_for_an_unknown_saga_had_begun",),
    ),
    Fault(
        "a body is read more loosely than its schema",
        "api/shapes.py",
        "ConfigDict(strict=True)",
        "ConfigDict(strict=False)",
        ("tests/api/test_openapi.py::test_a_value_of_another_type_than_the_schema_says_is_refused_in_every_field",),
    ),
    Fault(
        "what a verb does not take is dropped without a word",
        "core/run/verbs.py",
        "if name != verb.takes and value is not None:",
        "if False:",
        (
            "tests/engine/test_interventions.py::test_a_field_that_a_verb_does_not_take_is_refused_by_name_and_never_dropped",
        ),
    ),
    Fault(
        "a verb on the whole run takes the name of a step and goes on",
        "core/run/verbs.py",
        "if step and not verb.on_step:",
        "if False:",
        ("tests/engine/test_bulk_repair.py",),
    ),
    Fault(
        "the events of a timer have no publisher in a sequence diagram",
        "flowchart/sequence.py",
        "MONITOR if silent else self._participant(step, direction)",
        "MONITOR if silent else self.saga.steps[step].service_of(direction)",
        (f"{SEQUENCE}::test_each_step_that_ran_is_the_target_of_a_message_in_either_style",),
    ),
    Fault(
        "a step behind a skipped one has no message in a sequence diagram",
        "flowchart/sequence.py",
        "            reached &= self.skipped\n",
        "            reached.clear()\n",
        (f"{SEQUENCE}::test_each_step_that_ran_is_the_target_of_a_message_in_either_style",),
    ),
    Fault(
        "a step may publish what a run says about itself",
        "core/definition/problems.py",
        "& {*starts, *RUN_EVENTS}",
        "& {*starts}",
        NAMES,
    ),
    Fault(
        "one event may end a wait and make it fail",
        "core/definition/problems.py",
        "if event == awaited or other != code:",
        "if other != code:",
        NAMES,
    ),
    Fault(
        "a condition finds no list equal to the list in code",
        "core/payload.py",
        "case list() | tuple(), list() | tuple():",
        "case list(), list():",
        ("tests/core/test_condition.py",),
    ),
    Fault(
        "the remedy of one finding about a limit is the next finding",
        "core/lint/limits.py",
        "step.does.lasts is None or _limits_undo(saga, name):",
        "step.does.lasts is None or saga.steps[name].work(Direction.UNDO).by_worker:",
        ("tests/core/lint/test_limits.py",),
    ),
    Fault(
        "an example of a schema is not compared with its part",
        "core/schemas/schema_faults.py",
        'examples = part.schema.get("examples")',
        'examples = self.schema.document.get("examples")',
        NAMES,
    ),
    Fault(
        "the broker is told that a message is done before the database has committed it",
        "processes/listener.py",
        "                hear(self.source, message)\n                stream.done(message)\n",
        "                stream.done(message)\n                hear(self.source, message)\n",
        ("tests/listening/test_listener.py::test_a_database_that_is_down_loses_nothing",),
    ),
    Fault(
        "after an event that a sink refuses it gets the next one of the run",
        "processes/sink_workers.py",
        "            waiting.add(run_id)\n",
        "            pass\n",
        IN_ORDER,
    ),
    Fault(
        "an event of a run goes before one that waits for its next attempt",
        "store/runs/outbox.py",
        "annotate(follows=Exists(before.exclude(pk__in=taken)))",
        "annotate(follows=Exists(before.filter(pk__in=())))",
        IN_ORDER,
    ),
    Fault(
        "what was asked for is given although the run has gone on",
        "engine/asking.py",
        "        if seen(run.saga, run.state, asked.step, run.at) != asked.seen:\n",
        "        if False:\n",
        ("tests/engine/test_asking.py",),
    ),
    Fault(
        "the person who asked gives it",
        "engine/asking.py",
        "    if may_be_same(asked.by, by):\n        raise",
        "    if False:\n        raise",
        ("tests/engine/test_asking.py",),
    ),
    Fault(
        "one person does what needs two",
        "engine/interventions.py",
        "    if not request.second and (why",
        "    if request.second and (why",
        ("tests/engine/test_asking.py",),
    ),
    Fault(
        "an event by a key that two runs have goes to one of them",
        "store/runs/by_key.py",
        "    if len(open_) == 1:\n",
        "    if open_:\n",
        ("tests/engine/test_events_by_key.py",),
    ),
    Fault(
        "an event that starts a run starts another one when it comes again",
        "engine/correlation.py",
        "            start(saga.name, received.payload, key=key, by=rights.by)\n",
        "            start(saga.name, received.payload, by=rights.by)\n",
        CORRELATION,
    ),
    Fault(
        "an event goes to one of the sagas that correlate it only",
        "engine/correlation.py",
        "    for saga in sagas:\n",
        "    for saga in sagas[:1]:\n",
        CORRELATION,
    ),
    Fault(
        "a second start with the same key is another run",
        "engine/start.py",
        "    asked = _asked(saga, NewRun(input=input, run_id=run_id, key=key), by, not_before)\n",
        "    asked = _asked(saga, NewRun(input=input, run_id=run_id, key=None), by, not_before)\n",
        KEYS,
    ),
    Fault(
        "a second start with the same key and another input is taken for the first one",
        "store/runs/creating.py",
        "    if run.saga.name != saga.name or not same(run.state.input, request.input):\n",
        "    if key is None and not same(run.state.input, request.input):\n",
        KEYS,
    ),
    Fault(
        "a subscriber that fails is reported to whoever carries the run on",
        "engine/observers.py",
        "    hopeless = outcome.error.kind",
        "    raise RuntimeError(outcome.error.message)\n    hopeless = outcome.error.kind",
        SUBSCRIBING,
    ),
    Fault(
        "an event is shown to its subscribers in the transaction of the run",
        "store/runs/saving.py",
        "    _carry_out(run)\n",
        "    _carry_out(run)\n"
        "    from sagaflow import registry\n"
        "    for each in registry.subscribers(run.saga.name):\n"
        "        registry.get_action(each.action).does(run)\n",
        SUBSCRIBING,
    ),
    Fault(
        "events wait for ever for a subscriber that is gone",
        "store/subscriptions.py",
        "    return pending.filter(~Exists(live)).update(due_at=None, error=NOBODY)",
        "    return 0 * pending.filter(~Exists(live)).count()",
        ("tests/engine/test_subscribing.py::test_one_that_departs_leaves_no_event_waiting",),
    ),
    Fault(
        "only the process that publishes an event tells who listens",
        "store/runs/writing.py",
        "    subscribed = subscriptions.heard(change.saga, {message.event for message in change.outbox})\n",
        "    from sagaflow import registry\n"
        "    mine = registry.subscribers(change.saga)\n"
        "    subscribed = {e: [each.name for each in mine if e in each.on] for e in {m[1] for m in change.outbox}}\n",
        ("tests/engine/test_subscribing.py::test_a_process_that_publishes_needs_no_code_of_the_subscriber",),
    ),
    Fault(
        "what a worker holds is written although another transaction came first",
        "store/runs/writing.py",
        "WHERE id = %s AND seq = %s{timely}",
        "WHERE id = %s AND seq >= 0 * %s{timely}",
        HOLDING,
    ),
    Fault(
        "a worker that lost a swap goes on with what it holds",
        "engine/transaction.py",
        "    return held.under_lock()\n",
        "    return Changed(held.body(held.before or store.held(held.run_id, None)), None)\n",
        HOLDING,
    ),
    Fault(
        "an estimated time is written without asking the database",
        "store/runs/writing.py",
        'return TIMELY.format(now=NOW[connection.vendor], at="%s") if change.estimated else ""',
        'return " AND %s > 0" if change.estimated else ""',
        ("tests/engine/test_holding.py::test_a_clock_that_stood_still_is_not_trusted",),
    ),
    Fault(
        "a run whose lease is over is held without asking which workers are gone",
        "store/runs/holding.py",
        "step.lease_until is not None and step.lease_until <= at for step",
        "False for step",
        ("tests/engine/test_holding.py::test_a_run_with_a_lease_that_is_over_is_read_again",),
    ),
    Fault(
        "an idle consumer asks Redis again and again",
        "transport/brokers/redis.py",
        "            self._wait()\n",
        "            pass\n",
        ("tests/transports/test_redis_waiting.py",),
    ),
    Fault(
        "a worker forgets the attempts that another worker made before it",
        "store/runs/past_attempts.py",
        "if run.tried is None or step in run.tried else run.own",
        "if run.tried is None else run.own",
        PAST_ATTEMPTS,
    ),
    Fault(
        "a worker forgets its own attempts",
        "store/runs/holding.py",
        "own_attempts=kept(before)",
        "own_attempts=before.own_attempts",
        PAST_ATTEMPTS,
    ),
    Fault(
        "a worker that holds its run writes no rollback record",
        "store/runs/saving.py",
        "if isinstance(command, RecordRollback)",
        "if isinstance(command, RecordRollback) and not run.estimated",
        PAST_ATTEMPTS,
    ),
    Fault(
        "a saga with children is held without its lock",
        "store/runs/holding.py",
        "return None if _has_children(run.saga.digest) else run",
        "return run",
        ("tests/engine/test_holding.py::test_a_saga_with_children_and_a_transactional_action_use_the_lock",),
    ),
    Fault(
        "a change that shares a statement is written although another transaction came first",
        "store/runs/writing_together.py",
        "ON t.id = w.id AND t.seq = w.was",
        "ON t.id = w.id AND t.seq >= 0 * w.was",
        (f"{SHARING}::test_together_the_same_rows_are_written_as_one_by_one",),
        on_postgresql=True,
    ),
    Fault(
        "a thread gets the answer of another thread that shares its statement",
        "store/runs/group_commit.py",
        "    for member, answer in zip(members, answers, strict=True):",
        "    for member, answer in zip(members[::-1], answers, strict=True):",
        (f"{SHARING}::test_each_thread_gets_its_own_answer_and_only_the_guilty_one_an_error",),
        on_postgresql=True,
    ),
    Fault(
        "a leader writes without the threads that are about to save",
        "store/runs/group_commit.py",
        "        self._complete.wait(GATHERING)",
        "        self._complete.wait(0)",
        GATHERING,
    ),
    Fault(
        "a leader waits for threads that call a participant",
        "store/runs/group_commit.py",
        "    group = _group\n    group.count(-1)\n    try:\n        yield\n    finally:\n        group.count(1)\n",
        "    yield\n",
        GATHERING,
    ),
    Fault(
        "a shared statement that failed counts as one that wrote nothing",
        "store/runs/group_commit.py",
        '        logger.info("A statement for',
        '        for each in members:\n            each.answered = True\n        logger.info("A statement for',
        (f"{SHARING}::test_each_thread_gets_its_own_answer_and_only_the_guilty_one_an_error",),
        on_postgresql=True,
    ),
    Fault(
        "an estimated time is written in a shared statement without asking the database",
        "store/runs/writing_together.py",
        "WHERE (w.at IS NULL OR (true{timely}))",
        "WHERE (true OR (true{timely}))",
        (f"{SHARING}::test_together_the_same_rows_are_written_as_one_by_one",),
        on_postgresql=True,
    ),
    Fault(
        "what a batch could not save counts as saved",
        "engine/transaction.py",
        "zip(decided.values(), saved, strict=True) if is_saved}",
        "zip(decided.values(), saved, strict=True)}",
        (f"{BATCH}::test_whoever_changes_a_run_between_two_commits_is_heard_and_nothing_happens_twice",),
        on_postgresql=True,
    ),
    Fault(
        "the thread of slow work goes on with the batch that another one took over",
        "engine/batch.py",
        "self._recorded, self._claimed, self._is_taken_over = [], deque(), True",
        "self._is_taken_over = False",
        (f"{BATCH}::test_slow_work_is_left_with_its_thread_and_another_one_takes_over_the_rest",),
        on_postgresql=True,
    ),
    Fault(
        "a shared statement waits for the lock of one run",
        "store/runs/writing_together.py",
        "FOR NO KEY UPDATE OF t SKIP LOCKED",
        "FOR NO KEY UPDATE OF t",
        (f"{SHARING}::test_a_run_that_another_transaction_has_locked_keeps_the_others_not_waiting",),
        on_postgresql=True,
    ),
    Fault(
        "a hint is done with before threads took its runs",
        "processes/inbox.py",
        "lambda: self._closed or not (self._alone or self._together), patience",
        "lambda: True, patience",
        INBOX,
    ),
    Fault(
        "what no thread takes is sent again and performed as well",
        "processes/inbox.py",
        "            self._alone.clear()\n",
        "",
        INBOX,
    ),
    Fault(
        "of two starts with one name in one call the second counts as new, whatever its input",
        "engine/start.py",
        " and each is first[each.run_id]:",
        ":",
        ("tests/engine/test_start_many.py",),
    ),
    Fault(
        "an event of a parent shows what its sub-saga masks",
        "store/runs/locked_run.py",
        "            self.covered, self.state",
        "            self.saga, self.state",
        ("tests/canaries/test_parents.py::test_events_that_a_parent_publishes_unasked_lack_what_its_sub_sagas_mask",),
    ),
    Fault(
        "a guessed token costs its check before it counts",
        "api/auth.py",
        "        attempts.begin()\n        user = holder(token)\n",
        "        user = holder(token)\n        attempts.begin()\n",
        ("tests/api/test_counted_first.py",),
    ),
    Fault(
        "a word of two scripts is taken for one of a single script",
        "core/lint/scripts.py",
        "if len(set(counted)) < 2:",
        "if len(set(counted)) < 3:",
        ("tests/core/test_scripts.py",),
    ),
)

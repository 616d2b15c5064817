"""Whole journals, entry by entry: what happened, with its values, and which entry caused it.

A line of a story is ``number<cause +seconds kind``, the step, and the values that are not the usual ones. Cause 0 is a
report from outside. Times are seconds since the start. After the journal come the commands (``>``), the state (``=``),
what may happen next (``?``), what the monitor sees (``~``), and the preview of a rollback (``-``). An operator reads
the causes in the history of a run, and other services get them with each event.

``python -m tests.core.stories`` writes ``stories.txt`` again. Read the difference: it is what users will see.
"""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from pathlib import Path

from sagaflow.core import monitor
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
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
    Step,
    SubSaga,
    Timer,
    Undo,
    WaitForEvent,
    choreographed,
    orchestrated,
    retry_whole_run,
    semantic,
)
from sagaflow.core.run import facts, interventions, preview, queries, reports
from sagaflow.core.run.commands import Hint, NotifyParent, PublishEvent, RecordRollback, StartAgain
from sagaflow.core.run.state import Direction, ErrorKind, StepError
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.world import DO, LEASE, UNDO, World

FILE = Path(__file__).with_suffix(".txt")
START = 1_000_000.0
UNTOLD = ("saga", "digest", "token", "worker", "lease", "attempt")
TIMES = ("due_at", "first_due_at", "lease_until", "deadline", "since", "unserved_since")
HIDDEN = ("steps", "input", "seq", "rollback", "step", "standing", "order", "kind")
TICK = 1.0
"""Seconds from one report to the next, so that each time in a story is the time of one report."""
ONCE = RetryPolicy(attempts=1)
TWICE = RetryPolicy(attempts=2, delay=3.0, jitter=0.0)
WHO = {"by": "ada", "reason": "because"}
REFUSED, BROKEN = (InjectedFault.BUSINESS_ERROR,), (InjectedFault.TECHNICAL_ERROR,)
WRONG = StepError(ErrorKind.PROGRAMMING, "invalid-output", "/tags is a set")


def value(name: str, given: object) -> str:
    match given:
        case StepError():
            return given.code
        case float() if name in TIMES or name.endswith("at"):
            return f"+{given - START:g}"
        case Direction():
            return given.value
    return str(given)


def line(entry) -> str:
    told = []
    for each in fields(entry.fact):
        given = getattr(entry.fact, each.name)
        usual = None if each.default is MISSING else each.default
        if each.name not in UNTOLD and given != usual and given not in ("", None):
            told.append(
                value(each.name, given)
                if each.name in ("step", "direction")
                else f"{each.name}={value(each.name, given)}"
            )
        elif each.name == "attempt" and given > 1:
            told.append(f"attempt={given}")
    return " ".join([f"{entry.seq}<{entry.cause} +{entry.at - START:g} {type(entry.fact).__name__}", *told])


def asks(command) -> str:
    match command:
        case Hint(service=service, due_at=due_at):
            return f"> Hint {service} +{due_at - START:g}"
        case PublishEvent(seq=seq, event=event, observers=observers):
            return " ".join([f"> PublishEvent {seq} {event}", *observers])
        case RecordRollback(seq=seq, record=record):
            return f"> RecordRollback {seq} {record['outcome']}"
        case StartAgain(not_before=moment, retries=retries):
            return f"> StartAgain +{moment - START:g} retries={retries}"
        case NotifyParent():
            return "> NotifyParent"


def verbs(about: str, answers: dict[str, str | None]) -> Iterator[str]:
    """Tell what an operator may do, and why not the rest."""
    yield f"? {about}: {', '.join(verb for verb, why in answers.items() if why is None) or 'nothing'}"
    reasons = dict.fromkeys(why for why in answers.values() if why is not None)
    yield from (f"? {about} not {', '.join(v for v, w in answers.items() if w == why)}: {why}" for why in reasons)


def prospects(world: World) -> Iterator[str]:
    """Tell what may happen next."""
    saga, state, at = world.saga, world.state, world.at
    moment = queries.wake_at(saga, state)
    yield f"? {state.status} at +{at - START:g}" + (f", next at +{moment - START:g}" if moment is not None else "")
    claims = [f"{step} {direction.value}" for step, direction in queries.claimable(saga, state, at)]
    services = [service or "any" for service in sorted(queries.due_services(saga, state, at))]
    told = {
        "claimable": ", ".join(claims),
        "services": ", ".join(services),
        "suspects": ", ".join(queries.suspects(saga, state, at)),
        "attention": queries.attention(saga, state),
        "held": ", ".join(queries.held_by(state, "w")),
        "pivot": interventions.pivot_decides(saga, state),
    }
    yield from (f"? {name}: {text}" for name, text in told.items() if text)
    yield from verbs("run", queries.allowed(saga, state, at))
    for step in saga.steps:
        yield from verbs(step, queries.allowed(saga, state, at, step))


def snapshot(state: object) -> str:
    """Tell the fields that do not have their usual value."""
    told = []
    for each in fields(state):
        given = getattr(state, each.name)
        usual = each.default if each.default_factory is MISSING else each.default_factory()
        if each.name not in HIDDEN and given != usual:
            told.append(f"{each.name}={value(each.name, given)}")
    return " ".join(told)


def views(world: World) -> Iterator[str]:
    """Tell what the monitor sees, and what a rollback would do now."""
    saga, at = world.saga, world.at
    projection = monitor.project(saga, monitor.observations(saga, world.entries), at, started_at=START)
    for step in projection.steps.values():
        yield f"~ {step.step} {step.standing} {snapshot(step)}"
    for finding in projection.findings:
        yield f"~ {finding.oddity} {finding.event} +{finding.at - START:g} {finding.step} {finding.message}"
    yield f"~ missing {projection.missing}, next deadline {value('at', projection.next_deadline)}"
    yield from (
        f"- {line.order}. {line.step} {line.kind} {snapshot(line)}" for line in preview.plan(saga, world.state, at)
    )


def story(world: World) -> list[str]:
    """Return the lines of the story of this run."""
    state = world.state
    told = [f"= run {snapshot(state)}", *(f"= {name} {snapshot(step)}" for name, step in state.steps.items())]
    if state.rollback is not None:
        told.append(f"= rollback {snapshot(state.rollback)}")
    return [*map(line, world.entries), *map(asks, world.commands), *told, *prospects(world), *views(world)]


def work(name: str, **more) -> Step:
    more = {"undo": f"s.un{name}", "retry": ONCE, "undo_retry": ONCE} | more
    return Step(name, f"s.{name}", **more)


class Ticking(World):
    """A world in which every report takes its time."""

    def report(self, report: reports.Report) -> None:
        super().report(report)
        self.at += TICK


def world(*segments, script=None, slow=(), **options) -> World:
    return Ticking(Saga("shop", segments, **options), script or {}, slow=frozenset(slow))


ACTS: list[Callable[[], World]] = []


def told(act: Callable[[], World]) -> Callable[[], World]:
    """Tell the story of this run. Its name says what happens."""
    ACTS.append(act)
    return act


@told
def two_orchestrated_segments_complete():
    run = world(
        orchestrated("first", work("pay", emits="Paid"), work("pack", after=())), orchestrated("then", work("ship"))
    )
    run.settle()
    return run


@told
def a_commanded_step_is_refused_and_the_steps_before_it_are_undone_one_after_the_other():
    run = world(orchestrated("main", work("a"), work("b"), work("c", undo=None)), script={("c", DO): REFUSED})
    run.settle()
    return run


@told
def a_reacting_step_is_refused_and_the_steps_before_it_react_to_its_failure():
    run = world(
        choreographed("main", work("a", emits="Made"), work("b"), work("c", fails_as={"no": "NoC"})),
        script={("c", DO): REFUSED},
    )
    run.settle()
    return run


@told
def a_rollback_walks_from_reacting_steps_to_commanded_ones():
    run = world(
        orchestrated("first", work("a")),
        choreographed("then", work("b"), work("c", timeout=9.0)),
        script={("c", DO): REFUSED},
    )
    run.settle()
    return run


@told
def an_operator_rolls_back_reacting_steps_of_which_none_failed():
    run = world(choreographed("main", work("a"), work("b")))
    run.finish(run.claim("a", DO))
    run.report(reports.RollbackRequested(**WHO))
    run.settle()
    return run


@told
def a_step_is_retried_then_parked_retried_by_hand_and_skipped():
    run = world(orchestrated("main", work("a", retry=TWICE, timeout=50.0), work("b")), script={("a", DO): BROKEN * 9})
    run.settle()
    run.report(reports.RetryRequested(step="a", verb="retry_with_input", input={"x": 1}, edited=True, **WHO))
    run.settle()
    run.report(reports.SkipRequested(step="a", output={"by": "hand"}, **WHO))
    run.settle()
    return run


@told
def a_reacting_step_is_retried():
    run = world(choreographed("main", work("a", retry=TWICE, timeout=50.0)), script={("a", DO): BROKEN})
    run.settle()
    return run


@told
def a_compensation_fails_for_good_is_retried_by_hand_and_marked_as_undone():
    run = world(
        orchestrated("main", work("a"), work("b"), work("c")), script={("c", DO): REFUSED, ("b", UNDO): BROKEN * 9}
    )
    run.settle()
    run.report(reports.RetryRequested(step="b", **WHO))
    run.settle()
    run.report(reports.CompensationMarkedDone(step="b", **WHO))
    run.settle()
    return run


@told
def a_compensation_of_a_reacting_step_is_marked_as_undone_and_the_next_reacts_to_it():
    run = world(
        choreographed("main", work("a"), work("b", undo=Compensation(does=Call("s.unb"), emits="BUndone")), work("c")),
        script={("c", DO): REFUSED, ("b", UNDO): BROKEN * 9},
    )
    run.settle()
    run.report(reports.CompensationMarkedDone(step="b", **WHO))
    run.settle()
    return run


@told
def a_stuck_compensation_is_skipped():
    run = world(
        orchestrated("main", work("a"), work("b"), work("c")), script={("c", DO): REFUSED, ("b", UNDO): BROKEN * 9}
    )
    run.settle()
    run.report(reports.SkipRequested(step="b", **WHO))
    run.settle()
    return run


@told
def failed_compensations_are_left_behind_where_the_definition_says_so():
    steps = (
        work("a", undo=Compensation(kind=Undo.NOTHING, reason="only reads")),
        work("b", undo=Compensation(kind=Undo.IRREVERSIBLE, reason="the letter is out")),
        work("c", on_undo_failure=OnUndoFailure.CONTINUE),
        work("d"),
    )
    run = world(orchestrated("main", *steps), script={("d", DO): REFUSED, ("c", UNDO): BROKEN * 9})
    run.settle()
    return run


@told
def a_pivot_takes_effect_while_a_rollback_waits_for_it():
    run = world(orchestrated("main", work("a", after=()), work("b", after=(), pivot=True)), script={("a", DO): REFUSED})
    pivot = run.claim("b", DO)
    run.finish(run.claim("a", DO))
    run.finish(pivot)
    return run


@told
def a_refusal_past_the_pivot_is_parked():
    run = world(orchestrated("main", work("a", pivot=True), work("b")), script={("b", DO): REFUSED})
    run.settle()
    return run


@told
def a_pivot_is_skipped_while_a_rollback_waits_for_it():
    run = world(
        orchestrated("main", Step("a", WaitForEvent("Paid"), pivot=True, after=()), work("b", after=())),
        script={("b", DO): REFUSED},
    )
    run.finish(run.claim("b", DO))
    run.report(reports.SkipRequested(step="a", **WHO))
    return run


@told
def a_run_returns_to_its_save_point_and_then_rolls_back_as_a_whole():
    later = orchestrated("later", work("b"), work("c"), savepoint=True, recovery=Recovery.FORWARD, forward_attempts=2)
    run = world(orchestrated("first", work("a")), later, script={("c", DO): REFUSED * 9})
    run.settle()
    return run


@told
def a_return_to_a_save_point_becomes_the_rollback_of_the_run_when_another_segment_fails():
    later = orchestrated("later", work("b"), work("c"), savepoint=True, recovery=Recovery.FORWARD)
    beside = orchestrated("beside", work("d"), after=())
    run = world(later, beside, script={("c", DO): REFUSED * 9, ("d", DO): REFUSED})
    run.finish(run.claim("b", DO))
    other = run.claim("d", DO)
    run.finish(run.claim("c", DO))
    run.finish(other)
    run.settle()
    return run


@told
def a_run_is_cancelled_while_it_rolls_back():
    run = world(
        orchestrated("main", work("a"), work("b")),
        script={("b", DO): REFUSED},
        after_rollback=retry_whole_run(times=2, delay=10),
    )
    run.finish(run.claim("a", DO))
    run.finish(run.claim("b", DO))
    run.report(reports.CancelRequested(**WHO))
    run.settle()
    return run


@told
def a_rolled_back_run_starts_again():
    run = world(
        orchestrated("main", work("a"), work("b")),
        script={("b", DO): REFUSED},
        after_rollback=retry_whole_run(times=2, delay=10),
    )
    run.settle()
    return run


@told
def a_cancelled_run_withdraws_its_waits():
    steps = (
        Step("t", Timer(60.0), after=()),
        Step("e", WaitForEvent("Paid"), after=()),
        work("w", after=()),
        work("s", after=()),
        work("v", after=()),
    )
    run = world(orchestrated("main", *steps), slow={"s"})
    run.finish(run.claim("s", DO))
    flight = run.claim("v", DO)
    run.report(reports.CancelRequested(**WHO))
    run.finish(flight)
    run.settle()
    return run


@told
def an_approval_waits_for_long_and_is_given_after_the_reminder():
    run = world(orchestrated("main", Step("a", Approval("team", remind_after=20.0), timeout=50.0)))
    for seconds in (25.0, 10.0):
        run.pass_time(seconds)
    run.report(reports.ApprovalDecided(step="a", approved=True, by="ada", reason="fine"))
    return run


@told
def an_approval_is_given_and_the_next_one_rejected():
    run = world(orchestrated("main", work("w"), Step("a", Approval("team"), timeout=50.0), Step("b", Approval("team"))))
    run.finish(run.claim("w", DO))
    run.report(reports.ApprovalDecided(step="a", approved=True, by="ada", reason="fine"))
    run.report(reports.ApprovalDecided(step="b", approved=False, by="bob"))
    run.settle()
    return run


@told
def a_timer_and_an_event_in_their_time():
    run = world(orchestrated("main", Step("t", Timer(60.0)), Step("e", WaitForEvent("Paid"), timeout=50.0), work("w")))
    run.pass_time(60.0)
    run.report(reports.EventReceived(event="Paid", payload=7, source="bank", event_id="1"))
    run.settle()
    return run


@told
def an_event_is_refused_twice_ignored_and_did_not_come_in_time():
    run = world(
        orchestrated(
            "main", Step("e", WaitForEvent("Paid"), fails_as={"declined": "Declined"}, timeout=50.0), work("w")
        ),
        slow={"w"},
    )
    run.report(reports.EventReceived(event="Other"))
    run.pass_time(50.0)
    run.report(reports.RetryRequested(step="e", **WHO))
    run.report(reports.EventReceived(event="Declined", source="bank"))
    run.report(reports.EventReceived(event="Paid"))
    return run


@told
def a_step_that_answers_later_times_out():
    run = world(orchestrated("main", work("w", timeout=20.0, retry=TWICE)), slow={"w"})
    run.finish(run.claim("w", DO))
    run.flights.clear()
    run.pass_time(20.0)
    return run


@told
def attempts_run_out_and_the_run_rolls_back():
    run = world(
        orchestrated("main", work("a"), work("w", on_exhausted=OnExhausted.ROLL_BACK)), script={("w", DO): BROKEN}
    )
    run.settle()
    return run


@told
def a_reaction_is_missing():
    run = world(choreographed("main", work("a", timeout=20.0, emits="Made"), work("b")))
    run.pass_time(20.0)
    return run


@told
def the_deadline_of_the_run_passes():
    run = world(orchestrated("main", work("a"), work("b")), deadline=100.0)
    run.finish(run.claim("a", DO))
    run.pass_time(100.0)
    run.settle()
    return run


@told
def a_worker_dies_and_its_late_answer_is_ignored():
    run = world(orchestrated("main", work("a", retry=TWICE)))
    first = run.claim("a", DO)
    run.pass_time(LEASE)
    run.pass_time(3.0)
    second = run.claim("a", DO)
    run.finish(first)
    run.report(
        facts.WorkerDied(step="a", attempt=second.attempt, token=second.token, worker="w", how="was killed by SIGKILL")
    )
    return run


@told
def a_child_ends_and_is_rolled_back_with_its_parent():
    undo = Compensation(does=RollBackChild())
    run = world(
        orchestrated("main", Step("child", SubSaga("other"), undo=undo, undo_retry=ONCE), work("b")),
        script={("b", DO): REFUSED},
    )
    run.finish(run.claim("child", DO))
    run.report(reports.ChildEnded(step="child", child="7", status="completed", output=3))
    run.settle()
    run.report(reports.ChildEnded(step="child", child="7", status="rolled_back"))
    return run


@told
def a_child_is_rolled_back_by_itself():
    run = world(orchestrated("main", work("a"), Step("child", SubSaga("other"))))
    run.finish(run.claim("a", DO))
    run.finish(run.claim("child", DO))
    run.report(reports.ChildEnded(step="child", child="7", status="rolled_back", why="no stock"))
    run.settle()
    return run


@told
def a_child_past_its_pivot_gets_its_parent_stuck():
    undo = Compensation(does=RollBackChild())
    run = world(
        orchestrated("main", Step("child", SubSaga("other"), undo=undo, undo_retry=ONCE), work("b")),
        script={("b", DO): REFUSED},
    )
    run.finish(run.claim("child", DO))
    run.report(reports.ChildEnded(step="child", child="7", status="completed"))
    run.finish(run.claim("b", DO))
    run.finish(run.claim("child", UNDO))
    run.report(reports.ChildEnded(step="child", child="7", status="completed"))
    return run


@told
def a_rolled_back_run_is_resumed():
    run = world(orchestrated("main", work("a"), work("b")), script={("b", DO): REFUSED})
    run.settle()
    run.report(reports.ResumeRequested(step="a", **WHO))
    run.settle()
    return run


@told
def observers_and_reacting_steps_hear_what_a_commanded_step_did():
    run = world(
        orchestrated("main", work("a", emits="Made")),
        choreographed("then", work("b", on="Made")),
        observers=(Observer("mail", "mail.send", "Made"), Observer("log", "log.keep", ("BCompleted", "Made"))),
    )
    run.settle()
    return run


@told
def an_operator_retries_a_wait_and_then_cancels():
    run = world(orchestrated("main", Step("e", WaitForEvent("Paid"))))
    run.report(reports.RetryRequested(step="e", **WHO))
    run.report(reports.CancelRequested(**WHO))
    return run


@told
def a_refused_step_is_undone_where_the_definition_says_so_of_every_attempt():
    steps = (work("a"), work("b", compensate_on=CompensateOn.ATTEMPTED))
    run = world(orchestrated("main", *steps), script={("b", DO): REFUSED})
    run.settle()
    return run


@told
def two_segments_with_save_points_fail_and_the_whole_run_rolls_back():
    forward = {"savepoint": True, "recovery": Recovery.FORWARD}
    segments = (
        orchestrated("left", work("a"), work("b"), **forward),
        orchestrated("right", work("c"), after=(), **forward),
    )
    run = world(*segments, script={("b", DO): REFUSED, ("c", DO): REFUSED})
    run.finish(run.claim("a", DO))
    other = run.claim("c", DO)
    run.finish(run.claim("b", DO))
    run.finish(other)
    run.settle()
    return run


@told
def a_cancelled_run_is_in_doubt_about_what_was_tried_and_forgets_what_was_not():
    steps = (
        work("tried", after=(), retry=TWICE),
        work("asked", after=(), undo=None),
        Step("event", WaitForEvent("Paid"), undo="s.unevent", after=()),
        work("new", after=()),
    )
    run = world(orchestrated("main", *steps), script={("tried", DO): BROKEN}, slow={"asked"})
    run.finish(run.claim("tried", DO))
    run.finish(run.claim("asked", DO))
    run.flights.clear()
    run.report(reports.CancelRequested(**WHO))
    run.settle()
    return run


@told
def a_step_that_was_tried_once_and_skipped_is_undone_with_the_others():
    run = world(orchestrated("main", work("a"), work("b")), script={("a", DO): BROKEN, ("b", DO): REFUSED})
    run.settle()
    run.report(reports.SkipRequested(step="a", **WHO))
    run.settle()
    return run


@told
def a_late_sweep_finds_a_return_to_a_save_point_and_then_the_deadline_of_the_run():
    steps = (work("a"), work("b", on_exhausted=OnExhausted.ROLL_BACK))
    run = world(orchestrated("main", *steps, savepoint=True, recovery=Recovery.FORWARD), deadline=LEASE + 5)
    run.finish(run.claim("a", DO))
    run.claim("b", DO)
    run.flights.clear()
    run.pass_time(LEASE + 9)
    run.settle()
    return run


@told
def a_step_that_fails_while_a_rollback_waits_is_retried_after_the_pivot_took_effect():
    steps = (work("a", after=()), work("b", after=(), pivot=True), work("c", after=(), retry=TWICE))
    run = world(orchestrated("main", *steps), script={("a", DO): REFUSED, ("c", DO): BROKEN})
    pivot = run.claim("b", DO)
    other = run.claim("c", DO)
    run.finish(run.claim("a", DO))
    run.finish(other)
    run.finish(pivot)
    run.settle()
    return run


@told
def an_error_of_the_code_parks_a_step_even_where_exhausted_attempts_roll_back():
    run = world(orchestrated("main", work("a", retry=TWICE, on_exhausted=OnExhausted.ROLL_BACK)))
    flight = run.claim("a", DO)
    run.flights.clear()
    run.report(facts.StepFailed(step="a", attempt=1, token=flight.token, error=WRONG))
    return run


@told
def attempts_that_end_while_the_run_rolls_back_are_in_doubt_and_undone():
    steps = (work("a", after=()), work("b", after=(), retry=TWICE), work("c", after=()))
    run = world(orchestrated("main", *steps), script={("b", DO): BROKEN, ("c", DO): REFUSED})
    flight = run.claim("a", DO)
    other = run.claim("b", DO)
    run.finish(run.claim("c", DO))
    run.finish(other)
    run.flights.clear()
    run.report(facts.StepFailed(step="a", attempt=1, token=flight.token, error=WRONG))
    run.settle()
    return run


@told
def a_refusal_that_comes_while_the_run_rolls_back_is_no_cause_of_its_own():
    steps = (work("a", after=()), work("b", after=()))
    run = world(orchestrated("main", *steps), script={("a", DO): REFUSED, ("b", DO): REFUSED})
    other = run.claim("b", DO)
    run.finish(run.claim("a", DO))
    run.finish(other)
    return run


@told
def a_step_is_retrying_next_to_a_running_one():
    run = world(orchestrated("main", work("a", after=(), retry=TWICE), work("b", after=())), script={("a", DO): BROKEN})
    run.claim("b", DO)
    run.finish(run.claim("a", DO))
    return run


@told
def a_run_waits_for_an_approval_a_timer_an_event_and_an_answer():
    steps = (
        Step("approval", Approval("team"), after=()),
        Step("timer", Timer(60.0), after=()),
        Step("event", WaitForEvent("Paid"), after=()),
        work("answer", after=()),
    )
    run = world(orchestrated("main", *steps), slow={"answer"})
    run.finish(run.claim("answer", DO))
    return run


@told
def a_compensation_is_due_and_was_not_tried():
    run = world(orchestrated("main", work("a"), work("b")), script={("b", DO): REFUSED})
    run.finish(run.claim("a", DO))
    run.finish(run.claim("b", DO))
    return run


@told
def a_compensation_is_retried():
    script = {("b", DO): REFUSED, ("a", UNDO): BROKEN}
    run = world(orchestrated("main", work("a", undo_retry=TWICE), work("b")), script=script)
    run.finish(run.claim("a", DO))
    run.finish(run.claim("b", DO))
    run.finish(run.claim("a", UNDO))
    return run


@told
def a_compensation_waits_for_its_answer():
    run = world(orchestrated("main", work("a"), work("b")), script={("b", DO): REFUSED}, slow={"a"})
    run.finish(run.claim("a", DO))
    run.finish(run.flights[0])
    run.finish(run.claim("b", DO))
    run.finish(run.claim("a", UNDO))
    return run


@told
def a_compensation_is_stuck_while_a_step_next_to_it_is_settled():
    steps = (work("a"), work("b", after=("a",)), work("c", after=("a",)))
    run = world(orchestrated("main", *steps), script={("c", DO): REFUSED, ("b", UNDO): BROKEN})
    run.settle()
    return run


@told
def a_run_is_parked_next_to_a_step_that_is_done():
    run = world(orchestrated("main", work("a"), work("b"), work("c")), script={("b", DO): BROKEN})
    run.settle()
    return run


@told
def a_rollback_waits_for_a_running_pivot():
    run = world(orchestrated("main", work("a", after=()), work("b", after=(), pivot=True)), script={("a", DO): REFUSED})
    run.claim("b", DO)
    run.finish(run.claim("a", DO))
    return run


@told
def a_rollback_waits_for_a_pivot_that_waits():
    steps = (work("a", after=()), Step("b", WaitForEvent("Paid"), after=(), pivot=True))
    run = world(orchestrated("main", *steps), script={("a", DO): REFUSED})
    run.finish(run.claim("a", DO))
    return run


@told
def a_rollback_waits_for_a_parked_pivot():
    steps = (work("a", after=()), work("b", after=(), pivot=True))
    run = world(orchestrated("main", *steps), script={("a", DO): REFUSED, ("b", DO): BROKEN})
    run.finish(run.claim("b", DO))
    run.finish(run.claim("a", DO))
    return run


@told
def a_rollback_waits_for_a_pivot_that_is_retried():
    steps = (work("a", after=()), work("b", after=(), pivot=True, retry=TWICE))
    run = world(orchestrated("main", *steps), script={("a", DO): REFUSED, ("b", DO): BROKEN})
    pivot = run.claim("b", DO)
    run.finish(run.claim("a", DO))
    run.finish(pivot)
    run.at += 3.0
    return run


@told
def a_run_returns_to_its_save_point():
    later = orchestrated("later", work("b"), work("c"), savepoint=True, recovery=Recovery.FORWARD)
    beside = orchestrated("beside", work("d"), after=())
    run = world(later, beside, script={("c", DO): REFUSED})
    run.finish(run.claim("b", DO))
    run.finish(run.claim("c", DO))
    return run


@told
def a_rollback_of_the_parent_takes_a_completed_run_back():
    run = world(orchestrated("main", work("a")))
    run.settle()
    run.report(reports.RollbackRequested(by="run 1", reason="the parent rolls back", parent=True))
    return run


@told
def a_run_is_being_cancelled():
    run = world(orchestrated("main", work("a"), work("b")))
    run.finish(run.claim("a", DO))
    run.report(reports.CancelRequested(**WHO))
    return run


@told
def a_worker_died_of_a_step():
    run = world(orchestrated("main", work("a", retry=TWICE)))
    flight = run.claim("a", DO)
    run.report(facts.WorkerDied(step="a", attempt=1, token=flight.token, worker="w"))
    return run


@told
def no_worker_serves_a_step():
    run = world(orchestrated("main", work("a")))
    run.pass_time(8.0)
    run.report(facts.WorkUnserved(step="a", needs="s.a", since=START))
    return run


@told
def a_run_that_passed_its_pivot_is_late():
    run = world(orchestrated("main", work("a", pivot=True), work("b")), deadline=20.0)
    run.finish(run.claim("a", DO))
    run.pass_time(20.0)
    return run


@told
def a_run_that_returns_to_its_save_point_is_cancelled():
    run = a_run_returns_to_its_save_point()
    run.report(reports.CancelRequested(**WHO))
    return run


@told
def a_parked_pivot_is_skipped():
    run = world(orchestrated("main", work("a", pivot=True), work("b")), script={("a", DO): BROKEN})
    run.settle()
    run.report(reports.SkipRequested(step="a", **WHO))
    return run


@told
def a_pivot_is_under_way():
    run = world(orchestrated("main", work("a", pivot=True), work("b")))
    run.claim("a", DO)
    return run


@told
def a_parent_asks_for_the_rollback_of_a_run_that_rolls_back_by_itself():
    run = a_compensation_is_due_and_was_not_tried()
    run.report(reports.RollbackRequested(by="run 1", reason="the parent rolls back", parent=True))
    return run


@told
def a_child_is_rolled_back_after_its_parent_gave_up_waiting():
    undo = Compensation(does=RollBackChild())
    steps = (work("a"), Step("child", SubSaga("other"), undo=undo, undo_retry=ONCE), work("b"))
    run = world(orchestrated("main", *steps), script={("b", DO): REFUSED, ("child", UNDO): (InjectedFault.TIME_OUT,)})
    run.finish(run.claim("a", DO))
    run.finish(run.claim("child", DO))
    run.report(reports.ChildEnded(step="child", child="7", status="completed"))
    run.finish(run.claim("b", DO))
    run.finish(run.claim("child", UNDO))
    run.pass_time(LEASE)
    run.report(reports.ChildEnded(step="child", child="7", status="completed"))
    run.report(reports.ChildEnded(step="child", child="7", status="rolled_back"))
    return run


@told
def two_refusals_come_before_the_wait_and_the_first_one_declared_counts():
    event = Step("event", WaitForEvent("Paid"), fails_as={"declined": "Declined", "stolen": "Stolen"})
    run = world(orchestrated("main", work("a"), event))
    run.report(reports.EventReceived(event="Stolen"))
    run.report(reports.EventReceived(event="Declined"))
    run.report(reports.EventReceived(event="Declined"))
    run.finish(run.claim("a", DO))
    return run


@told
def an_event_comes_while_the_run_rolls_back_and_is_ignored():
    run = world(
        orchestrated("main", work("a"), work("b"), Step("e", WaitForEvent("Paid"))), script={("b", DO): REFUSED}
    )
    run.finish(run.claim("a", DO))
    run.finish(run.claim("b", DO))
    run.report(reports.EventReceived(event="Paid"))
    return run


@told
def an_event_comes_for_a_step_that_only_pauses_while_another_segment_returns_to_its_save_point():
    later = orchestrated("later", work("b"), work("c"), savepoint=True, recovery=Recovery.FORWARD)
    beside = orchestrated("beside", Step("e", WaitForEvent("Paid")), after=())
    run = world(later, beside, script={("c", DO): REFUSED})
    run.finish(run.claim("b", DO))
    run.finish(run.claim("c", DO))
    run.report(reports.EventReceived(event="Paid"))
    return run


@told
def an_event_comes_while_a_rollback_waits_for_the_pivot():
    steps = (work("a", after=()), work("b", after=(), pivot=True), Step("e", WaitForEvent("Paid"), after=()))
    run = world(orchestrated("main", *steps), script={("a", DO): REFUSED})
    run.claim("b", DO)
    run.finish(run.claim("a", DO))
    run.report(reports.EventReceived(event="Paid"))
    return run


@told
def an_event_undoes_a_step():
    undo = Compensation(does=WaitForEvent("Returned"))
    run = world(orchestrated("main", work("a"), work("b", undo=undo), work("c")), script={("c", DO): REFUSED})
    run.finish(run.claim("a", DO))
    run.report(reports.EventReceived(event="Returned"))
    run.finish(run.claim("b", DO))
    run.finish(run.claim("c", DO))
    run.report(reports.EventReceived(event="Returned"))
    return run


@told
def a_compensation_makes_up_for_what_cannot_be_taken_back():
    run = world(orchestrated("main", work("a", undo=semantic("s.apologise")), work("b")), script={("b", DO): REFUSED})
    run.settle()
    return run


@told
def a_run_completes_before_its_deadline():
    run = world(orchestrated("main", work("a")), deadline=20.0)
    run.settle()
    return run


@told
def a_rollback_that_waits_for_its_pivot_holds_a_missing_reaction_and_a_retried_step():
    waits = (Step("b", WaitForEvent("Paid"), pivot=True), work("c", after=()), work("d", after=(), timeout=9.0))
    script = {("c", DO): REFUSED, ("d", DO): BROKEN}
    run = world(choreographed("aside", work("a", timeout=5.0)), orchestrated("main", *waits, after=()), script=script)
    run.finish(run.claim("d", DO))
    run.report(reports.RetryRequested(step="d", **WHO))
    run.pass_time(5.0)
    run.finish(run.claim("c", DO))
    return run


@told
def a_timer_fires_while_a_worker_holds_one_step_and_another_waits_for_its_answer():
    steps = (Step("t", Timer(5.0), after=()), work("held", after=()), work("asked", after=(), timeout=60.0))
    run = world(orchestrated("main", *steps), slow={"asked"})
    run.claim("held", DO)
    run.finish(run.claim("asked", DO))
    run.pass_time(5.0)
    return run


@told
def a_reaction_that_succeeds_after_the_failure_of_another_is_undone_for_the_same_event():
    steps = (work("a", on="Go"), work("b", on="Go"))
    run = world(choreographed("main", work("first", emits="Go"), *steps), script={("a", DO): REFUSED})
    run.finish(run.claim("first", DO))
    other = run.claim("b", DO)
    run.finish(run.claim("a", DO))
    run.finish(other)
    return run


@told
def a_reaction_that_succeeds_after_an_operator_rolled_back_is_undone_for_that_reason():
    steps = (work("a", on="Go"), work("b", on="Go"))
    run = world(choreographed("main", work("first", emits="Go"), *steps), script={("a", DO): BROKEN})
    run.finish(run.claim("first", DO))
    other = run.claim("b", DO)
    run.finish(run.claim("a", DO))
    run.report(reports.RollbackRequested(**WHO))
    run.finish(other)
    return run


@told
def sensitive_fields_leave_with_the_undo_of_reacting_steps_and_not_with_the_undo_of_commanded_ones():
    segments = (choreographed("first", work("a"), work("b")), orchestrated("then", work("c"), work("d")))
    run = world(*segments, script={("d", DO): REFUSED}, sensitive=("ok",))
    run.settle()
    return run


def stories() -> dict[str, list[str]]:
    """Play all runs, and return their journals and commands."""
    return {act.__name__: story(act()) for act in ACTS}


def read() -> dict[str, list[str]]:
    """Read the stories from their file: a title after ``#``, and one entry or command in each line."""
    parts = FILE.read_text().split("# ")[1:]
    return {title: lines for title, *lines in (part.strip().splitlines() for part in parts)}


if __name__ == "__main__":
    FILE.write_text("\n".join("\n".join([f"# {title}", *lines, ""]) for title, lines in stories().items()))

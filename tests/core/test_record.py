"""The rollback record gives the reason for each outcome in words, and the error of a step to that step only."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.codec import encode
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    Compensation,
    RollBackChild,
    Saga,
    Step,
    SubSaga,
    WaitForEvent,
    nothing,
    orchestrated,
    semantic,
)
from sagaflow.core.run.commands import RecordRollback
from sagaflow.core.run.record import LOUD, WAITED, reason_of, rollback_record, stayed
from sagaflow.core.run.reports import ChildEnded, CompensationMarkedDone, ResumeRequested, SkipRequested
from sagaflow.core.run.state import (
    LESS_THAN_COMPENSATED,
    Direction,
    ErrorKind,
    Rollback,
    RollbackCode,
    RunState,
    RunStatus,
    StepError,
    StepStatus,
)
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.strategies import saga_and_script
from tests.core.thoroughness import examples
from tests.core.world import World

SAGA = Saga("shop", (orchestrated("main", Step("pack", "s.pack"), Step("pay", "s.pay"), Step("ship", "s.ship")),))
REFUSED = StepError(ErrorKind.BUSINESS, "CARD_REFUSED", "The card was refused.")
BUSINESS = InjectedFault.BUSINESS_ERROR
NO_MESSAGE = StepError(ErrorKind.BUSINESS, "CARD_REFUSED")
BEGAN = Rollback(code=RollbackCode.BUSINESS_ERROR, message="It went back.", began_at=1.0)


def record(state: RunState | None = None, **rollback: object) -> dict:
    began = Rollback(code=RollbackCode.BUSINESS_ERROR, message="It went back.", began_at=1.0, **rollback)
    return rollback_record(SAGA, replace(state or RunState.of(SAGA), rollback=began), "rolled_back", 2.0)


def row(made: dict, step: str) -> dict:
    return next(each for each in made["steps"] if each["step"] == step)


def test_the_error_that_began_the_rollback_is_the_error_of_its_step_and_of_no_other():
    made = record(step="pay", error=REFUSED)
    errors = {each["step"]: each["error"] for each in made["steps"]}
    assert errors == {"pack": None, "pay": encode(REFUSED), "ship": None}


def test_a_record_names_who_cancelled_the_run_during_the_rollback():
    assert record(cancelled_by="ann")["cancelled_by"] == "ann"
    assert "cancelled_by" not in record()


@pytest.mark.parametrize(("error", "words"), [(REFUSED, "The card was refused."), (NO_MESSAGE, "CARD_REFUSED")])
def test_a_failed_step_took_no_effect_because_of_its_message_or_else_its_code(error, words):
    state = RunState.of(SAGA).with_step("pay", status=StepStatus.FAILED, error=error)
    assert row(record(state), "pay")["reason"] == f"it took no effect: {words}"


TIMED_OUT = StepError(ErrorKind.TECHNICAL, "timed-out", "It took too long.")


@pytest.mark.parametrize(
    ("begun", "step", "outcome", "reason"),
    [
        ({}, "wait", "not started", ""),
        ({"attempts": 1}, "wait", "not started", ""),
        ({"started_at": 1.0}, "wait", "nothing to undo", WAITED),
        ({"started_at": 1.0, "error": TIMED_OUT}, "wait", "nothing to undo", WAITED),
        ({"started_at": 1.0, "error": REFUSED}, "wait", "nothing to undo", "it took no effect: The card was refused."),
        ({"started_at": 1.0, "error": NO_MESSAGE}, "pay", "nothing to undo", "it took no effect: CARD_REFUSED"),
        ({"started_at": 1.0, "unknown": 1}, "wait", "pending undo", ""),
        ({"unknown": 1}, "wait", "pending undo", ""),
        ({"status": StepStatus.FAILED, "unknown": 1, "error": REFUSED}, "pay", "pending undo", ""),
    ],
)
def test_only_a_step_that_had_not_begun_in_its_round_was_not_started(begun, step, outcome, reason):
    """``attempts`` counts those of the rounds before a save-point too, ``started_at`` does not."""
    saga = Saga("shop", orchestrated("main", Step("pay", "s.pay"), Step("wait", WaitForEvent("Paid"))))
    state = replace(RunState.of(saga).with_step(step, **begun), rollback=BEGAN)
    made = row(rollback_record(saga, state, "rolled_back", 2.0), step)
    assert (made["outcome"], made["reason"]) == (outcome, reason)


def test_a_step_beside_a_return_to_a_save_point_is_kept():
    segments = (
        orchestrated("first", Step("pay", "s.pay")),
        orchestrated("second", Step("ship", "s.ship"), savepoint=True),
    )
    state = replace(RunState.of(Saga("shop", segments)), rollback=replace(BEGAN, savepoint="second"))
    made = rollback_record(Saga("shop", segments), state, "savepoint", 2.0)
    assert {each["step"]: each["outcome"] for each in made["steps"]} == {"ship": "not started", "pay": "kept"}


@pytest.mark.parametrize(("error", "words"), [(REFUSED, "The card was refused."), (NO_MESSAGE, "CARD_REFUSED")])
def test_a_stuck_compensation_is_explained_by_its_message_or_else_its_code(error, words):
    state = RunState.of(SAGA).with_step("pay", status=StepStatus.STUCK, error=error)
    made = row(record(state), "pay")
    assert made["reason"] == reason_of(made) == f"its compensation failed: {words}"
    assert reason_of({**made, "reason": ""}) == made["reason"], "a record without the words gets them from the error"


def test_a_record_of_an_earlier_version_keeps_the_error_of_a_stuck_compensation_as_the_error_of_the_step():
    earlier = {"reason": "", "error": encode(REFUSED)}
    assert reason_of({**earlier, "outcome": "stuck"}) == "its compensation failed: The card was refused."
    assert reason_of({**earlier, "outcome": "compensated"}) == ""


def test_the_written_reason_comes_before_the_error():
    assert reason_of({"reason": "Undone in the shop.", "undo_error": encode(REFUSED)}) == "Undone in the shop."


@pytest.mark.parametrize(("note", "reason"), [("", "it was seen"), ("1 semantically undone", "1 semantically undone")])
def test_a_balanced_effect_has_the_reason_of_the_definition_unless_the_run_of_a_sub_saga_told_another(note, reason):
    saga = Saga("shop", orchestrated("main", Step("pay", "s.pay", undo=semantic("s.credit", "it was seen"))))
    state = RunState.of(saga).with_step("pay", status=StepStatus.SEMANTICALLY_UNDONE, note=note)
    made = rollback_record(saga, replace(state, rollback=BEGAN), "rolled_back", 2.0)
    assert row(made, "pay")["reason"] == reason


IN_THE_CHILD = [
    ((), None, ""),
    ((StepStatus.COMPENSATED, StepStatus.NOTHING_TO_UNDO, StepStatus.PENDING), None, ""),
    ((StepStatus.COMPENSATED, StepStatus.IRREVERSIBLE), StepStatus.IRREVERSIBLE, "1 compensated, 1 irreversible"),
    ((StepStatus.UNDO_SKIPPED,), StepStatus.UNDO_SKIPPED, "1 undo skipped"),
    ((StepStatus.UNDONE_BY_HAND,), StepStatus.UNDONE_BY_HAND, "1 undone by hand"),
    ((StepStatus.SEMANTICALLY_UNDONE,), StepStatus.SEMANTICALLY_UNDONE, "1 semantically undone"),
    (
        (StepStatus.SEMANTICALLY_UNDONE, StepStatus.UNDO_SKIPPED, StepStatus.IRREVERSIBLE),
        StepStatus.IRREVERSIBLE,
        "1 semantically undone, 1 undo skipped, 1 irreversible",
    ),
    (
        (StepStatus.SEMANTICALLY_UNDONE, StepStatus.UNDONE_BY_HAND, StepStatus.UNDO_SKIPPED),
        StepStatus.UNDO_SKIPPED,
        "1 semantically undone, 1 undone by hand, 1 undo skipped",
    ),
    (
        (StepStatus.SEMANTICALLY_UNDONE, StepStatus.UNDONE_BY_HAND),
        StepStatus.UNDONE_BY_HAND,
        "1 semantically undone, 1 undone by hand",
    ),
]


@pytest.mark.parametrize(("statuses", "worst", "summary"), IN_THE_CHILD)
def test_a_run_tells_its_parent_the_worst_result_of_its_rollback_and_all_of_them(statuses, worst, summary):
    state = RunState.of(SAGA)
    for step, status in zip(SAGA.steps, statuses, strict=False):
        state = state.with_step(step, status=status)
    assert stayed(state) == (worst, summary)


@given(saga_and_script(kinds=("call",), doomed=True), st.integers(0, 99))
@examples(100)
def test_a_parent_says_compensated_only_if_the_record_of_its_child_says_nothing_less(pair, seed):
    child = World(*pair, seed)
    child.settle()
    if child.state.status is not RunStatus.ROLLED_BACK:
        return
    worst, summary = stayed(child.state)
    steps = (Step("sub", SubSaga("child"), undo=Compensation(does=RollBackChild())), Step("pay", "bank.pay"))
    parent = World(Saga("parent", orchestrated("main", *steps)), {("pay", Direction.DO): (BUSINESS,)})
    end = ChildEnded(step="sub", child="c", status="rolled_back", stayed=worst, summary=summary)
    parent.backwards = lambda name: [end] if parent.state.steps[name].status is StepStatus.UNDO_WAITING else []
    parent.settle()
    [of_parent] = [each.record for each in parent.commands if isinstance(each, RecordRollback)]
    of_child = [each.record for each in child.commands if isinstance(each, RecordRollback)][-1]
    made, compensated = row(of_parent, "sub"), not any(words in of_child["summary"] for words in LOUD[1:])
    assert (made["outcome"] == "compensated") == compensated
    assert of_parent["summary"] == f"1 {made['outcome']}"
    assert compensated or of_child["summary"] in made["reason"]


def test_the_row_of_a_step_says_who_settled_this_round_and_what_an_earlier_one_left():
    once = RetryPolicy(attempts=1)
    step = Step("a", "s.a", undo="s.u", undo_retry=once)
    fails = {("a", Direction.UNDO): (BUSINESS,) * 9, ("b", Direction.DO): (BUSINESS,) * 9}
    world = World(Saga("shop", orchestrated("main", step, Step("b", "s.b", undo=nothing("a look")))), fails)
    world.settle()
    world.report(SkipRequested(step="a", by="ann", reason="it may stay"))
    world.report(ResumeRequested(step="a", by="ann", reason="again"))
    world.settle()
    world.report(CompensationMarkedDone(step="a", by="bob", reason="given back in the shop"))
    last = [each.record for each in world.commands if isinstance(each, RecordRollback)][-1]
    made = row(last, "a")
    assert (made["outcome"], made["by"]) == ("undone by hand", "bob")
    left = "in an earlier rollback of this run its outcome was 'undo skipped'; the record of that rollback says why"
    assert made["reason"] == f"given back in the shop; {left}"
    assert last["summary"] == "1 undone by hand, 1 undo skipped"
    assert stayed(world.state) == (StepStatus.UNDO_SKIPPED, last["summary"])


@pytest.mark.parametrize("left", [*LESS_THAN_COMPENSATED, None])
def test_what_the_run_of_a_sub_saga_left_is_told_although_the_step_has_no_undo(left):
    world = World(Saga("mum", orchestrated("main", Step("sub", SubSaga("kid"), undo=nothing("a look")))))
    world.finish(world.claim("sub", Direction.DO))
    summary = "1 of it" if left else ""
    world.report(ChildEnded(step="sub", child="c", status="rolled_back", stayed=left, summary=summary))
    [made] = [each.record for each in world.commands if isinstance(each, RecordRollback)]
    words = left.words if left else "nothing to undo"
    assert row(made, "sub")["outcome"] == words
    end = "its run c ended rolled back"
    assert row(made, "sub")["reason"] == (f"{end}; 1 of it" if left else f"it took no effect: {end}")
    assert row(made, "sub")["error"]["code"] == "sub-saga-rolled_back"
    assert row(made, "sub")["undo_error"] is None
    assert stayed(world.state) == ((left, f"1 {words}") if left else (None, ""))


def test_a_step_without_an_undo_whose_outcome_was_unknown_when_it_was_refused_is_not_said_to_have_no_effect():
    step = Step("a", "s.a", undo=nothing("a notice"), retry=RetryPolicy(attempts=2, delay=0.0))
    fails = {("a", Direction.DO): (InjectedFault.FAILED_LATE, BUSINESS)}
    world = World(Saga("shop", orchestrated("main", step)), fails)
    world.settle()
    [made] = [each.record for each in world.commands if isinstance(each, RecordRollback)]
    assert (row(made, "a")["outcome"], row(made, "a")["reason"]) == ("nothing to undo", "a notice")

"""Everything that makes a definition invalid: each row is one fault and its place."""

import math

import pytest
from hypothesis import given

from sagaflow import (
    AfterRollback,
    Approval,
    Compensation,
    Condition,
    InvalidDefinition,
    Observer,
    Recovery,
    RetryPolicy,
    RollBackChild,
    Saga,
    Step,
    SubSaga,
    Timer,
    Undo,
    WaitForEvent,
    choreographed,
    irreversible,
    nothing,
    orchestrated,
    semantic,
    where,
)
from sagaflow.core.definition.document import dump, load, restore
from sagaflow.core.definition.problems import MAX_STEPS, problems
from sagaflow.core.errors import Fault
from sagaflow.core.run.state import RunStatus
from sagaflow.core.simulation.virtual_run import VirtualRun
from tests.core.strategies import sagas

A, B, C = Step("a", "s.a"), Step("b", "s.b"), Step("c", "s.c")
STEP = "segments/main/steps/x"


def main(*steps, **options):
    return orchestrated("main", *steps, **options)


def x(does="s.x", **options):
    """A saga of one step with these options."""
    return "order", (main(Step("x", does, **options)),), {}


def saga(*segments, **options):
    return "order", segments, options


MANY = [orchestrated(f"s{n}", Step(f"t{n}", "s.a")) for n in range(20)]
FAULTS = {
    "a name with a space": (("my order", (main(A),), {}), "saga", "name", "'my order'"),
    "a name beyond 64 characters": (("o" * 65, (main(A),), {}), "saga", "name", "64 at most"),
    "no segments": (saga(), "saga", "empty", "no segments"),
    "a segment without steps": (saga(main()), "segments/main", "empty", "no steps"),
    "too many steps": (saga(main(*[Step(f"s{n}", "s.a") for n in range(MAX_STEPS + 1)])), "saga", "size", "sub-saga"),
    "two segments of one name": (saga(main(A), main(B)), "saga", "segment-twice", "'main'"),
    "two steps of one name": (saga(main(A), orchestrated("more", A)), "saga", "step-twice", "'a'"),
    "two observers of one name": (
        saga(main(A), observers=[Observer("o", "s.o", "ACompleted")] * 2), "saga", "observer-twice", "'o'",
    ),
    "two steps that succeed with one event": (
        saga(main(A, Step("d", "s.d", emits="ACompleted"))), "saga", "event-twice", "'ACompleted'",
    ),
    "a failure that is also a success": (
        saga(main(A, Step("d", "s.d", fails_as={"no": "ACompleted"}))), "saga", "event-twice", "rename",
    ),
    "an undo that is also a success": (
        saga(main(A, Step("d", "s.d", undo=Compensation(does=A.does, emits="ACompleted")))),
        "saga", "event-twice", "'d'",
    ),
    "two segments whose starts have one event": (
        saga(orchestrated("a_b", A), orchestrated("a.b", B)), "saga", "event-twice", "'ABStarted'",
    ),
    "a success that is an end of the run": (
        x(emits="SagaCompleted"), "saga", "event-twice", "is also what a run says about itself",
    ),
    "a step whose usual event is an end of the run": (
        saga(main(Step("saga", "s.a"))), "saga", "event-twice", "'SagaCompleted' of step 'saga'",
    ),
    "a failure that says what a run says": (
        x(fails_as={"no": "SagaStuck"}), "saga", "event-twice", "give the step another event",
    ),
    "an undo that says what a run says": (
        x(undo=Compensation(does=A.does, emits="SagaMissing")), "saga", "event-twice", "'SagaMissing'",
    ),
    "a success that is the start of a segment": (
        x(emits="MainStarted"), "saga", "event-twice", "also the start of segment 'main'",
    ),
    "a wait that one event ends and makes fail": (
        x(WaitForEvent("Paid"), fails_as={"no": "Paid"}), "saga", "event-twice", "is also its success",
    ),
    "a wait that one event makes fail in two ways": (
        x(WaitForEvent("Paid"), fails_as={"no": "Nay", "late": "Nay"}),
        "saga", "event-twice", "means 'no' and 'late'",
    ),
    "a wait that one event makes fail in two ways, the other way round": (
        x(WaitForEvent("Paid"), fails_as={"late": "Refused", "no": "Refused"}),
        "saga", "event-twice", "means 'late' and 'no'",
    ),
    "a deadline of nothing": (saga(main(A), deadline=0), "saga", "duration", "deadline is 0"),
    "a deadline of more than ten years": (saga(main(A), deadline=4e8), "saga", "duration", "ten years"),
    "a delay below zero": (saga(main(A), after_rollback=AfterRollback(1, -1.0)), "saga", "duration", "after_rollback"),
    "too many runs": (saga(main(A), after_rollback=AfterRollback(2000)), "saga", "range", "0 to 1000"),
    "a search attribute without a name": (saga(main(A), search={"": "/x"}), "saga", "name", "''"),
    "a search attribute that is no pointer": (saga(main(A), search={"x": "total"}), "saga", "pointer", "/input/total"),
    "a key at no pointer": (saga(main(A), correlate={"Paid": "order"}), "saga", "pointer", "correlate: 'Paid'"),
    "a key of every event at no pointer": (saga(main(A), correlate={"*": "order"}), "saga", "pointer", "'*'"),
    "a key of an event without a name": (saga(main(A), correlate={"": "/order"}), "saga", "name", "''"),
    "a key of an event with a space": (saga(main(A), correlate={"is paid": "/order"}), "saga", "name", "'is paid'"),
    "an observer of an unknown event": (
        saga(main(A), observers=[Observer("o", "s.o", "Nothing")]), "observers/o", "unknown", "never publishes",
    ),
    "an observer without an action": (
        saga(main(A), observers=[Observer("o", "s", "ACompleted")]), "observers/o", "name", "service.verb",
    ),
    "a segment after one that is not there": (
        saga(main(A, after="none")), "segments/main", "unknown", "not another segment; correct the name, or remove it",
    ),
    "a segment after one of many names": (
        saga(main(A), *MANY, orchestrated("z", B, after="x")),
        "segments/z", "unknown", "not another segment; correct the name, or remove it",
    ),
    "a segment after one of twenty": (
        saga(main(A), *MANY[1:], orchestrated("z", B, after="x")),
        "segments/z", "unknown", "use one of main, s1, s10",
    ),
    "a segment after one with a name like it": (
        saga(main(A), orchestrated("more", B, after="mian")), "segments/more", "unknown", "did you mean 'main'?",
    ),
    "an observer of an event with a name like it": (
        saga(main(A), observers=[Observer("o", "s.o", "SagaCompletd")]), "observers/o", "unknown",
        "never publishes; did you mean 'SagaCompleted'",
    ),
    "a condition on a step with a name like it": (
        saga(main(Step("take", "s.a"), Step("x", "s.x", condition=where("/steps/tako/id")))),
        "segments/main/steps/x", "unknown", "which is not a step; did you mean 'take'?",
    ),
    "a start by an event with a name like it": (
        saga(main(A), starts_on="Piad", correlate={"Paid": "/k"}),
        "saga", "correlate", "did you mean 'Paid'? Otherwise add",
    ),
    "no way forward at all": (saga(main(A, forward_attempts=0)), "segments/main", "range", "1 to 100"),
    "forward recovery without a save-point": (
        saga(main(A, recovery=Recovery.FORWARD)), "segments/main", "savepoint", "set savepoint",
    ),
    "a save-point that lies beyond": (
        saga(main(A, recovery=Recovery.FORWARD), orchestrated("more", B, savepoint=True)),
        "segments/main", "savepoint", "at or before",
    ),
    "an action without a service": (x("pay"), STEP, "name", "service.verb"),
    "work of no known kind": (x(7), STEP, "action", "WaitForEvent"),
    "an event with a space": (x(WaitForEvent("it happened")), STEP, "name", "128 at most"),
    "a service with a space": (x(WaitForEvent("Paid", "my bank")), STEP, "name", "'my bank'"),
    "a timer of nothing": (x(Timer(0)), STEP, "duration", "timer is 0"),
    "a timer of infinity": (x(Timer(math.inf)), STEP, "duration", "timer is inf"),
    "an approval by nobody": (x(Approval("  ")), STEP, "approval", "who may decide"),
    "a sub-saga without a name": (x(SubSaga("")), STEP, "name", "''"),
    "a timeout below zero": (x(timeout=-5), STEP, "duration", "timeout is -5"),
    "no attempts": (x(retry=RetryPolicy(attempts=0)), STEP, "retry", "retry: attempts is 0"),
    "an impatient undo": (x(undo_retry=RetryPolicy(factor=0.5)), STEP, "retry", "undo_retry: factor is 0.5"),
    "a step after one that is not there": (x(after="y"), STEP, "unknown", "not a step of segment 'main'"),
    "a step after one of another segment": (
        saga(main(A), orchestrated("more", Step("x", "s.x", after="a"))),
        "segments/more/steps/x", "unknown", "segment 'more'; correct the name, or remove it",
    ),
    "an event without a name": (x(emits=" "), STEP, "name", "' '"),
    "a failure event that is no name": (x(fails_as={"no": "-"}), STEP, "name", "'-'"),
    "an unknown operator": (x(condition=where("/input/x", "like", "y")), STEP, "condition", "'like' is unknown"),
    "a combination of nothing": (x(condition=Condition("every")), STEP, "condition", "'every' has 0 parts"),
    "a negation of two": (
        x(condition=Condition("not", parts=(where("/input/x"),) * 2)), STEP, "condition", "'not' has 2 parts; give one",
    ),
    "a list that is none": (x(condition=where("/input/x", "in", 3)), STEP, "condition", "not a list"),
    "a condition on nothing": (x(condition=where("/output/x")), STEP, "condition", "neither /input nor /steps"),
    "a condition on a number that JSON has not": (
        x(condition=where("/input/x", "lt", math.nan)), STEP, "condition", "not JSON",
    ),
    "a condition on a value that JSON has not": (
        x(condition=Condition("not", parts=(where("/input/x", "in", [A]),))), STEP, "condition", "JSON types only",
    ),
    "an input schema that is no JSON": (saga(main(A), input_schema={"enum": {1}}), "saga", "schema", "/enum is a set"),
    "a pointer that is none": (x(condition=where("total")), STEP, "condition", "not a JSON pointer"),
    "a condition on an unknown step": (x(condition=where("/steps/y/ok")), STEP, "unknown", "'y', which is not a step"),
    "a condition on a step that need not be done": (
        saga(main(A, Step("x", "s.x", after=(), condition=where("/steps/a/ok")))),
        STEP, "condition", "let it come after",
    ),
    "a condition on oneself": (x(condition=where("/steps/x/ok")), STEP, "condition", "let it come after"),
    "irreversible for no reason": (x(undo=irreversible(" ")), STEP, "reason", "rollback record"),
    "nothing to undo for no reason": (x(undo=nothing("")), STEP, "reason", "'nothing'"),
    "an undo that says nothing": (x(undo=Compensation()), STEP, "undo", "incomplete"),
    "an undo that calls nobody": (x(undo=semantic("sorry")), STEP, "name", "service.verb"),
    "an irreversible step that is undone": (
        x(undo=Compensation(kind=Undo.IRREVERSIBLE, does=A.does, reason="why")), STEP, "undo", "incomplete",
    ),
    "rolling back the child of a call": (x(undo=Compensation(does=RollBackChild())), STEP, "undo", "only a sub-saga"),
    "an undo by an event without a name": (x(undo=Compensation(does=WaitForEvent(""))), STEP, "name", "''"),
    "an undo that needs no pointer": (x(undo=Compensation(does=A.does, needs=("id",))), STEP, "pointer", "needs:"),
    "two steps that wait for each other": (
        saga(main(Step("a", "s.a", after="b"), Step("b", "s.b", after="a"))), "saga", "cycle", "a, b",
    ),
    "two segments that wait for each other": (
        saga(main(A, after="more"), orchestrated("more", B, after="main")), "saga", "cycle", "none can ever start",
    ),
    "a cycle of events": (
        saga(main(Step("a", "s.a", on="BCompleted"), Step("b", "s.b", on="ACompleted"))), "saga", "cycle", "remove",
    ),
    "two pivots": (saga(main(Step("a", "s.a", pivot=True), Step("b", "s.b", pivot=True))), "saga", "pivot", "a, b"),
    "too many links": (
        saga(
            main(*[Step(f"a{n}", "s.a", after=()) for n in range(70)]),
            orchestrated("more", *[Step(f"b{n}", "s.b", after=()) for n in range(70)]),
        ),
        "saga", "size", "joining step",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("parts", "element", "rule", "says"), FAULTS.values(), ids=FAULTS)
def test_it_is_refused_and_says_where_why_and_what_to_do(parts, element, rule, says):
    name, segments, options = parts
    with pytest.raises(InvalidDefinition) as error:
        Saga(name, segments, **options)
    found = [fault for fault in error.value.faults if (fault.element, fault.rule) == (element, rule)]
    assert found, error.value
    assert any(says in fault.message for fault in found), found


def linked(*more):
    """A saga with 4000 links between steps, and ``more`` segments."""
    return saga(
        main(*[Step(f"a{n}", "s.a", after=()) for n in range(50)]),
        orchestrated("other", *[Step(f"b{n}", "s.b", after=()) for n in range(80)]),
        *more,
    )


LIMITS = {
    "500 steps": (
        saga(main(*[Step(f"s{n}", "s.a", after=()) for n in range(500)])),
        saga(main(*[Step(f"s{n}", "s.a", after=()) for n in range(501)])),
    ),
    "4000 links": (linked(), linked(orchestrated("more", A, B, after=()))),
    "no run again": (saga(main(A), after_rollback=AfterRollback(0)), saga(main(A), after_rollback=AfterRollback(-1))),
    "1000 runs": (
        saga(main(A), after_rollback=AfterRollback(1000)), saga(main(A), after_rollback=AfterRollback(1001)),
    ),
    "100 ways forward": (saga(main(A, forward_attempts=100)), saga(main(A, forward_attempts=101))),
}  # fmt: skip


@pytest.mark.parametrize(("fits", "exceeds"), LIMITS.values(), ids=LIMITS)
def test_a_limit_itself_is_allowed_and_what_is_beyond_is_not(fits, exceeds):
    name, segments, options = fits
    Saga(name, segments, **options)
    name, segments, options = exceeds
    with pytest.raises(InvalidDefinition) as error:
        Saga(name, segments, **options)
    assert len(error.value.faults) == 1


FIELDS = {
    "a name with a space": "name",
    "no segments": "",
    "a deadline of nothing": "deadline",
    "too many runs": "after_rollback",
    "a search attribute that is no pointer": "search",
    "an observer of an unknown event": "on",
    "a segment after one that is not there": "after",
    "no way forward at all": "forward_attempts",
    "forward recovery without a save-point": "recovery",
    "an action without a service": "action",
    "an approval by nobody": "approval",
    "a timer of nothing": "timer",
    "a timeout below zero": "timeout",
    "no attempts": "retry",
    "an impatient undo": "undo_retry",
    "a step after one that is not there": "after",
    "an unknown operator": "condition",
    "an input schema that is no JSON": "input_schema",
    "a condition on a step that need not be done": "condition",
    "irreversible for no reason": "undo",
    "an undo that needs no pointer": "undo",
    "two pivots": "",
}


@pytest.mark.parametrize(("case", "field"), FIELDS.items(), ids=FIELDS)
def test_it_names_the_field_that_breaks_the_rule(case, field):
    (name, segments, options), element, rule, _ = FAULTS[case]
    with pytest.raises(InvalidDefinition) as error:
        Saga(name, segments, **options)
    assert {fault.field for fault in error.value.faults if (fault.element, fault.rule) == (element, rule)} == {field}


@given(sagas(kinds=("call", "event", "timer", "approval", "saga"), with_timeouts=True, with_ornaments=True))
def test_a_constructed_definition_has_no_problems(saga):
    assert problems(saga) == ()


def test_both_styles_are_judged_alike():
    for mark in (orchestrated, choreographed):
        with pytest.raises(InvalidDefinition):
            Saga("order", mark("main", Step("a", "s.a", after="z")))


HALF = "half \ud800"
TEXTS = {
    "title of a saga": lambda bad: Saga("x", main(A), title=bad),
    "name of a saga": lambda bad: Saga(bad, main(A)),
    "name of a segment": lambda bad: Saga("x", orchestrated(bad, A)),
    "title of a segment": lambda bad: Saga("x", main(A, title=bad)),
    "team": lambda bad: Saga("x", main(A, team=bad)),
    "segment before": lambda bad: Saga("x", main(A, after=(bad,))),
    "name of a step": lambda bad: Saga("x", main(Step(bad, "s.a"))),
    "title of a step": lambda bad: Saga("x", main(Step("a", "s.a", title=bad))),
    "step before": lambda bad: Saga("x", main(Step("a", "s.a", after=(bad,)))),
    "action": lambda bad: Saga("x", main(Step("a", bad))),
    "event": lambda bad: Saga("x", main(Step("a", WaitForEvent(bad)))),
    "service of an event": lambda bad: Saga("x", main(Step("a", WaitForEvent("E", bad)))),
    "service of an undo": lambda bad: Saga("x", main(Step("a", "s.a", undo=Compensation(does=WaitForEvent("E", bad))))),
    "group": lambda bad: Saga("x", main(Step("a", Approval(bad)))),
    "sub-saga": lambda bad: Saga("x", main(Step("a", SubSaga(bad)))),
    "reason": lambda bad: Saga("x", main(Step("a", "s.a", undo=irreversible(bad)))),
    "need": lambda bad: Saga("x", main(Step("a", "s.a", undo=semantic("s.b", needs=(f"/{bad}",))))),
    "event of success": lambda bad: Saga("x", main(Step("a", "s.a", emits=bad))),
    "event reacted to": lambda bad: Saga("x", main(Step("a", "s.a", on=(bad,)))),
    "error code": lambda bad: Saga("x", main(Step("a", "s.a", fails_as={bad: "E"}))),
    "event of failure": lambda bad: Saga("x", main(Step("a", "s.a", fails_as={"e": bad}))),
    "output": lambda bad: Saga("x", main(Step("a", "s.a", outputs=(bad,)))),
    "pointer of a condition": lambda bad: Saga("x", main(Step("a", "s.a", condition=where(f"/input/{bad}")))),
    "value of a condition": lambda bad: Saga("x", main(Step("a", "s.a", condition=where("/input", "eq", bad)))),
    "operator": lambda bad: Saga("x", main(Step("a", "s.a", condition=where("/input", bad)))),
    "search attribute": lambda bad: Saga("x", main(A), search={bad: "/a"}),
    "pointer of a search attribute": lambda bad: Saga("x", main(A), search={"a": f"/{bad}"}),
    "sensitive field": lambda bad: Saga("x", main(A), sensitive=(bad,)),
    "schema": lambda bad: Saga("x", main(A), input_schema={"title": bad}),
    "observer": lambda bad: Saga("x", main(A), observers=(Observer(bad, "s.a", ("MainStarted",)),)),
    "observed event": lambda bad: Saga("x", main(A), observers=(Observer("o", "s.a", (bad,)),)),
}


@pytest.mark.parametrize("bad", [HALF, "nul \x00"], ids=["surrogate", "nul"])
@pytest.mark.parametrize("where_", TEXTS)
def test_no_text_of_a_definition_is_one_that_a_database_or_a_digest_refuses(where_, bad):
    with pytest.raises(InvalidDefinition) as refusal:
        TEXTS[where_](bad)
    assert "\x00" not in str(refusal.value)
    assert str(refusal.value).encode(), "the message can be printed"


PLAIN = Saga(
    "order",
    orchestrated("main", Step("pay", "payment.take", fails_when={"declined": where("/output/status", "eq", "no")})),
)


def test_no_rule_that_is_yet_to_come_stops_the_runs_of_a_stored_document(monkeypatch):
    """The law of upgrades: each new rule refuses new definitions only."""
    monkeypatch.setattr("sagaflow.core.definition.saga.problems", lambda *_: (Fault("saga", "a newer rule"),))
    with pytest.raises(InvalidDefinition):
        load(dump(PLAIN))
    restored = restore(dump(PLAIN))
    assert (restored, restored.digest, type(restored)) == (PLAIN, PLAIN.digest, Saga)
    assert VirtualRun(restored).state.status is RunStatus.RUNNING

"""The input of a step as a mapping, and answers that count as refusals."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.definition.condition import where
from sagaflow.core.definition.document import dump, load, problems
from sagaflow.core.definition.input_mapping import InputMapping, pick
from sagaflow.core.definition.saga import Call, Compensation, Saga, Step, SubSaga, WaitForEvent, orchestrated
from sagaflow.core.errors import InvalidDefinition, Refused
from sagaflow.core.lint import Known, lint
from sagaflow.core.mask import masked
from sagaflow.core.run.evolve import evolve
from sagaflow.core.run.facts import StepRetried
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.queries import inputs
from sagaflow.core.run.reports import EventReceived, RetryRequested, StepClaimed, StepFailed, StepSucceeded
from sagaflow.core.run.state import Direction, ErrorKind, RunStatus, StepError, StepStatus
from sagaflow.core.simulation.loop import Simulator
from tests.core.strategies import sagas

DO, UNDO = Direction.DO, Direction.UNDO
TAKE = {"amount": pick("/input/total"), "order": pick("/steps/place/id"), "note": pick("/input/note", "none"), "fee": 2}
REFUND = Compensation(
    does=Call("payment.refund"), input={"payment": pick("/steps/pay/id"), "order": pick("/steps/place/id")}
)
ORDER = Saga(
    "order",
    orchestrated(
        "main",
        Step("place", "order.place", undo="order.cancel"),
        Step("pay", "payment.take", undo=REFUND, input=TAKE),
        Step("pack", "stock.pack"),
    ),
)
RESULTS = {"place": {"id": "o1"}, "pay": {"id": "p1"}}


def finished(saga, value, outputs=RESULTS, script=None):
    sim = Simulator(saga, inputs=value, outputs=outputs, script=script)
    return sim.run()


def test_a_step_gets_its_fields_and_its_compensation_gets_its_own():
    state = finished(ORDER, {"total": 9, "card": "4111"})
    given_, outputs = inputs(ORDER, state, "pay")
    assert given_ == {"amount": 9, "order": "o1", "note": "none", "fee": 2}
    assert outputs == {"place": {"id": "o1"}}
    assert inputs(ORDER, state, "pay", UNDO)[0] == {"payment": "p1", "order": "o1"}
    assert inputs(ORDER, state, "pack")[0] == {"total": 9, "card": "4111"}


def test_a_compensation_without_a_mapping_gets_the_input_of_its_action():
    saga = Saga(
        "s", orchestrated("main", Step("pay", "payment.take", undo="payment.refund", input={"a": pick("/input/x")}))
    )
    state = finished(saga, {"x": 1})
    assert inputs(saga, state, "pay", UNDO)[0] == inputs(saga, state, "pay")[0] == {"a": 1}


def test_a_field_without_a_value_is_left_out():
    state = finished(ORDER, {}, outputs={})
    assert inputs(ORDER, state, "pay")[0] == {"note": "none", "fee": 2}


def test_an_empty_mapping_gives_an_empty_input():
    saga = Saga("s", orchestrated("main", Step("ping", "one.ping", input={})))
    assert load(dump(saga)) == saga
    assert inputs(saga, finished(saga, {"x": 1}), "ping")[0] == {}


@given(sagas(with_mappings=True), st.dictionaries(st.sampled_from(("total", "a/b")), st.integers(), max_size=2))
def test_a_mapping_never_changes_the_course_of_a_run(saga, value):
    bare = replace(
        saga,
        segments=tuple(
            replace(segment, steps=tuple(replace(step, input=None) for step in segment.steps))
            for segment in saga.segments
        ),
    )
    state, plain = finished(saga, value, {}), finished(bare, value, {})
    assert state.steps == plain.steps
    for name, step in saga.steps.items():
        given_ = inputs(saga, state, name)[0]
        assert given_ == value if step.input is None else set(given_) <= set(step.input.fields)


# --- an operator edits ------------------------------------------------------------------------------------------------


def stuck(saga):
    """A run whose compensation of `pay` failed for good."""
    sim = Simulator(saga, inputs={"total": 9}, outputs=RESULTS)
    sim.run(until=lambda state: state.steps["pack"].status is StepStatus.DUE)
    fail(sim, "pack", DO, ErrorKind.BUSINESS)
    fail(sim, "pay", UNDO, ErrorKind.PROGRAMMING)
    assert sim.state.status is RunStatus.STUCK
    return sim


def fail(sim, name, direction, kind):
    sim.report(StepClaimed(step=name, direction=direction, lease=9.0, worker="w"))
    now = sim.state.steps[name]
    error = StepError(kind, "no", "no")
    sim.report(StepFailed(step=name, direction=direction, attempt=now.attempt, token=now.token, error=error))


def edited(sim, value):
    sim.report(RetryRequested(step="pay", by="ada", reason="r", verb="retry_with_input", input=value, edited=True))
    return sim.state


def test_an_edit_of_a_compensation_with_a_mapping_replaces_its_input_only():
    state = edited(stuck(ORDER), {"payment": "p2"})
    assert inputs(ORDER, state, "pay", UNDO)[0] == {"payment": "p2"}
    assert inputs(ORDER, state, "pay", DO)[0]["amount"] == 9


def test_an_edit_of_a_compensation_without_one_is_not_an_edit_of_the_action():
    steps = [
        replace(step, undo=Compensation(does=Call("payment.refund")) if step.undo else None)
        for step in ORDER.steps.values()
    ]
    saga = Saga("order", orchestrated("main", *steps))
    state = edited(stuck(saga), {"amount": 3})
    assert inputs(saga, state, "pay", UNDO)[0] == {"amount": 3}
    assert inputs(saga, state, "pay", DO)[0] == inputs(saga, stuck(saga).state, "pay", DO)[0] != {"amount": 3}


@pytest.mark.parametrize("mapped", [True, False])
def test_an_edit_without_an_input_is_refused_because_the_journal_cannot_say_it(mapped):
    plain = (replace(step, input=None) for step in ORDER.steps.values())
    sim = stuck(ORDER if mapped else Saga("order", orchestrated("main", *plain)))
    before = sim.state
    with pytest.raises(Refused, match="The new input of step 'pay' is missing or null"):
        edited(sim, None)
    assert sim.state == before


def test_a_journal_of_an_earlier_version_with_an_edit_to_null_is_read_as_before():
    sim = stuck(ORDER)
    undo, do = (inputs(ORDER, sim.state, "pay", direction)[0] for direction in (UNDO, DO))
    was = StepRetried(step="pay", direction=UNDO, attempt=2, due_at=9.0, by="ada", reason="r", input=None, edited=True)
    state = evolve(ORDER, sim.state, Entry(seq=sim.state.seq + 1, at=9.0, cause=0, fact=was))
    assert [inputs(ORDER, state, "pay", direction)[0] for direction in (UNDO, DO)] == [undo, do]


# --- masks ------------------------------------------------------------------------------------------------------------


def test_a_mask_follows_the_data_into_a_field_of_another_name():
    saga = Saga(
        "s",
        orchestrated(
            "main",
            Step("pay", "payment.take", input={"number": pick("/input/card/no"), "who": pick("/input/name")}),
            Step(
                "bill", "billing.send", undo=Compensation(does=Call("b.undo"), input={"was": pick("/steps/pay/CARD")})
            ),
        ),
        sensitive=("card",),
    )
    assert saga.masked == ("card", "number", "was")
    assert masked(inputs(saga, finished(saga, {"card": {"no": "4111"}, "name": "ada"}), "pay")[0], saga.masked) == {
        "number": "•••",
        "who": "ada",
    }


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (
            {"input": {"a": pick("total")}},
            "input: the field 'a': 'total' is not a JSON pointer; write it like /input/total",
        ),
        (
            {"input": {"a": pick("/inputs/x")}},
            "input: the field 'a': the pointer '/inputs/x' looks at neither /input nor /steps/<step>",
        ),
        (
            {"input": {"a": pick("/steps")}},
            "input: the field 'a': the pointer '/steps' looks at neither /input nor /steps/<step>",
        ),
        (
            {"input": {"a": pick("/steps/plaice/id")}},
            "input: it reads the output of 'plaice', which is not a step; did you mean 'place'?",
        ),
        (
            {"input": {"a": pick("/steps/elsewhere/id")}},
            "input: it reads the output of 'elsewhere', which is not a step; use one of last, place",
        ),
        (
            {"undo": Compensation(does=Call("a.b"), input={"a": pick("/steps/elsewhere/id")})},
            "input of the undo: it reads the output of 'elsewhere', which is not a step; use one of last, place, x",
        ),
        (
            {"input": {"a": pick("/steps/last/id")}},
            "input: it reads the output of 'last', which need not be done by then; let it come after",
        ),
        ({"input": {"": 1}}, "input: the field '' has no usable name; give 1 to 200 characters"),
        ({"input": {"a": object}}, "input: the field 'a': the constant"),
        (
            {"undo": Compensation(does=Call("a.b"), input={"a": pick("id")})},
            "input of the undo: the field 'a': 'id' is not a JSON pointer",
        ),
        (
            {"undo": Compensation(does=Call("a.b"), input={"a": pick("/steps/last/id")})},
            "input of the undo: it reads the output of 'last'",
        ),
        (
            {"fails_when": {"no": where("/steps/place/ok")}},
            "fails_when: 'no': the pointer '/steps/place/ok' does not look at /output",
        ),
        ({"fails_when": {"no": where("/input/ok", "like", 1)}}, "fails_when: 'no': the operator 'like' is unknown"),
    ],
)
def test_each_fault_of_a_mapping_is_named(options, fault):
    with pytest.raises(InvalidDefinition) as refused:
        Saga("s", orchestrated("main", Step("place", "o.p"), Step("x", "one.x", **options), Step("last", "one.z")))
    [found] = refused.value.faults
    assert found.element == "segments/main/steps/x"
    assert found.message.startswith(fault)


def test_a_field_has_a_name_of_1_to_200_characters_and_picks_are_100_at_most():
    assert InputMapping({"n" * 200: 1} | {f"f{number}": pick("/input") for number in range(100)}).faults() == []
    [named, picked] = InputMapping({"n" * 201: 1, "a": pick("total")}).faults()
    assert named == f"the field '{'n' * 50}' has no usable name; give 1 to 200 characters"
    assert picked.startswith("the field 'a': ")
    [many] = InputMapping({f"f{number}": pick("/input") for number in range(101)}).faults()
    assert many == "it picks 101 fields and 100 is the limit; pick an object as a whole"


@pytest.mark.parametrize(
    "field",
    [{"from": "/input/x", "value": 1}, {}, {"default": 1, "value": 2}, {"from": 1}, {"from": "/input", "or": 1}, 5],
)
def test_a_field_of_a_document_is_a_pointer_or_a_constant(field):
    document = dump(ORDER)
    document["segments"][0]["steps"][1]["input"] = {"amount": field}
    assert problems(document)


# --- what the linter says ---------------------------------------------------------------------------------------------

SCHEMA = {
    "type": "object",
    "properties": {
        "total": {"type": "integer"},
        "note": {"type": "string"},
        "card": {"type": "string"},
        "basket": {"type": "object", "properties": {"weight": {"type": "number"}, "label": {"type": "string"}}},
    },
    "required": ["total", "card", "basket"],
    "additionalProperties": False,
}
TAKES = {
    "type": "object",
    "properties": {"amount": {"type": "number"}, "no": {}},
    "required": ["amount"],
    "additionalProperties": False,
}
CHILD = Saga("child", orchestrated("main", Step("x", "one.x")), input_schema=TAKES)
KNOWN = Known(
    children={"child": CHILD},
    schemas={"payment.take": (TAKES, {"type": "object", "properties": {"id": {"type": "string"}}})},
)


def findings(mapping, known=KNOWN, work="payment.take", **options):
    step = Step("x", work, undo="one.undo", input=mapping, **options)
    unmapped = Step("unmapped", "payment.take", undo="one.undo")
    first = Step("first", "payment.take", undo="one.undo", input={"amount": 1}, outputs=("id",))
    last = Step("end", "one.end", pivot=True)
    saga = Saga("s", orchestrated("main", unmapped, first, step, last), input_schema=SCHEMA, sensitive=("card",))
    return [f"{one.rule}: {one.message}" for one in lint(saga, known) if one.element.endswith("/x")]


@pytest.mark.parametrize(
    ("mapping", "work", "message"),
    [
        (
            {"amount": pick("/input/totl")},
            "payment.take",
            "reads-nothing: its input reads /input/totl, but the input schema does not allow 'totl'",
        ),
        (
            {"amount": pick("/steps/first/idd")},
            "payment.take",
            "reads-nothing: its input reads /steps/first/idd, but 'idd' is not among the outputs",
        ),
        (
            {"amount": 1, "no": pick("/input/note")},
            "payment.take",
            "may-be-missing: the field 'no' of its input is left out when the input has no 'note'",
        ),
        ({}, "payment.take", "does-not-fit: its input has no field 'amount', which the action 'payment.take' requires"),
        (
            {"amount": 1, "x": 1},
            "payment.take",
            "does-not-fit: its input has the field 'x', which the action 'payment.take' does not take",
        ),
        (
            {"amount": pick("/input/card")},
            "payment.take",
            "does-not-fit: the field 'amount' of its input is string, and the action 'payment.take' takes number",
        ),
        (
            {"amount": pick("/steps/first/id")},
            "payment.take",
            "does-not-fit: the field 'amount' of its input is string",
        ),
        (
            {"amount": pick("/input/basket/label", "")},
            "payment.take",
            "does-not-fit: the field 'amount' of its input is string",
        ),
        (
            {"amount": pick("/input/basket")},
            "payment.take",
            "does-not-fit: the field 'amount' of its input is object",
        ),
        ({"amount": True}, "payment.take", "does-not-fit: the field 'amount' of its input is boolean"),
        ({"amount": "9"}, "payment.take", "does-not-fit: the field 'amount' of its input is string"),
        ({}, SubSaga("child"), "does-not-fit: its input has no field 'amount', which the saga 'child' requires"),
        (
            {"amount": 1, "no": pick("/input/card")},
            SubSaga("child"),
            "unmasked-elsewhere: its input has the sensitive field 'no', which the saga 'child' shows",
        ),
    ],
)
def test_the_linter_says_what_does_not_fit(mapping, work, message):
    assert [found[: len(message)] for found in findings(mapping, work=work)] == [message]


def test_the_linter_says_that_the_whole_input_shows_a_sensitive_field_elsewhere():
    beginning = "unmasked-elsewhere: its input is the whole input of the run, with the sensitive field 'card'"
    child = replace(CHILD, input_schema=None)
    showing = replace(KNOWN, children={"child": child})
    assert [found[: len(beginning)] for found in findings(None, showing, SubSaga("child"))] == [beginning]
    masking = replace(KNOWN, children={"child": replace(child, sensitive=("Card",))})
    assert findings(None, masking, SubSaga("child")) == []


def test_the_linter_says_that_a_sub_saga_masks_what_the_saga_shows():
    child = replace(KNOWN, children={"child": replace(CHILD, input_schema=None, sensitive=("secret",))})
    beginning = "masked-below: the saga 'child' masks the field 'secret', which it gets from 'note' of this run"
    shown = {"secret": pick("/input/note", "")}
    assert [found[: len(beginning)] for found in findings(shown, child, SubSaga("child"))] == [beginning]
    assert findings({"secret": pick("/input/card")}, child, SubSaga("child")) == []


def test_the_linter_says_nothing_of_a_mapping_that_fits():
    mapping = {"amount": pick("/input/total"), "no": pick("/input/note", "")}
    assert findings(mapping) == []
    assert findings(mapping, work=SubSaga("child")) == []
    assert findings({"amount": pick("/input/basket/weight", 0)}) == []
    assert findings({"amount": "x"}, known=Known()) == []


def test_the_linter_says_that_a_refusal_reads_an_answer_that_is_not_given():
    refused = {"declined": where("/output/status", "eq", "declined")}
    [found] = findings({"amount": 1}, outputs=("id",), fails_when=refused)
    assert found.startswith("reads-nothing: its fails_when reads /output/status, but 'status' is not among the outputs")
    assert findings({"amount": 1}, outputs=("status",), fails_when=refused) == []


# --- answers that count as refusals -----------------------------------------------------------------------------------

DECLINED = {"card_declined": where("/output/status", "eq", "declined")}


def paying(work="payment.take", **options):
    step = Step(
        "pay", work, undo="payment.refund", fails_when=DECLINED, fails_as={"card_declined": "CardDeclined"}, **options
    )
    return Saga("s", orchestrated("main", Step("place", "order.place", undo="order.cancel"), step))


def test_an_answer_that_meets_a_condition_is_a_business_error_with_its_code():
    state = finished(paying(), {}, {"pay": {"status": "declined"}})
    assert state.status is RunStatus.ROLLED_BACK
    assert state.steps["pay"].do_error == StepError(
        ErrorKind.BUSINESS, "card_declined", "the answer meets the condition of this code in fails_when"
    )
    assert state.steps["place"].status is StepStatus.COMPENSATED
    assert finished(paying(), {}, {"pay": {"status": "taken"}}).status is RunStatus.COMPLETED


def test_an_event_that_meets_a_condition_refuses_the_wait():
    sim = Simulator(paying(WaitForEvent("Paid"), timeout=9.0), outputs={"pay": {}})
    sim.run(until=lambda state: state.steps["pay"].status is StepStatus.WAITING)
    sim.report(EventReceived(event="Paid", payload={"status": "declined"}))
    assert sim.state.steps["pay"].do_error.code == "card_declined"
    assert sim.state.rollback is not None


def test_the_simulator_does_not_guess_that_an_answer_is_a_refusal():
    absent = Saga(
        "s", orchestrated("main", Step("pay", "payment.take", fails_when={"none": where("/output/id", "absent")}))
    )
    assert Simulator(absent).run().status is RunStatus.COMPLETED


def test_a_refusal_of_an_old_attempt_changes_nothing():
    sim = Simulator(paying(), outputs={"pay": {"status": "taken"}})
    state = sim.run()
    sim.report(
        StepSucceeded(
            step="pay", direction=DO, attempt=1, token=state.steps["pay"].token, output={"status": "declined"}
        )
    )
    assert sim.state.status is RunStatus.COMPLETED

"""Documents of the wrong shape: each error is reported with its place and remedy, and hides no other error."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sagaflow import InvalidDefinition
from sagaflow.core.definition.document import dump, load, problems, schema
from sagaflow.core.definition.validate import validate
from sagaflow.core.payload import MAX_SIZE, canonical
from tests.core.strategies import sagas

VALIDATOR = Draft202012Validator(schema())
ANY = sagas(kinds=("call", "event", "timer", "approval", "saga"), with_timeouts=True, with_ornaments=True)

STEP = "segments/main/steps/pay"
VALID = {
    "name": "order",
    "segments": [
        {
            "name": "main",
            "style": "orchestrated",
            "steps": [{"name": "pay", "action": "payment.take"}, {"name": "ship", "action": "goods.ship"}],
        },
    ],
}


def with_step(**changes):
    document = copy.deepcopy(VALID)
    document["segments"][0]["steps"][0] |= changes
    return document


def with_segment(**changes):
    document = copy.deepcopy(VALID)
    document["segments"][0] |= changes
    return document


def without(*keys):
    document = copy.deepcopy(VALID)
    for key in keys:
        del document["segments"][0]["steps"][0][key]
    return document


MISFITS = {
    "no object": ([], "saga", "type", "the saga is a list; give an object"),
    "nothing at all": ({}, "saga", "required", "'name' is missing"),
    "a name that is none": ({**VALID, "name": 5}, "saga", "type", "'name' is 5; give text"),
    "an unknown key": ({**VALID, "titel": "x"}, "saga", "unknown-key", "not a key of a saga; did you mean 'title'?"),
    "a key that is like none": ({**VALID, "xyzzy": 1}, "saga", "unknown-key", "use one of 'name'"),
    "segments that are no list": ({**VALID, "segments": {}}, "saga", "type", "'segments' is an object; give a list"),
    "a segment that is no object": ({**VALID, "segments": ["main"]}, "segments/0", "type", "the segment is 'main'"),
    "no segments": ({**VALID, "segments": []}, "saga", "empty", "it has no segments"),
    "a flag that is text": (with_segment(savepoint="yes"), "segments/main", "type", "give true or false"),
    "an unknown style": (with_segment(style="choreographd"), "segments/main", "enum", "did you mean 'choreographed'?"),
    "no style": (
        {**VALID, "segments": [{"name": "main", "steps": VALID["segments"][0]["steps"]}]},
        "segments/main", "required", "'style' is missing",
    ),
    "a step that is no object": (with_segment(steps=[7]), "segments/main/steps/0", "type", "the step is 7"),
    "a step without a name": (without("name"), "segments/main/steps/0", "required", "'name' is missing"),
    "a step without work": (without("action"), STEP, "one-of", "it has none of 'action', 'event'"),
    "a step with two kinds of work": (with_step(timer=5), STEP, "one-of", "'action', 'timer' exclude each other"),
    "a service without an event": (with_step(service="bank"), STEP, "goes-with", "goes with 'event' only"),
    "an unknown key of a step": (with_step(timout=5), STEP, "unknown-key", "a key of a step; did you mean 'timeout'?"),
    "a key that YAML read as true": (
        with_segment(steps=[{"name": "pay", "action": "a.b", True: ["X"]}]), STEP, "unknown-key", "YAML reads",
    ),
    "a key that is a number": (
        {**VALID, 5: 1}, "saga", "unknown-key", "the key 5 is not text",
    ),
    "a name instead of a list": (with_step(after="ship"), STEP, "type", "'after' is 'ship'; give a list"),
    "a number in a list of names": (with_step(outputs=["id", 7]), STEP, "type", "'outputs[1]' is 7; give text"),
    "a timeout that is text": (with_step(timeout="5"), STEP, "type", "'timeout' is '5'; give a number"),
    "a timeout that is true": (with_step(timeout=True), STEP, "type", "'timeout' is true; give a number"),
    "a timeout that is nothing": (with_step(timeout=None), STEP, "type", "'timeout' is null; give a number"),
    "a timeout that is no number": (with_step(timeout=float("nan")), STEP, "payload", "not JSON"),
    "half an attempt": (with_step(retry={"attempts": 1.5}), STEP, "type", "'retry.attempts' is 1.5; give a whole"),
    "an unknown key of a policy": (with_step(retry={"tries": 3}), STEP, "unknown-key", "retry: 'tries' is not a key"),
    "an undo that is a number": (with_step(undo=7), STEP, "type", "'undo' is 7; give text or an object"),
    "an undo of no kind": (with_step(undo={"reason": "x"}), STEP, "one-of", "undo: it has none of 'compensate'"),
    "an undo of two kinds": (
        with_step(undo={"nothing": "x", "irreversible": "y"}), STEP, "one-of", "'irreversible', 'nothing' exclude",
    ),
    "an undo by nobody": (with_step(undo={"semantic": {}}), STEP, "one-of", "undo.semantic: it has none of 'event'"),
    "half a rollback": (with_step(undo={"compensate": {"rollback": False}}), STEP, "enum", "use one of 'true'"),
    "an unknown operator": (with_step(condition={"like": ["/input/x", 1]}), STEP, "unknown-key", "of a condition"),
    "two operators at once": (
        with_step(condition={"exists": "/input/x", "absent": "/input/y"}), STEP, "one-of", "exclude each other",
    ),
    "a comparison without a value": (with_step(condition={"gt": ["/input/x"]}), STEP, "type", "pointer and value"),
    "a comparison with two values": (
        with_step(condition={"gt": ["/input/x", 1, 2]}), STEP, "type", "'condition.gt' has 3 items; give 2",
    ),
    "a comparison with a number": (with_step(condition={"gt": [5, 5]}), STEP, "type", "'condition.gt[0]' is 5"),
    "a combination of nothing": (with_step(condition={"every": []}), STEP, "empty", "'condition.every' is empty"),
    "a choice of nothing": (with_step(condition={"some": []}), STEP, "empty", "'condition.some' is empty"),
    "no steps": (with_segment(steps=[]), "segments/main", "empty", "it has no steps"),
    "a step whose name is empty": (
        with_segment(steps=[{"name": "", "action": "a.b", "timout": 5}]),
        "segments/main/steps/0", "unknown-key", "did you mean 'timeout'?",
    ),
    "a step whose name is a number": (
        with_segment(steps=[{"name": 5, "action": "a.b"}]), "segments/main/steps/0", "type", "'name' is 5; give text",
    ),
    "a part that is no condition": (
        with_step(condition={"every": [{"exists": "/input/x"}, 5]}), STEP, "type", "'condition.every[1]' is 5",
    ),
    "a NUL in a title": (with_step(title="\x00"), STEP, "payload", "NUL"),
    "an event name that is a list": (with_step(fails_as={"no": []}), STEP, "type", "'fails_as.no' is a list"),
    "an observer of nothing": (
        {**VALID, "observers": [{"name": "o", "action": "s.o"}]}, "observers/o", "required", "'on' is missing",
    ),
    "an observer without an action": (
        {**VALID, "observers": [{"name": "o", "on": ["PayCompleted"]}]}, "observers/o", "required", "'action' is",
    ),
    "an action without a service": (with_step(action="pay"), STEP, "name", "service.verb"),
    "a step after one that is not there": (with_step(after=["zz"]), STEP, "unknown", "use one of ship"),
    "a timeout below zero": (with_step(timeout=-1), STEP, "duration", "timeout is -1"),
    "a cycle": (with_step(after=["ship"]), "saga", "cycle", "wait for each other"),
}  # fmt: skip
BEYOND_THE_SCHEMA = {
    "a cycle",
    "a step after one that is not there",
    "a key that is a number",
    "a key that YAML read as true",
    "a timeout that is no number",
    "a NUL in a title",
}


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ([], ""),
        ({}, "name"),
        ({**VALID, "titel": "x"}, ""),
        ({**VALID, "title": 5}, "title"),
        (with_segment(savepoint="yes"), "savepoint"),
        (with_step(retry={"attempts": "many"}), "retry"),
        (with_step(after=["a", 1]), "after"),
    ],
)
def test_a_fault_names_the_field_of_its_element(document, field):
    assert problems(document)[0].field == field


@pytest.mark.parametrize(("document", "element", "rule", "says"), MISFITS.values(), ids=MISFITS)
def test_a_misfit_is_refused_and_says_where_why_and_what_to_do(document, element, rule, says):
    found = problems(document)
    assert [fault for fault in found if (fault.element, fault.rule) == (element, rule) and says in fault.message], found
    with pytest.raises(InvalidDefinition) as error:
        load(document)
    assert error.value.faults == found


@pytest.mark.parametrize("name", sorted(set(MISFITS) - BEYOND_THE_SCHEMA))
def test_the_schema_refuses_it_too(name):
    assert not VALIDATOR.is_valid(MISFITS[name][0])


def test_one_misfit_hides_no_other_fault():
    document = with_step(timout=5, after=["zz"], retry={"attempts": 0}, undo=7)
    document["segments"][0]["team"] = []
    document["deadline"] = 0
    found = {(fault.element, fault.rule) for fault in problems(document)}
    assert found == {
        (STEP, "unknown-key"),
        (STEP, "type"),
        (STEP, "unknown"),
        (STEP, "retry"),
        ("segments/main", "type"),
        ("saga", "duration"),
    }


def test_a_misfit_is_not_reported_twice_by_its_consequences():
    document = with_segment(steps=[{"action": "a.b"}, {"name": "ship", "action": "goods.ship", "after": ["pay"]}])
    assert [fault.rule for fault in problems(document)] == ["required"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(ANY, st.data())
def test_whatever_is_broken_in_a_document_is_refused_with_faults_or_read(saga, data):
    document = dump(saga)
    place = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
            place = place[key]
            continue
        place[key] = data.draw(JSON)
        break
    found = problems(document)
    if not found:
        assert canonical(dump(load(document)))
    elif found[0].rule == "unknown-key":
        assert not VALIDATOR.is_valid(document)


LIMITS = {
    "retries": ({"after_rollback": {"retries": 0}}, {"after_rollback": {"retries": -1}}),
    "most retries": ({"after_rollback": {"retries": 1000}}, {"after_rollback": {"retries": 1001}}),
    "delay": ({"after_rollback": {"delay": 0}}, {"after_rollback": {"delay": -1}}),
    "longest delay": ({"after_rollback": {"delay": 316_224_000}}, {"after_rollback": {"delay": 316_224_001}}),
    "deadline": ({"deadline": 0.5}, {"deadline": 0}),
    "pointer": ({"search": {"a": "/" + "x" * 499}}, {"search": {"a": "/" + "x" * 500}}),
}


@pytest.mark.parametrize(("fits", "exceeds"), LIMITS.values(), ids=LIMITS)
def test_the_schema_and_the_rules_have_the_same_limits(fits, exceeds):
    assert VALIDATOR.is_valid(VALID | fits)
    assert problems(VALID | fits) == ()
    assert not VALIDATOR.is_valid(VALID | exceeds)
    assert len(problems(VALID | exceeds)) == 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [("x" * 60, f"'{'x' * 60}'"), ("x" * 61, f"'{'x' * 60}'"), (10**59, str(10**59)), (10**60, str(10**60)[:60])],
)
def test_60_characters_of_a_value_are_shown(value, shown):
    [fault] = problems(with_step(after=value))
    assert fault.message == f"'after' is {shown}; give a list"


def test_a_sentence_about_a_text_is_whole():
    [fault] = problems(with_step(title="\x00"))
    assert fault.message == "'title' has a NUL character at /; remove it"


def test_a_remark_hides_no_fault():
    found = problems({"x-team": 1, "titel": "x"} | VALID)
    assert [fault.rule for fault in found] == ["unknown-key"]


def test_a_reference_to_what_could_not_be_read_is_not_reported_as_well():
    document = with_segment(steps=[7, {"name": "ship", "action": "goods.ship", "after": ["pay"]}])
    assert [fault.rule for fault in problems(document)] == ["type"]


DEEPEST = 64


@pytest.mark.parametrize(
    ("around", "levels"),
    [(lambda inner: {"not": inner}, 1), (lambda inner: {"every": [inner]}, 2)],
    ids=["objects", "lists"],
)
def test_each_object_and_each_list_is_a_level(around, levels):
    place_of_the_condition = len(("segments", 0, "steps", 0, "condition"))
    more, rest = divmod(DEEPEST - place_of_the_condition - 1, levels)
    condition = {"exists": "/input/x"}
    for _ in range(rest):
        condition = {"not": condition}
    for _ in range(more):
        condition = around(condition)
    assert validate(schema(), with_step(condition=condition)).faults == ()
    [fault] = validate(schema(), with_step(condition={"not": condition})).faults
    assert fault.rule == "depth"
    assert fault.message.endswith("is nested deeper than 64 levels; flatten it")


def test_a_document_nested_too_deep_is_refused():
    condition = {"exists": "/input/x"}
    for _ in range(500):
        condition = {"not": condition}
    assert "depth" in {fault.rule for fault in problems(with_step(condition=condition))}


def test_a_text_that_is_longer_than_a_definition_is_refused_at_its_field():
    [fault] = problems(with_step(note="x" * MAX_SIZE))
    assert str(fault).startswith(f"{STEP}: 'note' has {MAX_SIZE + 2} bytes; the limit is {MAX_SIZE}")

"""The input of an action, of an undo or of a sub-saga is compared with what takes it."""

from enum import IntEnum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow import Compensation, RollBackChild, Saga, Step, SubSaga, orchestrated, pick, semantic, where
from sagaflow.core.definition.saga import Timer
from sagaflow.core.definition.work import Call
from sagaflow.core.lint import Known, apply, lint
from sagaflow.core.payload import checked
from sagaflow.core.schemas.defaults import filled
from sagaflow.core.schemas.json_schema import violations

RUN = {
    "type": "object",
    "required": ["n"],
    "properties": {"n": {"type": "integer"}, "s": {"type": "string"}},
    "additionalProperties": False,
}
TAKES = {
    "type": "object",
    "required": ["order_id"],
    "properties": {"order_id": {"type": "integer"}},
    "additionalProperties": False,
}
FORM = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "list": {"type": "array"},
        "count": {"type": "integer"},
        "share": {"type": "number"},
        "nil": {"type": "null"},
    },
}


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


KNOWN = Known(
    schemas={"one.do": (None, {"type": "object", "properties": {"at": {"type": "string"}}}), "one.undo": (TAKES, None)}
)


def told(*steps, rules=("does-not-fit", "may-be-missing"), known=KNOWN, schema=RUN):
    found = lint(Saga("s", orchestrated("main", *steps, Step("end", "one.end")), input_schema=schema), known)
    return [each.message for each in found if each.rule in rules]


def undone(mapping, **options):
    return Step("x", "one.do", undo=Compensation(does=Call("one.undo"), input=mapping), **options)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({}, "the input of its undo has no field 'order_id', which the action 'one.undo' requires; fill it"),
        (
            {"order_id": pick("/input/n"), "orderid": 1},
            (
                "the input of its undo has the field 'orderid', which the action 'one.undo' does not take; remove it, "
                "or correct it"
            ),
        ),
        (
            {"order_id": pick("/steps/x/at")},
            (
                "the field 'order_id' of the input of its undo is string, and the action 'one.undo' takes integer; "
                "pick another value"
            ),
        ),
        (
            {"order_id": pick("/steps/maybe/id")},
            (
                "the field 'order_id' of the input of its undo is left out when 'maybe' is skipped by its condition; "
                "give it a default if the undo needs it"
            ),
        ),
    ],
)
def test_the_input_of_an_undo_is_compared_with_what_its_action_takes(mapping, message):
    maybe = Step("maybe", "one.maybe", condition=where("/input/s"))
    assert told(maybe, undone(mapping)) == [message]


@pytest.mark.parametrize(
    "step",
    [
        undone({"order_id": pick("/input/n")}),
        undone({"order_id": pick("/steps/x/id")}),
        undone({"order_id": pick("/steps/x/id")}, condition=where("/input/s")),
        undone({"order_id": pick("/steps/maybe/id")}, condition=where("/input/s")),
        undone({"order_id": pick("/steps/maybe/id")}, condition=where("/steps/maybe/id", "gt", 5)),
        undone({"order_id": pick("/steps/maybe/id", 0)}),
        Step("x", "one.do", input={"order_id": 1, "more": 2}, undo="one.undo"),
        Step("x", SubSaga("kid"), undo=Compensation(does=RollBackChild())),
    ],
)
def test_nothing_is_said_of_an_undo_that_gets_what_it_takes(step):
    assert told(Step("maybe", "one.maybe", condition=where("/input/s")), step) == []


def test_an_undo_without_an_input_of_its_own_gets_that_of_its_action():
    assert told(Step("x", "one.do", input={"id": 1}, undo="one.undo")) == [
        (
            "the input of its undo, which is that of its action, has no field 'order_id', which the action 'one.undo' "
            "requires; give the undo an input of its own"
        )
    ]
    assert told(Step("x", "one.do", undo=semantic("one.undo"))) == [
        (
            "the input of its undo, which is that of the run, has no field 'order_id', which the action 'one.undo' "
            "requires; give the undo an input of its own"
        )
    ]
    assert told(Step("x", "one.do", undo="one.undo"), schema=None) == []
    assert told(Step("x", "one.do", undo="one.undo"), schema=RUN | {"additionalProperties": True}) == []


def of_form(mapping, **options):
    known = Known(schemas={"one.form": (FORM, None)})
    return told(Step("x", "one.form", input=mapping, **options), known=known, schema=None)


@pytest.mark.parametrize(
    ("fields", "value", "type_"),
    [
        (["text"], Colour.RED, "string"),
        (["list"], (1, 2), "array"),
        (["list"], [1], "array"),
        (["count", "share"], Level.HIGH, "integer"),
        (["count", "share"], 2.0, "integer"),
        (["share"], 2.5, "number"),
        (["nil"], None, "null"),
        ([], True, "boolean"),
        ([], {"a": 1}, "object"),
    ],
)
def test_a_constant_is_judged_as_the_json_that_it_becomes(fields, value, type_):
    """Law: nothing is said of a constant whose schema takes what the action gets."""
    for other, schema in FORM["properties"].items():
        takes = not violations(schema, checked(value))
        assert takes is (other in fields)
        message = (
            f"the field '{other}' of its input is {type_}, and the action 'one.form' takes {schema['type']}; give "
            "another value"
        )
        assert of_form({other: value}) == ([] if takes else [message])
        default = f"the default of {message.removesuffix('value')}default"
        assert of_form({other: pick("/input/any", value)}) == ([] if takes else [default])


DEEP = {
    "type": "object",
    "properties": {
        "o": {
            "type": "object",
            "properties": {"n": {"type": "integer"}, "0": {"type": "null"}},
            "items": {"type": "null"},
        },
        "l": {"type": "array", "items": {"type": "integer"}, "properties": {"0": {"type": "null"}}},
        "p": {"prefixItems": [{"type": "string"}], "items": {"type": "integer"}},
        "ref": {"$ref": "#/properties/o", "properties": {"n": {"type": "string"}}},
        "any": True,
    },
}


@pytest.mark.parametrize(
    ("mapping", "told_of"),
    [
        ({"o": {"n": "five", "other": "x"}}, ["o/n' of its input is string"]),
        ({"o": {"n": 5, "0": 1}}, ["o/0' of its input is integer"]),
        ({"o": {"1": "x", "n": 5}}, []),
        ({"o": "x"}, ["o' of its input is string"]),
        ({"l": [1, "x", 2, None]}, ["l/1' of its input is string", "l/3' of its input is null"]),
        ({"l": (1, (2,))}, ["l/1' of its input is array"]),
        ({"p": ["x", 1]}, []),
        ({"ref": {"n": 5}}, []),
        ({"any": {"n": 5}}, []),
        ({"o": pick("/input/o", {"n": "five"})}, ["o/n' of its input is string"]),
    ],
)
def test_what_is_inside_of_a_constant_or_of_a_default_is_judged_too(mapping, told_of):
    known = Known(schemas={"one.form": (DEEP, None)})
    found = told(Step("x", "one.form", input=mapping), known=known, schema=None)
    assert [each.partition("the field '")[2].partition(",")[0] for each in found] == told_of


@pytest.mark.parametrize(
    ("pointer", "default", "fits"),
    [
        ("/input/s", 5, False),
        ("/input/s", "x", True),
        ("/input/s", None, False),
        ("/input/t/s", 5, True),
        ("/input/t/u", 5, False),
        ("/input/t/z", 5, False),
        ("/input/t/z/s", 5, False),
        ("/input/z", 5, False),
        ("/input/ref/s", 5, False),
        ("/steps/t/s", 5, False),
    ],
)
def test_a_default_that_some_runs_need_has_to_fit(pointer, default, fits):
    inner = {"type": "object", "properties": {"s": {"type": "string"}, "u": {"type": "string"}}, "required": ["s"]}
    schema = {
        "type": "object",
        "properties": {"s": {"type": "string"}, "t": inner, "ref": {"$ref": "#/properties/s"}},
        "required": ["t", "ref"],
    }
    before, step = Step("t", "one.do"), Step("x", "one.form", input={"text": pick(pointer, default)})
    found = told(before, step, known=Known(schemas={"one.form": (FORM, None)}), schema=schema)
    assert [each.partition(" is ")[0] for each in found] == ["the default of the field 'text' of its input"] * (
        not fits
    )


def test_a_default_of_an_undo_that_gets_the_input_of_its_action_is_told_with_the_remedy_of_the_undo():
    step = Step("x", "one.do", input={"order_id": pick("/input/s", "five")}, undo="one.undo")
    assert [each.partition("; ")[2] for each in told(step, schema=None)] == ["give the undo an input of its own"]


def kid(schema, **options):
    return Known(
        children={"kid": Saga("kid", orchestrated("main", Step("x", "one.x")), input_schema=schema, **options)}
    )


def test_the_whole_input_is_compared_with_what_a_sub_saga_certainly_refuses():
    assert told(Step("x", SubSaga("kid")), known=kid(TAKES)) == [
        (
            "its input, which is that of the run, has no field 'order_id', which the saga 'kid' requires; give the "
            "step an input of its own"
        ),
        (
            "its input, which is that of the run, has the field 'n', which the saga 'kid' does not take; give the step "
            "an input of its own"
        ),
    ]
    assert told(Step("x", SubSaga("kid")), known=kid({"properties": {"n": {"type": "string"}}})) == [
        (
            "the field 'n' of its input, which is that of the run, is integer, and the saga 'kid' takes string; give "
            "the step an input of its own"
        )
    ]
    assert told(Step("x", SubSaga("kid")), known=kid({"properties": {"s": {"type": "integer"}}})) == []


TYPES = st.sampled_from(["integer", "string", "boolean"])
FIELDS = st.one_of(
    st.fixed_dictionaries({"type": TYPES}),
    st.just({"type": "integer", "default": 1}),
    st.just({"type": "string", "default": "x"}),
    st.just({}),
    st.just({"anyOf": [{"type": "integer"}, {"default": 5}]}),
)
SCHEMAS = st.fixed_dictionaries(
    {"type": st.just("object"), "properties": st.dictionaries(st.sampled_from("abc"), FIELDS)},
    optional={"required": st.lists(st.sampled_from("abc"), unique=True), "additionalProperties": st.just(False)},
)
INPUTS = st.one_of(st.dictionaries(st.sampled_from("abcd"), st.sampled_from([1, "x", True])), st.just(5), st.none())


@given(SCHEMAS, SCHEMAS, st.lists(INPUTS, min_size=30, max_size=30))
def test_no_sub_saga_takes_an_input_of_which_the_linter_says_that_it_does_not_fit(parent, child, inputs):
    """Law: whatever a run can have as its input, the sub-saga refuses it."""
    if not told(Step("x", SubSaga("kid")), known=kid(child), schema=parent, rules=("does-not-fit",)):
        return
    for value in [filled(parent, value) for value in inputs]:
        if not violations(parent, value):
            assert violations(child, filled(child, value))


@pytest.mark.parametrize(
    ("step", "rest"),
    [
        (Step("x", Timer(100), timeout=5), ["x"]),
        (Step("x", Timer(100), timeout=100), []),
        (Step("x", Timer(100)), []),
        (Step("x", Timer(100), timeout=5, undo="one.undo"), []),
        (Step("x", "one.x", timeout=5), []),
    ],
)
def test_a_limit_that_is_shorter_than_its_own_timer_has_no_effect(step, rest):
    messages = told(step, rules=("timeout-too-short",))
    assert len(messages) == len(rest)
    for message in messages:
        assert message.startswith("its time limit of 5 s does not end the timer, which always takes 100 s;")


NEEDS = Known(
    schemas={
        "flight.book": (
            {"type": "object", "required": ["name", "day"], "properties": {"name": {"type": "string"}}},
            None,
        ),
        "car.rent": ({"type": "object", "required": ["size"], "properties": {"size": {"enum": ["s", "l"]}}}, None),
        "mail.send": ({"type": "object", "properties": {"to": {"type": "string"}}}, None),
    }
)


def stated(*steps, **options):
    saga = Saga("trip", orchestrated("main", *steps), **options)
    return saga, [each for each in lint(saga, NEEDS) if each.rule == "no-input-schema"]


def test_a_saga_without_a_schema_whose_actions_need_fields_gets_one_that_asks_for_them():
    mapped = Step("rent", "car.rent", input={"size": pick("/input/car/size"), "note": pick("/input/note", default="")})
    saga, [finding] = stated(Step("book", "flight.book"), mapped)
    assert finding.element == "saga"
    assert "the action 'flight.book' requires 'name' and 'day'" in finding.message
    schema = finding.proposal.schema
    assert schema == {
        "type": "object",
        "properties": {"name": {"type": "string"}, "day": {}, "car": {"type": "object"}, "note": {}},
        "required": ["name", "day", "car"],
    }
    better = apply(saga, finding.proposal)
    assert better.input_schema == schema
    assert [each.rule for each in lint(better, NEEDS) if each.rule in ("no-input-schema", "does-not-fit")] == []


BOOK = Step("book", "flight.book")
HELD = Step("hold", "seat.hold", input={"seat": pick("/steps/book/seat", default=1), "row": pick("/input/row")})
ASKED = Step("ask", "seat.ask", condition=where("/input/vip/since", "gt", 1))
LOOKED = Step("look", "seat.look", condition=where("/steps/book/hall", "gt", 1))


@pytest.mark.parametrize(
    ("step", "options", "more"),
    [
        (HELD, {}, {"row"}),
        (ASKED, {}, {"vip"}),
        (LOOKED, {}, set()),
        (Step("all", "seat.all", condition=where("/input")), {}, set()),
        (Step("mail", "mail.send"), {"search": {"agent": "/agent/id", "all": ""}}, {"agent"}),
        (Step("mail", "mail.send"), {"starts_on": "Asked", "correlate": {"Asked": "/trip"}}, {"trip"}),
        (Step("mail", "mail.send"), {"correlate": {"Asked": "/trip"}}, set()),
    ],
    ids=["a mapping", "a condition", "an output", "the whole", "search attributes", "the key", "the key of an answer"],
)
def test_the_proposed_schema_has_the_fields_that_something_else_reads_too(step, options, more):
    _, [finding] = stated(BOOK, step, **options)
    assert set(finding.proposal.schema["properties"]) == {"name", "day"} | more


def test_the_proposed_schema_requires_what_a_mapping_picks_without_a_default_after_any_other_pick():
    _, [finding] = stated(BOOK, HELD)
    assert finding.proposal.schema["required"] == ["name", "day", "row"]


@pytest.mark.parametrize(
    ("count", "others"), [(2, ""), (3, ""), (4, " (3 of 4 are named)"), (5, " (3 of 5 are named)")]
)
def test_three_takers_are_named_and_the_others_are_counted(count, others):
    names = [f"one.{at}" for at in "abcde"[:count]]
    known = Known(schemas={name: ({"type": "object", "required": ["n"]}, None) for name in names})
    saga = Saga("trip", orchestrated("main", *(Step(name[-1], name) for name in names)))
    [message] = [each.message for each in lint(saga, known) if each.rule == "no-input-schema"]
    named = ", ".join(f"the action '{name}' requires 'n'" for name in names[:3])
    assert f"gets all of it: {named}{others}; give it" in message


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([Step("mail", "mail.send")], id="an action that requires nothing"),
        pytest.param([Step("other", "unknown.action")], id="an action without a schema"),
        pytest.param([Step("rent", "car.rent", input={"size": "s"})], id="an input of its own"),
    ],
)
def test_a_saga_without_a_schema_is_left_alone_where_nothing_is_required_of_its_whole_input(steps):
    assert stated(*steps)[1] == []


def test_a_proposed_schema_refuses_no_run_that_skips_the_steps_that_need_a_field():
    by_car = where("/input/by", "eq", "car")
    rent = Step("rent", "car.rent", condition=by_car)
    park = Step("park", "park.pay", condition=by_car, input={"plate": pick("/input/plate"), "day": pick("/input/day")})
    for steps, required in (
        ((Step("book", "flight.book"), rent, park), ["name", "day"]),
        ((rent, park, Step("book", "flight.book")), ["name", "day"]),
        ((rent, park), []),
    ):
        [finding] = stated(*steps)[1]
        schema = finding.proposal.schema
        assert schema["required"] == required, "a run that flies has neither a size nor a plate"
        assert {"by", "size", "plate", "day"} <= schema["properties"].keys(), "the form shows what some runs need"


def test_a_schema_that_asks_for_nothing_is_a_decision():
    assert stated(Step("book", "flight.book"), input_schema={"type": "object"})[1] == []


@pytest.mark.parametrize("kind", [{}, {"type": ["object", "null"]}, {"type": "object", "anyOf": [True]}])
def test_an_input_of_the_run_that_may_be_something_else_is_not_compared(kind):
    schema = {"required": ["order_id"], "properties": {"order_id": {"type": "string"}}} | kind
    known = Known(schemas={"one.do": (TAKES, None)})
    assert told(Step("x", "one.do"), known=known, schema=schema) == []
    if "anyOf" not in kind:
        assert len(told(Step("x", "one.do"), known=known, schema=schema | {"type": "object"})) == 1


def test_an_undo_fills_in_no_default():
    takes = TAKES | {"properties": {"order_id": {"type": "integer", "default": 1}}}
    [message] = told(undone({}), known=Known(schemas={"one.undo": (takes, None)}))
    assert message.startswith("the input of its undo has no field 'order_id'")

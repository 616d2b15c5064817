"""The rules about data: values that some runs do not have, and fields that a sub-saga masks."""

import pytest

from sagaflow import Saga, Step, SubSaga, orchestrated, pick, where
from sagaflow.core.lint import Known, lint
from sagaflow.core.lint.data import schema_at

INPUT = {
    "type": "object",
    "required": ["list", "card"],
    "properties": {
        "list": {"type": "array", "items": {"type": "string"}},
        "card": {"type": "string"},
        "payment": {"type": "object", "properties": {"number": {"type": "string"}}},
    },
}
CHILD = Saga("child", orchestrated("main", Step("a", "one.a")), sensitive=("card",))


def told(*steps, rule, schema=INPUT, **options):
    saga = Saga("s", orchestrated("main", *steps, Step("end", "one.end")), input_schema=schema, **options)
    return [each.message for each in lint(saga, Known(children={"child": CHILD})) if each.rule == rule]


def masked(mapping, **options):
    return told(Step("sub", SubSaga("child"), input=mapping), rule="masked-below", **options)


@pytest.mark.parametrize(
    ("mapping", "source"),
    [
        ({"card": pick("/input/card")}, "card"),
        ({"card": pick("/input/payment/number")}, "number"),
        ({"card": pick("/input/list/0")}, "list"),
        (None, "card"),
    ],
)
def test_a_field_that_a_sub_saga_masks_is_named_where_it_comes_from(mapping, source):
    [message] = masked(mapping)
    assert message.startswith(f"the saga 'child' masks the field 'card', which it gets from '{source}' of this run")
    assert masked(mapping, sensitive=(source.upper(),)) == []


@pytest.mark.parametrize(
    ("mapping", "schema"),
    [({"card": pick("/input")}, INPUT), ({"card": "a constant"}, INPUT), ({"name": pick("/input/card")}, INPUT)],
)
def test_a_field_that_comes_from_no_field_of_the_run_is_not_named(mapping, schema):
    assert masked(mapping, schema=schema) == []


def test_a_whole_input_without_fields_names_none():
    assert masked(None, schema=None) == []
    assert masked(None, schema={"type": "object"}) == []


def missing(pointer, schema=INPUT):
    return told(Step("x", "one.x", input={"n": pick(pointer)}), rule="may-be-missing", schema=schema)


@pytest.mark.parametrize(
    ("at", "at_least", "is_missing"), [(0, None, True), (0, 0, True), (0, 1, False), (1, 1, True), (1, 2, False)]
)
def test_an_item_is_there_if_the_list_has_so_many(at, at_least, is_missing):
    items = INPUT["properties"]["list"] | ({} if at_least is None else {"minItems": at_least})
    schema = INPUT | {"properties": INPUT["properties"] | {"list": items}}
    found = missing(f"/input/list/{at}", schema)
    assert [f"the input has no '{at}'" in message for message in found] == [True] * is_missing


@pytest.mark.parametrize("name", ["a", "z"])
def test_a_step_that_is_skipped_with_the_one_that_reads_it_is_not_missing_whatever_its_name(name):
    only = where("/input/payment")
    steps = (
        Step(name, "one.first", condition=only),
        Step("m", "one.m", after=(name,), condition=only, input={"n": pick(f"/steps/{name}/n")}),
    )
    assert told(*steps, rule="may-be-missing") == []
    always = Step("m", "one.m", after=(name,), input={"n": pick(f"/steps/{name}/n")})
    assert len(told(steps[0], always, rule="may-be-missing")) == 1


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ([], True),
        (["a", "b"], True),
        (["x"], False),
        (["a", "b", "c"], False),
        (["a", "b", "c", "d"], False),
    ],
)
def test_a_schema_is_only_found_at_the_end_of_the_path(path, found):
    text = {"type": "string"}
    schema = {"type": "object", "properties": {"a": {"type": "object", "properties": {"b": text}}}}
    assert schema_at(schema, path) == ((text if path else schema) if found else None)

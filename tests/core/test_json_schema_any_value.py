"""A keyword that a draft does not know may have any value, and a faulty schema any form: nothing raises."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from sagaflow import RollBackChild, Saga, Step, SubSaga, orchestrated, pick, where
from sagaflow.core.definition.saga import Compensation
from sagaflow.core.lint import Known, lint
from sagaflow.core.schemas.json_schema import DRAFTS
from sagaflow.core.schemas.schema_faults import CHECKS_NOTHING, KEYWORDS, oddities, schema_faults
from tests.core.thoroughness import examples

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
WORDS = sorted(KEYWORDS | CHECKS_NOTHING - {"$schema"} | {"$defs", "definitions", "then", "else", "typo", "minimun"})
NAMES = st.sampled_from(["a", "b", "0"])
ANY = st.sampled_from([None, True, False, 0, -1, 1.5, "", "a", "#", "#/properties/a", "http://[", "string", "object"])
ANY_VALUE = st.recursive(
    ANY, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2), max_leaves=4
)


def schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return schemas: half of the values have a form that some keyword takes, and half have any."""
    value = ANY_VALUE | inner | st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2)
    return st.dictionaries(st.sampled_from(WORDS), value, max_size=3)


SCHEMAS = st.recursive(st.dictionaries(st.sampled_from(WORDS), ANY_VALUE, max_size=2), schemas, max_leaves=5)
PARTS = st.builds(lambda part, around: {"type": "object", "properties": {"a": part}, **around}, SCHEMAS, SCHEMAS)


@given(st.sampled_from(sorted(DRAFTS)), PARTS | SCHEMAS)
@example(DRAFT_4, {"examples": None})
@example(DRAFT_4, {"properties": {"a": {"examples": 5}}})
@example(DRAFT_4, {"id": 5})
@example(DRAFT_4, {"$dynamicRef": 5})
@example(next(iter(DRAFTS)), {"$id": 5})
@example(next(iter(DRAFTS)), {"$id": "http://["})
@example(next(iter(DRAFTS)), {"properties": {"a": {"$id": "http://["}}})
@example(next(iter(DRAFTS)), {"$ref": "#/a", "a": {"$id": []}})
@examples(500)
def test_a_schema_with_any_values_has_faults_or_can_be_linted(draft, schema):
    schema = {"$schema": draft, **schema}
    oddities(schema)
    if schema_faults(schema):
        return
    reads = Step(
        "x",
        "service.x",
        input={"a": pick("/input/a/0"), "b": pick("/input/b/a"), "c": 1},
        condition=where("/input/a/b"),
        outputs=("a",),
    )
    child = Saga("child", orchestrated("main", reads), input_schema=schema, search={"k": "/a"}, sensitive=("b",))
    starts = Step("x", SubSaga("child"), input={"a": pick("/input/a"), "b": 1}, undo=Compensation(does=RollBackChild()))
    parent = Saga("parent", orchestrated("main", starts), input_schema=schema, sensitive=("a", "c"))
    known = Known(children={"child": child}, schemas={"service.x": (schema, schema)})
    lint(child, known)
    lint(parent, known)

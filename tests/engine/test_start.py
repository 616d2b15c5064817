"""A start is accepted once, or refused with a sentence that says what to do."""

import uuid

import pytest

from sagaflow import engine, registry, store
from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.errors import InvalidDefinition, InvalidPayload, Refused
from sagaflow.core.run.reports import RunRequested
from sagaflow.models import Definition, Run
from sagaflow.registry import UnknownSaga
from sagaflow.store import definitions
from tests.engine.conftest import BOTH, at_once, finish, status
from tests.engine.sagas import five, step

pytestmark = pytest.mark.django_db(databases=BOTH)
DEEP = {"a": None}
for _ in range(40):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"amount": 0}, r"at '/amount' the value is less than the minimum of 1 \(rule 'minimum'\)"),
        ({}, r"'amount' is a required property \(rule 'required'\)"),
        ([], r"the value is not of type 'object' \(rule 'type'\)"),
    ],
)
def test_an_input_that_breaks_its_schema_is_refused_with_field_and_rule(value, sentence):
    with pytest.raises(Refused, match=sentence):
        engine.start("strict", value)
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"a": "\x00"}, "NUL"),
        ({"a": float("nan")}, "nan"),
        ({"a": float("inf")}, "inf"),
        ({"a": "\ud800"}, "surrogate"),
        (DEEP, "deeper"),
        ({"a": "x" * 300_000}, "bytes"),
        ({"a": {1, 2}}, "set"),
        ({1: "a"}, "key"),
        ({"a": 2**64}, "64 bits"),
    ],
)
def test_an_input_that_is_no_strict_json_is_refused(value, sentence):
    with pytest.raises(InvalidPayload, match=sentence):
        engine.start("five", value)


def test_the_limit_of_the_settings_holds(settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "PAYLOAD_LIMIT": 2000}
    with pytest.raises(InvalidPayload, match="the limit is 2000"):
        engine.start("five", {"a": "x" * 3000})


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [({"$ref": "http://127.0.0.1:9/schema.json"}, "schema.json"), ({"pattern": "a" * 300}, "300 characters")],
)
def test_a_definition_that_an_earlier_version_stored_is_read_and_its_schema_refuses_each_start(schema, sentence):
    stored = {**document.dump(registry.get_saga("five")), "name": "stored", "input_schema": schema}
    with pytest.raises(InvalidDefinition, match=sentence):
        document.load(stored)
    saga = document.restore(stored)
    assert document.dump(saga) == stored
    with registry.standing_in(saga), pytest.raises(Refused, match=sentence) as refused:
        engine.start("stored", "aaaa")
    assert refused.value.code == "bad-schema"


def test_a_run_of_a_definition_that_would_be_refused_today_goes_on():
    stored = {**document.dump(registry.get_saga("five")), "input_schema": {"$ref": "http://127.0.0.1:9/schema.json"}}
    run = str(uuid.uuid4())
    store.create(document.restore(stored), run, RunRequested(input={}))
    definitions.of.cache_clear()
    assert finish(run) == "completed"


@pytest.mark.parametrize("event", ["MainStarted", "SagaCompleted"])
def test_a_run_whose_events_would_be_refused_today_goes_on_and_its_history_is_proved(event):
    documented = document.dump(Saga("older", orchestrated("main", step("a"), step("b"))))
    documented["segments"][0]["steps"][0]["emits"] = event
    with pytest.raises(InvalidDefinition, match="is also"):
        document.load(documented)
    run = str(uuid.uuid4())
    store.create(document.restore(documented), run, RunRequested(input={}))
    definitions.of.cache_clear()
    assert finish(run) == "completed"
    assert engine.verify(run) == []


DEFAULTS = [
    ({}, {"currency": "EUR", "shop": {"open": True}}),
    ({"lines": [{}, {"count": 2}]}, {"currency": "EUR", "lines": [{"count": 1}, {"count": 2}], "shop": {"open": True}}),
    ({"currency": "CHF", "shop": {"open": False}}, {"currency": "CHF", "shop": {"open": False}}),
]


@pytest.mark.parametrize(("given", "stored"), DEFAULTS)
def test_what_an_input_leaves_out_is_filled_in_before_it_is_checked(given, stored):
    run = engine.start("defaulting", given)
    assert engine.state(run)[1].input == stored
    assert engine.start("defaulting", stored, run_id=run) == run
    assert engine.start("defaulting", given, run_id=run) == run


def test_a_value_that_is_too_costly_to_compare_is_refused():
    part = {"properties": {"in": {"$ref": "#"}}}
    value = {}
    for _ in range(20):
        value = {"in": value}
    costly = Saga("costly", orchestrated("main", Step("only", "plain.do")), input_schema={"allOf": [part, part]})
    with registry.standing_in(costly), pytest.raises(Refused, match="too many comparisons") as refused:
        engine.start("costly", value)
    assert refused.value.code == "too-costly"


def test_an_unknown_saga_lists_those_that_are_close():
    with pytest.raises(UnknownSaga, match=r"Did you mean .*'five'"):
        engine.start("fiv", {})


def test_the_same_id_saga_and_input_is_the_same_run():
    run = str(uuid.uuid4())
    assert engine.start("five", {"a": 1}, run_id=run) == run
    assert engine.start("five", {"a": 1}, run_id=run.upper()) == run
    assert Run.objects.count() == 1


@pytest.mark.parametrize(("saga", "value"), [("five", {"a": 2}), ("danced", {"a": 1})])
def test_the_same_id_with_another_saga_or_input_is_refused(saga, value):
    run = engine.start("five", {"a": 1}, run_id=str(uuid.uuid4()))
    with pytest.raises(Refused, match="choose another run ID"):
        engine.start(saga, value, run_id=run)


def test_an_id_that_is_no_uuid_is_refused():
    with pytest.raises(Refused, match="use a UUID"):
        engine.start("five", {}, run_id="order-17")


def test_a_run_knows_who_started_it_and_what_it_can_be_found_by():
    run = store.run(engine.start("strict", {"amount": 7}, by="ann"))
    assert (run.by, run.search, run.status) == ("ann", {"amount": 7}, "running")
    assert [run.run_id for run in store.runs(search__amount=7)] == [run.run_id]
    assert Run.objects.get(pk=engine.start("mixed", {})).teams == ",warehouse,"


def test_a_run_is_pinned_to_the_definition_that_it_started_with():
    old = engine.start("five", {})
    changed = registry.register(Saga("five", orchestrated("main", step("first"), step("sixth"))), replace=True)
    try:
        new = engine.start("five", {})
    finally:
        registry.register(five, replace=True)
    assert (finish(old), finish(new)) == ("completed", "completed")
    assert [engine.state(run)[0].digest for run in (old, new)] == [five.digest, changed.digest]
    assert list(engine.state(new)[1].steps) == ["first", "sixth"]
    assert sorted(Definition.objects.filter(name="five").values_list("version", flat=True)) == [1, 2]


def test_questions_about_a_run_that_does_not_exist_name_it():
    for run in (str(uuid.uuid4()), "nonsense"):
        with pytest.raises(store.UnknownRun, match=run):
            engine.state(run)


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_of_many_starts_at_once_with_one_id_one_run_comes():
    run = str(uuid.uuid4())
    answers = at_once(*[lambda: engine.start("five", {}, run_id=run)] * 6)
    assert answers == [run] * 6
    assert (Run.objects.count(), status(run)) == (1, "running")


def test_true_is_not_one():
    run = engine.start("five", {"a": 1}, run_id=str(uuid.uuid4()))
    with pytest.raises(Refused, match="another input"):
        engine.start("five", {"a": True}, run_id=run)


def test_every_run_that_a_run_starts_has_the_starter_of_the_first_one():
    run = engine.start("parent", {}, by="ann")
    finish(run)
    child = Run.objects.get(parent_id=run)
    assert engine.state(run)[1].by == "ann"
    assert engine.state(str(child.pk))[1].by == "ann"

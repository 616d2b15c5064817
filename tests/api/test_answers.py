"""The published success responses: each has a closed schema and an example, and real responses match them."""

import copy
import json
import types
from dataclasses import MISSING, fields
from enum import EnumType
from io import StringIO
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from sagaflow import RetryPolicy, Saga, Step, engine, orchestrated, registry
from sagaflow.api.answers import ANSWERS
from sagaflow.api.examples import BODIES, EXAMPLES
from sagaflow.api.openapi import openapi_document
from sagaflow.api.urls import api
from sagaflow.core.codec import encode
from sagaflow.core.participant import BusinessError
from sagaflow.core.run.journal import KINDS
from sagaflow.models import Run
from sagaflow.registry import Action
from sagaflow.sinks import NatsSubject
from tests.api.test_openapi import OPERATIONS

ONCE = RetryPolicy(attempts=1)
OWN = {"input", "output", "undo_output", "payload", "search"}
"""Fields that hold the user's own JSON."""
ELSEWHERE = {"channels", "operations", "components"}
"""Fields that another specification describes."""
VALUES = {
    str: "x",
    int: 7,
    float: 1.5,
    bool: True,
    Any: {"own": [1, None]},
}
NEWS = NatsSubject("nats://nats.example:4222", subject="news.{saga}.{event}")


@pytest.fixture(scope="module")
def document():
    return json.loads(json.dumps(openapi_document(api, "/")))


def success(document, method, path):
    (found,) = [
        (status, each)
        for status, each in document["paths"][path][method]["responses"].items()
        if status.startswith("2")
    ]
    return found


def validator(document, schema):
    whole = {**schema, "components": document["components"]}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def of_operation(document, name):
    method, path = name.split(" ")
    return validator(document, success(document, method, f"/{path}")[1]["content"]["application/json"]["schema"])


def test_every_operation_has_one_success_answer_with_a_schema_and_a_valid_example(document):
    for path, method in OPERATIONS:
        status, answer = success(document, method, path)
        if status == "204":
            assert answer == {"description": "Done; the answer has no body."}
        else:
            content = answer["content"]["application/json"]
            Draft202012Validator.check_schema(content["schema"])
            validator(document, content["schema"]).validate(content["example"])


def test_every_body_of_a_request_has_a_valid_example(document):
    bodies = {
        f"{method} {path.removeprefix('/')}": document["paths"][path][method]["requestBody"]["content"]
        for path, method in OPERATIONS
        if "requestBody" in document["paths"][path][method]
    }
    assert bodies.keys() == BODIES.keys()
    for name, content in bodies.items():
        for media, body in content.items():
            assert "example" in body, (name, media)
            validator(document, body["schema"]).validate(body["example"])


def open_places(schema, components, where, seen):
    """The paths at which a schema accepts anything."""
    if reference := schema.get("$ref"):
        if reference not in seen:
            seen.add(reference)
            yield from open_places(components[reference.rpartition("/")[2]], components, reference, seen)
        return
    parts = [part for word in ("anyOf", "allOf") for part in schema.get(word, ())]
    if not parts and not schema.keys() & {"type", "const", "enum"}:
        yield where
    for part in parts:
        yield from open_places(part, components, where, seen)
    if schema.get("type") == "array":
        yield from open_places(schema["items"], components, where, seen)
    if schema.get("type") == "object":
        others = schema.get("additionalProperties", True)
        if isinstance(others, dict):
            yield from open_places(others, components, where, seen)
        elif others:
            yield where
        for name, part in schema.get("properties", {}).items():
            yield from open_places(part, components, name, seen)


def test_only_json_of_the_users_own_is_untyped(document):
    components = document["components"]["schemas"]
    found = set()
    for name in ANSWERS:
        found |= set(open_places(of_operation(document, name).schema, components, name, set()))
    assert found == OWN | ELSEWHERE


def ours(value):
    """Every object with fixed fields in a response."""
    if isinstance(value, list):
        for each in value:
            yield from ours(each)
    elif isinstance(value, dict):
        yield value
        for name, each in value.items():
            if name not in OWN | ELSEWHERE | {"verbs"}:
                yield from ours(each)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_field_that_is_not_published_is_noticed(document, name):
    checked, example = of_operation(document, name), copy.deepcopy(EXAMPLES[name])
    assert checked.is_valid(example)
    for each in ours(example):
        each["forgotten"] = 1
        assert not checked.is_valid(example)
        del each["forgotten"]
    assert checked.is_valid(example)


def sample(hint):
    if get_origin(hint) is types.UnionType:
        return sample(next(each for each in get_args(hint) if each is not type(None)))
    if get_origin(hint) is tuple:
        return (sample(get_args(hint)[0]),)
    if isinstance(hint, EnumType):
        return list(hint)[-1]
    return VALUES[hint] if hint in VALUES else instance(hint, full=True)


def instance(kind, *, full):
    hints = get_type_hints(kind)
    wanted = [each.name for each in fields(kind) if full or each.default is MISSING]
    return kind(**{name: sample(hints[name]) for name in wanted})


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_entry_is_published(document, kind, full):
    checked = of_operation(document, "get runs/{run_id}/journal")
    entry = {**EXAMPLES["get runs/{run_id}/journal"]["entries"][0], "kind": kind}
    data = encode(instance(KINDS[kind], full=full))
    checked.validate({"entries": [entry | {"data": data}], "head": 1})
    assert not checked.is_valid({"entries": [entry | {"data": data | {"forgotten": 1}}], "head": 1})
    assert not checked.is_valid({"entries": [entry | {"data": data, "kind": "Nothing"}], "head": 1})


@pytest.fixture
def decided(boss, started, participant, known):
    """``decided(approved)``: the ID of a run that an operator has decided."""

    def decided(approved):
        run_id = started()
        answer_url = participant.requests[-1].json["callback_url"]
        engine.answer(answer_url.rpartition("/")[2], output={"charge": "C-1"})
        boss.post(f"/runs/{run_id}/approvals", {"step": "agree", "approved": approved, "reason": "so be it"})
        return run_id

    return decided


def broken(context):
    raise TypeError("The code is wrong.")


def refused(context):
    raise BusinessError("sold-out", "Nothing is left.")


def ended_badly(*, undo):
    """A run whose step is parked, or whose compensation is stuck, because of an error in the code."""
    if undo:
        steps = [Step("take", "bad.take", undo="bad.give", undo_retry=ONCE), Step("use", "bad.use")]
    else:
        steps = [Step("take", "bad.give", retry=ONCE)]
    for name, does in {"take": lambda context: {"n": 1}, "give": broken, "use": refused}.items():
        registry.add(Action(name=f"bad.{name}", does=does))
    registry.register(Saga("api_bad", orchestrated("main", *steps)))
    run_id = engine.start("api_bad", {"item": "bread"})
    while engine.wake(run_id):
        pass
    return run_id


def check_all(document, boss, run_id, *steps):
    """Request a run in every way that exists. Return the responses by operation."""
    asked = {
        "get runs": "/runs",
        **{f"get runs/{{run_id}}{more}": f"/runs/{run_id}{more}" for more in ("", "/journal", "/rollbacks", "/plan")},
    }
    all_answers = {name: boss.get(path).json() for name, path in asked.items()}
    for name, answer in all_answers.items():
        of_operation(document, name).validate(answer)
    for query in ({}, *({"step": step} for step in steps)):
        name = "get runs/{run_id}/allowed"
        of_operation(document, name).validate(boss.get(f"/runs/{run_id}/allowed", **query).json())
    return all_answers


def test_real_answers_about_a_completed_run_are_as_published(document, boss, decided):
    run_id = decided(True)
    check_all(document, boss, run_id, "arrive")
    event = {"event": "GoodsArrived", "correlation_id": run_id, "payload": {"boxes": 2}}
    for outcome in ("accepted", "unmatched"):
        answer = boss.post("/events", event)
        assert (answer.status_code, answer.json()) == (202, {"outcome": outcome})
        of_operation(document, "post events").validate(answer.json())
        while engine.wake(run_id):
            pass
    all_answers = check_all(document, boss, run_id, "agree")
    assert all_answers["get runs/{run_id}"]["run"]["status"] == "completed"


def test_real_answers_about_a_rolled_back_run_are_as_published(document, boss, decided):
    run_id = decided(False)
    while engine.wake(run_id):
        pass
    all_answers = check_all(document, boss, run_id, "agree")
    assert all_answers["get runs/{run_id}"]["run"]["rollback"]
    (record,) = all_answers["get runs/{run_id}/rollbacks"]["rollbacks"]
    assert record["outcome"] == "rolled_back"


def test_real_answers_about_a_parked_run_are_as_published(document, boss):
    run_id = ended_badly(undo=False)
    all_answers = check_all(document, boss, run_id, "take")
    assert all_answers["get runs/{run_id}"]["run"]["status"] == "parked"
    assert all_answers["get runs/{run_id}"]["outstanding"]
    act = boss.post(f"/runs/{run_id}/verbs/cancel", {"reason": "no longer wanted"}).json()
    of_operation(document, "post runs/{run_id}/verbs/{verb}").validate(act)
    refusal = {"count": 4, "first_at": 1.0, "last_at": 2.0, "error": "DataError: too long"}
    Run.objects.filter(pk=run_id).update(refusal=json.dumps(refusal), attention="refused")
    all_answers = check_all(document, boss, run_id, "take")
    assert all_answers["get runs"]["runs"][0]["refusal"] == refusal
    assert all_answers["get runs/{run_id}/rollbacks"]["acts"]


def test_real_answers_about_a_stuck_compensation_are_as_published(document, boss):
    run_id = ended_badly(undo=True)
    all_answers = check_all(document, boss, run_id, "take")
    assert all_answers["get runs/{run_id}"]["run"]["status"] == "stuck"
    assert all_answers["get runs/{run_id}/rollbacks"]["rollbacks"][0]["outcome"] == "stuck"


def test_the_answer_to_a_start_is_as_published(document, boss):
    answer = boss.post("/runs", {"saga": "api_purchase", "input": {"item": "bread"}})
    of_operation(document, "post runs").validate(answer.json())
    answer = boss.post("/runs/batch", {"saga": "api_purchase", "runs": [{"input": {"item": "bread"}}, {"input": 7}]})
    of_operation(document, "post runs/batch").validate(answer.json())


def test_the_contract_of_a_saga_is_as_published_and_that_of_the_command(document, boss, settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "OUTPUT_SINKS": ("tests.api.test_answers.NEWS",)}
    answer = boss.get("/sagas/api_purchase/asyncapi")
    of_operation(document, "get sagas/{name}/asyncapi").validate(answer.json())
    assert answer.json()["channels"]["SagaCompleted"]["address"] == "news.api_purchase.SagaCompleted"
    told = StringIO()
    call_command("sagaflow", "asyncapi", "api_purchase", "--format", "json", stdout=told)
    assert json.loads(told.getvalue()) == answer.json()

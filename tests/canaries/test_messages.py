"""No answer quotes or compares what a mask hides: errors of every validator, conflicts of starts, and bulk repairs."""

import json
import uuid

import pytest
from django.contrib.auth.models import Group

from sagaflow import engine, models, registry
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.mask import MASK
from sagaflow.core.participant import TechnicalError
from sagaflow.registry import Action
from sagaflow.store import bulk_repairs
from tests.canaries.secretive import STEM, found_in
from tests.cli.conftest import sf
from tests.people import client_as, user_of

SECRET = f"{STEM}-masked"
GIVEN = {"order": "o-1", "card": SECRET, "pin": 8731, "more": [SECRET, SECRET], "deep": {"card": {SECRET: 1}}}
RULES = {
    "maxProperties": {"maxProperties": 4},
    "minProperties": {"minProperties": 9},
    "oneOf": {"oneOf": [{}, {}]},
    "anyOf": {"anyOf": [{"maxProperties": 2}, {"required": ["x"]}]},
    "not": {"not": {"required": ["extra"]}},
    "enum": {"enum": [{}]},
    "const": {"const": {}},
    "additionalProperties": {"properties": {"card": {}}, "additionalProperties": False},
    "unevaluatedProperties": {"properties": {"card": {}}, "unevaluatedProperties": False},
    "propertyNames": {"propertyNames": {"maxLength": 4}},
    "dependentRequired": {"dependentRequired": {"extra": ["y"]}},
    "inside a masked field": {"properties": {"more": {"maxItems": 1}, "card": {"pattern": "^x"}}},
    "a key of a masked field": {"properties": {"deep": {"properties": {"card": {"additionalProperties": False}}}}},
}
"""Rules that an input breaks if it has the property ``extra``."""


def down(_):
    raise TechnicalError("down")


def saga(rule, name="masks"):
    schema = {"type": "object", "if": {"required": ["extra"]}, "then": rule}
    step = Step("charge", "masks.charge", retry=RetryPolicy(attempts=1))
    made = Saga(name, orchestrated("pay", step), sensitive=("card", "pin", "more"), input_schema=schema)
    registry.register(made)
    return made


def parked(**more):
    run = engine.start("masks", GIVEN, **{"by": "ann", **more})
    while engine.wake(run):
        pass
    return run


@pytest.fixture
def known(monkeypatch, db):
    for name in ("_actions", "_sagas", "_subscribers"):
        monkeypatch.setattr(registry, name, {})
    registry.add(Action(name="masks.charge", does=down))


@pytest.fixture
def vera(known):
    """A user with every permission but the one to see sensitive fields."""
    return client_as(user_of("vera", "view_run", "start_run", "operate_run"))


def send(client, path, body):
    return client.post(f"/api{path}", json.dumps(body), content_type="application/json")


@pytest.mark.parametrize("rule", RULES)
def test_no_answer_about_an_input_quotes_it(vera, rule):
    saga(RULES[rule])
    run, broken = parked(), GIVEN | {"extra": 1}
    page = f"/runs/{run}/repair/retry_with_input/?step=charge"
    kept = json.loads(vera.get(page).context["text"])
    assert kept["card"] == MASK
    told = {
        "page of the repair": vera.post(page, {"reason": "more", "value": json.dumps(kept | {"extra": 1})}),
        "page of the start": vera.post("/definitions/masks/start/", {"in.": json.dumps(broken)}),
        "API: start": send(vera, "/runs", {"saga": "masks", "input": broken}),
        "API: verb": send(
            vera, f"/runs/{run}/verbs/retry_with_input", {"step": "charge", "reason": "more", "input": broken}
        ),
    }
    assert {name: answer.status_code for name, answer in told.items()} == dict.fromkeys(told, 422)
    texts = {name: answer.content.decode() for name, answer in told.items()}
    assert [name for name in ("API: start", "API: verb") if found_in(texts[name])] == []
    assert not found_in(texts["page of the repair"])
    typed = texts["page of the start"].partition("<textarea")
    assert not found_in(typed[0] + typed[2].partition("</textarea>")[2])
    command = sf("start", "masks", "--input", json.dumps(broken))
    assert command.code != 0
    assert not found_in(command.out + command.err)
    assert not found_in("".join(models.OperatorAct.objects.values_list("detail", flat=True)))


def test_a_start_that_repeats_anothers_run_answers_the_same_whatever_is_masked(vera):
    saga({})
    run = parked(run_id=str(uuid.uuid4()))
    answers = [
        send(vera, "/runs", {"saga": "masks", "run_id": run, "input": given})
        for given in (GIVEN, GIVEN | {"pin": 8730}, GIVEN | {"order": "o-2"}, {})
    ]
    assert {answer.status_code for answer in answers} == {409}
    assert len({answer.content for answer in answers}) == 1
    assert "choose another run ID" in answers[0].json()["detail"]
    pages = [
        vera.post("/definitions/masks/start/", {"in.": json.dumps(given), "run_id": run})
        for given in (GIVEN, GIVEN | {"pin": 8730})
    ]
    assert {page.status_code for page in pages} == {409}
    assert all("choose another run ID" in page.content.decode() for page in pages)


def test_who_started_a_run_may_repeat_the_start_and_who_sees_everything_may_too(vera):
    saga({})
    run = parked(run_id=str(uuid.uuid4()), by="vera")
    sees = client_as(user_of("sue", "view_run", "start_run", "view_sensitive"))
    for client in (vera, sees):
        assert send(client, "/runs", {"saga": "masks", "run_id": run, "input": GIVEN}).status_code == 201
        other = send(client, "/runs", {"saga": "masks", "run_id": run, "input": GIVEN | {"pin": 1}})
        assert (other.status_code, "another input" in other.json()["detail"]) == (409, True)


def test_a_run_out_of_scope_is_as_taken_as_every_other(vera):
    saga({})
    saga({}, "beta")
    run = parked(run_id=str(uuid.uuid4()))
    scoped = user_of("scoped", "view_run", "start_run", "view_sensitive")
    group = Group.objects.create(name="betas")
    scoped.groups.add(group)
    models.Scope.objects.create(group=group, saga="beta")
    answer = send(client_as(scoped), "/runs", {"saga": "beta", "run_id": run, "input": GIVEN})
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        f"The run ID {run} is taken; choose another run ID.",
    )


def test_a_bulk_repair_tells_a_scoped_user_nothing_of_other_runs(vera):
    saga({})
    saga({}, "beta")
    own, other = parked(), engine.start("beta", GIVEN, by="ann")
    order = bulk_repairs.Order(verb="retry", by="ann", reason=f"for {SECRET}", selection=f"2 runs of {SECRET}")
    repair = bulk_repairs.freeze(order, [(run, engine.state(run)[1].seq) for run in (own, other)])
    whole = bulk_repairs.freeze(order, [(own, engine.state(own)[1].seq)])
    scoped = user_of("scoped", "view_run", "view_bulkrepair", "view_bulkrepairitem", staff=True)
    group = Group.objects.create(name="masks only")
    scoped.groups.add(group)
    models.Scope.objects.create(group=group, saga="masks")
    client = client_as(scoped)
    for path in (f"/repairs/{repair}/", f"/repairs/{repair}/progress/", "/admin/sagaflow/bulkrepairitem/"):
        assert (client.get(path).status_code, found_in(client.get(path).content.decode())) == (200, False), path
    models.BulkRepair.objects.filter(pk=whole).update(reason="a word", selection="one run")
    for path in ("/repairs/", "/admin/sagaflow/bulkrepair/", "/admin/sagaflow/bulkrepair/export/csv/"):
        answer = client.get(path)
        text = b"".join(answer).decode()
        assert (answer.status_code, found_in(text), "a word" in text) == (200, False, True), path
    found = client.get("/admin/sagaflow/bulkrepair/", {"q": SECRET}).context_data["cl"].result_count
    assert found == 0
    assert found_in(vera.get(f"/repairs/{repair}/").content.decode())

"""`sagaflow plan` shows what a deployment would change."""

import json

import pytest
from django.utils import timezone

from sagaflow import Saga, Step, SubSaga, engine, orchestrated, registry, retry_whole_run, store
from sagaflow.core.definition import document
from sagaflow.core.definition.parts import UncheckedSaga
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.errors import Refused
from sagaflow.models import WebVersion
from tests.cli import sagas
from tests.cli.conftest import INPUT, sf, started


@pytest.fixture(autouse=True)
def registered(_sagas_that_can_run):
    """The registry, which one test may change."""
    return registry


def of(answer, name):
    return next(each for each in answer["sagas"] if each["saga"] == name)


def test_a_running_run_of_an_older_version_is_touched(registered):
    engine.start("cli-order", INPUT)
    started(pay_do="technical")
    started()
    old = sagas.order
    new = registered.register(Saga("cli-order", (orchestrated("main", *sagas.steps()[:2]),)), replace=True)
    result = sf("plan", "--json")
    answer = of(result.json, "cli-order")
    assert (result.code, result.json["vanished"]) == (0, [])
    assert (answer["digest"], answer["version"], answer["touched_runs"], answer["current_runs"]) == (
        new.digest,
        None,
        2,
        0,
    )
    assert answer["pinned"] == [{"digest": old.digest, "version": 1, "runs": 2, "steps": {"reserve": 1, "pay": 1}}]
    assert "2 unfinished runs, 2 of them on another definition than the code has." in sf("plan").out


def test_a_subscriber_that_leaves_with_this_code_is_told_with_what_it_has_not_got(registered):
    assert sf("plan", "--json").json["leaving"] == []
    gone = Subscriber(name="letters.gone", sagas=("cli-order",), on=("SagaCompleted",), app="examples.newsletter")
    elsewhere = Subscriber(name="letters.far", sagas=("cli-order",), on=("SagaCompleted",), app="elsewhere")
    store.declare([gone, elsewhere])
    started()
    result = sf("plan", "--json")
    leaving = {"subscriber": "letters.gone", "saga": "cli-order", "events": ["SagaCompleted"], "pending": 1}
    assert (result.code, result.json["leaving"]) == (0, [leaving])
    words = "The subscriber letters.gone no longer listens to SagaCompleted of cli-order; undelivered events"
    assert f"{words}: 1." in " ".join(sf("plan").out.split())
    assert sf("plan", "--services", "courier", "--json").json["leaving"] == []


def test_the_definition_of_a_file_is_compared_before_it_is_deployed(tmp_path):
    run_id = engine.start("cli-order", INPUT)
    draft = document.dump(sagas.order) | {"title": "Renamed"}
    (tmp_path / "order.json").write_text(json.dumps(draft))
    answer = sf("plan", str(tmp_path / "order.json"), "--json").json
    assert [each["saga"] for each in answer["sagas"]] == ["cli-order"]
    assert answer["sagas"][0]["touched_runs"] == 1
    sf("operate", "cancel", run_id, "--reason", "x")
    assert sf("plan", str(tmp_path / "order.json"), "--json").json["sagas"][0]["touched_runs"] == 0


def test_an_action_that_a_running_run_needs_must_not_vanish(registered):
    run_id = engine.start("cli-order", INPUT)
    assert sf("plan").code == 0
    del registered._actions["till.pay"]
    result = sf("plan", "--json")
    assert result.code == 1
    assert result.json["vanished"] == [
        {"name": "till.pay", "kind": "action", "sagas": ["cli-order"], "needed_by": 1, "runs": [run_id]}
    ]
    assert f"The action till.pay of cli-order is not registered; needed by 1 run: {run_id}." in sf("plan").out
    assert sf("plan", "--services", "courier").code == 0
    assert sf("plan", "--services", "courier, till").code == 1


def test_an_action_whose_step_is_done_may_vanish(registered):
    started(ship_do="technical")
    del registered._actions["till.pay"]
    assert sf("plan").code == 1, "a new run would call it"
    registered._sagas.clear()
    registered.register(Saga("cli-order", orchestrated("main", sagas.steps()[0])))
    result = sf("plan", "--json")
    assert (result.code, [each["needed_by"] for each in result.json["vanished"]]) == (0, [0])
    del registered._actions["till.refund"]
    assert sf("plan").code == 1, "its compensation may still be wanted"


def test_ended_runs_need_nothing(registered):
    started()
    registered._actions.clear()
    assert sf("plan", "--json").json["vanished"] == []


def test_a_run_that_starts_again_as_a_whole_needs_every_action(registered):
    saga = Saga(
        "cli-stubborn", (orchestrated("main", *sagas.steps()),), after_rollback=retry_whole_run(times=2, delay=60)
    )
    registered.register(saga)
    started("cli-stubborn", ship_do="technical")
    del registered._actions["till.reserve"]
    assert sf("plan").code == 1


def test_a_sub_saga_must_not_vanish(registered):
    registered.register(Saga("cli-parent", (orchestrated("main", Step("child", SubSaga("cli-child"))),)))
    engine.start("cli-parent", None)
    result = sf("plan", "--json")
    assert result.code == 1
    assert [(each["kind"], each["name"]) for each in result.json["vanished"]] == [("saga", "cli-child")]


def test_a_saga_that_is_no_longer_registered_is_listed(registered):
    engine.start("cli-order", INPUT)
    del registered._sagas["cli-order"]
    answer = of(sf("plan", "--json").json, "cli-order")
    assert (answer["digest"], answer["touched_runs"]) == (None, 1)
    assert "no saga of this name" in sf("plan").out


def test_services_must_name_one():
    assert sf("plan", "--services", " , ").code == 2


def test_what_only_a_new_run_would_need_fails_the_plan(registered):
    broken = Saga("cli-broken", orchestrated("main", Step("pay", "till.pya"), Step("ship", SubSaga("cli-ordr"))))
    registered.register(broken)
    result = sf("plan", "--json")
    assert result.code == 1
    assert [(each["saga"], each["rule"], each["element"]) for each in result.json["unknown"]] == [
        ("cli-broken", "unknown-action", "segments/main/steps/pay"),
        ("cli-broken", "unknown-sub-saga", "segments/main/steps/ship"),
    ]
    assert "A new run of cli-broken cannot finish: segments/main/steps/pay: it calls the action 'till.pya'" in (
        sf("plan").out
    )
    assert [each["rule"] for each in sf("plan", "--services", "courier", "--json").json["unknown"]] == [
        "unknown-sub-saga"
    ]
    del registered._sagas["cli-broken"]
    assert sf("plan").code == 0


def stored(saga):
    """A version that an earlier Sagaflow let a user publish."""
    text = json.dumps(document.dump(saga))
    digest = document.restore(json.loads(text)).digest
    WebVersion.objects.create(saga=saga.name, number=1, digest=digest, document=text, by="vera", at=timezone.now())


def test_lint_and_plan_name_what_publishing_a_stored_saga_again_would_refuse(registered):
    stored(UncheckedSaga("cli-older", (orchestrated("main", Step("pay", "till.pay", emits="MainStarted")),)))
    told = "'MainStarted' of step 'pay' is also the start of segment 'main'"
    linted, planned = sf("lint", "cli-older", "--json"), sf("plan", "--json")
    assert linted.code == 1
    assert [each["message"].partition(";")[0] for each in linted.json["findings"] if told in each["message"]] == [told]
    assert [(each["saga"], each["message"].partition(";")[0]) for each in planned.json["refused"]] == [
        ("cli-older", told)
    ]
    assert planned.code == 0, "its runs go on, and new ones start"
    assert f"cli-older runs on but cannot be published again: saga: {told}" in " ".join(sf("plan").out.split())


def test_lint_and_plan_say_that_no_run_of_a_stored_saga_can_start_whose_input_schema_is_refused(registered):
    steps = orchestrated("main", Step("pay", "till.pay"))
    stored(UncheckedSaga("cli-older", (steps,), input_schema={"pattern": "(?<=x)a"}))
    with pytest.raises(Refused, match="cannot be used"):
        engine.start("cli-older", "xa")
    linted, planned = sf("lint", "cli-older", "--json"), sf("plan", "--json")
    [finding] = linted.json["findings"]
    assert finding["message"].endswith("; its runs go on, but no new run of it can start")
    assert (linted.code, planned.code) == (1, 1)
    assert [(each["saga"], each["rule"], each["starts"]) for each in planned.json["refused"]] == [
        ("cli-older", "schema", False)
    ]
    told = "cli-older runs on, but no new run of it can start: saga: input_schema/pattern: '(?<=x)a' is not a regular"
    assert told in " ".join(sf("plan").out.split())

"""`sagaflow monitor` shows which events of a run are expected, late or missing."""

from sagaflow import engine
from tests.cli.conftest import sf, started


def test_a_completed_choreography_is_done_and_nothing_is_missing():
    answer = sf("monitor", started("cli-dance"), "--json")
    assert answer.code == 0
    assert [step["standing"] for step in answer.json["steps"]] == ["done", "done", "done"]
    assert answer.json["missing"] == answer.json["findings"] == []


def test_people_get_a_table_with_what_each_step_reacts_to():
    result = sf("monitor", started("cli-dance"))
    assert "STANDING" in result.out
    assert "ReserveCompleted" in result.out


def test_a_failure_and_what_was_undone_are_told_apart():
    answer = sf("monitor", started("cli-dance", ship_do="business"), "--json").json
    assert [step["standing"] for step in answer["steps"]] == ["undone", "undone", "failed"]


def test_an_event_after_the_end_is_a_finding():
    run_id = started("cli-dance")
    engine.publish("ParcelLost", run_id, event_id="e-1")
    findings = sf("monitor", run_id, "--json").json["findings"]
    assert {(each["oddity"], each["event"]) for each in findings} == {("unexpected", "ParcelLost")}


def test_an_unknown_run_is_refused():
    assert sf("monitor", "00000000-0000-4000-8000-000000000000").code == 3

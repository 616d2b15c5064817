"""`sagaflow show`, and the ways in which every command accepts a run."""

import uuid

import pytest

from sagaflow import Approval, Saga, Step, choreographed, engine, nothing, orchestrated, registry
from sagaflow.testing import moving_clock
from tests.cli.conftest import INPUT, sf, started


def test_machines_get_one_document_with_stable_keys():
    answer = sf("show", started(ship_do="business"), "--json").json
    assert answer.keys() == {"run", "steps", "outstanding", "observers", "allowed", "rollbacks", "acts"}
    assert [step["status"] for step in answer["steps"]] == ["compensated", "compensated", "failed"]
    assert answer["rollbacks"][0]["summary"] == "2 compensated"
    assert answer["outstanding"] == []
    assert {"id", "saga", "version", "digest", "status", "attention", "input", "search", "by"} <= answer["run"].keys()


def test_people_see_steps_the_rollback_record_and_why():
    out = sf("show", started(ship_do="business")).out
    assert "rolled back" in out
    assert "Rollback 1, rolled back because of ship" in out
    assert "Summary: 2 compensated" in out


def test_the_journal_comes_on_request():
    run_id = started()
    answer = sf("show", run_id, "--journal", "--json").json["journal"]
    assert [entry["seq"] for entry in answer] == list(range(1, len(answer) + 1))
    assert answer[0]["kind"] == "RunStarted"
    out = sf("show", run_id, "--journal").out
    assert "reserve succeeded" in out
    assert "the run is completed" in out


def test_outstanding_work_says_when_it_is_due_and_what_it_waits_for():
    run_id = started("cli-patient", None)
    (owed,) = sf("show", run_id, "--json").json["outstanding"]
    assert (owed["step"], owed["what"]) == ("agree", "waits for a decision by managers")
    assert owed["due_at"] is None
    (owed,) = sf("show", engine.start("cli-order", INPUT), "--json").json["outstanding"]
    assert (owed["step"], owed["what"], owed["service"]) == ("reserve", "queued for a worker", "till")
    assert owed["due_at"]


def test_what_a_person_can_do_is_a_command_that_works():
    run_id = started(pay_do="technical")
    allowed = {(act["verb"], act["step"]): act["command"] for act in sf("show", run_id, "--json").json["allowed"]}
    assert {("retry", "pay"), ("skip", "pay"), ("roll_back", ""), ("cancel", "")} <= allowed.keys()
    assert ("mark_done", "pay") not in allowed
    assert f"manage.py sagaflow operate cancel {run_id[:8]}" in sf("show", run_id).out
    command = allowed["skip", "pay"].replace('"…"', "because").split()
    assert sf(*command).code == 0
    assert engine.state(run_id)[1].steps["pay"].status == "skipped"


def test_waiting_for_a_person_or_an_event_has_its_own_command():
    run_id = started("cli-patient", None)
    first = sf("show", run_id, "--json").json["allowed"][0]
    assert (first["verb"], first["command"]) == ("approve", f'approve {run_id[:8]} agree --round 0 --reason "…"')
    sf("approve", run_id, "agree", "--reason", "fine")
    (first, *_) = sf("show", run_id, "--json").json["allowed"]
    assert (first["verb"], first["command"]) == ("publish", f"publish ParcelScanned {run_id} --round 0")


def test_a_reminder_of_an_approval_is_told_with_what_the_run_waits_for():
    saga = Saga("cli-ask", orchestrated("main", Step("agree", Approval("bosses", remind_after=60.0))))
    with registry.standing_in(saga), moving_clock() as clock:
        run_id = started("cli-ask", None)
        clock.advance(61.0)
        engine.wake(run_id)
        told = sf("show", run_id, "--json").json
        (step,) = told["steps"]
        (outstanding,) = told["outstanding"]
        assert outstanding["what"] == "waits for a decision by bosses, reminded"
        assert step["reminded_at"]
        journal = sf("show", run_id, "--journal").out
        assert "agree has waited 1 min for a decision" in " ".join(journal.split())


def test_a_reaction_to_an_event_from_outside_is_waited_on_and_has_its_command():
    saga = Saga("cli-react", choreographed("main", Step("send", "till.reserve", on=("Weighed",), undo=nothing("x"))))
    with registry.standing_in(saga):
        run_id = started("cli-react", None)
        shown = sf("show", run_id, "--json").json
        (waiting,) = shown["outstanding"]
        assert (waiting["step"], waiting["what"], waiting["due_at"]) == ("send", "waits for the event Weighed", None)
        command = shown["allowed"][0]["command"]
        assert command == f"publish Weighed {run_id} --round 0"
        assert sf(*command.split()).code == 0
        assert [owed["what"] for owed in sf("show", run_id, "--json").json["outstanding"]] == ["queued for a worker"]


def test_acts_of_persons_are_shown_with_who_and_why():
    run_id = started(pay_do="technical")
    sf("operate", "skip", run_id, "pay", "--by", "bea", "--reason", "paid in cash")
    (act,) = sf("show", run_id, "--json").json["acts"]
    assert (act["verb"], act["step"], act["by"], act["reason"], act["outcome"]) == (
        "skip",
        "pay",
        "bea",
        "paid in cash",
        "done",
    )
    assert "paid in cash" in sf("show", run_id).out


@pytest.mark.parametrize("length", [4, 8, 13, 35, 36])
def test_a_run_is_named_by_its_first_characters(length):
    run_id = started()
    assert sf("show", run_id[:length], "--json").json["run"]["id"] == run_id
    assert sf("show", run_id[:length].upper(), "--json").json["run"]["id"] == run_id


def test_a_beginning_of_several_ids_lists_them():
    ids = [f"abcd0000-0000-4000-8000-00000000000{number}" for number in range(3)]
    for run_id in ids:
        engine.start("cli-order", INPUT, run_id=run_id)
    result = sf("show", "abcd")
    assert result.code == 3
    assert all(run_id in result.err for run_id in ids)
    assert sf("show", ids[1]).code == 0


def test_a_long_list_of_candidates_is_cut():
    for number in range(12):
        engine.start("cli-order", INPUT, run_id=f"abcd0000-0000-4000-8000-0000000000{number:02}")
    assert "and more" in sf("show", "abcd").err


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (str(uuid.UUID(int=7)), 3, "There is no run"),
        ("ffff", 3, "There is no run 'ffff'"),
        ("abc", 2, "too short"),
        ("", 2, "is not the ID of a run"),
        ("order-1", 2, "is not the ID of a run"),
        ("'; DROP TABLE", 2, "is not the ID of a run"),
        ("a" * 33, 2, "is not the ID of a run"),
        ("\x1b[2J", 2, "\\x1b[2J"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        ("show",),
        ("watch",),
        ("verify",),
        ("sequence",),
        ("draw", "--run"),
    ],
)
def test_a_run_that_is_not_there_is_refused_by_every_command(command, text, code, words):
    result = sf(*command, text)
    assert (result.code, result.out) == (code, "")
    assert words in result.err
    assert sf(*command, text, "--json").json["error"]["message"]


def test_why_an_edited_input_was_refused_quotes_no_sensitive_value():
    run_id = started(pay_do="technical")
    refused = {"order": {"card": "4222-2222"}, "card": "4222-2222"}
    engine.operate(run_id, "retry_with_input", by="ann", reason="try", step="ship", input=refused)
    assert "4222" not in sf("show", run_id, "--json").out

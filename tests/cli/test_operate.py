"""`sagaflow operate` acts on a run and its steps."""

import pytest

from sagaflow import engine
from sagaflow.testing import drive
from tests.cli.conftest import INPUT, sf, started, status

WHY = ("--reason", "because", "--by", "bea")


def test_retry_with_another_input_goes_on():
    run_id = started(pay_do="technical")
    result = sf("operate", "retry_with_input", run_id, "pay", "--input", '{"order": "A-1"}', *WHY, "--json")
    assert result.code == 0
    assert (result.json["outcome"], result.json["detail"]) == ("done", "the input was replaced")
    drive(run_id)
    assert engine.state(run_id)[1].steps["pay"].status == "done"


def test_skip_goes_on_with_a_substitute():
    run_id = started(pay_do="technical")
    result = sf("operate", "skip", run_id[:8], "pay", "--output", '{"paid": "cash"}', *WHY)
    assert result.out.startswith(f"Done: skip of step 'pay' of run {run_id}")
    drive(run_id)
    assert engine.state(run_id)[1].steps["pay"].output == {"paid": "cash"}
    assert status(run_id) == "completed"


@pytest.mark.parametrize(("verb", "end"), [("roll_back", "rolled_back"), ("cancel", "cancelled")])
def test_a_whole_run_goes_back(verb, end):
    run_id = started(pay_do="technical")
    assert sf("operate", verb, run_id, *WHY).code == 0
    drive(run_id)
    assert status(run_id) == end


def test_a_stuck_compensation_is_marked_done():
    run_id = started(ship_do="business", pay_undo="technical")
    assert status(run_id) == "stuck"
    assert sf("operate", "mark_done", run_id, "pay", *WHY).code == 0
    drive(run_id)
    assert status(run_id) == "rolled_back"


def test_a_rolled_back_run_resumes():
    run_id = started(given={**INPUT, "fail": {"reserve:do": "business"}})
    assert sf("operate", "resume", run_id, "reserve", *WHY).code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("retry", "reserve"), "Cannot retry step 'reserve': it is done"),
        (("mark_done", "pay"), "Cannot mark the compensation of 'pay' done"),
        (("retry", "nope"), "has no step 'nope'"),
        (("skip", "ship"), "Cannot skip step 'ship'"),
        (("retry_with_input", "pay", "--input", "{}"), "'order' is a required property"),
        (("retry_with_input", "pay", "--input", "null"), "is missing or null"),
    ],
)
def test_what_does_not_apply_is_refused_and_kept(arguments, words):
    run_id = started(pay_do="technical")
    verb, *rest = arguments
    result = sf("operate", verb, run_id, *rest, *WHY)
    assert (result.code, result.out) == (3, "")
    assert words in result.err
    (act,) = sf("show", run_id, "--json").json["acts"]
    assert (act["verb"], act["outcome"]) == (verb, "refused")
    assert sf("operate", verb, run_id, *rest, *WHY, "--json").json["outcome"] == "refused"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("explode", "RUN"), "invalid choice"),
        (("retry", "RUN"), "needs a step"),
        (("cancel", "RUN", "pay"), "is for a whole run"),
        (("retry_with_input", "RUN", "pay"), "needs --input"),
        (("retry", "RUN", "pay", "--input", "1"), "no other verb takes it"),
        (("retry", "RUN", "pay", "--output", "1"), "Only skip takes --output"),
        (("skip", "RUN", "pay", "--output", "{"), "is not JSON"),
    ],
)
def test_bad_usage_changes_nothing(arguments, words):
    run_id = started(pay_do="technical")
    before = engine.state(run_id)[1]
    result = sf("operate", *(run_id if word == "RUN" else word for word in arguments), *WHY)
    assert result.code == 2
    assert words in result.err
    assert engine.state(run_id)[1] == before


def test_every_act_needs_a_reason():
    run_id = started(pay_do="technical")
    assert "--reason" in sf("operate", "cancel", run_id).err
    assert sf("operate", "cancel", run_id, "--reason", " ", "--by", "bea").code == 3


def test_who_asks_is_the_one_who_is_logged_in(monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "carla")
    assert sf("operate", "cancel", started(pay_do="technical"), "--reason", "x", "--json").json["by"] == "carla"

    def nobody():
        raise KeyError(4711)

    monkeypatch.setattr("getpass.getuser", nobody)
    result = sf("operate", "cancel", started(pay_do="technical"), "--reason", "x")
    assert result.code == 2
    assert "give yours with --by" in result.err

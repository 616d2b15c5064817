"""`sagaflow approve`, `publish` and `answer`: answering a waiting run from a terminal."""

import secrets
import uuid

import pytest
from django.contrib.auth.models import User

from sagaflow import engine
from sagaflow.testing import drive
from tests.cli import sagas
from tests.cli.conftest import sf, started, status
from tests.people import user_of


@pytest.fixture
def run_id():
    return started("cli-patient", None)


@pytest.fixture
def approved(run_id):
    assert sf("approve", run_id, "agree", "--reason", "looks fine", "--by", "ann").code == 0
    drive(run_id)
    return run_id


@pytest.fixture
def delivering(approved):
    assert sf("publish", "ParcelScanned", "--run", approved).code == 0
    drive(approved)
    return approved


def test_a_run_goes_through_all_three(delivering):
    result = sf("answer", sagas.tokens[0], "--output", '{"pin": 1, "door": 7}', "--json")
    assert (result.code, result.json) == (0, {"step": "deliver", "outcome": "succeeded", "status": "completed"})
    assert status(delivering) == "completed"


def test_an_event_may_name_its_run_by_the_key():
    run_id = sf("start", "cli-patient", "--key", "4711").out.strip()
    result = sf("publish", "ParcelScanned", "--key", "4711", "--json")
    assert (result.code, result.json["run"], result.json["outcome"]) == (0, "4711", "accepted")
    assert "EventReceived" in sf("show", run_id, "--journal").out
    assert sf("publish", "ParcelScanned", run_id, "--key", "4711").code == 2


def test_an_approval_says_who_and_what(run_id):
    result = sf("approve", run_id[:8], "agree", "--reason", "x", "--by", "ann", "--json")
    assert result.json == {"run": run_id, "step": "agree", "decision": "approved", "by": "ann", "status": "running"}


def test_a_rejection_is_a_business_error(run_id):
    result = sf("approve", run_id, "agree", "--reject", "--reason", "no budget", "--by", "ann")
    assert result.out == f"Step 'agree' of run {run_id} is rejected by ann.\n"
    assert status(run_id) == "rolled_back"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("agree",), 2, "--reason"),
        (("deliver", "--reason", "x"), 3, "deliver"),
        (("nope", "--reason", "x"), 3, "nope"),
        (("agree", "--reason", "x", "--by", " "), 3, "name"),
    ],
)
def test_a_decision_that_nobody_waits_for_is_refused(run_id, arguments, code, words):
    result = sf("approve", run_id, *arguments)
    assert result.code == code
    assert words in result.err


def delegated(run_id, *arguments):
    return sf("approve", run_id[:8], "agree", "--reason", "away", "--by", "ann", *arguments)


def test_an_approval_is_delegated_and_handed_back(run_id):
    user_of("bo", "view_run", "approve_step")
    assert delegated(run_id, "--to", "bo").out == f"Step 'agree' of run {run_id} is delegated to bo by ann.\n"
    assert engine.state(run_id)[1].steps["agree"].delegation.to == "bo"
    assert "delegated to bo by ann" in sf("show", run_id).out
    back = delegated(run_id, "--to-group", "--json")
    assert (back.code, back.json) == (0, {"run": run_id, "step": "agree", "to": "", "by": "ann"})
    assert engine.state(run_id)[1].steps["agree"].delegation is None
    assert delegated(run_id, "--to-group").code == 3
    acts = sf("show", run_id, "--json").json["acts"]
    assert [(act["verb"], act["outcome"]) for act in acts] == [("delegate", "done")] * 2 + [("delegate", "refused")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--to", "unknown"), "There is no active user 'unknown'"),
        (("--to", "gone"), "There is no active user 'gone'"),
        (("--to", "blind"), "an administrator can grant sagaflow.view_run"),
        (("--to", "mute"), "an administrator can grant sagaflow.approve_step"),
        (("--to", "ann"), "'ann' can decide step 'agree'; choose another person."),
        (("--to", "bo", "--round", "1"), "This is for round 1, but step"),
        (("--to-group",), "already waits for the group"),
    ],
)
def test_a_delegation_that_leads_nowhere_is_refused(run_id, arguments, words):
    user_of("blind", "approve_step")
    user_of("mute", "view_run")
    for name in ("ann", "bo", "gone"):
        user_of(name, "view_run", "approve_step")
    User.objects.filter(username="gone").update(is_active=False)
    result = delegated(run_id, *arguments)
    assert (result.code, result.out) == (3, "")
    assert words in result.err
    assert engine.state(run_id)[1].steps["agree"].delegation is None


def test_a_terminal_decides_or_delegates_but_not_both(run_id):
    result = delegated(run_id, "--to", "bo", "--reject")
    assert (result.code, "not allowed with" in result.err) == (2, True)


def test_an_event_is_taken_once(approved):
    arguments = ("--run", approved[:8], "--event-id", "e1", "--payload", '{"pin": 1}')
    once = sf("publish", "ParcelScanned", *arguments, "--json")
    assert (once.code, once.json["outcome"], once.json["run"]) == (0, "accepted", approved)
    again = sf("publish", "ParcelScanned", "--run", approved, "--event-id", "e1")
    assert (again.code, "ignored the event" in again.out) == (1, True)


def test_the_run_of_an_event_may_follow_its_name(approved):
    assert sf("publish", "ParcelScanned", approved.upper().replace("-", ""), "--json").json["run"] == approved


@pytest.mark.parametrize("text", ["4711", "47", "cafe", "12-3"])
def test_a_key_that_looks_like_the_beginning_of_an_id_is_named_as_what_it_is(text):
    digits = text.replace("-", "")
    by_id = sf("start", "cli-patient", "--run-id", f"{digits:0<8}-0000-4000-8000-000000000000").out.strip()
    by_key = sf("start", "cli-patient", "--key", text).out.strip()
    refused = sf("publish", "ParcelScanned", text)
    assert refused.code == 2
    assert f"Write --key {text} for the run with this key, or --run {text} for the run whose ID begins" in refused.err
    assert not any("EventReceived" in sf("show", run, "--journal").out for run in (by_id, by_key))
    assert sf("publish", "ParcelScanned", "--key", text, "--json").json["outcome"] == "accepted"
    assert "EventReceived" in sf("show", by_key, "--journal").out
    if len(digits) >= 4:
        assert sf("publish", "ParcelScanned", "--run", text, "--json").json["run"] == by_id


def test_another_key_may_follow_the_event():
    run_id = sf("start", "cli-patient", "--key", "order-17").out.strip()
    assert sf("publish", "ParcelScanned", "order-17", "--json").json["outcome"] == "accepted"
    assert "EventReceived" in sf("show", run_id, "--journal").out


def test_what_is_meant_for_another_round_of_the_step_is_refused(run_id):
    for command in (
        ("approve", run_id, "agree", "--round", "1", "--reason", "x"),
        ("publish", "ParcelScanned", run_id, "--round", "1"),
        ("operate", "skip", run_id, "agree", "--round", "1", "--reason", "x"),
    ):
        result = sf(*command)
        assert result.code == 3
        assert "This is for round 1, but step" in result.err
    assert sf("approve", run_id, "agree", "--round", "0", "--reason", "x").code == 0


def test_an_event_for_a_run_that_is_not_there_is_kept():
    for correlation in (["--run", str(uuid.uuid4())], ["order-7"], ["--key", "ab"]):
        result = sf("publish", "ParcelScanned", *correlation)
        assert result.code == 3
        assert "inbox of unmatched events" in result.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("Bad Event", "order-7"), 3, "is not a valid name of an event"),
        (("E", "--run", ""), 2, "The run or its key is empty: write one, or leave it out."),
        (("E", "--key", ""), 2, "The run or its key is empty: write one, or leave it out."),
        (("E", ""), 2, "The run or its key is empty: write one, or leave it out."),
        (("E", "x" * 300), 3, "at most 200 characters"),
        (("E", "--run", "order-7"), 2, "'order-7' is not the ID of a run"),
        (("E", "--run", "abc"), 2, "too short for the ID of a run"),
        (("E", "order-7", "--event-id", "\x1b"), 3, "printable"),
        (("E", "order-7", "--payload", "{"), 2, "is not JSON"),
        (("E",), 3, "no saga says how it finds one"),
        (("E", "order-7", "--run", "order-7"), 2, "one run"),
        (("E", "order-7", "--round", "x"), 2, "from 0 on"),
    ],
)
def test_a_bad_event_is_refused(arguments, code, words):
    result = sf("publish", *arguments)
    assert result.code == code
    assert words in result.err


def test_an_event_with_an_ambiguous_run_is_refused():
    for number in range(2):
        engine.start("cli-patient", None, run_id=f"abcd0000-0000-4000-8000-00000000000{number}")
    assert sf("publish", "ParcelScanned", "--run", "abcd").code == 3


def test_a_token_may_come_from_standard_input(delivering):
    assert sf("answer", "-", "--output", "null", stdin=f"{sagas.tokens[0]}\n").code == 0


def test_an_error_rolls_back_unless_it_is_technical(delivering):
    result = sf("answer", sagas.tokens[0], "--error", "gone", "--message", "moved", "--technical", "--json")
    assert result.json == {"step": "deliver", "outcome": "failed", "status": "parked"}
    sf("operate", "retry", delivering, "deliver", "--reason", "x")
    drive(delivering)
    assert sf("answer", sagas.tokens[1], "--error", "gone").code == 0
    drive(delivering)
    assert status(delivering) == "rolled_back"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("forged", "--output", "1"), 3, "never given out"),
        (("", "--output", "1"), 2, "is empty"),
        (("t", "--output", "{"), 2, "is not JSON"),
        (("t",), 2, "one of the arguments --output --error is required"),
        (("t", "--output", "1", "--error", "x"), 2, "not allowed with"),
        (("t", "--output", "1", "--technical"), 2, "belong to --error"),
        (("t", "--output", "1", "--message", "x"), 2, "belong to --error"),
    ],
)
def test_a_bad_answer_is_refused(arguments, code, words):
    result = sf("answer", *arguments)
    assert result.code == code
    assert words in result.err


@pytest.fixture
def hyphens(monkeypatch):
    """One in 64 random tokens begins with a hyphen."""
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: "-" * size)


def test_no_token_looks_like_an_option(hyphens, delivering):
    assert sf("answer", sagas.tokens[0], "--output", "1").code == 0


def test_a_token_is_good_once(delivering):
    assert sf("answer", sagas.tokens[0], "--output", "1").code == 0
    again = sf("answer", sagas.tokens[0], "--output", "1")
    assert again.code == 3
    assert "used already" in again.err

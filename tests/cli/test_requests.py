"""`sagaflow operate --ask` and `sagaflow requests` let two people act in a terminal."""

import pytest

from tests.cli.conftest import sf, started, status

WHY = ("--reason", "ordered twice", "--by", "ann")


@pytest.fixture(autouse=True)
def _rules(settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SECOND_PERSON": ("cancel",)}


def asked(run_id):
    return sf("operate", "cancel", run_id, *WHY, "--ask", "--json").json["request"]


def test_one_asks_and_another_one_gives():
    run_id = started(pay_do="technical")
    assert sf("requests", "--answered").out.strip() == "No request was answered yet."
    alone = sf("operate", "cancel", run_id, *WHY)
    assert (alone.code, "needs a second person" in alone.err) == (3, True)
    request = asked(run_id)
    assert status(run_id) == "parked"
    [listed] = sf("requests", "--json").json["requests"]
    assert (listed["request"], listed["run"], listed["status"]) == (request, run_id, "open")
    assert sf("requests", "--give", request, "--by", "ann").code == 3
    given = sf("requests", "--give", request, "--by", "bob", "--note", "I saw it")
    assert (given.code, given.out.startswith("Given by bob: ")) == (0, True)
    assert status(run_id) != "parked"
    assert sf("requests").out.strip() == "No request waits for a second person."
    [ended] = sf("requests", "--answered", "--json").json["requests"]
    assert (ended["status"], ended["answered_by"], ended["note"]) == ("given", "bob", "I saw it")


def test_it_is_refused_or_withdrawn():
    run_id = started(pay_do="technical")
    request = asked(run_id)
    assert sf("requests", "--refuse", request, "--by", "bob").code == 3
    refused = sf("requests", "--refuse", request, "--by", "bob", "--note", "no")
    assert refused.out == "Refused by bob. Nothing was changed.\n"
    assert sf("requests", "--refuse", asked(run_id), "--by", "ann").out.startswith("Withdrawn by ann")
    assert status(run_id) == "parked"

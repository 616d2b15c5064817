"""`sagaflow watch` follows a run in the terminal."""

import json
import threading

import pytest

from sagaflow import engine
from sagaflow.management import follow
from sagaflow.testing import drive
from tests.cli.conftest import INPUT, sf, started


def test_each_journal_entry_is_a_line_and_the_end_a_sentence():
    run_id = started()
    lines = sf("watch", run_id).out.splitlines()
    assert len(lines) == len(engine.journal(run_id)) + 1
    assert lines[0].endswith(f"RunStarted: the run of 'cli-order' started, on definition {_digest(run_id)[:12]}")
    assert lines[-1] == f"Run {run_id} is completed."


def test_machines_get_json_lines():
    run_id = started()
    *entries, end = map(json.loads, sf("watch", run_id, "--json").out.splitlines())
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert end["end"]["status"] == "completed"


@pytest.mark.parametrize(
    ("fail", "options", "code", "words"),
    [
        ({}, (), 0, "is completed."),
        ({"ship_do": "business"}, (), 1, "is rolled back: business error"),
        ({"pay_do": "technical"}, ("--until-parked",), 1, "is parked at pay. Action required"),
        ({"pay_do": "technical"}, ("--timeout", "0.01"), 1, "is parked at pay"),
        ({"ship_do": "business", "pay_undo": "technical"}, ("--until-parked",), 1, "is stuck at the undo of pay"),
    ],
)
def test_the_outcome_is_the_exit_code_and_the_last_line(fail, options, code, words):
    result = sf("watch", started(**fail), *options)
    assert result.code == code
    assert words in result.out.splitlines()[-1]


def test_only_entries_after_a_number_are_told():
    run_id = started()
    last = len(engine.journal(run_id))
    *entries, _ = map(json.loads, sf("watch", run_id, "--from", str(last - 1), "--json").out.splitlines())
    assert [entry["seq"] for entry in entries] == [last]
    assert len(sf("watch", run_id, "--from", "-7").out.splitlines()) == last + 1


@pytest.mark.django_db(transaction=True)
def test_what_happens_while_one_watches_is_told_once_and_in_order():
    run_id = engine.start("cli-order", INPUT)
    worker = threading.Thread(target=_drive, args=(run_id,))
    seen = []
    for look in follow.follow(run_id, interval=0.001, timeout=60):
        seen += [entry.seq for entry in look.fresh]
        if not worker.ident:
            worker.start()
    worker.join()
    assert seen == [entry.seq for entry in engine.journal(run_id)]
    assert look.state.status == "completed"


def _drive(run_id):
    from django.db import connections

    drive(run_id)
    connections.close_all()


def _digest(run_id):
    return engine.state(run_id)[0].digest


@pytest.mark.parametrize("option", [("--timeout", "0"), ("--interval", "nan"), ("--from", "x")])
def test_bad_numbers_are_bad_usage(option):
    assert sf("watch", started(), *option).code == 2

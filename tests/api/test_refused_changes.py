"""A change that the database refuses is an error of the site, at every address: the sender did nothing wrong."""

import logging

import pytest
from django.db import DataError, IntegrityError, connection

from sagaflow import engine
from sagaflow.models import OperatorAct
from sagaflow.store.runs import writing

WHY = "the bank works again"
SECRET = "4111-SECRET"
ROW = f"duplicate key value violates unique constraint\nDETAIL: Failing row contains ({SECRET})."


@pytest.fixture(params=[IntegrityError, DataError])
def refuses(request, monkeypatch):
    """The database refuses the rows of every run that exists, as a constraint does."""

    def write(_):
        raise request.param(ROW)

    def start():
        monkeypatch.setattr(writing, "write", write)

    return start


@pytest.fixture
def refusing(refuses, started, participant):
    run_id = started()
    refuses()
    return run_id


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/runs/{run_id}/verbs/cancel", {"reason": WHY}),
        ("/runs/{run_id}/verbs/retry", {"reason": WHY, "step": "charge"}),
        ("/runs/{run_id}/verbs/skip", {"reason": WHY, "step": "charge"}),
    ],
)
def test_a_verb_that_the_databaserefuses_is_an_error_of_the_site_and_recorded(boss, refusing, address, body):
    answer = boss.post(address.format(run_id=refusing), body)
    assert (answer.status_code, answer.json()["code"]) == (500, "failed")
    assert "The database refused the change" in answer.json()["detail"]
    assert SECRET not in answer.text
    assert OperatorAct.objects.get().outcome == "refused"


def test_a_request_for_a_second_person_that_the_databaserefuses_is_the_same_error(boss, started, settings, caplog):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SECOND_PERSON": ("cancel",)}
    run_id = started()

    def refuse(execute, sql, *rest):
        if "INSERT" in sql and "actrequest" in sql:
            raise IntegrityError(ROW)
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse), caplog.at_level(logging.ERROR):
        answer = boss.post(f"/runs/{run_id}/requests", {"verb": "cancel", "reason": WHY})
    assert (answer.status_code, answer.json()["code"]) == (500, "failed")
    assert answer.json()["detail"].startswith("The database refused the change")
    assert "IntegrityError" in caplog.text, "the log says what"
    assert "act_requests.py" in caplog.text, "and where"
    assert SECRET not in caplog.text + answer.text


def test_an_approval_that_the_databaserefuses_is_the_same_error(boss, started, participant, caplog, refuses):
    run_id = started()
    engine.answer(participant.requests[-1].json["callback_url"].rpartition("/")[2], output={"charge": "C-1"})
    refuses()
    with caplog.at_level(logging.ERROR):
        answer = boss.post(f"/runs/{run_id}/approvals", {"step": "agree", "approved": True, "reason": WHY})
    assert (answer.status_code, answer.json()["code"]) == (500, "failed")
    assert SECRET not in caplog.text + answer.text

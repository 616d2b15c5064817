"""After an act the page shows its outcome, in a dialog and as a page."""

import re

import pytest
from django.template.loader import render_to_string

from sagaflow import engine, registry
from sagaflow.core.participant import BusinessError
from sagaflow.registry import Action
from tests.pages.test_repair import WHY, text_of

DIALOG = {"X-Dialog": "1"}


@pytest.fixture
def operator(person):
    return person("view_run", "operate_run")


def act(client, run_id, verb, step="ship"):
    """Send the form of the dialog. Return the answer and the address that tells the outcome."""
    path = f"/runs/{run_id}/repair/{verb}/" + (f"?step={step}" if step else "")
    form = client.get(path, headers=DIALOG).content.decode()
    assert "<html" not in form
    basis = re.search(r'name="basis" value="(\w+)"', form).group(1)
    answer = client.post(path, {"basis": basis, "reason": WHY}, headers=DIALOG)
    return answer, re.search(r'data-outcome="([^"]*)"', answer.content.decode()).group(1).replace("&amp;", "&")


def finish(run_id):
    while engine.wake(run_id):
        pass


def test_a_retry_that_fails_again_says_so_with_its_error(operator, run_of):
    run_id = run_of("heavy")
    answer, address = act(operator, run_id, "retry")
    assert answer.status_code == 200
    assert "Retry: in progress" in text_of(answer)
    assert "data-settled" not in answer.content.decode()
    finish(run_id)
    told = operator.get(address, headers=DIALOG)
    assert "Retry failed again: flat-tyre" in text_of(told)
    assert "the van has a flat tyre" in text_of(told)
    assert "The run is parked." in text_of(told)
    assert "data-settled" in told.content.decode()


def test_a_retry_that_succeeds_says_so(operator, run_of, monkeypatch):
    run_id = run_of("heavy")
    monkeypatch.setitem(registry._actions, "page_van.ship", Action(name="page_van.ship", does=lambda _: {}))
    _, address = act(operator, run_id, "retry")
    finish(run_id)
    told = operator.get(address, headers=DIALOG)
    assert "Retry succeeded" in text_of(told)
    assert "The run is completed." in text_of(told)


@pytest.mark.parametrize(
    ("verb", "said"), [("roll_back", "Roll back: rolled back"), ("cancel", "Cancel run: cancelled")]
)
def test_a_rollback_tells_how_far_it_is_and_how_it_ended(operator, run_of, verb, said):
    run_id = run_of("heavy")
    answer, address = act(operator, run_id, verb, step="")
    assert "in progress" in text_of(answer)
    finish(run_id)
    told = operator.get(address)
    assert "<html" in told.content.decode(), "without the dialog it is a page"
    assert said in text_of(told)
    assert "data-settled" in told.content.decode()


def test_a_rollback_whose_undo_fails_needs_an_operator(operator, run_of, monkeypatch):
    run_id = run_of("heavy")

    def fail(context):
        raise BusinessError("jammed", "The shelf is full.")

    monkeypatch.setitem(registry._actions, "page_shelf.put_back", Action(name="page_shelf.put_back", does=fail))
    _, address = act(operator, run_id, "roll_back", step="")
    finish(run_id)
    told = text_of(operator.get(address, headers=DIALOG))
    assert "Roll back needs an operator" in told
    assert "Put back (undo of Fetch)" in told


def test_before_the_run_has_changed_nothing_is_claimed(operator, run_of):
    run_id = run_of("heavy")
    seq = engine.state(run_id)[1].seq
    told = operator.get(f"/runs/{run_id}/repair/retry/?step=ship&outcome={seq}", headers=DIALOG)
    assert "The run has not changed yet" in text_of(told)


@pytest.mark.parametrize("outcome", ["x", "-1", "²", "", "%00"])
def test_an_outcome_since_an_entry_that_cannot_be_is_the_form(operator, run_of, outcome):
    told = operator.get(f"/runs/{run_of('heavy')}/repair/retry/?step=ship&outcome={outcome}", headers=DIALOG)
    assert 'name="reason"' in told.content.decode()


@pytest.mark.parametrize(("reason", "says"), [("no worker", "Start a worker that has it"), ("late", "This run is ")])
def test_a_run_without_a_worker_says_what_to_do(reason, says):
    page = render_to_string("designer/run/trouble.html", {"run": {"attention": reason}})
    assert says in page
    assert ("This run is" in page) == (reason != "no worker")

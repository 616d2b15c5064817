"""The site that tests share is as new for each of them, and its calls are like those in processes of their own."""

import json

import pytest

from tests.browser.shared import HELD, PRESENT
from tests.servers.waiting import until


def test_a_renewed_site_has_forgotten_its_runs_and_opened_its_gates_but_is_present(up):
    up.shut("payment.take_payment")
    up.break_("payment.refund_payment")
    run, session = up.start("alien"), up.session()
    until(lambda: up._asked(HELD), "the step to be held")
    up.renew()
    assert list(up.gates.iterdir()) == []
    assert json.loads(up.call("manage.py", "sagaflow", "runs", "--json"))["runs"] == []
    assert up._asked("SELECT 1 FROM django_session WHERE session_key = ?", session) == []
    assert len(up._asked(PRESENT)) >= 1
    again = up.start("alien")
    assert again != run
    up.ends(again, "completed")


def test_a_call_leaves_nothing_behind_for_the_next_one_and_shows_why_it_failed(up):
    up.call("-c", "import django; django.left = 'behind'")
    assert up.call("-c", "import django, sys; print(hasattr(django, 'left'), sys.argv)", "a") == "False ['-c', 'a']\n"
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        up.call("-c", "1 / 0")
    with pytest.raises(AssertionError, match="no run"):
        up.call("manage.py", "sagaflow", "show", "00000000-0000-0000-0000-000000000000")

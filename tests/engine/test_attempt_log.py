"""The log has a line about each attempt that failed: a sentence if the action knew the reason, else the traceback."""

import socket

import pytest

from sagaflow import RetryPolicy, Saga, Step, TechnicalError, nothing, orchestrated
from sagaflow.testing import given

pytestmark = pytest.mark.django_db
ONCE = RetryPolicy(attempts=1)
SAGA = Saga("logged", orchestrated("main", Step("call", "far.call", undo=nothing("nothing came of it"), retry=ONCE)))


def wrapped(_):
    try:
        socket.create_connection(("127.0.0.1", 0), timeout=1)
    except OSError as error:
        raise TechnicalError("away", code="till_closed") from error


def bug(_):
    raise KeyError("customer")


@pytest.mark.parametrize(
    ("answer", "sentence", "has_traceback"),
    [
        (TechnicalError("The till\nis closed.", code="till_closed"), "till_closed: The till is closed.", False),
        (wrapped, "Error: [Errno", True),
        (bug, "KeyError: 'customer'", True),
    ],
)
def test_an_expected_failure_is_one_line_and_any_other_has_its_traceback(caplog, answer, sentence, has_traceback):
    given(SAGA).with_stand_ins().when("call", answer).run().is_("parked")
    assert "Attempt to do step call" in caplog.text
    assert sentence in caplog.text
    assert ("Traceback" in caplog.text) is has_traceback

"""Shared fixtures of the tests of HTTP participants: a participant that listens, and a connection to it."""

from dataclasses import replace

import pytest

from sagaflow.core.participant import Context
from sagaflow.core.run.state import Direction
from sagaflow.models.connection import Connection
from sagaflow.participants.http import perform
from sagaflow.registry import Action, HttpCall
from tests.http_participants.participant import Participant

RUN = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def participant():
    with Participant() as started:
        yield started


@pytest.fixture
def connection(participant, db):
    return Connection.objects.create(
        name="payments", scheme="http", host="127.0.0.1", port=participant.port, base_path="/v1", allow="127.0.0.1"
    )


@pytest.fixture
def context():
    return Context(
        run_id=RUN,
        saga="order",
        step="take_payment",
        direction=Direction.DO,
        attempt=2,
        key=f"{RUN}:take_payment:do",
        input={"amount": 12},
        outputs={"reserve_stock": {"reservation": "R-1"}},
        causation_id=f"{RUN}:7",
        open_callback=lambda: "a-one-time-token",
    )


@pytest.fixture
def attempt(connection, context):
    """``attempt(callback=True)``: one attempt of the action, with options that replace the defaults."""
    usual, told = HttpCall(connection="payments", path="/charges"), context

    def attempt(*, context=told, **options):
        return perform(Action(name="payment.charge", does=replace(usual, **options), kind="http"), context)

    return attempt

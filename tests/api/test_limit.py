"""PAYLOAD_LIMIT applies in the same way to every entry point, below and above the default limit."""

import json

import pytest

from designer.pages import schema_form
from sagaflow import checks, engine
from sagaflow.core.errors import InvalidPayload
from sagaflow.participants import http, wire
from sagaflow.participants.answers import ProgrammingError
from tests.cli.conftest import sf

LIMITS = (2_000, 600_000)
SPARE = 100
"""The most bytes around the long text."""


def value(length):
    return {"item": "bread", "text": "x" * length}


class Doors:
    """Each entry point takes a value. Return True if it was accepted; any refusal except for its length is an error."""

    def __init__(self, boss, started, tmp_path, participant):
        self.boss, self.started, self.tmp_path, self.participant = boss, started, tmp_path, participant

    def of_the_engine(self, given):
        return _let_in(lambda: engine.start("api_purchase", given))

    def of_the_api(self, given):
        return self._answer(self.boss.post("/runs", {"saga": "api_purchase", "input": given}), 201)

    def of_events(self, given):
        body = {"event": "GoodsArrived", "correlation_id": self.started(), "payload": given}
        return self._answer(self.boss.post("/events", body), 202)

    def of_callbacks(self, given):
        self.started()
        path = self.participant.requests[-1].json["callback_url"].partition("/api")[2]
        return self._answer(self.boss.post(path, {"output": given}), 204)

    def of_the_command_line(self, given):
        return self._command("start", "api_purchase", "-", "--by", "me", stdin=json.dumps(given))

    def of_a_file(self, given):
        file = self.tmp_path / "input.json"
        file.write_text(json.dumps(given))
        return self._command("start", "api_purchase", "--by", "me", "--input-file", str(file))

    def of_participants_behind_http(self, given):
        return _let_in(lambda: http.parse_payload(json.dumps(given, separators=(",", ":"))))

    def of_forms(self, given):
        field = schema_form.Field(name="it", title="It", kind="json")
        return _let_in(lambda: schema_form._read(field, json.dumps(given)))

    def _answer(self, answer, status):
        assert answer.status_code == status or "the limit is" in answer.json()["detail"]
        return answer.status_code == status

    def _command(self, *words, stdin=None):
        result = sf(*words, stdin=stdin)
        assert result.code == 0 or "the limit is" in result.err
        return result.code == 0


def _let_in(act):
    try:
        act()
    except InvalidPayload as error:
        return "the limit is" not in str(error)
    return True


@pytest.fixture
def doors(boss, started, participant, tmp_path):
    return Doors(boss, started, tmp_path, participant)


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("door", [name for name in vars(Doors) if name.startswith("of_")])
def test_a_door_takes_what_the_limit_allows_and_nothing_longer(doors, settings, door, limit):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "PAYLOAD_LIMIT": limit}
    enter = getattr(doors, door)
    assert (enter(value(limit - SPARE)), enter(value(limit + SPARE))) == (True, False)


@pytest.mark.parametrize("limit", LIMITS)
def test_an_answer_is_read_up_to_the_limit(settings, limit):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "PAYLOAD_LIMIT": limit}
    assert len(wire._limited([b"x" * limit], "x", 200)) == limit
    with pytest.raises(ProgrammingError, match=f"more than {limit} bytes"):
        wire._limited([b"x" * limit, b"x"], "x", 200)


def test_a_limit_above_that_of_django_is_told(settings):
    assert checks.settings.requests_may_be_as_long_as_payloads() == []
    settings.SAGAFLOW = {**settings.SAGAFLOW, "PAYLOAD_LIMIT": 3_000_000}
    [found] = checks.settings.requests_may_be_as_long_as_payloads()
    assert (found.id, found.msg) == (
        "sagaflow.W003",
        "PAYLOAD_LIMIT is 3000000 bytes, but Django refuses requests of more than 2621440 bytes.",
    )

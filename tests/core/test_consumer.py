"""`expects_event`: the test of a consumer states the event that it reads."""

import json
import os
from multiprocessing import get_context

import pytest

from sagaflow.consumer import expects_event
from sagaflow.core.contracts.expectations import FORMAT
from sagaflow.core.errors import InvalidPayload

pytestmark = pytest.mark.quick


@pytest.fixture
def file(tmp_path):
    return tmp_path / "mailer.json"


def expects(file, data, event="Paid", consumer="mailer"):
    with expects_event(event, data, saga="shop", consumer=consumer, file=file) as given:
        return given


def test_the_block_gets_the_whole_event_and_the_file_its_payload(file):
    event = expects(file, {"id": "p-7"})
    assert event["data"] == {"id": "p-7"}
    assert (event["type"], event["source"], event["correlationid"]) == ("Paid", "/sagaflow/shop", event["subject"])
    assert json.loads(file.read_text()) == {
        "format": FORMAT,
        "consumer": "mailer",
        "sagas": {"shop": {"Paid": {"examples": [{"id": "p-7"}]}}},
    }


def test_a_block_that_fails_expects_nothing(file):
    with pytest.raises(KeyError), expects_event("Paid", {}, saga="shop", consumer="mailer", file=file) as event:
        event["data"]["id"]
    assert not file.exists()


def test_what_the_block_does_with_the_payload_does_not_count(file):
    with expects_event("Paid", {"id": "p-7"}, saga="shop", consumer="mailer", file=file) as event:
        event["data"].clear()
    assert '"p-7"' in file.read_text()


def test_the_file_is_the_same_in_any_order_of_the_tests(tmp_path):
    texts = []
    for order in ((1, True, "a"), ("a", True, 1, 1)):
        file = tmp_path / f"{len(order)}.json"
        for data in order:
            expects(file, {"id": data})
        texts.append(file.read_text())
    assert texts[0] == texts[1]
    assert json.loads(texts[0])["sagas"]["shop"]["Paid"]["examples"] == [{"id": "a"}, {"id": 1}, {"id": True}]


def test_tests_that_run_at_the_same_time_lose_nothing(file):
    with get_context("fork").Pool(4) as pool:
        pool.starmap(expects, [(file, {"id": number}) for number in range(40)])
    assert len(json.loads(file.read_text())["sagas"]["shop"]["Paid"]["examples"]) == 40


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no JSON", "cannot be read: Expecting value"),
        ("{}", "cannot be read: It is not a file of expectations"),
        (json.dumps({"format": FORMAT, "consumer": "printer", "sagas": {}}), "has the expectations of 'printer'"),
        (
            json.dumps({"format": FORMAT, "consumer": "mailer", "sagas": {"shop": {"Paid": {"schema": {}}}}}),
            "has a schema of 'Paid'",
        ),
    ],
)
def test_a_file_that_cannot_be_used_stays_as_it_is(file, text, says):
    file.write_text(text)
    with pytest.raises(InvalidPayload, match=says):
        expects(file, {"id": "p-7"})
    assert file.read_text() == text


def test_a_payload_that_is_no_json_is_refused(file):
    with pytest.raises(InvalidPayload, match="id"):
        expects(file, {"id": os})
    assert not file.exists()


def test_it_needs_no_django():
    import subprocess
    import sys

    program = "import sys, sagaflow.consumer; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

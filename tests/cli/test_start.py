"""`sagaflow start` starts a run."""

import json
import uuid
from importlib import import_module

import pytest

from sagaflow import engine, signals
from tests.cli.conftest import INPUT, sf, status

TEXT = json.dumps(INPUT)


def test_it_prints_nothing_but_the_id_of_the_run():
    result = sf("start", "cli-order", "--input", TEXT)
    assert (result.code, status(result.out.strip())) == (0, "running")


def test_it_answers_machines_with_the_run_and_its_definition():
    answer = sf("start", "cli-order", "--input", TEXT, "--json").json
    assert answer.keys() == {"id", "saga", "key", "version", "digest", "status"}
    assert (answer["saga"], answer["status"]) == ("cli-order", "running")


def test_the_input_may_come_from_a_file_or_from_standard_input(tmp_path):
    file = tmp_path / "order.json"
    file.write_text(TEXT)
    for result in (
        sf("start", "cli-order", "--input-file", str(file)),
        sf("start", "cli-order", "-", stdin=TEXT),
        sf("start", "cli-order", "--input", "-", stdin=TEXT),
        sf("start", "cli-order", "--input-file", "-", stdin=TEXT),
    ):
        assert engine.state(result.out.strip())[1].input == INPUT


def test_the_same_run_id_is_the_same_run():
    run_id = str(uuid.uuid4())
    first, again = (sf("start", "cli-order", "--input", TEXT, "--run-id", run_id) for _ in range(2))
    assert first.out == again.out == f"{run_id}\n"
    other = sf("start", "cli-order", "--input", '{"order": "B"}', "--run-id", run_id)
    assert other.code == 3
    assert "choose another run ID" in other.err


def test_the_same_key_is_the_same_run_and_lists_find_it():
    first, again = (sf("start", "cli-order", "--input", TEXT, "--key", "order-17") for _ in range(2))
    assert first.out == again.out
    other = sf("start", "cli-order", "--input", '{"order": "B"}', "--key", "order-17")
    assert (other.code, "has the key 'order-17' and another input" in other.err) == (3, True)
    sf("start", "cli-order", "--input", TEXT)
    [found] = sf("runs", "--key", "order-17", "--json").json["runs"]
    assert (found["id"], found["key"]) == (first.out.strip(), "order-17")
    assert "order-17" in sf("runs").out
    assert "order-17" in sf("show", found["id"]).out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nope",), 3, "There is no saga 'nope'"),
        (("cli-ordr", "--input", TEXT), 3, "Did you mean 'cli-order'"),
        (("cli-order",), 3, "cli-order"),
        (("cli-order", "--input", TEXT, "--key", "a "), 3, "without a blank at its beginning or end"),
        (("cli-order", "--input", "{"), 2, "is not JSON"),
        (("cli-order", "--input", '{"order": NaN}'), 2, "NaN"),
        (("cli-order", "--input", '{"order": "\\u0000"}'), 2, "NUL"),
        (("cli-order", "--input", '{"order": 1, "order": 2}'), 2, "twice"),
        (("cli-order", "--input", "[" * 50 + "]" * 50), 2, "nested deeper"),
        (("cli-order", "--input", "9" * 5000), 2, "64 bits"),
        (("cli-order", "--input", "\udcff"), 2, "UTF-8"),
        (("cli-order", "--input", '{"order": "' + "x" * 300_000 + '"}'), 2, "the limit is"),
        (("cli-order", "--input", "{}"), 3, "'order' is a required property"),
        (("cli-order", "-", "--input", "{}"), 2, "Give the input once"),
        (("cli-order", TEXT), 2, "Give the input with --input JSON or --input-file FILE"),
        (("cli-order", "--input-file", "/does/not/exist"), 2, "cannot be read: No such file"),
        (("cli-order", "--input-file", "/"), 2, "cannot be read: Is a directory"),
        (("cli-order", "--input-file", "a\x00b"), 2, "cannot be read"),
        (("cli-order", "--input", TEXT, "--run-id", "7"), 3, "use a UUID"),
        (("cli-order", "--input", TEXT, "--wait", "--timeout", "-1"), 2, "is not a number above 0"),
        (("cli-order", "--input", TEXT, "--wait", "--timeout", "inf"), 2, "is not a number above 0"),
        (("cli-order", "--many", "/does/not/exist"), 2, "cannot be read: No such file"),
        (("cli-order", "--many", "-", "--key", "a"), 2, "each line has the input and the key"),
        (("nope", "--many", "-"), 3, "There is no saga 'nope'"),
        ((), 2, "NAME"),
    ],
)
def test_bad_input_is_a_sentence_and_a_code(arguments, code, words):
    result = sf("start", *arguments)
    assert (result.code, result.out) == (code, "")
    assert words in result.err
    assert "Traceback" not in result.err


def lines(*runs):
    return "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in runs)


def test_each_line_of_a_file_starts_a_run(tmp_path, monkeypatch):
    monkeypatch.setattr(import_module("sagaflow.engine.start"), "MOST", 2)
    file = tmp_path / "orders.jsonl"
    file.write_text(lines(*({"input": INPUT, "key": f"order-{number}"} for number in range(5)), "", {"input": INPUT}))
    first = sf("start", "cli-order", "--many", str(file), "--by", "ann")
    again = sf("start", "cli-order", "--many", "-", stdin=file.read_text())
    assert (first.code, again.code, first.err) == (0, 0, "")
    assert first.out.split()[:5] == again.out.split()[:5]
    assert [len(set(each.out.split())) for each in (first, again)] == [6, 6]
    assert sf("runs", "--json", "--key", "order-4").json["runs"][0]["by"] == "ann"


def test_a_line_that_is_refused_is_named_and_stops_no_other():
    text = lines(
        {"input": INPUT},
        "{",
        {"input": {}},
        {"inputs": INPUT},
        {"input": INPUT, "key": 7},
        [INPUT],
        json.dumps({"input": "x" * 600_000}),
        {"input": INPUT, "run_id": "7"},
        {"input": INPUT},
    )
    result = sf("start", "cli-order", "--many", "-", stdin=text)
    assert (result.code, len(result.out.split())) == (1, 2)
    told = result.err.splitlines()
    assert [each.partition(":")[0] for each in told] == [f"Line {number}" for number in range(2, 9)]
    words = (
        "not JSON: Expecting property name enclosed in double quotes at line 1 column 2",
        "'order' is a required",
        "must be an object",
        "must be texts",
        "must be an object",
        "limit",
        "UUID",
    )
    assert [word for word, line in zip(words, told, strict=True) if word not in line] == []
    runs = sf("start", "cli-order", "--many", "-", "--json", stdin=text).json["runs"]
    assert [each["line"] for each in runs if each["id"]] == [1, 9]
    assert [each["line"] for each in runs if each["error"]] == [*range(2, 9)]


@pytest.fixture
def _worker():
    """Perform each step as soon as its hint is committed."""
    busy = []

    def perform(sender, run_id, **_):
        if not busy:
            busy.append(run_id)
            while engine.wake(run_id):
                pass
            busy.clear()

    signals.work_due.connect(perform)
    yield
    signals.work_due.disconnect(perform)


@pytest.mark.usefixtures("_worker")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("fail", "code", "end"),
    [({}, 0, "completed"), ({"ship:do": "business"}, 1, "rolled_back"), ({"pay:do": "technical"}, 1, "parked")],
)
def test_waiting_tells_the_outcome_by_the_exit_code(fail, code, end):
    result = sf("start", "cli-order", "--input", json.dumps({**INPUT, "fail": fail}), "--wait", "--json")
    assert (result.code, result.json["run"]["status"]) == (code, end)
    assert (end == "completed") == (result.err == "")


def test_waiting_gives_up_when_its_time_is_over():
    result = sf("start", "cli-order", "--input", TEXT, "--wait", "--timeout", "0.01")
    assert result.code == 1
    assert "has not ended yet" in result.err

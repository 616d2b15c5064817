"""`sagaflow asyncapi`: the contract of a saga as a document, and its changes since an earlier one."""

import json

import pytest
import yaml

from sagaflow.consumer import expects_event
from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.registry import Action, standing_in
from tests.cli import sagas
from tests.cli.conftest import sf, started

SHOP = Saga("asyncapi-shop", orchestrated("main", Step("pay", "shop.pay", emits="Paid")))
RENAMED = Saga("asyncapi-shop", orchestrated("main", Step("pay", "shop.pay", emits="PaymentTaken")))


def pays(**properties):
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return Action(name="shop.pay", does=lambda _: {}, output_schema=schema)


def test_the_document_is_written_in_both_forms(tmp_path):
    as_json = json.loads(sf("asyncapi", sagas.careless.name, "--format", "json").out)
    assert as_json["asyncapi"] == "3.0.0"
    assert yaml.safe_load(sf("asyncapi", sagas.careless.name).out) == as_json
    target = tmp_path / "contract.json"
    told = sf("asyncapi", sagas.careless.name, "-o", str(target), "--json").json
    assert json.loads(target.read_text()) == as_json
    assert (told["saga"], told["format"], told["file"]) == (sagas.careless.name, "json", str(target))


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_change_that_breaks_others_fails(tmp_path, suffix):
    earlier = str(tmp_path / f"contract.{suffix}")
    with standing_in(SHOP, pays(id={"type": "string"})):
        assert sf("asyncapi", SHOP.name, "-o", earlier).code == 0
        same = sf("asyncapi", SHOP.name, "--against", earlier)
        assert (same.code, same.out.strip()) == (0, "The contract of asyncapi-shop is the same.")
    with standing_in(SHOP, pays(id={"type": "string"}, at={"type": "string"})):
        more = sf("asyncapi", SHOP.name, "--against", earlier, "--json")
        assert (more.code, more.json["breaking"]) == (0, 0)
    with standing_in(SHOP, pays()):
        less = sf("asyncapi", SHOP.name, "--against", earlier)
        assert less.code == 1
        assert "breaking" in less.out
        assert "may lack the field /id" in " ".join(less.out.split())
        found = sf("asyncapi", SHOP.name, "--against", earlier, "--json").json["changes"]
        assert {"event": "Paid", "effect": "breaking", "message": "may lack the field /id"} in found


def test_it_is_compared_with_a_definition_and_with_a_version(tmp_path):
    file = tmp_path / "renamed.json"
    file.write_text(json.dumps(document.dump(RENAMED)))
    with standing_in(SHOP, pays()):
        found = sf("asyncapi", SHOP.name, "--against", str(file), "--json").json["changes"]
        assert [(each["event"], each["effect"]) for each in found] == [
            ("PaymentTaken", "breaking"),
            ("Paid", "compatible"),
        ]
    run = started()
    name = sf("show", run, "--json").json["run"]["saga"]
    assert sf("asyncapi", name, "--against", "1", "--json").json["changes"] == []


@pytest.mark.parametrize(
    ("old", "code", "why"),
    [
        ("7", 3, "has no version 7"),
        ("9" * 40, 2, "neither a file nor the number of a version"),
        ("earlier", 2, "neither a file nor the number of a version"),
        ("missing.yaml", 2, "missing.yaml"),
        ("other.yaml", 2, "not an AsyncAPI 3 document of `sagaflow asyncapi`"),
        ("list.json", 2, "the saga is a list"),
    ],
)
def test_what_is_no_earlier_contract_is_refused(tmp_path, monkeypatch, old, code, why):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.yaml").write_text("asyncapi: 2.6.0\nchannels: {}\n")
    (tmp_path / "list.json").write_text("[]")
    result = sf("asyncapi", sagas.careless.name, "--against", old)
    assert result.code == code, result.err
    assert why in result.err


def test_nothing_is_written_while_two_are_compared(tmp_path):
    result = sf("asyncapi", sagas.careless.name, "--against", "1", "-o", str(tmp_path / "contract.yaml"))
    assert (result.code, list(tmp_path.iterdir())) == (2, [])
    assert "leave --output and --format out" in result.err


def expectations(path, saga=SHOP.name, **fields):
    with expects_event("Paid", fields, saga=saga, consumer="mailer", file=path):
        return str(path)


def test_what_a_consumer_needs_is_compared(tmp_path):
    good = expectations(tmp_path / "good.json", id="p-7")
    bad = expectations(tmp_path / "bad.json", id="p-7", at="noon")
    other = expectations(tmp_path / "other.json", saga="another", id="p-7")
    with standing_in(SHOP, pays(id={"type": "string"})):
        kept = sf("asyncapi", SHOP.name, "--expected", good, "--expected", other)
        words = " ".join(kept.out.split())
        assert kept.code == 0
        assert "good.json expects: 1 event." in words
        assert "other.json expects: nothing of it." in words
        told = sf("asyncapi", SHOP.name, "--expected", good, "--expected", bad)
        assert (told.code, "may lack the field /at" in " ".join(told.out.split())) == (1, True)
        answer = sf("asyncapi", SHOP.name, "--expected", good, "--expected", bad, "--json").json
        assert answer["breaking"] == 2
        assert {each["file"] for each in answer["unmet"]} == {bad}
        lacks = {"file": bad, "event": "Paid", "effect": "breaking", "message": "may lack the field /at"}
        assert lacks in answer["unmet"]


def test_a_file_that_has_no_expectations_is_refused(tmp_path):
    file = tmp_path / "wrong.json"
    file.write_text("{}")
    for path, says in ((str(file), "`format` must be"), (str(tmp_path / "none.json"), "cannot be read")):
        result = sf("asyncapi", sagas.careless.name, "--expected", path)
        assert (result.code, result.out) == (2, "")
        assert says in result.err
    both = sf("asyncapi", sagas.careless.name, "--expected", str(file), "--against", str(file))
    assert (both.code, "one at a time" in both.err) == (2, True)

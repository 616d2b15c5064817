"""`sagaflow lint`, `simulate` and `draw`: reports about a definition, registered or in a file."""

import json

import pytest
import yaml
from django.contrib.auth.models import Group

from designer.drafts.publishing import why_not_publish
from sagaflow import Approval, Saga, Step, SubSaga, orchestrated
from sagaflow.core.definition import document
from sagaflow.store import draft_summary, drafts, web_sagas
from tests.cli import sagas
from tests.cli.conftest import sf, started


@pytest.fixture
def files(tmp_path):
    """The same definition as JSON and as YAML, and files that are not definitions."""
    value = document.dump(sagas.careless) | {"name": "drafted"}
    texts = {
        "good.json": json.dumps(value),
        "good.yaml": yaml.safe_dump(value),
        "GOOD.YML": yaml.safe_dump(value),
        "on.yaml": "name: ear\nsegments: [{name: a, style: orchestrated, steps: [{name: b, action: c.d, on: [E]}]}]\n",
        "faulty.json": json.dumps(value | {"segments": [{"name": "Bad Name", "style": "waltz", "steps": []}]}),
        "list.json": "[]",
        "broken.json": "{",
        "broken.yaml": "a: [",
        "twice.yaml": "name: a\nname: b\n",
        "alias.yaml": "a: &x [1]\nb: *x\n",
        "tag.yaml": "a: 1\nb: !!int x\n",
        "python.yaml": "a: !!python/object/apply:os.system [id]\n",
        "deep.yaml": "[" * 5000,
        "long.yaml": "a: " + "x" * 300_000,
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "latin.yaml").write_bytes(b"name: \xff\xfe")
    return tmp_path


def test_lint_exits_with_1_when_there_are_warnings():
    result = sf("lint", "cli-careless", "--json")
    assert (result.code, result.json["sagas"]) == (1, 1)
    assert result.json["warnings"] >= 1
    assert {"saga", "severity", "rule", "element", "message", "proposal"} == result.json["findings"][0].keys()
    assert "[uncompensated" in sf("lint", "cli-careless").out


def test_lint_fails_for_advice_only_when_strict():
    assert sf("lint", "order-fulfilment").code == 0
    assert sf("lint", "order-fulfilment", "--strict").code == 1


def test_lint_proposes_the_edit():
    result = sf("lint", "order-fulfilment", "--json").json
    moves = [
        finding["proposal"]
        for finding in result["findings"]
        if finding["proposal"] and finding["proposal"]["kind"] == "move"
    ]
    assert "award_points" in [move["step"] for move in moves]
    assert "proposal: let award_points come after dispatch_order" in sf("lint", "order-fulfilment").out


def test_lint_without_a_name_looks_at_every_registered_saga():
    answer = sf("lint", "--json").json
    assert answer["sagas"] >= 4
    assert {"cli-careless", "order-fulfilment"} <= {each["saga"] for each in answer["findings"]}


@pytest.mark.parametrize("command", ["lint", "simulate", "draw"])
@pytest.mark.parametrize("name", ["good.json", "good.yaml", "GOOD.YML", "on.yaml"])
def test_a_definition_may_be_a_file(files, command, name):
    result = sf(command, str(files / name), "--json")
    assert "error" not in result.json
    assert result.code in ({0, 1} if command == "lint" else {0})


def test_lint_lists_every_fault_of_a_file_that_is_no_definition(files):
    result = sf("lint", str(files / "faulty.json"), "--json")
    assert result.code == 1
    assert len(result.json["findings"]) >= 2


@pytest.mark.parametrize("command", ["lint", "simulate", "draw", "plan"])
@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("nope", 3, "There is no saga 'nope'"),
        ("cli-oder", 3, "Did you mean 'cli-order'"),
        ("none.json", 2, "cannot be read: No such file"),
        ("broken.json", 2, "is not JSON"),
        ("broken.yaml", 2, "is not YAML"),
        ("twice.yaml", 2, "the key 'name' twice"),
        ("alias.yaml", 2, "an alias"),
        ("tag.yaml", 2, "a tag; leave it out"),
        ("python.yaml", 2, "a tag; leave it out"),
        ("deep.yaml", 2, "nested deeper"),
        ("long.yaml", 2, "a definition must be shorter"),
        ("latin.yaml", 2, "is not YAML"),
    ],
)
def test_a_definition_that_is_none_is_refused_by_every_command(files, command, name, code, words):
    result = sf(command, str(files / name) if "." in name else name)
    assert (result.code, result.out) == (code, "")
    assert words in result.err


@pytest.mark.parametrize("command", ["simulate", "draw", "plan"])
@pytest.mark.parametrize("name", ["faulty.json", "list.json"])
def test_the_other_commands_name_every_fault_and_stop(files, command, name):
    result = sf(command, str(files / name))
    assert (result.code, result.out) == (2, "")
    assert "The definition is not valid" in result.err


def test_simulate_says_for_each_step_and_fault_how_the_run_ends():
    result = sf("simulate", "cli-order", "--step", "ship", "--json")
    by_case = {each["case"]: each for each in result.json["outcomes"]}
    assert by_case["business error"]["status"] == "rolled_back"
    assert by_case["business error"]["compensated"] == ["pay", "reserve"]
    assert by_case["technical error until exhausted"]["for_a_person"] == ["ship is parked (unavailable)"]
    lines = sf("simulate", "cli-order", "--step", "ship").out.splitlines()
    assert lines[1].split()[:3] == ["STEP", "CASE", "RUN"]
    assert len(lines) == 2 + len(by_case)


def test_simulate_says_what_it_does_not_know_of_a_sub_saga(files):
    mum = Saga("mum", orchestrated("main", Step("box", SubSaga("cli-order")), Step("tell", "m.t")))
    (files / "mum.json").write_text(json.dumps(document.dump(mum)))
    told = " ".join(sf("simulate", str(files / "mum.json")).out.split())
    assert "A sub-saga is simulated as one step: its run completes, or rolls back and leaves nothing." in told
    assert "simulate 'cli-order' too" in told
    assert sf("simulate", str(files / "mum.json"), "--json").json["note"].endswith("simulate 'cli-order' too.")
    assert sf("simulate", "cli-order", "--json").json["note"] == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--step", "nope"), 3, "has no step 'nope'"),
        (("--outputs", "[]"), 2, "is not a JSON object"),
        (("--outputs", '{"nope": 1}'), 3, "has no step 'nope'"),
        (("--input", "{"), 2, "is not JSON"),
    ],
)
def test_simulate_refuses_bad_arguments(arguments, code, words):
    result = sf("simulate", "cli-order", *arguments)
    assert result.code == code
    assert words in result.err


@pytest.mark.parametrize(
    ("form", "beginning"),
    [("svg", "<svg"), ("dot", "digraph"), ("mermaid", "flowchart TB"), ("outline", "Segment Main: orchestrated")],
)
def test_draw_writes_the_document_and_nothing_else(form, beginning):
    result = sf("draw", "cli-order", "--format", form)
    assert result.code == 0
    assert result.out.startswith(beginning)
    assert sf("draw", "cli-order", "--format", form, "--json").json["content"].startswith(beginning)
    assert sf("draw", "--run", started(ship_do="business"), "--format", form).out.startswith(beginning)


def test_draw_takes_the_format_from_the_name_of_the_file(tmp_path):
    beginnings = {
        "a.svg": b"<svg",
        "a.png": b"\x89PNG",
        "a.dot": b"digraph",
        "a.mmd": b"flowchart",
        "a.txt": b"Segment",
    }
    for name, beginning in beginnings.items():
        result = sf("draw", "cli-order", "-o", str(tmp_path / name))
        assert (result.code, result.out) == (0, "")
        assert (tmp_path / name).read_bytes().startswith(beginning)
    answer = sf("draw", "cli-order", "-o", str(tmp_path / "b.svg"), "--json").json
    assert (answer["format"], answer["bytes"]) == ("svg", (tmp_path / "b.svg").stat().st_size)


def test_draw_folds_segments_and_leaves_compensations_out():
    whole = sf("draw", "order-fulfilment", "--format", "mermaid").out
    folded = sf("draw", "order-fulfilment", "--format", "mermaid", "--fold", "warehouse").out
    forward = sf("draw", "order-fulfilment", "--format", "mermaid", "--no-compensations").out
    assert "Package order" in whole
    assert "Package order" not in folded
    assert "Refund payment" in whole
    assert "Refund payment" not in forward


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "one of the arguments NAME --run is required"),
        (("cli-order", "--run", "abcd"), 2, "not allowed with"),
        (("cli-order", "--format", "gif"), 2, "invalid choice"),
        (("cli-order", "--fold", "nope"), 3, "has no segment 'nope'"),
        (("cli-order", "--format", "outline", "--fold", "main"), 2, "always has all parts"),
        (("cli-order", "--format", "png"), 2, "name a file with --output"),
        (("cli-order", "--format", "png", "--json"), 2, "name a file with --output"),
        (("cli-order", "-o", "/does/not/exist.svg"), 1, "cannot be written: No such file"),
        (("cli-order", "-o", "/", "--format", "svg"), 1, "cannot be written: Is a directory"),
        (("cli-order", "-o", "a\x00b.svg"), 1, "cannot be written"),
    ],
)
def test_draw_refuses_bad_arguments(arguments, code, words):
    result = sf("draw", *arguments)
    assert result.code == code
    assert words in result.err or words in result.out


@pytest.mark.django_db
def test_lint_knows_the_actions_of_the_code_and_the_groups_of_the_database(files):
    steps = (Step("pay", "till.pya", undo="till.refund"), Step("ask", Approval("lint-bosses"), timeout=9.0))
    file = files / "asks.json"
    file.write_text(json.dumps(document.dump(Saga("asks", orchestrated("main", *steps)))))
    rules = [each["rule"] for each in sf("lint", str(file), "--json").json["findings"]]
    assert rules == ["unknown-action", "unknown-group"]
    Group.objects.create(name="lint-bosses")
    assert [each["rule"] for each in sf("lint", str(file), "--json").json["findings"]] == ["unknown-action"]


def test_an_exported_definition_has_the_same_digest(tmp_path):
    for name in ("order.yaml", "order.json"):
        result = sf("export", "order-fulfilment", "-o", str(tmp_path / name), "--json")
        assert sf("export", str(tmp_path / name), "--json").json["digest"] == result.json["digest"]
    assert sf("export", "order-fulfilment").out == (tmp_path / "order.yaml").read_text()


def test_a_definition_moves_from_code_to_a_file_once(tmp_path):
    target = tmp_path / "sagas" / "order.yaml"
    result = sf("adopt", "order-fulfilment", "--to", str(target))
    assert result.code == 0
    assert "Remove the saga 'order-fulfilment' from examples.streamtech.sagas" in " ".join(result.out.split())
    assert (
        sf("export", str(target), "--json").json["digest"] == sf("export", "order-fulfilment", "--json").json["digest"]
    )
    again = sf("adopt", "order-fulfilment", "--to", str(target))
    assert again.code == 3
    assert "exists already" in again.err


def test_a_definition_is_adopted_beside_the_module_that_registers_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sagas, "__file__", str(tmp_path / "sagas.py"))
    result = sf("adopt", "cli-careless", "--json")
    assert result.json["file"] == str(tmp_path / "sagas" / "cli-careless.yaml")
    monkeypatch.delattr(sagas, "__file__")
    result = sf("adopt", "cli-careless")
    assert result.code == 2
    assert "name a file with --to" in result.err


GOOD = """\
name: brought
segments:
- name: main
  style: orchestrated
  steps:
  - {name: only, action: a.b, undo: a.c}
"""


def test_files_become_drafts_and_each_is_told(tmp_path):
    (tmp_path / "a.yaml").write_text("# mine\n" + GOOD)
    (tmp_path / "b.yml").write_text("name: unfinished\nsegments: []\n")
    (tmp_path / "c.json").write_text("{")
    (tmp_path / "d.yaml").write_text("name: order-fulfilment\nsegments: []\n")
    (tmp_path / "e.txt").write_text("not a definition")
    result = sf("import", str(tmp_path), "--by", "vera")
    assert result.code == 1
    assert "2 of 4 files could not be imported" in result.err
    lines = result.out.splitlines()
    assert "a.yaml: draft of 'brought': /design/" in lines[0]
    assert "draft of 'unfinished', faults: 1" in lines[1]
    assert "c.json" in lines[2]
    assert "one name has one source" in lines[3]
    assert [(draft.name, draft.created_by) for draft in draft_summary.heads()] == [
        ("unfinished", "vera"),
        ("brought", "vera"),
    ]


def test_files_are_published_as_the_next_version_once(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text(GOOD)
    first = sf("import", str(file), "--publish", "--note", "from staging", "--by", "vera", "--json").json["files"][0]
    assert (first["saga"], first["version"], first["changed"]) == ("brought", 1, True)
    assert "is version 1 already" in sf("import", str(file), "--publish").out
    file.write_text(GOOD.replace("undo: a.c", "undo: a.d"))
    assert "published version 2 of 'brought'" in sf("import", str(file), "--publish").out
    assert [(one.number, one.note) for one in web_sagas.versions("brought")] == [(2, ""), (1, "from staging")]
    file.write_text(GOOD.replace("a.b", "?"))
    assert sf("import", str(file), "--publish").code == 1


def test_a_version_that_shows_what_is_masked_is_published_only_when_that_is_said(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text(GOOD + "sensitive: [card, pin]\n")
    assert sf("import", str(file), "--publish", "--by", "vera").code == 0
    file.write_text(GOOD + "sensitive: [PIN]\n")
    refused = sf("import", str(file), "--publish", "--by", "vera")
    assert refused.code == 1
    assert "The field 'card' is sensitive now, and new runs would show it" in " ".join(refused.out.split())
    assert "add --unmask" in " ".join(refused.out.split())
    assert [version.number for version in web_sagas.versions("brought")] == [1]
    assert sf("import", str(file), "--unmask").code == 2
    assert sf("import", str(file), "--publish", "--unmask", "--by", "vera").code == 0
    assert [version.number for version in web_sagas.versions("brought")] == [2, 1]


def test_a_draft_of_a_published_saga_changes_its_newest_version(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text(GOOD)
    sf("import", str(file), "--publish", "--by", "vera")
    assert "is version 1 already" in sf("import", str(file), "--by", "vera").out
    file.write_text(GOOD.replace("undo: a.c", "undo: a.d"))
    assert "draft of 'brought': /design/" in sf("import", str(file), "--by", "vera").out
    [head] = draft_summary.heads()
    draft = drafts.read(head.id)
    [version] = web_sagas.versions("brought")
    assert (draft.saga, draft.source, draft.base_digest) == ("brought", "web", version.digest)
    assert draft.base == version.document
    assert draft.document["segments"][0]["steps"][0]["undo"] == "a.d"
    assert why_not_publish(draft) == ""


def test_an_import_leaves_the_draft_alone_that_one_has_of_the_saga(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text(GOOD)
    sf("import", str(file), "--publish", "--by", "vera")
    file.write_text(GOOD.replace("undo: a.c", "undo: a.d"))
    sf("import", str(file), "--by", "vera")
    result = sf("import", str(file), "--by", "vera")
    [draft] = draft_summary.heads()
    assert result.code == 1
    assert f"You have a draft of 'brought' already: publish or discard /design/{draft.id}/" in result.out
    assert sf("import", str(file), "--by", "ben").code == 0


def test_an_import_that_makes_no_sense_is_a_usage_error(tmp_path):
    assert sf("import", str(tmp_path)).code == 2
    assert sf("import", "x.yaml", "--note", "only versions have notes").code == 2

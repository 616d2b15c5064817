"""Every command masks sensitive fields, and no text of a user controls the terminal."""

import json

import pytest

from sagaflow import engine
from sagaflow.core.mask import MASK
from tests.cli.conftest import INPUT, sf, started

SECRETS = ("4111-1111", "hunter2", "1234")
HOSTILE = ("\x1b", "\x07", "\x9b", "\u202e")
TEXT = "[red]evil[/red] [/] \x1b[2J\x1b]0;owned\x07 \u009b31m \u202etxt.exe"
WAYS = [
    ("show",),
    ("show", "--journal"),
    ("show", "--json"),
    ("show", "--journal", "--json"),
    ("watch", "--until-parked"),
    ("watch", "--until-parked", "--json"),
    ("sequence",),
    ("sequence", "--json"),
    ("sequence", "--format", "mermaid"),
    ("sequence", "--format", "svg"),
    ("draw", "--run"),
]


@pytest.fixture(params=["business", "technical"])
def run_id(request):
    """Every text that a user can write, in every place where a user can write one."""
    given = {**INPUT, "Secret": "hunter2", "list": [{"card": "4111-1111"}], "note": TEXT, TEXT[:40]: 1}
    run_id = started(given={**given, "payment": {"card": "4111-1111"}}, ship_do=request.param)
    if request.param == "technical":
        who = {"by": "[b]ann[/b]", "reason": "[/] because"}
        engine.operate(run_id, "retry_with_input", step="ship", input={**given, "order": "A-2"}, **who)
        assert engine.wake(run_id)
    return run_id


def every_output(run_id):
    for command, *options in WAYS:
        arguments = (command, *options, run_id) if options == ["--run"] else (command, run_id, *options)
        yield sf(*arguments).out
    yield sf("runs").out
    yield sf("runs", "--json").out


def test_sensitive_fields_are_masked_everywhere(run_id):
    outputs = list(every_output(run_id))
    for secret in SECRETS:
        assert not [output for output in outputs if secret in output]
    assert MASK in outputs[0]
    shown = json.loads(outputs[3])
    assert shown["run"]["input"]["payment"] == {"card": MASK}
    assert shown["run"]["input"]["list"] == [{"card": MASK}]
    assert shown["run"]["search"] == {"order": "A-1", "total": 12, "card": MASK}
    assert shown["steps"][0]["output"]["card"] == MASK
    assert shown["journal"][0]["data"]["input"]["Secret"] == MASK


def test_what_is_not_sensitive_is_shown(run_id):
    shown = sf("show", run_id, "--json").json
    assert shown["run"]["input"]["order"] == "A-1"
    assert shown["steps"][0]["output"]["kept"] is True


def test_no_text_steers_the_terminal(run_id):
    for output in every_output(run_id):
        assert not [code for code in HOSTILE if code in output]


def test_markup_is_shown_and_not_obeyed(run_id):
    out = sf("show", run_id, force_color=True).out
    assert "[red]evil[/red] [/]" in out.replace("\n", "")


def test_errors_show_control_characters_as_escapes():
    result = sf("start", TEXT)
    assert result.code == 3
    assert "\\x1b[2J" in result.err
    assert not [code for code in HOSTILE if code in result.err]
    assert not [code for code in HOSTILE if code in sf("start", TEXT, "--json").out]


FILES = {
    "unfinished": {"name": "evil", TEXT[:60]: 1},
    "misnamed": {"name": TEXT[:60], "segments": []},
    "whole": {"name": "evil", "title": TEXT, "segments": [{"name": "all", "style": "orchestrated", "title": TEXT}]},
}
READERS = [
    ("import",),
    ("import", "--publish"),
    ("import", "--json"),
    ("export",),
    ("export", "--format", "json"),
    ("export", "--json"),
    ("lint",),
    ("simulate",),
    ("draw", "--format", "mermaid"),
    ("draw", "--format", "svg"),
    ("draw", "--format", "dot"),
    ("plan",),
]


@pytest.mark.parametrize("document", FILES.values(), ids=FILES)
@pytest.mark.parametrize("reader", READERS, ids="_".join)
def test_no_file_steers_the_terminal(reader, document, tmp_path):
    command, *options = reader
    step = {"name": "pay", "title": TEXT, "action": "cli.pay"}
    segments = [each | {"steps": [step]} for each in document.get("segments", ())]
    path = tmp_path / "a\x1b[31m\u202e\x9b.json"
    path.write_text(json.dumps(document | {"segments": segments} if segments else document), encoding="utf-8")
    result = sf(command, str(path), *options)
    assert result.out + result.err
    assert not [code for code in HOSTILE if code in result.out + result.err]


def test_a_document_is_exported_with_the_same_text(tmp_path):
    path, kept = tmp_path / "evil.json", tmp_path / "kept.json"
    segment = {"name": "all", "style": "orchestrated", "steps": [{"name": "pay", "action": "cli.pay"}]}
    path.write_text(json.dumps({"name": "evil", "title": TEXT, "segments": [segment]}))
    for options in (("--format", "json"), ("-o", str(kept))):
        out = sf("export", str(path), *options).out
        assert json.loads(out or kept.read_text(encoding="utf-8"))["title"] == TEXT


def test_colours_are_given_only_when_asked_for(run_id):
    assert "\x1b[" not in sf("show", run_id).out
    assert "\x1b[" in sf("show", run_id, force_color=True).out
    assert "\x1b[" not in sf("show", run_id, no_color=True).out

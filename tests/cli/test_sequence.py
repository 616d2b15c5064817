"""`sagaflow sequence` draws the messages of a run."""

import json

import pytest

from tests.cli.conftest import sf, started


@pytest.mark.parametrize(
    ("form", "beginning"), [("text", "#"), ("mermaid", "sequenceDiagram"), ("svg", "<svg"), ("json", "{")]
)
def test_it_writes_the_document_and_nothing_else(form, beginning, tmp_path):
    run_id = started(ship_do="business")
    result = sf("sequence", run_id, "--format", form)
    assert result.code == 0
    assert result.out.startswith(beginning)
    suffix = {"text": "txt", "mermaid": "mmd"}.get(form, form)
    assert sf("sequence", run_id, "-o", str(tmp_path / f"a.{suffix}")).out == ""
    assert (tmp_path / f"a.{suffix}").read_text() == result.out


def test_machines_get_the_messages():
    answer = sf("sequence", started(), "--json").json
    assert answer["participants"][0] == "Orchestrator"
    assert answer["messages"][0].keys() == {"source", "target", "label", "kind", "seq"}
    assert answer == json.loads(sf("sequence", answer["run"], "--format", "json").out)
    assert sf("sequence", answer["run"], "--format", "mermaid", "--json").json["content"].startswith("sequenceDiagram")


def test_an_unknown_format_is_bad_usage():
    assert sf("sequence", started(), "--format", "gif").code == 2

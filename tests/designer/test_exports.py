"""A draft leaves as a file: the patch applies, the Python code runs, and nothing that was written is lost."""

import json
import subprocess

import pytest

from designer.drafts import git
from sagaflow import discovery, registry
from sagaflow.core.definition import document
from tests.designer.conftest import TRIP
from tests.sources.test_python_text import executed

TEXT = """\
# The shop's biggest saga.
name: filed
note: ask Vera first
segments:
- name: main   # one team
  style: orchestrated
  steps:
  - {name: pay, action: 'draft_air.book'}
"""


@pytest.fixture
def filed(tmp_path):
    """A saga in a file of a repository, and the path of the file."""
    path = tmp_path / "shop" / "sagas" / "filed.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(TEXT)
    who = ["-c", "user.name=Vera", "-c", "user.email=vera@example.org"]
    for command in (["init", "-q", "-b", "trunk"], ["add", "."], [*who, "commit", "-qm", "Begin"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    discovery.discover_files(tmp_path / "shop")
    return path


def test_a_file_is_opened_with_its_text_and_looking_changes_nothing(vera, opened, filed):
    before = (filed.read_bytes(), filed.stat().st_mtime_ns)
    at = opened(vera, "filed")
    assert at.state["document"]["note"] == "ask Vera first"
    for path in ("", "state/", "code/", "review/", "as/yaml/", "as/patch/", "as/json/", "as/python/"):
        assert at.get(path).status_code == 200, path
    assert at.get("code/").content.decode() == TEXT
    assert at.get("as/patch/").content == b""
    assert (filed.read_bytes(), filed.stat().st_mtime_ns) == before


def test_the_patch_of_a_file_applies_in_its_repository(vera, opened, filed):
    at = opened(vera, "filed")
    at.edit("set-field", element="segments/main/steps/pay", field="title", value="Pay")
    patch = at.get("as/patch/").content
    assert b"a/shop/sagas/filed.yaml" in patch
    top = filed.parents[2]
    subprocess.run(["git", "apply"], cwd=top, input=patch, check=True)
    assert filed.read_text() == at.get("code/").content.decode()
    assert "# one team" in filed.read_text()
    changed = subprocess.run(["git", "diff", "--numstat"], cwd=top, check=True, capture_output=True, text=True).stdout
    assert changed.split()[:2] == ["1", "1"]


def test_the_head_of_a_repository_is_read_from_its_files(filed):
    top = filed.parents[2]
    told = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=top, check=True, capture_output=True, text=True
    ).stdout.strip()
    assert git.head_of(filed) == git.Head("trunk", told)
    subprocess.run(["git", "pack-refs", "--all"], cwd=top, check=True)
    assert git.head_of(filed) == git.Head("trunk", told)
    subprocess.run(["git", "worktree", "add", "-q", "-b", "side", "linked"], cwd=top, check=True, capture_output=True)
    assert git.head_of(top / "linked" / "shop" / "sagas" / "filed.yaml") == git.Head("side", told)
    subprocess.run(["git", "checkout", "-q", "--detach"], cwd=top, check=True)
    assert git.head_of(filed) == git.Head("", told)


def test_a_file_outside_of_a_repository_has_no_head(tmp_path):
    assert git.head_of(tmp_path / "x.yaml") is None
    assert git.path_of(tmp_path / "x.yaml") == "x.yaml"


def test_the_forms_of_a_draft_are_the_same_saga(vera, opened):
    at = opened(vera)
    assert document.load(json.loads(at.get("as/json/").content)).digest == TRIP.digest
    python = at.get("as/python/")
    assert 'filename="draft_trip.py"' in python["Content-Disposition"]
    assert executed(python.content.decode())[0].digest == TRIP.digest
    assert at.get("as/exe/").status_code == 404


def test_planned_actions_are_stubs_in_python_and_faults_are_refused(vera, begun):
    at = begun(vera, "trip", "Book flight")
    code = at.get("as/python/").content.decode()
    assert executed(code)[1] == {"trip.book_flight"}
    at.edit("delete-steps", steps=["book_flight"])
    refused = at.get("as/python/")
    assert refused.status_code == 409
    assert "correct them first" in refused.content.decode()


def test_the_source_of_a_file_is_told(vera, filed):
    assert registry.source_of("filed").kind == "file"
    assert "filed (file)" in vera.get(vera.post("/definitions/filed/design/")["Location"][:8]).content.decode()


def test_python_keeps_notes_and_keys_of_other_tools_as_comments(vera, begun):
    at = begun(vera, "kept")
    text = """\
name: kept
note: "ask Vera\\nfirst"
segments:
- name: main
  style: orchestrated
  x-owner: {team: sales}
  steps:
  - {name: pay, action: draft_air.book, note: dear, undo: draft_air.cancel}
"""
    assert at.type(text).status_code == 200
    code = at.get("as/python/").content.decode()
    assert '# saga: note: "ask Vera\\nfirst"\n' in code
    assert '# segments/main: x-owner: {"team": "sales"}\n' in code
    assert '# segments/main/steps/pay: note: "dear"\n' in code
    assert executed(code)[0].digest == document.digest(document.load(at.state["document"]))

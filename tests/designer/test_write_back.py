"""In development a draft goes back into the file of its saga; what others wrote meanwhile is never overwritten."""

import subprocess
from html import unescape

import pytest

from sagaflow import discovery, registry
from sagaflow.core.definition import document as documents
from sagaflow.store import web_sagas
from tests.designer.conftest import ALL
from tests.designer.test_exports import TEXT


@pytest.fixture
def path(tmp_path):
    """The file of a saga in an app."""
    path = tmp_path / "shop" / "sagas" / "filed.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(TEXT)
    discovery.discover_files(tmp_path / "shop")
    return path


@pytest.fixture
def development(settings):
    settings.DEBUG = True
    settings.SAGAFLOW = {**settings.SAGAFLOW, "WRITE_FILES": True}


def titled(at, title="Pay"):
    return at.edit("set-field", element="segments/main/steps/pay", field="title", value=title)


def write(at):
    return at.client.post(at.address + "write/")


@pytest.mark.usefixtures("development")
def test_only_what_changed_is_written_and_the_next_run_uses_it(vera, opened, path):
    at = opened(vera, "filed")
    titled(at)
    assert write(at).status_code == 302
    old, new = TEXT.splitlines(), path.read_text().splitlines()
    assert new[:-1] == old[:-1]
    assert "title: " in new[-1]
    assert registry.get_saga("filed").steps["pay"].title == "Pay"
    assert registry.source_of("filed").path == path
    assert at.get()["Location"] == "/definitions/filed/"


BLOCK = """\
# Who pays?
name: filed
segments:
  - name: main   # one team
    style: orchestrated
    steps:
      # The bank answers at once.
      - name: pay
        action: 'draft_air.book'
        undo: 'draft_air.cancel'
"""


@pytest.mark.usefixtures("development")
def test_two_edits_on_the_web_are_three_lines_for_the_reviewer_in_git(vera, opened, tmp_path):
    path = tmp_path / "shop" / "sagas" / "filed.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(BLOCK)

    def git(*command):
        who = ("-c", "user.name=Vera", "-c", "user.email=vera@example.org", "-c", "core.autocrlf=false")
        ran = subprocess.run(["git", *who, *command], cwd=tmp_path, check=True, capture_output=True, text=True)
        return ran.stdout.splitlines()

    git("init", "-q", "-b", "trunk")
    git("add", ".")
    git("commit", "-qm", "Begin")
    discovery.discover_files(tmp_path / "shop")
    at = opened(vera, "filed")
    at.edit("switch-style", segment="main", style="choreographed")
    at.edit("set-field", element="segments/main/steps/pay", field="timeout", value=45)
    assert git("status", "--porcelain") == [], "a draft alone changes no file"
    assert write(at).status_code == 302
    assert git("status", "--porcelain") == [" M shop/sagas/filed.yaml"]
    changed = [line for line in git("diff", "-U0") if line[0] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == ["-    style: orchestrated", "+    style: choreographed", "+        timeout: 45"]


@pytest.mark.parametrize("modes", [(False, True), (True, False)])
def test_outside_of_development_nothing_is_written_and_the_patch_is_offered(settings, vera, opened, path, modes):
    settings.DEBUG = modes[0]
    settings.SAGAFLOW = {**settings.SAGAFLOW, "WRITE_FILES": modes[1]}
    at = opened(vera, "filed")
    titled(at)
    refused = write(at)
    assert refused.status_code == 409
    assert "patch" in refused.content.decode()
    assert path.read_text() == TEXT


@pytest.mark.usefixtures("development")
def test_a_file_that_changed_meanwhile_is_not_overwritten_but_gets_the_edits(vera, opened, path):
    at = opened(vera, "filed")
    titled(at)
    theirs = TEXT.replace("# The shop's biggest saga.", "# Mine.").replace("name: filed", "name: filed\ntitle: Theirs")
    path.write_text(theirs)
    assert write(at).status_code == 409
    assert path.read_text() == theirs
    assert "has changed since" in at.get("review/").content.decode()
    assert vera.post(at.address + "rebase/").status_code == 302
    state = at.get("state/").json()
    assert (state["document"]["title"], state["history"][0]["by"]) == ("Theirs", "vera")
    assert write(at).status_code == 302
    assert path.read_text().startswith("# Mine.\nname: filed\ntitle: Theirs\n")
    assert "title: Pay" in path.read_text() or "title: 'Pay'" in path.read_text()


@pytest.mark.usefixtures("development")
def test_an_edit_that_no_longer_fits_is_named_and_left_out_only_on_demand(vera, opened, path):
    at = opened(vera, "filed")
    titled(at)
    at.edit("set-field", element="saga", field="title", value="Ours")
    assert "data-stale" not in at.get().content.decode()
    path.write_text(TEXT.replace("name: pay", "name: charge"))
    assert "data-stale" in at.get().content.decode()
    review = at.get("review/").content.decode()
    assert "These changes of the draft no longer fit" in review
    assert "Apply the other changes and leave these out" in review
    refused = vera.post(at.address + "rebase/")
    assert refused.status_code == 409
    assert "of step" in refused.content.decode() or "pay" in refused.content.decode()
    assert at.get("state/").json()["document"]["segments"][0]["steps"][0]["name"] == "pay", "nothing was changed"
    vera.post(at.address + "rebase/", {"leave_out": "yes"})
    state = at.get("state/").json()
    assert (state["document"]["title"], state["document"]["segments"][0]["steps"][0]["name"]) == ("Ours", "charge")
    assert len(state["history"]) == 1
    at.state = state
    at.undo()
    assert "title" not in at.state["document"]


@pytest.mark.usefixtures("development")
def test_a_draft_with_faults_or_another_name_or_source_is_not_written(vera, opened, path):
    at = opened(vera, "filed")
    at.edit("delete-steps", steps=["pay"])
    assert "fault" in write(at).content.decode()
    at.undo()
    at.edit("rename", element="saga", name="other")
    assert write(at).status_code == 409
    assert write(opened(vera)).status_code == 409, "that one is in code"
    assert path.read_text() == TEXT


@pytest.mark.usefixtures("development")
def test_writing_needs_the_permission_to_publish(person, opened, path):
    at = opened(person(*(set(ALL) - {"publish_saga"}), name="dora"), "filed")
    titled(at)
    assert write(at).status_code == 403
    assert path.read_text() == TEXT


def test_a_draft_of_a_published_saga_gets_on_top_of_the_version_of_another_person(vera, person, begun, opened):
    at = begun(vera, "web_trip", "draft_air.book")
    vera.post(at.address + "publish/")
    one, other = opened(vera, "web_trip"), opened(person(*ALL, name="otto"), "web_trip")
    one.edit("set-field", element="saga", field="title", value="One")
    other.edit("set-field", element="segments/main", field="team", value="hall")
    assert other.client.post(other.address + "publish/").status_code == 302
    assert vera.post(one.address + "publish/").status_code == 409
    vera.post(one.address + "rebase/")
    assert vera.post(one.address + "publish/").status_code == 302
    saga = registry.get_saga("web_trip")
    assert (saga.title, saga.segments[0].team) == ("One", "hall")


def test_the_header_names_the_file_with_its_branch_and_commit(vera, opened, path):
    git = path.parents[1] / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/prices\n")
    (git / "refs" / "heads" / "prices").write_text("0123456789abcdef" * 2 + "01234567\n")
    assert "filed.yaml · prices at 0123456789" in opened(vera, "filed").get().content.decode()


@pytest.mark.usefixtures("path")
def test_a_saga_with_two_sources_is_named_on_the_page_of_drafts(vera):
    assert "data-twice" not in vera.get("/design/").content.decode()
    web_sagas.publish(documents.dump(registry.get_saga("filed")), after=0, note="", by="otto")
    page = vera.get("/design/").content.decode()
    assert "<code>filed</code> has two sources" in page


@pytest.mark.usefixtures("development")
def test_writing_takes_no_mask_away_for_a_person_who_may_not_see_the_field(person, vera, opened, tmp_path):
    masked = tmp_path / "bank" / "sagas" / "masked.yaml"
    masked.parent.mkdir(parents=True)
    masked.write_text(TEXT.replace("filed", "masked") + "sensitive: [pin]\n")
    discovery.discover_files(tmp_path / "bank")
    otto = opened(person(*(set(ALL) - {"view_sensitive"}), name="otto"), "masked")
    otto.edit("set-field", element="saga", field="sensitive", value=["cvc"])
    refused = write(otto)
    assert refused.status_code == 403
    assert "The field 'pin' is sensitive now" in unescape(refused.content.decode())
    assert "sensitive: [pin]" in masked.read_text()
    at = opened(vera, "masked")
    at.edit("set-field", element="saga", field="sensitive", value=["cvc"])
    assert write(at).status_code == 302

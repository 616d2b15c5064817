"""The folder ``sagas`` of an app is read like its code, and a file is replaced whole or not at all."""

import stat
from pathlib import Path

import pytest

from sagaflow import Saga, Step, discovery, orchestrated, registry
from sagaflow.checks.definitions import files_are_definitions
from sagaflow.core.definition.document import dump
from sagaflow.sources import saga_files
from sagaflow.sources.splice import splice, written

pytestmark = pytest.mark.quick

PARCEL = Saga("file-parcel", orchestrated("main", Step("pack", "stock.pack", undo="stock.unpack")))


@pytest.fixture(autouse=True)
def _registry(monkeypatch):
    for module, name, empty in ((registry, "_sagas", {}), (registry, "_sources", {}), (discovery, "_faults", [])):
        monkeypatch.setattr(module, name, empty)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "shop" / "sagas"
    folder.mkdir(parents=True)
    return folder.parent


def test_a_file_is_a_definition_like_one_in_code(app):
    path = app / "sagas" / "parcel.yaml"
    path.write_text("# by hand\n" + written(dump(PARCEL)))
    discovery.discover_files(app)
    assert registry.get_saga("file-parcel").digest == PARCEL.digest
    source = registry.source_of("file-parcel")
    assert (source.kind, source.path) == ("file", path)
    assert discovery.file_faults() == ()


def test_an_app_without_the_folder_has_no_files(tmp_path):
    discovery.discover_files(tmp_path)
    assert registry.sagas() == ()


def test_a_name_with_two_sources_is_a_fault_that_names_both(app):
    registry.register(PARCEL)
    assert registry.source_of("file-parcel").module == __name__
    path = app / "sagas" / "parcel.json"
    path.write_text('{"name": "file-parcel", "segments": [{"name": "a", "style": "orchestrated", "steps": []}]}')
    other = app / "sagas" / "same.yaml"
    other.write_text(written(dump(PARCEL)))
    discovery.discover_files(app)
    assert registry.get_saga("file-parcel") is PARCEL, "the code is used until one source is removed"
    (first, broken), (second, twice) = discovery.file_faults()
    assert (first, second) == (str(path), str(other))
    assert "it has no steps" in broken
    assert twice == f"The saga 'file-parcel' has two sources: {__name__} and {other}; remove one of them."


def test_two_files_with_one_name_are_a_fault_even_if_they_are_equal(app):
    for name in ("a.yaml", "b.yaml"):
        (app / "sagas" / name).write_text(written(dump(PARCEL)))
    discovery.discover_files(app)
    ((path, fault),) = discovery.file_faults()
    assert path == str(app / "sagas" / "b.yaml")
    assert str(app / "sagas" / "a.yaml") in fault


def test_the_check_names_each_broken_file_and_the_others_are_read(app):
    (app / "sagas" / "broken.yaml").write_text("name: [")
    (app / "sagas" / "latin.yaml").write_bytes(b"name: \xff")
    (app / "sagas" / "parcel.yaml").write_text(written(dump(PARCEL)))
    (app / "sagas" / "notes.txt").write_text("not a definition")
    discovery.discover_files(app)
    assert [saga.name for saga in registry.sagas()] == ["file-parcel"]
    assert [(error.id, Path(error.obj).name) for error in files_are_definitions()] == [
        ("sagaflow.E010", "broken.yaml"),
        ("sagaflow.E010", "latin.yaml"),
    ]


def test_remarks_are_legal_and_survive_a_change_but_do_not_count(app):
    text = (
        "name: file-parcel\nnote: Talk to the shop first.\nx-owner: {chat: '#parcels'}\nsegments:\n- name: main\n"
        "  style: orchestrated\n  note: short\n  steps:\n  - name: pack\n    note: by hand\n    action: stock.pack\n"
        "    undo: stock.unpack\n    x-cost: 3\n"
    )
    (app / "sagas" / "parcel.yaml").write_text(text)
    discovery.discover_files(app)
    assert registry.get_saga("file-parcel").digest == PARCEL.digest
    document = saga_files.parse("parcel.yaml", text)
    document["segments"][0]["steps"][0]["timeout"] = 30
    assert splice(text, document).replace("    timeout: 30\n", "") == text


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path):
    path = tmp_path / "order.yaml"
    path.write_bytes(b"old")
    path.chmod(0o640)
    saga_files.replace(path, b"old", b"new")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o640)
    assert [item.name for item in tmp_path.iterdir()] == ["order.yaml"]


def test_an_unchanged_file_is_not_touched(tmp_path):
    path = tmp_path / "order.yaml"
    path.write_bytes(b"same")
    before = path.stat()
    saga_files.replace(path, b"same", b"same")
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize(
    ("there", "before", "why"),
    [
        (b"theirs", b"mine", "has changed in the meantime"),
        (None, b"mine", "is gone"),
        (b"theirs", None, "exists already"),
    ],
)
def test_a_file_that_others_changed_is_never_overwritten(tmp_path, there, before, why):
    path = tmp_path / "order.yaml"
    if there is not None:
        path.write_bytes(there)
    with pytest.raises(saga_files.FileChanged, match=why):
        saga_files.replace(path, before, b"new")
    assert (path.read_bytes() if there is not None else path.exists()) == (there or False)


def test_a_link_stays_a_link(tmp_path):
    real, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    real.write_bytes(b"old")
    link.symlink_to(real)
    saga_files.replace(link, b"old", b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"

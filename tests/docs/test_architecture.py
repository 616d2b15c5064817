"""The architecture page names modules and folders that exist, and where a kind of step has to be added."""

import re
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT

pytestmark = pytest.mark.quick

PAGE = (ROOT / "docs" / "architecture.md").read_text()
SOURCE = ROOT / "sagaflow"


def section(title: str) -> str:
    return PAGE.partition(f"### {title}\n")[2].partition("\n## ")[0].partition("\n### ")[0]


def named(text: str) -> list[str]:
    """The paths of modules in a section, from the package on."""
    return [path for path in re.findall(r"`([\w/<>]+\.py)`", text) if "<" not in path]


@pytest.mark.parametrize("title", ["Where to look", "To add something"])
def test_the_modules_that_a_table_names_exist(title):
    paths = named(section(title))
    assert paths
    assert [path for path in paths if not (SOURCE / path).exists()] == []


def test_every_folder_of_the_framework_has_its_row():
    rows = re.findall(r"^\| (`[^|]+`) \|", section("Where things are"), re.MULTILINE)
    folders = {name.removeprefix("sagaflow/") for row in rows for name in re.findall(r"`([\w/]+)`", row)}
    packages = {path.parent for path in SOURCE.rglob("__init__.py")} - {SOURCE}
    missing = [
        str(package.relative_to(SOURCE))
        for package in packages
        if not any(part.as_posix() in folders or part.name in folders for part in _parents(package.relative_to(SOURCE)))
    ]
    assert sorted(missing) == ["core", "store"], "these two are told room by room"


def _parents(folder: Path) -> list[Path]:
    return [folder, *(parent for parent in folder.parents if parent != Path())]


def test_the_modules_that_decide_are_there():
    rows = re.findall(r"^\| ([^|]+) \|", PAGE.partition("| Module | Decides |")[2].partition("\n\n")[0], re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    modules = {path.stem for path in (SOURCE / "core").rglob("*.py")} | {"lint"}
    assert len(names) > 10
    assert set(names) <= modules

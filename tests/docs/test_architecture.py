"""The architecture page names modules and folders that exist, and all the modules where something has to be added."""

import ast
import re
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from sagaflow.conf import BROKERS
from sagaflow.core.definition.parts import Step
from sagaflow.core.definition.work import kinds
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.state import StepStatus
from sagaflow.core.run.verbs import VERBS
from sagaflow.management.commands.sagaflow import SUBCOMMANDS
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


FAMILIES = {
    "a kind of step": {kind.__name__ for kind in kinds()},
    "a field of a step, a segment or a retry policy": {f"'{field.name}'" for field in fields(Step)},
    "a verb of operators": {f"'{verb}'" for verb in VERBS},
    "a status": {f"StepStatus.{status.name}" for status in StepStatus},
    "a broker": {f"'{scheme}'" for scheme in BROKERS},
    "a reason for attention": {f"Attention.{reason.name}" for reason in Attention},
    "a rule of the linter": {path.stem for path in (SOURCE / "core" / "lint").glob("*.py")} - {"__init__", "finding"},
    "a sub-command": {f"'{name}'" for name in SUBCOMMANDS},
}
"""The thing to add → the names by which modules list its family. Texts and declared fields are in quotes."""


@cache
def mentioned(path: Path) -> frozenset[str]:
    """The names that a module imports or uses, the fields that it declares, and its texts; the last two in quotes."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.ImportFrom(module=str(module), names=imported):
                names |= {module.rpartition(".")[2], *(alias.name for alias in imported)}
            case ast.Attribute(value=ast.Name(id=owner), attr=attribute):
                names |= {attribute, f"{owner}.{attribute}"}
            case ast.AnnAssign(target=ast.Name(id=text)) | ast.Constant(value=str(text)):
                names.add(f"'{text}'")
            case ast.Name(id=name):
                names.add(name)
            case ast.ClassDef(name=name, body=body):
                constants = [target for item in body if isinstance(item, ast.Assign) for target in item.targets]
                names |= {name, *(f"{name}.{target.id}" for target in constants if isinstance(target, ast.Name))}
    return frozenset(names)


def rows_to_add() -> dict[str, list[str]]:
    """The thing to add → the paths that its row names."""
    rows = re.findall(r"^\| ([^|]+) \| (.+) \|$", section("To add something"), re.MULTILINE)
    return {what: named(where) for what, where in rows if what in FAMILIES}


@pytest.mark.parametrize("what", FAMILIES)
def test_a_module_that_lists_a_family_stands_in_its_row(what):
    family, row = FAMILIES[what], rows_to_add()[what]
    modules = (path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
    listing = [path for path in modules if 2 * len(family & mentioned(path)) > len(family)]
    assert listing
    assert {path.relative_to(SOURCE).as_posix() for path in listing} - set(row) == set()

"""The project's own files agree with each other."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "sagaflow/__init__.py"
PURE = [*(ROOT / "sagaflow/core").rglob("*.py"), PACKAGE, ROOT / "designer/document.py"]
CLOCK_CHANCE_AND_IO = {
    *("asyncio", "io", "locale", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil"),
    *("socket", "subprocess", "sys", "tempfile", "threading", "time", "uuid", "warnings"),
}
FOREIGN = {"json_schema": ("jsonschema", "referencing"), "patterns": ("re2",), "suggestions": ("rapidfuzz",)}
"""The libraries that a module uses and that do no I/O for it, by module."""


def lines(name: str) -> list[str]:
    return [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]


def required(name: str) -> set[str]:
    return {Requirement(line).name.lower() for line in lines(name) if line and not line.startswith("-")}


@pytest.mark.parametrize("path", [path for path in PURE if path.exists()], ids=lambda path: path.stem)
def test_a_pure_module_imports_no_clock_no_chance_and_nothing_foreign(path):
    allowed = sys.stdlib_module_names - CLOCK_CHANCE_AND_IO | set(FOREIGN.get(path.stem, ()))
    if path == PACKAGE:
        allowed |= {"sagaflow"}  # the next test lists what it imports
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                imported = [alias.name for alias in names]
            case ast.ImportFrom(module=module, level=0):
                imported = [module]
            case _:
                continue
        for name in imported:
            assert name.split(".")[0] in allowed or name.startswith("sagaflow.core"), f"{path.name} imports {name}"


def test_importing_the_package_imports_nothing_foreign():
    program = "import sys, sagaflow; print(sorted({name.split('.')[0] for name in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"django", "dramatiq", "channels", "graphviz"}.isdisjoint(ast.literal_eval(run.stdout))


def test_the_package_asks_for_what_the_site_is_locked_to():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(item for extra in project["optional-dependencies"].values() for item in extra)]
    assert {Requirement(item).name.lower() for item in asked} == required("requirements.in")


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_every_dependency_has_its_reason(name):
    for line in (ROOT / name).read_text().splitlines():
        assert not re.match(r"\w", line) or " # " in line, f"{line} has no reason"


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_the_lock_has_a_hash_for_everything_that_is_asked_for_and_no_address(name):
    lock = (ROOT / f"{name}.txt").read_text()
    assert "://" not in lock
    pinned = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    assert required(f"{name}.in") <= pinned | {"psycopg"}
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:])

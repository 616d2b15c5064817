"""A project that belongs to other people, made for one test: a few files, and the wheel of Sagaflow on its path."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "UV", "Host", "build", "others", "run", "unpack"]

ROOT = Path(__file__).parents[2]
PROJECT = Path(__file__).parent / "project"
FOREIGN = ("DJANGO_", "DATABASE_URL", "PARTICIPANT_", "SAGAFLOW_", "PYTEST_", "SECRET_KEY", "PYTHONPATH", "COV_")
UV = Path(sys.executable).with_name("uv")
PATIENCE = 120
OLDEST, NEWEST = 11, 13
"""The minor versions of Python 3 on which Sagaflow is tested."""


def run(*words: Path | str) -> None:
    """Run a command that has to succeed."""
    subprocess.run([str(word) for word in words], check=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)


def others() -> list[tuple[tuple[int, int], Path]]:
    """Version and interpreter of each other Python that this machine has, and that Sagaflow supports."""
    places = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep)]
    places += sorted(Path.home().glob(".pyenv/versions/*/bin"))
    found = {}
    for minor in range(OLDEST, NEWEST + 1):
        names = [place / f"python3.{minor}" for place in places if place.name != "shims"]
        there = [name for name in names if name.is_file() and (3, minor) != sys.version_info[:2]]
        found.update({(3, minor): there[0]} if there else {})
    return list(found.items())


def build(folder: Path) -> Path:
    """The wheel of this checkout."""
    run(
        UV,
        "build",
        "--wheel",
        "--no-build-isolation",
        "--offline",
        "-q",
        "--python",
        sys.executable,
        "-o",
        folder,
        ROOT,
    )
    [wheel] = folder.glob("*.whl")
    return wheel


def unpack(wheel: Path, folder: Path) -> Path:
    """A folder with the content of the wheel, for the Python of these tests, which has the libraries already."""
    run(
        UV,
        "pip",
        "install",
        "--offline",
        "-q",
        "--no-deps",
        "--compile-bytecode",
        "--python",
        sys.executable,
        "--target",
        folder,
        wheel,
    )
    return folder


class Host:
    """A project in ``folder`` that finds Sagaflow in ``library``."""

    def __init__(self, folder: Path, library: Path | None, *, python: Path | str = sys.executable) -> None:
        self.folder, self.python = folder, python
        shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__"))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        self.environment = kept | ({"PYTHONPATH": str(library)} if library else {})

    def settle(self, text: str) -> None:
        """Add to the end of the settings."""
        path = self.folder / "mysite" / "settings.py"
        path.write_text(path.read_text() + text)

    def write(self, name: str, text: str) -> None:
        """Add a file."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)

    def run(self, *words: str, code: int = 0) -> str:
        """The output of Python with the arguments ``words``. Its exit code has to be ``code``."""
        ended = subprocess.run(
            [self.python, "-W", "error::DeprecationWarning:sagaflow", *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert ended.returncode == code, f"{' '.join(words)} ended with {ended.returncode}:\n{ended.stdout}"
        return ended.stdout

    def manage(self, *words: str, code: int = 0) -> str:
        """The output of a management command."""
        return self.run("manage.py", *words, code=code)

    def tour(self) -> dict[str, Any]:
        """Migrate, and visit every page."""
        self.manage("migrate", "--verbosity", "0")
        found: dict[str, Any] = json.loads(self.run("tour.py").splitlines()[-1])
        assert found["ends"] == ["completed", "rolled_back"]
        assert found["faults"] == []
        assert {tuple(codes) for codes in found["pages"].values()} <= {(200, 302), (200, 401)}, found["pages"]
        assert str(ROOT) not in found["from"], "it is not the wheel that was looked at"
        return found

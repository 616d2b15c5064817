"""The repository of a file: its branch and its last commit, read from its files. No command is run."""

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Head", "head_of", "path_of"]

COMMIT = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True, slots=True)
class Head:
    """The state of a working tree: its branch (empty: none is checked out) and its last commit (empty: none yet)."""

    branch: str
    commit: str


def path_of(path: Path) -> str:
    """Return the path of a file in its repository; outside of one, its name."""
    top = _top(path)
    return path.resolve().relative_to(top).as_posix() if top else path.name


def head_of(path: Path) -> Head | None:
    """Return the head of the repository that a file is in; ``None``: it is in none, or that cannot be read."""
    top = _top(path)
    if top is None:
        return None
    try:
        own = _directory(top / ".git")
        common = own / (own / "commondir").read_text().strip() if (own / "commondir").exists() else own
        head = (own / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return Head("", head if COMMIT.fullmatch(head) else "")
        name = head.removeprefix("ref: ")
        return Head(name.removeprefix("refs/heads/"), _commit(own, common, name))
    except (OSError, UnicodeDecodeError, ValueError):
        return None


def _top(path: Path) -> Path | None:
    return next((folder for folder in path.resolve().parents if (folder / ".git").exists()), None)


def _directory(git: Path) -> Path:
    """Return the directory of the repository; a linked working tree has a file that names it."""
    return git if git.is_dir() else git.parent / git.read_text().strip().removeprefix("gitdir: ")


def _commit(own: Path, common: Path, name: str) -> str:
    for place in (own, common):
        if (place / name).is_file():
            return (place / name).read_text().strip()
    packed = common / "packed-refs"
    lines = packed.read_text().splitlines() if packed.is_file() else []
    return next((line.split(" ")[0] for line in lines if line.endswith(f" {name}")), "")

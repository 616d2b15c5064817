"""Finds the programs of a server on PATH and in the folders that distributions use."""

import shutil
import subprocess
from glob import glob
from os import pathsep


class MissingServer(Exception):
    """A server is not installed; the message says how to install it."""

    def __init__(self, program: str, package: str) -> None:
        super().__init__(f"There is no {program} on this machine. Install it: apt-get install {package}")


def find(program: str, package: str, *folders: str) -> str:
    """The path of the program. Folders (patterns; the newest version wins) are searched after PATH."""
    hidden = pathsep.join(path for folder in folders for path in sorted(glob(folder), key=_version, reverse=True))
    found = shutil.which(program) or shutil.which(program, path=hidden or None)
    if not found:
        raise MissingServer(program, package)
    return found


def postgresql(program: str) -> str:
    return find(program, "postgresql", "/usr/lib/postgresql/*/bin", _pg_config(), "/usr/local/pgsql/bin")


def _pg_config() -> str:
    program = shutil.which("pg_config")
    return (
        subprocess.run([program, "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
        if program
        else ""
    )


def _version(folder: str) -> list[int]:
    return [int(part) for part in folder.split("/") if part.isdigit()]

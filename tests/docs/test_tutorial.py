"""Follows the tutorial exactly: a new Django project in an empty folder, its files, its commands, its processes."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, blocks
from tests.docs.reader import CATCH, agrees, dialogue
from tests.servers.waiting import until

TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text()
SERVER = "python manage.py sagaflow up --port 8001"
FOREIGN = ("DJANGO_", "DATABASE_URL", "PARTICIPANT_", "SAGAFLOW_", "PYTEST_", "SECRET_KEY")


def installed(folder: Path) -> Path:
    """The content of an installed wheel: the packages, with the templates inside."""
    for package in ("sagaflow", "designer", "examples"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "templates", folder / "sagaflow" / "templates")
    return folder


class Learner:
    """A reader at a terminal in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        library = installed(folder.with_suffix(".library"))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        self.environment = kept | {"PATH": path, "PYTHONPATH": str(library), "COLUMNS": "160", "NO_COLOR": "1"}
        self.code = 0

    def write(self, block) -> None:
        path = self.folder / block.title
        path.parent.mkdir(exist_ok=True)
        before = path.read_text() if "append" in block.info else ""
        path.write_text(before + block.text)

    def run(self, command: str) -> str:
        if command == "echo $?":
            return f"{self.code}\n"
        if caught := CATCH.match(command):
            self.environment[caught[1]] = self.run(caught[2]).strip()
            return ""
        ended = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        self.code = ended.returncode
        return ended.stdout

    @contextmanager
    def terminal(self) -> Iterator[Callable[[str], None]]:
        """A second terminal that keeps `sagaflow up` running, on any free port: the last `--port` counts."""
        log = self.folder.with_suffix(".log")
        started = []

        def leave(command: str) -> None:
            words = ["bash", "-c", f"exec {command} --port 0"]
            with log.open("wb") as said:
                started.append(subprocess.Popen(words, cwd=self.folder, env=self.environment, stdout=said, stderr=said))
            until(lambda: "is up at" in log.read_text() or started[-1].poll() is not None, "sagaflow up")
            assert started[-1].poll() is None, log.read_text()
            address = re.search(r"http://([^/\s]+)/", log.read_text())
            assert address, log.read_text()
            site = HTTPConnection(address[1], timeout=20)
            site.request("GET", "/")
            (stranger := site.getresponse()).read()
            site.request("GET", stranger.headers["Location"])
            page = site.getresponse()
            assert page.status == HTTPStatus.OK
            assert b"csrfmiddlewaretoken" in page.read()
            site.close()

        try:
            yield leave
        finally:
            for process in started:
                process.terminate()
                process.wait(20)


@pytest.mark.servers
def test_the_tutorial_leads_where_it_says(tmp_path):
    learner = Learner(tmp_path)
    with learner.terminal() as leave_running:
        for block in blocks(TUTORIAL):
            if block.language == "python":
                learner.write(block)
            for command, expected in dialogue(block.text) if block.language == "console" else ():
                if command == SERVER:
                    leave_running(command)
                    continue
                printed = learner.run(command)
                place = f"line {block.line}: $ {command}"
                assert agrees(expected, printed), f"{place}\nprints\n{printed}\nbut the page says\n{expected}"
                assert learner.code == 0 or ends_badly(block.text, command), f"{place}\nends badly:\n{printed}"


def ends_badly(text, command):
    """True if the page shows that the exit code is not 0, or the command waits for a parked run."""
    return "echo $?" in text or "--until-parked" in command

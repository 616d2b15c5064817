"""Each page is followed in its order, on the databases of the tests."""

import json
import re

import pytest

from examples.streamtech import demo
from sagaflow.testing import moving_clock
from tests.docs.markdown import PAGES, ROOT, blocks
from tests.docs.reader import Reader, dialogue

TUTORIAL = ROOT / "docs" / "tutorial.md"
COMMANDS = ROOT / "docs" / "reference" / "commands.md"
DONE_ELSEWHERE = {TUTORIAL, COMMANDS}
"""test_tutorial.py does one of them; the other is written from the help of the commands, which have their own tests."""
LANGUAGES = {"sql", "python", "console", "text", "sh", "json", "http", "ini", "mermaid", "yaml", "nginx"}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def commands(page):
    return [block for block in blocks(page.read_text()) if block.language in {"python", "console", "http"}]


@pytest.mark.django_db(transaction=True, databases="__all__")
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page not in DONE_ELSEWHERE and commands(page)],
    ids=lambda page: str(page.relative_to(ROOT)),
)
@pytest.mark.usefixtures("_sagas_that_can_run")
def test_what_the_page_says_works(page, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    demo.load()
    with moving_clock():
        Reader(str(page.relative_to(ROOT))).read(page.read_text())


@pytest.mark.quick
@each_page
def test_every_block_says_its_language(page):
    languages = {block.language for block in blocks(page.read_text())}
    assert languages <= LANGUAGES


@pytest.mark.quick
@each_page
def test_every_console_block_has_a_command_that_is_run(page):
    if page in DONE_ELSEWHERE:
        return
    for block in blocks(page.read_text()):
        assert block.language != "console" or any(dialogue(block.text)), f"line {block.line} has no prompt"


@pytest.mark.quick
@each_page
def test_json_is_json(page):
    for block in blocks(page.read_text()):
        if block.language == "json":
            json.loads(block.text)


@pytest.mark.quick
@each_page
def test_make_knows_every_task_that_is_named(page):
    tasks = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE)
    assert set(named) <= tasks


@pytest.mark.quick
@each_page
def test_no_page_names_a_place_on_a_machine_of_its_author(page):
    assert not re.search(r"/work/|/root/|/home/", page.read_text())

"""docs/reference/commands.md has the help of the parsers, and the help of every command is complete."""

import argparse
import shlex

import pytest

from sagaflow.management import reference
from sagaflow.management.commands.sagaflow import SUBCOMMANDS

pytestmark = pytest.mark.quick
PARSERS = reference._parsers()
OURS = (
    "start runs show watch publish approve answer operate draw sequence lint simulate verify plan".split()  # noqa: SIM905
)


def test_the_page_is_up_to_date():
    remedy = "run `python -m sagaflow.management.reference`"
    assert reference.FILE.read_text() == reference.written(), remedy


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_argument_has_its_help(name):
    lacking = [each.dest for each in PARSERS[name]._actions if each.help is None]
    assert lacking == []


@pytest.mark.parametrize("name", OURS)
def test_every_example_is_understood(name):
    examples = PARSERS[name].description.partition("Examples:\n")[2].splitlines()
    assert examples
    for line in examples:
        words = shlex.split(line.partition("manage.py sagaflow ")[2].split(" | ")[0].partition(" < ")[0])
        assert words[0] == name
        assert isinstance(PARSERS[name].parse_args(words[1:]), argparse.Namespace)

"""`manage.py sagaflow` has one entry point, one kind of output and four exit codes."""

import argparse
import io
import json
import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.management.commands import sagaflow
from sagaflow.management.output import CommandFailed, Exit, Output
from sagaflow.registry import UnknownSaga

pytestmark = pytest.mark.quick


def answering(result):
    """A sub-command that returns or raises the result."""

    def handle(options, out):
        if isinstance(result, BaseException):
            raise result
        return result

    return SimpleNamespace(handle=handle)


def run(result, *, as_json=False):
    stdout, stderr = io.StringIO(), io.StringIO()
    code = sagaflow.run(answering(result), argparse.Namespace(), Output(stdout, stderr, as_json=as_json))
    return code, stdout.getvalue(), stderr.getvalue()


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (None, 0),
        (Exit.FAILED, 1),
        (CommandFailed("It broke."), 1),
        (CommandFailed("Which one?", Exit.USAGE), 2),
        (InvalidPayload("NaN is no JSON."), 2),
        (Refused("It ended."), 3),
        (UnknownSaga("There is no saga 'ordr'."), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_outcome_has_its_exit_code(result, code):
    assert run(result)[0] == code


def test_an_error_is_a_sentence_on_stderr_for_people():
    _, stdout, stderr = run(Refused("Run [7] ended."))
    assert (stdout, stderr) == ("", "Run [7] ended.\n")


def test_an_error_is_one_document_on_stdout_for_machines():
    _, stdout, stderr = run(Refused("Run 7 ended."), as_json=True)
    assert (json.loads(stdout), stderr) == ({"error": {"kind": "Refused", "message": "Run 7 ended."}}, "")


def test_what_is_said_to_people_does_not_disturb_machines():
    stdout = io.StringIO()
    out = Output(stdout, io.StringIO(), as_json=True)
    out.say("Working.")
    out.table(["run"], [["7"]])
    out.answer({"runs": [7]}, lambda: out.say("7"))
    assert json.loads(stdout.getvalue()) == {"runs": [7]}


def test_a_table_shows_values_and_survives_what_looks_like_markup():
    stdout = io.StringIO()
    Output(stdout, io.StringIO()).table(["run", "error"], [[7, None], ["8", "[/x]"]])
    assert [line.split() for line in stdout.getvalue().splitlines()] == [["run", "error"], ["7"], ["8", "[/x]"]]


@pytest.mark.parametrize("name", sagaflow.SUBCOMMANDS)
def test_every_sub_command_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("sagaflow", name, "--help")
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "--json" in text
    assert "exit codes" in text


def test_an_unknown_sub_command_is_bad_usage_and_the_known_ones_are_listed(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["manage.py", "sagaflow", "fly"])
    with pytest.raises(SystemExit) as ended:
        sagaflow.Command().run_from_argv(sys.argv)
    assert ended.value.code == Exit.USAGE
    assert "worker" in capsys.readouterr().err


def test_calling_it_from_python_with_bad_options_raises():
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("sagaflow", "fly")

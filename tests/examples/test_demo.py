"""`manage.py sagaflow demo`, as a user runs it: in a separate process, on separate databases."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[2]
SHOWS = ["fulfilled", "not-on-the-shelf", "no-van-for-two-days"]


@pytest.fixture
def site(tmp_path):
    """The environment of a new machine."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV")}
    databases = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/runs.sqlite3",
        "PARTICIPANT_DATABASE_URL": f"sqlite:///{tmp_path}/participant.sqlite3",
    }
    return kept | databases | {"DJANGO_SETTINGS_MODULE": "config.settings"}


def demo(site, *arguments, program=("manage.py",)):
    command = [sys.executable, *program, "sagaflow", "demo", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=site, capture_output=True, text=True, check=False)


def test_the_demo_prints_its_runs_draws_them_and_works_twice(site, tmp_path):
    for _ in range(2):
        ended = demo(site, "--output", tmp_path / "pictures")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert ended.stdout.count("everything is as declared") == 3
        assert "Traceback" not in ended.stdout + ended.stderr
        for word in (
            "PaymentTaken",
            "ItemNotOnShelf",
            "semantically undone",
            "an e-mail cannot be unsent",
            "Fleetfoot",
        ):
            assert word in ended.stdout
    assert sorted(path.stem for path in (tmp_path / "pictures").glob("*.svg")) == sorted(SHOWS)
    assert all("<svg" in path.read_text() for path in (tmp_path / "pictures").iterdir())


def test_for_machines_it_is_one_json_document(site, tmp_path):
    ended = demo(site, "not-on-the-shelf", "--output", tmp_path, "--json")
    (show,) = json.loads(ended.stdout)["shows"]
    assert (show["name"], show["fault"], show["run"]["status"]) == ("not-on-the-shelf", "", "rolled_back")
    assert {row["step"]: row["outcome"] for row in show["rollbacks"][0]["steps"]}["award_points"] == "compensated"


@pytest.mark.parametrize(
    ("plant", "complaint"),
    [
        ("showcases.PRICE += 100", "tables of the services are not as declared"),
        ("warehouse.StockMovement.leave = classmethod(lambda *_, **__: True)", "movements: declared"),
    ],
    ids=["another price is declared", "a service forgets what it did"],
)
def test_it_fails_when_something_is_not_as_declared(site, tmp_path, plant, complaint):
    program = tmp_path / "planted.py"
    program.write_text(PLANTED.format(plant=plant))
    ended = demo(site | {"PYTHONPATH": str(ROOT)}, "fulfilled", "--output", tmp_path, program=[str(program)])
    assert ended.returncode == 1
    assert complaint in ended.stdout
    assert "1 of 1 runs did not end as declared: fulfilled." in ended.stdout


PLANTED = """
import sys
import django
django.setup()
from django.core.management import execute_from_command_line
from examples.streamtech import showcases
from examples.streamtech.participants import warehouse
prepare = showcases._prepare
def planted(token):
    given = prepare(token)
    {plant}
    return given
show = showcases.SHOWCASES[0]
object.__setattr__(show, "prepare", planted)
execute_from_command_line(sys.argv)
"""


def test_an_unknown_show_is_refused_with_the_names_of_those_that_there_are(site):
    ended = demo(site, "nothing")
    assert ended.returncode == 3
    assert all(name in ended.stderr for name in SHOWS)


def test_the_data_of_the_examples_can_be_loaded_twice(site):
    for _ in range(2):
        ended = demo(site, "--load", "--json")
        assert ended.returncode == 0, ended.stderr
        assert sorted(json.loads(ended.stdout)["loaded"]) == [
            "musiccorp",
            "orders",
            "provisioning",
            "streamtech",
            "travel",
            "verification",
        ]

"""Each test uses the wheel of Sagaflow in a project that belongs to other people, with a different setup each."""

import json
import re
import zipfile

import pytest

from tests.hosts.host import ROOT, Host, others, run

pytestmark = [pytest.mark.servers]

OTHERS = others()
OWN_USER = """
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class Manager(BaseUserManager):
    def create_superuser(self, email, password):
        user = self.model(email=email, is_staff=True, is_superuser=True)
        user.set_password(password)
        user.save()
        return user


class Person(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(unique=True)
    is_staff = models.BooleanField(default=False)
    USERNAME_FIELD = "email"
    objects = Manager()
"""
DELEGATED = """
from sagaflow import access, engine
saga, state = engine.state(engine.start("parcel", {"label": "light"}, by="host"))
print([why for why in [access.why_not_delegate("boss@example.com", saga, "look", state)] if why])
print(access.why_not_delegate("away@example.com", saga, "look", state))
"""
ROUTER = """
class Router:
    def db_for_read(self, model, **hints):
        return "{alias}" if model._meta.app_label == "{app}" else None

    db_for_write = db_for_read

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return db == ("{alias}" if app_label == "{app}" else "default")
"""
SECOND = '\nDATABASES["other"] = SQLITE | {"NAME": BASE_DIR / "other.sqlite3"}\n'
FOREIGN = """
from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    vendor = "mysql"
    display_name = "MySQL"
"""
HOST_TESTS = """
from django.contrib.auth.models import Group
from django.test import LiveServerTestCase, TestCase, TransactionTestCase

from sagaflow import engine
from sagaflow.models import Run
from sagaflow.testing import given


class Committed(TransactionTestCase):
    def test_1(self):
        Group.objects.create(name="x")
        given("parcel", {"label": "heavy"}).run().is_("rolled_back")

    def test_2(self):
        self.assertEqual(Group.objects.count(), 0)
        self.assertEqual(Run.objects.count(), 0)
        Group.objects.create(name="x")
        given("parcel", {"label": "heavy"}).run().is_("rolled_back")


class Reserialized(TransactionTestCase):
    serialized_rollback = True

    def test_1(self):
        given("parcel", {"label": "heavy"}).run().is_("rolled_back")

    def test_2(self):
        given("parcel", {"label": "heavy"}).run().is_("rolled_back")


class Narrowed(TransactionTestCase):
    available_apps = ["django.contrib.auth", "django.contrib.contenttypes", "sagaflow", "shop"]

    def test_1(self):
        engine.start("parcel", {"label": "light"})


class Served(LiveServerTestCase):
    def test_1(self):
        engine.start("parcel", {"label": "light"})

    def test_2(self):
        Group.objects.create(name="x")


class RolledBack(TestCase):
    def test_1(self):
        engine.start("parcel", {"label": "light"})
"""


def test_the_wheel_has_our_names_and_no_others(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert wheel.name.startswith("django_sagaflow-")
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"sagaflow", "designer"}
    assert "sagaflow/templates/designer/home.html" in names
    assert not [name for name in names if "test" in name.split("/")[0] or name.endswith(".pyc")]


def test_a_project_with_nothing_special(on_each):
    assert "no issues" in on_each.manage("check", "--fail-level", "WARNING")
    on_each.tour()
    assert "no issues" in on_each.manage("check", "--database", "default", "--fail-level", "WARNING")


def test_users_without_a_username(host):
    host.write("people/__init__.py", "")
    host.write("people/models.py", OWN_USER)
    host.settle('\nINSTALLED_APPS += ["people"]\nAUTH_USER_MODEL = "people.Person"\n')
    host.manage("makemigrations", "people")
    host.tour()
    told = host.manage("shell", "-c", DELEGATED).splitlines()
    assert told[-2:] == [
        "[]",
        "There is no active user 'away@example.com'; enter the user name of a person who can log in.",
    ]


@pytest.mark.parametrize(("app", "model"), [("sagaflow", "sagaflow.Run"), ("auth", "auth.User")])
def test_a_router_that_sends_runs_or_users_elsewhere_is_refused(host, app, model):
    host.write("mysite/routers.py", ROUTER.format(alias="other", app=app))
    host.settle(SECOND + 'DATABASE_ROUTERS = ["mysite.routers.Router"]\n')
    told = host.manage("check", code=1)
    assert "sagaflow.E009" in told
    assert f'sends {model} to "other"' in told


def test_a_router_that_sends_others_elsewhere_does_not_matter(host):
    host.write("mysite/routers.py", ROUTER.format(alias="other", app="shelf"))
    host.settle(SECOND + 'DATABASE_ROUTERS = ["mysite.routers.Router"]\n')
    host.tour()
    host.manage("migrate", "--database", "other", "--verbosity", "0")


def test_another_database_of_another_vendor(host):
    host.write("mysite/foreign/__init__.py", "")
    host.write("mysite/foreign/base.py", FOREIGN)
    host.settle('\nDATABASES["legacy"] = {"ENGINE": "mysite.foreign", "NAME": BASE_DIR / "legacy.sqlite3"}\n')
    assert "no issues" in host.manage("check", "--database", "legacy", "--fail-level", "WARNING")
    host.manage("migrate", "--database", "legacy", "--verbosity", "0")
    host.tour()


def test_naive_times_are_refused(host):
    host.settle("\nUSE_TZ = False\n")
    assert "sagaflow.E007" in host.manage("check", code=1)


def test_a_sub_path_behind_a_proxy(host):
    host.settle('\nFORCE_SCRIPT_NAME = "/ops"\nLOGIN_URL = "/ops/admin/login/"\n')
    links = host.tour()["links"]
    assert links
    assert [link for link in links if not f"{link}/".startswith("/ops/")] == []


def test_no_admin(host):
    host.settle('\nINSTALLED_APPS.remove("django.contrib.admin")\nLOGIN_URL = "/api/docs"\n')
    assert "no issues" in host.manage("check", "--fail-level", "WARNING")
    host.tour()


def test_files_are_collected_and_served_by_others(host):
    host.manage("collectstatic", "--no-input", "--verbosity", "0")
    collected = {
        path.relative_to(host.folder / "collected").parts[0] for path in (host.folder / "collected").rglob("*.js")
    }
    assert "designer" in collected


def test_wsgi_alone(host):
    """Neither Channels nor Daphne is an app of this project, so the pages poll."""
    assert host.tour()["wsgi"] == "WSGIHandler"


def test_a_project_that_only_works_has_no_addresses(host):
    host.settle("\ndel ROOT_URLCONF\n")
    host.manage("migrate", "--verbosity", "0")
    assert "no issues" in host.manage("check", "--fail-level", "WARNING")


def test_another_language_and_another_time_zone(host):
    host.settle(
        '\nLANGUAGE_CODE = "de"\nTIME_ZONE = "Asia/Kathmandu"\nUSE_I18N = True\nUSE_THOUSAND_SEPARATOR = True\n'
    )
    found = host.tour()
    grouped = re.compile(r"-?\d{1,3}([.,\u00a0]\d{3})+([.,]\d+)?")
    assert [value for page in found["data"] for _, value in page if grouped.fullmatch(value)] == []


def test_the_tests_of_the_host_are_cleaned_up(on_each):
    on_each.write("shop/tests.py", HOST_TESTS)
    told = on_each.manage("test", "--verbosity", "2")
    assert "OK" in told
    assert "Ran 8 tests" in told


def test_history_is_never_flushed_and_can_be_moved_to_another_database(on_each):
    on_each.tour()
    told = on_each.manage("flush", "--no-input", code=1)
    assert "holds the history of runs, which is never deleted" in told
    before = runs_of(on_each)
    assert len(before) == 2
    on_each.manage("sagaflow", "anchor")
    on_each.manage("dumpdata", "sagaflow", "--output", "runs.json")
    on_each.settle(ELSEWHERE)
    if "HOST_POSTGRESQL" in on_each.environment:
        on_each.run("-c", CREATE)
    on_each.manage("migrate", "--verbosity", "0")
    on_each.manage("loaddata", "runs.json")
    assert runs_of(on_each) == before
    on_each.manage("sagaflow", "verify")


def runs_of(host):
    listed = json.loads(host.manage("sagaflow", "runs", "--json"))["runs"]
    return [{name: value for name, value in run.items() if name != "age"} for run in listed]


ELSEWHERE = """
DATABASES["default"] = DATABASES["default"] | {"NAME": str(DATABASES["default"]["NAME"]) + "_again"}
"""
CREATE = """
import json, os, psycopg
parts = json.loads(os.environ["HOST_POSTGRESQL"])
address = f"host={parts['HOST']} port={parts['PORT']} user={parts['USER']} dbname=postgres"
with psycopg.connect(address, autocommit=True) as connection:
    connection.execute(f"CREATE DATABASE {parts['NAME']}_again")
"""


def test_an_app_of_the_host_that_hides_the_pages_is_named(host):
    host.write("designer/__init__.py", "")
    host.write("mysite/urls.py", "urlpatterns = []\n")
    assert "sagaflow.W004" in host.manage("check")


@pytest.mark.parametrize("version", OTHERS, ids=lambda version: "python{}.{}".format(*version[0]))
def test_another_python(tmp_path, wheel, version):
    """Each Python version of this machine; pip gets the library from the package index."""
    _, interpreter = version
    python = tmp_path / "venv" / "bin" / "python"
    run(interpreter, "-m", "venv", tmp_path / "venv")
    locked = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line]
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("\n".join(line.removesuffix("\\") for line in locked))
    install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(python, *install, "--constraint", constraints, f"{wheel}[site]")
    found = Host(tmp_path / "host", None, python=python).tour()
    assert tuple(found["python"]) == version[0]

"""The reference is complete: it names everything that the code has, with the same defaults."""

import re
import typing
from dataclasses import MISSING, fields
from enum import Enum

import pytest
from django.apps import apps

import sagaflow
from sagaflow import conf, engine
from sagaflow.core.definition.saga import Compensation, Saga, Segment, Step
from sagaflow.core.lint import COMPARED, RULES, Severity
from sagaflow.core.participant import Context
from sagaflow.core.run import facts
from sagaflow.core.run.verbs import VERBS
from tests.docs.markdown import ROOT

pytestmark = pytest.mark.quick

EMPTY = {"services": "all", "write_files": "`off`"} | dict.fromkeys(
    ("output_sinks", "second_person", "sources", "anchor_key", "anchor_trusted_keys", "encoder"), "none"
)
REFERENCE = ROOT / "docs" / "reference"
ASKED_FOR = re.compile(r'(?:env|environment)\.\w+\(\s*"(?P<name>[A-Z_]+)"(?P<rest>[^\n]*)|_seconds\("(?P<own>[A-Z_]+)"')


def page(name):
    return (REFERENCE / f"{name}.md").read_text()


def rows(name):
    """The other cells of each row, by the first cell if that is code."""
    found = {}
    for line in page(name).splitlines():
        if line.startswith("| `"):
            first, *rest = (cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1])
            found.setdefault(first, []).append(rest)
    return found


def variables():
    code = [*ROOT.glob("config/*.py"), *ROOT.glob("examples/*/conf.py")]
    for path in code:
        for asked in ASKED_FOR.finditer(path.read_text()):
            yield asked["name"] or asked["own"]
    yield from re.findall(r'databases\.from_url\(\s*env, "([A-Z_]+)"', (ROOT / "config/settings.py").read_text())


def test_every_environment_variable_is_explained():
    named = set(variables())
    assert {"DATABASE_URL", "PARTICIPANT_DATABASE_URL", "SAGAFLOW_BROKER_URL", "STREAMTECH_NEXT_DAY"} <= named
    assert {f"`{name}`" for name in named} - set(rows("settings")) == set()


def test_no_environment_variable_is_explained_that_nobody_reads():
    keys = {field.name.upper() for field in fields(conf.Settings)}
    told = {name.strip("`") for name in rows("settings")}
    assert {name for name in told if re.fullmatch("[A-Z_]+", name)} - set(variables()) - keys == set()


@pytest.mark.parametrize("field", fields(conf.Settings), ids=lambda field: field.name)
def test_every_key_of_the_dictionary_has_its_default(field):
    [row] = rows("settings")[f"`{field.name.upper()}`"]
    default = field.default if field.default is not MISSING else field.default_factory()
    assert row[0] == (f"`{default}`" if default != "" else '`""`')


@pytest.mark.parametrize("field", fields(conf.Settings), ids=lambda field: field.name)
def test_a_variable_of_the_site_has_the_default_of_its_key(field):
    [row] = rows("settings")[f"`SAGAFLOW_{field.name.upper()}`"]
    assert row[0] == EMPTY.get(field.name, f"`{field.default}`")


def test_every_system_check_is_explained():
    code = "".join(path.read_text() for path in (ROOT / "sagaflow" / "checks").glob("*.py"))
    assert {f"`{name}`" for name in re.findall(r"sagaflow\.[EW]\d+", code)} <= set(rows("settings"))


@pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field) for kind in (Saga, Segment, Step) for field in fields(kind)],
    ids=lambda value: getattr(value, "__name__", None) or value.name,
)
def test_every_field_of_a_definition_is_explained_with_its_default(kind, field):
    assert notation(field) in [row[0] for row in rows("definition")[f"`{field.name}`"]]


def notation(field):
    """A default as the page writes it."""
    given = field.default_factory() if field.default_factory is not MISSING else field.default
    names = [name for name in ("Discard", "STANDARD", "PATIENT") if getattr(sagaflow, name) is given]
    match given:
        case _ if given is MISSING:
            return ""
        case Enum():
            return f"`{type(given).__name__}.{given.name}`"
        case str():
            return f'`"{given}"`'
    return f"`{names[0] if names else given}`"


def test_every_field_of_a_compensation_is_named():
    assert all(f"`{field.name}`" in page("definition") for field in fields(Compensation))


def test_every_public_name_is_explained():
    text = page("definition") + page("actions") + page("engine-api")
    assert [name for name in sagaflow.__all__ if not re.search(rf"\b{name}\b", text)] == []


def test_every_attribute_of_the_context_is_explained():
    assert [field.name for field in fields(Context) if f"`{field.name}`" not in page("actions")] == []


def test_every_verb_and_question_of_the_engine_is_explained():
    text = page("engine-api")
    assert [name for name in engine.__all__ if f"`{name}(" not in text and f"`{name}`" not in text] == []
    assert [verb for verb in VERBS if f"`{verb}`" not in rows("engine-api")] == []


def test_every_fact_is_explained():
    named = set(re.findall(r"`(\w+)`", page("events").partition("## Facts in the journal")[2]))
    assert {kind.__name__ for kind in typing.get_args(facts.Fact)} - named == set()


def test_every_address_of_the_api_is_explained():
    from sagaflow.api.urls import api

    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    known = {f"`{method.upper()} {path}`" for path, methods in paths.items() for method in methods}
    assert known == {name for name in rows("http-api") if "/api/" in name}


def test_every_permission_is_explained():
    model = apps.get_model("sagaflow", "Run")
    named = {f"`sagaflow.{name}`" for name, _ in model._meta.permissions}
    assert named <= set(rows("http-api"))


def test_the_glossary_is_in_order():
    terms = re.findall(r"^\| ([\w -]+) \|", page("glossary"), re.MULTILINE)[1:]
    assert terms == sorted(terms, key=str.lower)


def test_every_rule_of_the_linter_is_explained_with_its_severity():
    code = "".join(path.read_text() for path in ROOT.glob("sagaflow/core/lint/*.py"))
    ids = set(re.findall(r'"([a-z]+(?:-[a-z]+)+|uncompensated|unreachable)"', code))
    told = {name.strip("`"): cells[0][0] for name, cells in rows("linter").items()}
    assert set(told) == ids
    assert len(told) == len(RULES) + len(COMPARED)
    assert set(told.values()) == {severity.value for severity in Severity}

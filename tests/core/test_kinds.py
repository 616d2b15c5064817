"""Kinds of step: the facts that each declares, and the requirements for the class of a kind."""

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import sagaflow
from sagaflow.core.definition import kinds, work
from sagaflow.core.definition.direction import Direction
from sagaflow.core.definition.document import dump, load, problems, schema
from sagaflow.core.definition.saga import Compensation, Saga, Step, orchestrated
from sagaflow.core.definition.work import StepKind
from sagaflow.core.errors import InvalidDefinition
from sagaflow.core.lint import lint
from sagaflow.core.run.state import RunStatus
from sagaflow.core.simulation.simulate import Case, simulate
from sagaflow.flowchart.compose import compose
from sagaflow.flowchart.outline import as_text, outline

ROOT = Path(sagaflow.__file__).parent.parent
HOUSE = {"Call", "WaitForEvent", "Timer", "Approval", "SubSaga", "RollBackChild"}


@dataclass(frozen=True)
class Note(StepKind):
    """Write a note."""

    key = "memo"
    about = "Write a note."
    undoes = True

    line: str
    size: float = 1.0
    copies: int = 1
    loud: bool = False

    @property
    def words(self):
        return f"notes {self.line}"

    def perform(self, context):
        return {"note": self.line, "step": context.step}

    def faults(self):
        yield from super().faults()
        if self.copies < 1:
            yield "memo.copies is not positive; give 1 or more", "range"


@pytest.fixture(autouse=True)
def note(monkeypatch):
    monkeypatch.setattr(work, "KINDS", dict(work.KINDS))
    kinds.add(Note)


def saga(**options):
    first = Step("first", Note("a"), undo="pen.strike")
    return Saga("noted", orchestrated("main", first, Step("then", "s.then", **options)))


def test_it_is_written_and_read():
    document = dump(saga(undo=Compensation(does=Note("sorry", copies=2))))
    steps = document["segments"][0]["steps"]
    assert steps[0]["memo"] == {"line": "a", "size": 1, "copies": 1, "loud": False}
    assert steps[1]["undo"] == {"compensate": {"memo": {"line": "sorry", "size": 1, "copies": 2, "loud": False}}}
    assert load(document) == saga(undo=Compensation(does=Note("sorry", copies=2)))
    Draft202012Validator(schema()).validate(document)
    assert schema()["$defs"]["step"]["properties"]["memo"]["description"] == "Write a note."


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"line": 5, "size": 1, "copies": 1, "loud": False}, "'memo.line' is 5; give text"),
        ({"line": "a", "size": 1, "copies": 1.5, "loud": False}, "'memo.copies' is 1.5; give a whole number"),
        ({"line": "a", "size": 1, "copies": 1}, "memo: 'loud' is missing; add it"),
        ({"line": "a", "size": 1, "copies": 1, "loud": False, "x": 1}, "memo: 'x' is not a key of a memo"),
        ("a", "'memo' is 'a'; give an object"),
    ],
)
def test_what_does_not_fit_in_a_document_is_named(value, told):
    segment = {"name": "m", "style": "orchestrated", "steps": [{"name": "n", "memo": value}]}
    document = {"name": "x", "segments": [segment]}
    assert any(told in fault.message for fault in problems(document)), problems(document)
    assert not Draft202012Validator(schema()).is_valid(document)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: Note(5), "memo.line is 5; give string"),
        (lambda: Note("a", copies=True), "memo.copies is True; give integer"),
        (lambda: Note("a", size="wide"), "memo.size is 'wide'; give number"),
        (lambda: Note("a", copies=0), "memo.copies is not positive"),
        (lambda: Note("a\x00"), "memo.line"),
    ],
)
def test_what_does_not_fit_in_python_is_named(made, told):
    with pytest.raises(InvalidDefinition, match=told):
        Saga("x", orchestrated("main", Step("n", made())))


def test_it_is_drawn_and_told_and_linted():
    drawn = compose(saga())
    assert [node.sub for node in drawn.nodes if node.step == "first" and node.kind == "call"] == ["notes a"]
    assert "first (notes a)" in as_text(tuple(outline(saga()))).casefold()
    careless = Saga("noted", orchestrated("main", Step("first", Note("a")), Step("then", "s.then")))
    assert [finding.rule for finding in lint(careless)] == ["uncompensated"]


def test_it_is_simulated_as_an_action_is():
    [end] = (end for end in simulate(saga(), steps={"then"}) if end.case is Case.BUSINESS_ERROR)
    assert (end.status, end.compensated) == (RunStatus.ROLLED_BACK, ("first",))


def test_its_service_is_its_key():
    step = saga().steps["first"]
    assert (step.service, step.does.calls, step.service_of(Direction.UNDO)) == ("memo", "memo.perform", "pen")


def bad(name, **body):
    return dataclass(frozen=True)(type(name, (StepKind,), {"perform": lambda self, context: None, **body}))


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (lambda: type("Loose", (StepKind,), {"key": "loose"}), "is not a frozen dataclass"),
        (lambda: bad("Keyless"), "is not a valid name"),
        (lambda: bad("Spaced", key="two words"), "is not a valid name"),
        (lambda: bad("Retry", key="retry"), "which a step has already"),
        (lambda: bad("Timer", key="timer"), "which a step has already"),
        (lambda: bad("Service", key="service"), "which a step has already"),
        (lambda: bad("Listed", key="listed", __annotations__={"items": list}), "the field 'items'"),
        (lambda: bad("Lists", key="lists", __annotations__={"first": list, "second": list}), "the field 'first'"),
        (lambda: dataclass(frozen=True)(type("Idle", (StepKind,), {"key": "idle"})), "has no method perform"),
    ],
)
def test_a_class_that_cannot_be_a_kind_is_refused(kind, told):
    with pytest.raises(kinds.BadKind, match=told):
        kinds.add(kind())


def test_a_kind_is_registered_as_often_as_its_module_is_imported():
    kinds.add(Note)
    with pytest.raises(kinds.BadKind, match="which a step has already"):
        kinds.add(bad("Other", key="memo"))


def test_the_key_of_a_remark_is_not_that_of_a_kind():
    with pytest.raises(kinds.BadKind, match="has the key 'note', which a step has already"):
        kinds.add(bad("Other", key="note"))


def test_a_kind_that_only_waits_cannot_undo():
    with pytest.raises(InvalidDefinition, match="is incomplete"):
        saga(undo=Compensation(does=sagaflow.Timer(5)))


def test_few_modules_know_one_kind_from_another():
    """Differences between kinds are asked of the kind: only code that reads and writes definitions names classes."""
    found = {}
    for folder in ("sagaflow", "designer"):
        for path in (ROOT / folder).rglob("*.py"):
            nodes = [*ast.walk(ast.parse(path.read_text()))]
            ours = [node for node in nodes if isinstance(node, ast.ImportFrom) and "sagaflow" in str(node.module)]
            imported = {each.name for node in ours for each in node.names}
            used = {node.id for node in nodes if isinstance(node, ast.Name)}
            if names := used & imported & HOUSE:
                found[path.relative_to(ROOT).as_posix()] = names
    assert found == {
        "sagaflow/core/definition/parts.py": {"Call"},
        "sagaflow/sources/python_text.py": {"Call"},
        "sagaflow/core/definition/compensation.py": {"Call"},
        "sagaflow/core/definition/document_schema.py": {"Call"},
        "sagaflow/core/definition/forms.py": {"Call"},
    }

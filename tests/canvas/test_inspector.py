"""Every field of every element appears in the form of the designer, with its value, default and faults."""

from dataclasses import dataclass

import pytest
from hypothesis import given

from designer.canvas.draft import Draft
from designer.canvas.inspector import inspector
from designer.canvas.inspector.work import sample
from sagaflow.core.definition import kinds as own_kinds
from sagaflow.core.definition import work
from sagaflow.core.definition.document import dump, problems
from sagaflow.core.definition.forms import properties
from sagaflow.core.definition.parts import Segment, Step
from sagaflow.core.definition.work import StepKind, kinds
from sagaflow.core.lint import Known
from tests.core.strategies import sagas

pytestmark = pytest.mark.quick

STEP = {"name": "pay", "action": "bank.pay", "undo": {"semantic": "bank.refund", "reason": "a fee"}}
PATH = "segments/main/steps/pay"


def document(**more):
    return {"name": "one", "segments": [{"name": "main", "style": "orchestrated", "steps": [STEP | more]}]}


def fields(form):
    return {field.key: field for group in form.groups for field in group.fields}


@given(sagas(with_ornaments=True))
def test_every_element_of_every_saga_has_a_form_with_all_that_its_document_has(saga):
    data = dump(saga)
    for segment, step in Draft(data).steps():
        form = inspector(data, f"segments/{segment['name']}/steps/{step['name']}")
        shown = {field.name for group in form.groups for field in group.fields if field.value}
        assert step.keys() <= shown
    for segment in data["segments"]:
        shown = {field.name for field in fields(inspector(data, f"segments/{segment['name']}")).values() if field.value}
        assert segment.keys() - {"steps"} <= shown
    assert inspector(data, "saga").sort == "saga"


def test_no_field_of_a_step_or_a_segment_is_missing():
    step = {field.name for field in fields(inspector(document(), PATH)).values()}
    assert properties(Step).keys() - {key for kind in kinds() for key in kind.properties()} <= step
    segment = {field.name for field in fields(inspector(document(), "segments/main")).values()}
    assert properties(Segment).keys() - {"steps"} <= segment


def test_the_undo_is_in_the_form_of_its_step():
    found = fields(inspector(document(), PATH))
    assert found["undo.kind"].value == "semantic"
    assert found["undo.work"].value == "bank.refund"
    assert found["undo.reason"].value == "a fee"


def test_an_action_with_a_probe_says_so_at_its_field():
    for probed, says in ((("bank.pay",), "the participant is asked"), (("bank.refund",), "")):
        known = Known(actions=frozenset({"bank.pay", "bank.refund"}), probed=frozenset(probed))
        help_text = fields(inspector(document(), PATH, known=known))["action"].help
        assert says in help_text
        assert bool(help_text) is bool(says)


def test_the_point_of_no_return_stands_with_the_undo_and_says_its_effect():
    groups = {field.key: group for group in inspector(document(), PATH).groups for field in group.fields}
    assert (groups["pivot"].title, groups["pivot"].is_open) == ("Undo", True)
    assert fields(inspector(document(), PATH))["pivot"].help == "Once it succeeded, nothing is undone any more."


def test_a_default_is_shown_as_such_and_not_as_a_value():
    found = fields(inspector(document(retry={"attempts": 9}), PATH))
    assert (found["retry.attempts"].value, found["retry.attempts"].default) == ("9", "5")
    assert (found["retry.delay"].value, found["retry.delay"].default) == ("", "1")
    assert found["undo_retry.attempts"].default == "12"
    assert found["on_exhausted"].default == "Wait for an operator"


def test_a_fault_is_shown_at_its_field_and_else_at_the_top():
    told = [
        {"element": PATH, "field": "timeout", "message": "Too long."},
        {"element": PATH, "field": "", "message": "Something else."},
        {"element": "saga", "field": "timeout", "message": "Elsewhere."},
    ]
    form = inspector(document(), PATH, told)
    assert fields(form)["timeout"].faults == ("Too long.",)
    assert form.faults == ("Something else.",)


def test_a_condition_is_put_in_words():
    found = fields(inspector(document(condition={"ge": ["/input/amount", 1000]}), PATH))["condition"]
    assert (found.control, found.help) == ("condition", "input.amount ≥ 1000")
    deep = fields(inspector(document(condition={"not": {"exists": "/input/a"}}), PATH))["condition"]
    assert deep.control == "json"


def test_a_kind_that_a_project_registers_appears_by_itself(monkeypatch):
    monkeypatch.setattr(work, "KINDS", dict(work.KINDS))

    @dataclass(frozen=True, slots=True)
    class Fax(StepKind):
        key = "fax"
        about = "Sends a fax."
        number: str
        pages: int

        def perform(self, context):
            return {}

    own_kinds.add(Fax)
    assert sample(Fax) == {"fax": {"number": "name_it", "pages": 60}}
    step = {"name": "pay", "fax": {"number": "12", "pages": 2}}
    data = {"name": "one", "segments": [{"name": "main", "style": "orchestrated", "steps": [step]}]}
    found = fields(inspector(data, PATH))
    assert ("fax", "Fax") in found["kind"].options
    assert '"fax": {"fax": {"number": "name_it", "pages": 60}}' in found["kind"].samples
    assert (found["fax.number"].value, found["fax.pages"].control) == ("12", "number")


@pytest.mark.parametrize("kind", kinds())
def test_a_step_that_is_changed_to_another_kind_can_be_read(kind):
    data = document()
    data["segments"][0]["steps"] = [{"name": "pay", **sample(kind)}]
    assert not problems(data)


def test_the_form_of_an_approval_suggests_who_may_be_kept_away():
    first = {"name": "limit", "approval": "team"}
    second = {"name": "pay", "approval": "bosses", "not_by": ["starter", "limit"]}
    data = {"name": "one", "segments": [{"name": "main", "style": "orchestrated", "steps": [first, second]}]}
    found = fields(inspector(data, PATH))
    reminder = found["remind_after"]
    assert (reminder.label, reminder.control, reminder.value) == ("Remind after, seconds", "number", "")
    assert reminder.operation == "set-work"
    field = found["not_by"]
    assert (field.label, field.control, field.value) == ("Not by", "names", "starter, limit")
    assert field.options == (("starter", "starter"), ("limit", "limit"))
    assert field.operation == "set-work"

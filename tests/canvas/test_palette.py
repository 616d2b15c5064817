"""Everything in the palette can be dropped, and an action brings its compensation along."""

import pytest

from designer.canvas.draft import Draft
from designer.canvas.operations import Place, apply
from designer.canvas.palette import declared_undos, palette, undo_of
from designer.canvas.steps import AddSteps
from sagaflow.core.definition.document import problems
from sagaflow.core.definition.saga import Saga, Step, irreversible, orchestrated

pytestmark = pytest.mark.quick

EMPTY = {"name": "one", "segments": [{"name": "main", "style": "orchestrated", "steps": []}]}


def items():
    return [
        item
        for section in palette({"bank.take": "Take.", "bank.give": ""}, {"bank.take": "bank.give"})
        for item in section.items
    ]


@pytest.mark.parametrize("item", items(), ids=lambda item: item.title)
@pytest.mark.parametrize("style", ["orchestrated", "choreographed"])
def test_what_is_dropped_into_an_empty_segment_can_be_read(item, style):
    document = {"name": "one", "segments": [{"name": "main", "style": style, "steps": []}]}
    edit = apply(document, AddSteps(item.steps, Place("main")))
    assert not problems(edit.document)


def test_branches_of_a_pattern_are_parallel_behind_the_place_of_the_drop():
    document = apply(EMPTY, AddSteps(({"name": "first", "action": "a.b"},), Place("main"))).document
    fan = next(item for item in items() if item.title == "Fan out and join")
    edit = apply(document, AddSteps(fan.steps, Place("main", ("first",))))
    assert Draft(edit.document).inner_links() == {
        "first": set(),
        "first_branch": {"first"},
        "second_branch": {"first"},
        "join": {"first_branch", "second_branch"},
    }


def test_an_action_brings_the_compensation_that_a_saga_declares_for_it():
    steps = Step("pay", "bank.take", undo="bank.give"), Step("send", "post.send", undo=irreversible("it is gone"))
    assert declared_undos([Saga("one", orchestrated("main", *steps))]) == {
        "bank.take": "bank.give",
        "post.send": {"irreversible": "it is gone"},
    }
    assert undo_of("bank.take", (), {"bank.take": "bank.give"}) == "bank.give"


def test_else_the_action_with_the_opposite_verb_comes_along():
    known = {"payment.take_payment", "payment.refund_payment", "stock.release", "stock.reserve"}
    assert undo_of("payment.take_payment", known, {}) == "payment.refund_payment"
    assert undo_of("stock.reserve", known, {}) == "stock.release"
    assert undo_of("payment.refund_payment", known, {}) is None
    assert undo_of("other.take_payment", known, {}) is None


def test_the_compensations_of_a_service_come_last():
    bank = palette({"bank.a_back": "", "bank.take": "Take it.\n\nMore."}, {"bank.take": "bank.a_back"})[-1]
    assert [item.detail for item in bank.items] == ["bank.take", "bank.a_back"]
    assert bank.items[0].help == "Take it."

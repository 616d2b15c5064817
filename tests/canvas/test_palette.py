"""Everything in the palette can be dropped, and an action brings its compensation and its outputs along."""

import pytest

from designer.canvas.draft import Draft
from designer.canvas.operations import Place, apply
from designer.canvas.palette import declared_steps, palette, undo_for, undo_of
from designer.canvas.steps import AddSteps
from sagaflow.core.definition.compensation import Compensation
from sagaflow.core.definition.document import load, problems
from sagaflow.core.definition.input_mapping import InputMapping, pick
from sagaflow.core.definition.saga import Saga, Step, irreversible, orchestrated
from sagaflow.core.definition.work import Call
from sagaflow.core.lint import lint
from sagaflow.core.run.state import StepStatus
from sagaflow.core.simulation.loop import Simulator

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


@pytest.mark.parametrize("given", [{}, {"express": True}, {"express": False}])
def test_of_either_or_exactly_one_is_done(given):
    (pattern,) = (item for item in items() if item.title == "Either, or")
    document = EMPTY | {"segments": [EMPTY["segments"][0] | {"steps": [*pattern.steps]}]}
    state = Simulator(load(document), inputs=given, outputs={}).run()
    done = [name for name, step in state.steps.items() if step.status is StepStatus.DONE]
    assert done == ["if_so" if given.get("express") else "otherwise"]


def test_an_action_brings_the_compensation_and_the_outputs_that_a_saga_declares_for_it():
    steps = (
        Step("pay", "bank.take", undo="bank.give", outputs="receipt"),
        Step("send", "post.send", undo=irreversible("it is gone")),
        Step("look", "shop.look"),
    )
    assert declared_steps([Saga("one", orchestrated("main", *steps))]) == {
        "bank.take": {"undo": "bank.give", "outputs": ["receipt"]},
        "post.send": {"undo": {"irreversible": "it is gone"}},
        "shop.look": {},
    }


def test_what_a_second_saga_declares_completes_what_the_first_one_leaves_open():
    first = Saga("one", orchestrated("main", Step("pay", "bank.take", outputs="receipt")))
    second = Saga("two", orchestrated("main", Step("pay", "bank.take", undo="bank.give", outputs="other")))
    assert declared_steps([first, second]) == {"bank.take": {"undo": "bank.give", "outputs": ["receipt"]}}


@pytest.mark.parametrize(
    ("reads", "kept"), [("/steps/pay/receipt", "/steps/take/receipt"), ("/input/amount", ""), ("/steps/first/it", "")]
)
def test_the_input_of_an_undo_comes_along_if_it_reads_nothing_else_of_the_other_saga(reads, kept):
    undo = Compensation(does=Call("bank.give"), input=InputMapping({"it": pick(reads), "sure": True}), emits="Gave")
    steps = Step("first", "a.b"), Step("pay", "bank.take", undo=undo)
    found = declared_steps([Saga("one", orchestrated("main", *steps))])["bank.take"]["undo"]
    whole = {"compensate": "bank.give", "input": {"it": {"from": kept}, "sure": {"value": True}}}
    assert found == (whole if kept else "bank.give")


def test_the_linter_accepts_an_action_as_it_comes():
    undo = Compensation(does=Call("bank.give"), needs=("/receipt",))
    known = declared_steps([Saga("one", orchestrated("main", Step("pay", "bank.take", undo=undo, outputs="receipt")))])
    bank = palette({"bank.take": ""}, {"bank.take": known["bank.take"]["undo"]}, outputs={"bank.take": ["receipt"]})[-1]
    assert not lint(load(apply(EMPTY, AddSteps(bank.items[0].steps, Place("main"))).document))


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


def test_the_time_limit_of_an_action_comes_along():
    [*_, bank] = palette({"bank.take": "", "bank.give": ""}, {"bank.take": "bank.give"}, timeouts={"bank.take": 60.0})
    assert [item.steps[0].get("timeout") for item in bank.items] == [60, None]


def test_an_action_with_a_probe_is_known_by_it():
    [*_, bank] = palette({"bank.take": "", "bank.give": ""}, {}, probed={"bank.take"})
    assert {item.detail: item.is_probed for item in bank.items} == {"bank.take": True, "bank.give": False}


def test_the_undo_of_a_step_of_another_name_points_to_the_output_of_that_step():
    undo = {"compensate": "bank.give", "input": {"it": {"from": "/steps/take/receipt"}}}
    assert undo_for(undo, "bank.take", "pay")["input"] == {"it": {"from": "/steps/pay/receipt"}}
    assert undo["input"] == {"it": {"from": "/steps/take/receipt"}}

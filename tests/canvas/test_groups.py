"""Operations on a selection of steps: wrap, set aside, extract and inline, find and replace."""

from copy import deepcopy
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.canvas.draft import ASIDE, Draft
from designer.canvas.elements import Rename, SetField
from designer.canvas.groups import BringBack, ExtractSteps, InlineSaga, SetAside, WrapSteps, extracted
from designer.canvas.operations import Place, Refused, apply
from designer.canvas.segments import AddSegment, SplitSegment
from designer.canvas.steps import AddSteps
from designer.canvas.texts import ReplaceText, found
from sagaflow import (
    Call,
    Compensation,
    Observer,
    Saga,
    Step,
    SubSaga,
    WaitForEvent,
    choreographed,
    orchestrated,
    pick,
    where,
)
from sagaflow.core.definition import document as documents
from sagaflow.core.definition.document import dump, load
from sagaflow.core.run.state import RunStatus
from sagaflow.core.simulation.loop import Simulator
from tests.core.strategies import sagas

pytestmark = pytest.mark.quick

TRIP = dump(
    Saga(
        "trip",
        (
            orchestrated(
                "main",
                Step("ask", "desk.ask", undo="desk.forget"),
                Step("hotel", "hotel.book", undo="hotel.cancel", after="ask"),
                Step("flight", "flight.book", undo="flight.cancel", after="ask", input={"to": pick("/input/to")}),
                Step("mail", "mail.send", after=("hotel", "flight"), condition=where("/steps/flight/seat", "exists")),
            ),
            choreographed("later", Step("thank", "mail.thank")),
        ),
    )
)


def shape(document):
    """The names of the steps of each segment."""
    return {segment["name"]: [step["name"] for step in segment["steps"]] for segment in document["segments"]}


def bare(saga):
    """The steps without the words for their order, of which there may be several."""
    return {name: replace(step, after=None) for name, step in saga.steps.items()}


def refused(operation, document=TRIP):
    with pytest.raises(Refused) as error:
        apply(document, operation)
    return str(error.value)


# --- wrap -------------------------------------------------------------------------------------------------------------


def test_steps_get_a_segment_of_their_own_and_what_follows_them_another_one():
    edit = apply(TRIP, WrapSteps(("hotel", "flight"), "booking", "choreographed"))
    assert shape(edit.document) == {
        "main": ["ask"], "booking": ["hotel", "flight"], "booking_rest": ["mail"], "later": ["thank"],
    }  # fmt: skip
    assert load(edit.document).segments[1].style == "choreographed"
    assert edit.sentence == "Put 'hotel' and 'flight' into the segment 'booking'."


def test_the_first_steps_of_a_segment_can_be_wrapped_too():
    document = apply(TRIP, WrapSteps(("ask",), "question")).document
    assert shape(document) == {"question": ["ask"], "main": ["hotel", "flight", "mail"], "later": ["thank"]}
    graph = load(document).graph
    assert graph.ancestors["hotel"] == graph.ancestors["flight"] == {"ask"}


@given(st.data(), sagas())
def test_wrapping_keeps_every_step_and_whatever_waited_for_another_one_still_does(data, saga):
    document = dump(saga)
    names = sorted(Draft(document).names())
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    try:
        after = apply(document, WrapSteps(tuple(chosen), "wrapped")).document
    except Refused:
        return
    assert sorted(shape(after)["wrapped"]) == sorted(chosen)
    assert sorted(chain.from_iterable(shape(after).values())) == names
    new, old = load(after).graph, load(document).graph
    assert all(old.ancestors[name] <= new.ancestors[name] for name in names)


def test_what_comes_between_the_selected_steps_belongs_to_them():
    assert refused(WrapSteps(("ask", "mail"), "x")) == "'flight' comes between the selected steps; select it too."
    assert refused(WrapSteps(("ask", "thank"), "x")) == "'ask' and 'thank' are in two segments; select steps of one."
    assert refused(WrapSteps(("thank",), "x")) == "These are all steps of the segment already."
    assert refused(WrapSteps(("mail",), "later")) == "There is a segment 'later' already; choose another name."


# --- aside ------------------------------------------------------------------------------------------------------------


def test_a_step_that_is_set_aside_stays_in_the_document_and_is_not_in_the_saga():
    aside = apply(TRIP, SetAside(("hotel",))).document
    assert "hotel" not in load(aside).steps
    assert aside["segments"][0][ASIDE][0]["step"]["action"] == "hotel.book"
    back = apply(aside, BringBack("hotel")).document
    assert ASIDE not in back["segments"][0]
    assert load(back).graph.before == load(TRIP).graph.before
    assert load(back).steps["hotel"].undo == load(TRIP).steps["hotel"].undo


def test_a_step_comes_back_next_to_the_neighbours_that_are_left_under_their_new_names():
    document = apply(TRIP, SetAside(("flight", "hotel"))).document
    document = apply(document, Rename("segments/main/steps/ask", "question")).document
    document = apply(apply(document, BringBack("flight")).document, BringBack("hotel")).document
    assert load(document).graph.before["hotel"] == load(document).graph.before["flight"] == {"question"}
    assert refused(BringBack("hotel"), document) == "No step 'hotel' is set aside any more."


# --- extract and inline -----------------------------------------------------------------------------------------------


def test_extracted_steps_run_as_a_sub_saga_and_come_back_where_they_were():
    child = extracted(TRIP, ("hotel", "flight"), "booking")
    edit = apply(TRIP, ExtractSteps(("hotel", "flight"), "booking", "book"))
    parent = load(edit.document)
    assert parent.steps["book"].does == SubSaga("booking")
    assert parent.steps["mail"].condition == where("/steps/book/flight/seat", "exists")
    assert parent.graph.before["mail"] == {"book"}
    assert [step.name for step in load(child).segments[0].steps] == ["hotel", "flight"]
    assert load(child).graph.before == {"hotel": frozenset(), "flight": frozenset()}
    outputs = {"book": {"flight": {"seat": 1}}}
    assert Simulator(parent, outputs=outputs).run().steps["mail"].status == "done"
    back = load(apply(edit.document, InlineSaga("book", child)).document)
    assert back.graph.before == load(TRIP).graph.before
    assert bare(back) == bare(load(TRIP))


@given(st.data(), sagas())
def test_a_saga_with_an_extracted_part_is_valid_and_inlining_restores_the_order(data, saga):
    document = dump(saga)
    names = sorted(Draft(document).names())
    chosen = tuple(data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)))
    try:
        child = extracted(document, chosen, "child")
        edit = apply(document, ExtractSteps(chosen, "child", "below"))
    except Refused:
        return
    assert documents.problems(child) == ()
    assert Simulator(load(child)).run().status in (RunStatus.COMPLETED, RunStatus.RUNNING, RunStatus.PARKED)
    if {fault.rule for fault in documents.problems(edit.document)}:
        return
    inlined = Draft(apply(edit.document, InlineSaga("below", child)).document)
    before = Draft(document).inner_links()
    for name in chosen:
        assert before[name] & set(chosen) == inlined.inner_links()[name] & set(chosen)


def test_a_step_that_hears_what_an_inlined_wait_waits_for_comes_after_both():
    steps = [
        {"name": "wait", "event": "Paid"},
        {"name": "pack", "action": "shop.pack"},
        {"name": "ship", "action": "shop.ship", "on": ["Paid", "PackCompleted"]},
    ]
    document = {"name": "order", "segments": [{"name": "main", "style": "orchestrated", "steps": steps}]}
    child = extracted(document, ("wait", "pack"), "child")
    edit = apply(document, ExtractSteps(("wait", "pack"), "child", "below"))
    inlined = Draft(apply(edit.document, InlineSaga("below", child)).document)
    assert inlined.inner_links() == {"wait": set(), "pack": {"wait"}, "ship": {"wait", "pack"}}


def test_what_cannot_be_extracted_or_put_back_is_said():
    assert refused(ExtractSteps(("mail",), "child", "x")) == (
        "'mail' reads the output of 'flight', which the sub-saga does not have. "
        "Select it too, or pass it on as input first."
    )
    assert refused(ExtractSteps(("ask", "mail"), "child", "x")).startswith("'flight' comes between")
    for operation in (
        ExtractSteps(("ask",), "no name", "x"),
        ExtractSteps(("ask",), "child", "no name"),
        WrapSteps(("ask",), "no name"),
        SplitSegment("hotel", "no name"),
        AddSegment("no name", "orchestrated", None),
    ):
        assert refused(operation).startswith("'no name' is not a valid name")
    child = extracted(TRIP, ("hotel",), "booking")
    assert refused(InlineSaga("ask", child)) == "'ask' does not start the saga 'booking'."
    parent = apply(TRIP, ExtractSteps(("hotel",), "booking", "book")).document
    two = deepcopy(child)
    two["segments"].append({"name": "second", "style": "orchestrated", "steps": [{"name": "z", "timer": 1}]})
    assert refused(InlineSaga("book", two), parent) == "The saga 'booking' has 2 segments; only one can be put here."


# --- paste, find and replace ------------------------------------------------------------------------------------------


def test_pasted_steps_read_from_each_other_under_their_new_names():
    copies = (
        {"name": "hotel", "action": "hotel.book"},
        {
            "name": "bill",
            "action": "bill.send",
            "input": {"of": {"from": "/steps/hotel/id"}, "to": {"from": "/input/x"}},
        },
    )
    edit = apply(TRIP, AddSteps(copies, Place("later", ("thank",))))
    steps = {step["name"]: step for _, step in Draft(edit.document).steps()}
    assert steps["bill"]["input"] == {"of": {"from": "/steps/hotel_2/id"}, "to": {"from": "/input/x"}}
    assert copies[1]["input"]["of"] == {"from": "/steps/hotel/id"}


def test_a_text_is_replaced_everywhere_and_names_stay():
    edit = apply(TRIP, ReplaceText("hotel.", "rooms."))
    hotel = load(edit.document).steps["hotel"]
    assert (hotel.does.calls, hotel.undo.does.calls) == ("rooms.book", "rooms.cancel")
    assert edit.sentence == "Replaced 'hotel.' by 'rooms.' in 2 places."
    assert apply(edit.document, edit.undo).document == TRIP
    assert refused(ReplaceText("hotel.", "x")) == (
        "The action 'hotel.book' would become 'xbook', which is not valid; write service.verb."
    )
    sealed = apply(TRIP, SetField("segments/later/steps/thank", "undo", {"nothing": "a mail"})).document
    assert refused(ReplaceText("a mail", " "), sealed) == (
        "The reason 'a mail' would become empty; an undo of this kind needs one."
    )
    assert refused(ReplaceText("", "x")) == "Enter the text to find."
    assert found(TRIP, "") == ()
    assert refused(ReplaceText("train", "x")) == "The text 'train' is in no title, note, team, reason, action or event."


def test_an_event_is_replaced_wherever_it_is_named_and_one_that_a_name_gives_stays():
    told = Saga(
        "told",
        choreographed(
            "all",
            Step("pay", "bank.pay", emits="MoneyMoved", fails_as={"poor": "MoneyRefused"}),
            Step("wait", WaitForEvent("MoneyBack"), undo=Compensation(does=WaitForEvent("MoneyLost"))),
            Step(
                "tell",
                "mail.tell",
                on=("MoneyMoved", "WaitCompleted"),
                undo=Compensation(does=Call("mail.no"), emits="NoMoney"),
            ),
        ),
        observers=(Observer("news", "news.tell", on=("MoneyMoved",)),),
    )
    document = dump(told)
    edit = apply(document, ReplaceText("Money", "Cash"))
    assert edit.sentence == "Replaced 'Money' by 'Cash' in 7 places."
    after = load(edit.document)
    pay, wait, tell = after.steps.values()
    assert (pay.emits, dict(pay.fails_as)) == ("CashMoved", {"poor": "CashRefused"})
    assert wait.undo.does.event == "CashLost"
    assert (wait.does.event, tell.on, tell.undo.emits) == ("CashBack", ("CashMoved", "WaitCompleted"), "NoCash")
    assert after.observers[0].on == ("CashMoved",)
    assert apply(edit.document, edit.undo).document == document
    assert refused(ReplaceText("WaitCompleted", "Waited"), document).startswith("The text 'WaitCompleted' is in no")
    assert refused(ReplaceText("MoneyMoved", "9"), document) == (
        "The event 'MoneyMoved' would become '9', which is not valid; write a letter, then letters, digits, _, . or -."
    )
    assert [(each.element, each.field) for each in found(document, "MoneyMoved")] == [
        ("segments/all/steps/pay", "emits"),
        ("segments/all/steps/tell", "on"),
        ("observers/news", "on"),
    ]


def test_the_events_that_find_and_start_a_run_are_replaced_with_those_that_wait_for_them():
    document = dump(
        Saga(
            "watched",
            choreographed("all", Step("paid", WaitForEvent("MoneyMoved"))),
            correlate={"MoneyAsked": "/order", "MoneyMoved": "/order_id", "*": "/id"},
            starts_on="MoneyAsked",
        )
    )
    edit = apply(document, ReplaceText("Money", "Cash"))
    after = load(edit.document)
    assert list(after.correlate.items()) == [("CashAsked", "/order"), ("CashMoved", "/order_id"), ("*", "/id")]
    assert after.starts_on == "CashAsked"
    assert after.steps["paid"].does.event == "CashMoved"
    assert apply(edit.document, edit.undo).document == document
    assert refused(ReplaceText("Moved", "Asked"), document) == (
        "The event 'MoneyAsked' would stand twice in 'correlate'; remove one first."
    )
    assert refused(ReplaceText("*", "Any"), document).startswith("The text '*' is in no")

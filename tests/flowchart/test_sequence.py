import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given

from sagaflow import Approval, OnExhausted, RetryPolicy, Saga, Step, SubSaga, WaitForEvent, choreographed, orchestrated
from sagaflow.core.definition.saga import Recovery
from sagaflow.core.run.facts import EventDelivered, EventPublished, RollbackBegan, StepCommanded, StepScheduled
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.reports import EventReceived, RollbackRequested, StepFailed, StepSucceeded
from sagaflow.core.run.state import Direction, ErrorKind, RollbackCode, RunStatus, StepError
from sagaflow.flowchart.sequence import EARLIER, PUBLISHING, Kind, Message, as_mermaid, as_table, messages, participants
from sagaflow.flowchart.sequence_svg import sequence_svg
from tests.core.strategies import sagas
from tests.core.thoroughness import examples
from tests.core.world import World
from tests.flowchart.nasty import ANYTHING
from tests.flowchart.runs import Run
from tests.flowchart.sagas import funds_and_item, order_fulfilment

UNDO = Direction.UNDO
SHAPES = {"svg", "title", "desc", "g", "line", "rect", "polygon", "text"}
OUT_OF_STOCK = StepError(ErrorKind.BUSINESS, "out_of_stock")

ORCHESTRATED = [
    ("Orchestrator", "OrderService", "Create Order", "command"),
    ("OrderService", "Orchestrator", "OK", "reply"),
    ("Orchestrator", "PaymentService", "Reserve Funds", "command"),
    ("PaymentService", "Orchestrator", "OK", "reply"),
    ("Orchestrator", "InventoryService", "Reserve Item", "command"),
    ("InventoryService", "Orchestrator", "FAIL", "reply"),
    ("Orchestrator", "PaymentService", "Cancel Funds", "command"),
    ("Orchestrator", "OrderService", "Cancel Order", "command"),
]
CHOREOGRAPHED = [
    ("OrderService", "PaymentService", "OrderCreated", "event"),
    ("PaymentService", "InventoryService", "PaymentReserved", "event"),
    ("InventoryService", "PaymentService", "InventoryOutOfStock", "event"),
    ("PaymentService", "OrderService", "PaymentCanceled", "event"),
]


def said(saga, entries):
    return [(one.source, one.target, one.label, one.kind.value) for one in messages(saga, entries)]


def journal(*facts):
    return [Entry(seq, float(seq), 0, fact) for seq, fact in enumerate(facts, 1)]


def done(step, direction=Direction.DO):
    return StepSucceeded(step=step, direction=direction, attempt=1, token=1)


def commanded(step, direction=Direction.DO):
    return StepCommanded(step=step, direction=direction, attempt=1, due_at=0.0)


def scheduled(step, event, direction=Direction.DO):
    return StepScheduled(step=step, direction=direction, attempt=1, due_at=0.0, event=event)


@pytest.mark.parametrize(("mark", "expected"), [(orchestrated, ORCHESTRATED), (choreographed, CHOREOGRAPHED)])
def test_s5_is_drawn_from_the_recorded_run_message_for_message(mark, expected):
    run = Run(funds_and_item(mark)).finish({"reserve_item": "out_of_stock"})
    assert said(run.saga, run.entries) == expected


def test_a_hand_made_orchestrated_journal_reads_the_same():
    facts = [
        commanded("create_order"), done("create_order"), commanded("reserve_funds"), done("reserve_funds"),
        commanded("reserve_item"), StepFailed(step="reserve_item", attempt=1, token=1, error=OUT_OF_STOCK),
        RollbackBegan(code=RollbackCode.BUSINESS_ERROR, message="", step="reserve_item", error=OUT_OF_STOCK),
        commanded("reserve_funds", UNDO), done("reserve_funds", UNDO),
        commanded("create_order", UNDO), done("create_order", UNDO),
    ]  # fmt: skip
    assert said(funds_and_item(orchestrated), journal(*facts)) == ORCHESTRATED


def test_a_hand_made_choreographed_journal_reads_the_same_and_only_reactions_count():
    facts = [
        EventPublished(event="OrderStarted"),
        EventDelivered(step="create_order", event="OrderStarted"),
        scheduled("create_order", "OrderStarted"), done("create_order"),
        EventPublished(event="OrderCreated", step="create_order"),
        EventDelivered(step="reserve_funds", event="OrderCreated"),
        scheduled("reserve_funds", "OrderCreated"), done("reserve_funds"),
        EventPublished(event="PaymentReserved", step="reserve_funds"),
        EventDelivered(step="reserve_item", event="PaymentReserved"),
        scheduled("reserve_item", "PaymentReserved"),
        StepFailed(step="reserve_item", attempt=1, token=1, error=OUT_OF_STOCK),
        EventPublished(event="InventoryOutOfStock", step="reserve_item"),
        EventDelivered(step="create_order", direction=UNDO, event="InventoryOutOfStock"),
        EventDelivered(step="reserve_funds", direction=UNDO, event="InventoryOutOfStock"),
        scheduled("reserve_funds", "InventoryOutOfStock", UNDO), done("reserve_funds", UNDO),
        EventPublished(event="PaymentCanceled", step="reserve_funds", direction=UNDO),
        EventDelivered(step="create_order", direction=UNDO, event="PaymentCanceled"),
        scheduled("create_order", "PaymentCanceled", UNDO), done("create_order", UNDO),
    ]  # fmt: skip
    assert said(funds_and_item(choreographed), journal(*facts)) == CHOREOGRAPHED


def test_a_mixed_run_has_commands_and_events():
    run = Run(order_fulfilment()).finish()
    found = said(run.saga, run.entries)
    assert ("payment", "Orchestrator", "PaymentTaken", "event") in found
    assert ("payment", "loyalty", "PaymentTaken", "event") in found
    assert ("Orchestrator", "warehouse", "Package Order", "command") in found
    assert ("warehouse", "Orchestrator", "OK", "reply") in found


def test_a_retried_attempt_is_one_command_and_one_reply():
    run = Run(funds_and_item(orchestrated))
    run.fail("create_order", "gateway", ErrorKind.TECHNICAL)
    run.at += 600
    run.finish()
    assert said(run.saga, run.entries)[:2] == ORCHESTRATED[:2]


@pytest.mark.parametrize("exhausted", OnExhausted)
def test_exhausted_retries_are_a_failed_reply(exhausted):
    step = Step("pay", "bank.pay", undo="bank.recall", retry=RetryPolicy(attempts=1), on_exhausted=exhausted)
    run = Run(Saga("s", orchestrated("main", step)))
    run.fail("pay", "gateway", ErrorKind.TECHNICAL)
    assert ("bank", "Orchestrator", "FAIL", "reply") in said(run.saga, run.entries)


def test_what_is_not_a_call_has_a_partner_too():
    waits = orchestrated(
        "main",
        Step("ask", Approval(by="boss")),
        Step("wait", WaitForEvent("Paid", "bank")),
        Step("sub", SubSaga("ship")),
    )
    facts = [commanded("ask"), done("ask"), commanded("wait"), done("wait"), commanded("sub"), done("sub")]
    assert said(Saga("s", waits), journal(*facts)) == [
        ("Orchestrator", "boss", "Ask", "command"),
        ("boss", "Orchestrator", "OK", "reply"),
        ("Orchestrator", "bank", "Await Paid", "command"),
        ("bank", "Orchestrator", "OK", "reply"),
        ("Orchestrator", "ship", "Sub", "command"),
        ("ship", "Orchestrator", "OK", "reply"),
    ]


def test_a_rollback_that_a_person_asked_for_comes_from_the_monitor():
    run = Run(funds_and_item(choreographed))
    run.succeed("create_order")
    run.take(RollbackRequested(by="ann", reason="test"))
    assert ("Monitor", "OrderService", "SagaRollingBack", "event") in said(run.saga, run.entries)


def test_the_table_and_the_mermaid_text_have_a_line_per_message():
    run = Run(funds_and_item(orchestrated)).finish({"reserve_item": "out_of_stock"})
    found = messages(run.saga, run.entries)
    assert len(as_table(found).splitlines()) == 9
    assert as_table(found).splitlines()[1].split() == [
        "4",
        "Orchestrator",
        "OrderService",
        "command",
        "Create",
        "Order",
    ]
    text = as_mermaid(found)
    assert "participant p2 as OrderService" in text
    assert "p1->>p2: Create Order" in text
    assert "p2-->>p1: OK" in text


def test_the_svg_has_an_arrow_per_message_and_everything_fits():
    run = Run(order_fulfilment()).finish({"package_order": "not_on_shelf"})
    found = messages(run.saga, run.entries)
    root = ET.fromstring(sequence_svg(found, prefix="s-"))
    groups = [one for one in root.iter() if one.get("data-seq")]
    assert [int(one.get("data-seq")) for one in groups] == [one.seq for one in found]
    wide = float(root.get("width"))
    assert all(0 <= float(one.get("x1")) <= wide for one in root.iter() if one.get("x1"))
    assert participants(found)[0] == "order"


@pytest.mark.parametrize("text", ANYTHING, ids=range(len(ANYTHING)))
def test_nasty_names_stay_text_in_every_form(text):
    found = (Message(text, "b", text, Kind.EVENT, 1), Message("b", text, text, Kind.REPLY, 2))
    root = ET.fromstring(sequence_svg(found, title=text))
    assert {one.tag.rpartition("}")[2] for one in root.iter()} <= SHAPES
    assert len(as_mermaid(found).splitlines()) == 5
    assert not set(as_mermaid(found)) & set("<\"'\x00\\`")


def test_no_messages_are_a_picture_too():
    assert ET.fromstring(sequence_svg(()))
    assert as_mermaid(()) == "sequenceDiagram\n"


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_stretch_of_a_journal_shows_its_messages_with_what_came_before_in_mind(cut):
    saga = order_fulfilment()
    entries = Run(saga).finish({"package_order": "not_on_shelf"}).entries
    whole = messages(saga, entries)
    assert whole[-1].seq > 40
    found = messages(saga, entries[cut:], before=entries[:cut])
    assert found == tuple(one for one in whole if one.seq > cut)


def test_who_published_before_a_stretch_is_said_to_be_unknown_rather_than_left_out():
    saga = order_fulfilment()
    entries = Run(saga).finish().entries
    published = next(entry.seq for entry in entries if getattr(entry.fact, "event", "") == "StockReserved")
    whole = next(one for one in messages(saga, entries) if one.label == "StockReserved")
    alone = messages(saga, entries[published:])[0]
    assert (alone.source, alone.target, alone.label) == (EARLIER, whole.target, "StockReserved")


def fan_in():
    steps = (
        Step("a", "svcA.do", after=(), undo="svcA.undo"),
        Step("b", "svcB.do", after=("a",), undo="svcB.undo"),
        Step("c", "svcC.do", after=("a",), undo="svcC.undo"),
        Step("d", "svcD.do", after=("b", "c")),
    )
    return Saga("fan-in", choreographed("main", *steps))


def test_every_event_that_a_join_waited_for_is_drawn_on_both_ways():
    run = Run(fan_in()).finish({"d": "refused"})
    found = said(run.saga, run.entries)
    b, c = run.saga.steps["b"], run.saga.steps["c"]
    for service, event in (("svcB", b.done_event), ("svcC", c.done_event)):
        assert found.count((service, "svcD", event, "event")) == 1
    for service, event in (("svcB", b.undone_event), ("svcC", c.undone_event)):
        assert found.count((service, "svcA", event, "event")) == 1
    assert len(found) == len(set(found)) == 8


def test_a_way_back_after_a_save_point_draws_only_what_was_undone_on_it():
    """``b`` and ``c`` were undone in the first round; in the second one ``c`` is refused, and only ``a`` is undone."""
    (segment,) = fan_in().segments
    again = replace(segment, savepoint=True, recovery=Recovery.FORWARD, forward_attempts=2)
    run = Run(Saga("again", again))
    for step in ("a", "b", "c"):
        run.succeed(step)
    run.fail("d", "refused")
    for step in ("c", "b", "a"):
        run.succeed(step, UNDO)
    restored = len(run.entries)
    run.succeed("a")
    run.fail("c", "refused")
    run.finish()
    assert run.state.status is RunStatus.ROLLED_BACK
    for found in (
        [one for one in messages(run.saga, run.entries) if one.seq > restored],
        messages(run.saga, run.entries[restored:], before=latest(run.entries[:restored])),
    ):
        assert [(one.source, one.label) for one in found if one.target == "svcA"] == [("svcC", "CFailed")]


def latest(entries):
    """The entries that a page reads from before its window."""
    return [entry for entry in entries if type(entry.fact).__name__ in PUBLISHING]


@given(sagas(kinds=("call", "event", "timer"), with_timeouts=False))
@examples(20)
def test_each_delivery_between_two_services_of_a_random_run_is_one_message(saga):
    world = World(saga, input={"flag": True})
    world.settle()
    drawn = messages(saga, world.entries)
    starts = {segment.started_event for segment in saga.segments}
    senders = {}
    for entry in world.entries:
        match entry.fact:
            case EventPublished(event=event, step=step) if step:
                senders[event] = saga.steps[step].service
            case EventReceived(event=event, source=source):
                senders[event] = source or "external"
            case EventDelivered(event=event, step=step, direction=Direction.DO):
                sender, target = senders.get(event, ""), saga.steps[step].service
                here = [one.label for one in drawn if one.seq == entry.seq]
                if sender and target:
                    assert here == [event] * (sender != target and event not in starts)

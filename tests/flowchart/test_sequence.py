import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given

from sagaflow import (
    Approval,
    Observer,
    OnExhausted,
    RetryPolicy,
    Saga,
    Step,
    SubSaga,
    Timer,
    WaitForEvent,
    choreographed,
    irreversible,
    orchestrated,
)
from sagaflow.core.definition.condition import where
from sagaflow.core.definition.saga import Recovery, Style
from sagaflow.core.run.facts import (
    EventDelivered,
    EventPublished,
    RollbackBegan,
    StepCommanded,
    StepScheduled,
    StepSkipped,
)
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.reports import EventReceived, RollbackRequested, StepFailed, StepSucceeded
from sagaflow.core.run.state import Direction, ErrorKind, RollbackCode, RunStatus, StepError, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from sagaflow.flowchart.compose import step_title
from sagaflow.flowchart.sequence import EARLIER, PUBLISHING, Kind, Message, as_mermaid, as_table, messages, participants
from sagaflow.flowchart.sequence_svg import sequence_svg
from tests.core.strategies import restyle, saga_and_script, sagas
from tests.core.test_laws import EVERY_KIND, INPUTS, SEEDS
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


def timed(*after):
    cooling = Step("t", Timer(50), title="Cooling")
    return Saga("s", (choreographed("m", Step("a", "svcA.do", undo="svcA.undo"), cooling), *after))


def played(saga, refused=(), value=None):
    world = World(saga, {(name, Direction.DO): (InjectedFault.BUSINESS_ERROR,) for name in refused}, input=value or {})
    world.settle()
    return world


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ((Step("b", "svcB.do"),), "svcB"),
        ((Step("ask", Approval("boss")),), "boss"),
        ((Step("wait", WaitForEvent("Paid", "bank")),), "bank"),
        ((Step("rest", Timer(5)),), "Rest"),
        ((Step("sub", SubSaga("ship")),), "ship"),
    ],
)
def test_a_timer_is_one_participant_by_its_title_as_source_and_as_target(steps, told):
    world = played(timed(choreographed("n", *steps)))
    found = said(world.saga, world.entries)
    assert ("svcA", "Cooling", "ACompleted", "event") in found
    assert ("Cooling", told, "TCompleted", "event") in found


def test_a_timer_tells_the_coordinator_that_takes_over_and_the_observers_of_its_event():
    seen = Observer("seen", "audit.note", ("TCompleted",))
    saga = replace(timed(orchestrated("o", Step("b", "svcB.do"))), observers=(seen,))
    entries = played(saga).entries
    published = next(each.seq for each in entries if getattr(each.fact, "event", "") == "TCompleted")
    found = messages(saga, entries, heard={published: ("seen",)})
    drawn = [(one.source, one.target) for one in found if one.label == "TCompleted"]
    assert drawn == [("Cooling", "audit"), ("Cooling", "Orchestrator")]
    assert "participant p2 as Cooling" in as_mermaid(found)


def test_a_timer_of_an_orchestrated_segment_is_commanded_and_answers():
    world = played(Saga("s", orchestrated("o", Step("t", Timer(50), title="Cooling"))))
    assert said(world.saga, world.entries) == [
        ("Orchestrator", "Cooling", "T", "command"),
        ("Cooling", "Orchestrator", "OK", "reply"),
    ]


def test_a_timer_keeps_its_own_participant_although_another_one_has_its_title():
    timers = [Step(name, Timer(5), title=title) for name, title in (("t", "Rest"), ("u", "Rest"), ("v", "svcA"))]
    world = played(Saga("s", choreographed("m", Step("a", "svcA.do"), *timers, Step("b", "Rest.do"))))
    assert [(source, target) for source, target, *_ in said(world.saga, world.entries)] == [
        ("svcA", "Rest (t)"),
        ("Rest (t)", "Rest (u)"),
        ("Rest (u)", "svcA (v)"),
        ("svcA (v)", "Rest"),
    ]


def test_a_wait_that_cannot_be_undone_publishes_its_undo_as_the_participant_that_it_was():
    """The undo of a step without a service of its own has no work, and so no service either."""
    reader = messages(
        Saga("s", choreographed("m", Step("ask", Approval("boss"), undo=irreversible("seen")), Step("b", "svcB.do"))),
        journal(
            EventPublished(event="AskCompensated", step="ask", direction=UNDO),
            scheduled("b", "AskCompensated", UNDO),
        ),
    )
    assert [(one.source, one.target) for one in reader] == [("boss", "svcB")]


ONCE = where("/input/once", "eq", True)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (
            (Step("b", "svcB.do", condition=ONCE), Step("c", "svcC.do")),
            [("svcA", "svcC", "ACompleted (B was skipped)", "event")],
        ),
        (
            (
                Step("b", "svcB.do", condition=ONCE, title="Book"),
                Step("c", "svcC.do", condition=ONCE),
                Step("d", "svcD.do"),
            ),
            [("svcA", "svcD", "ACompleted (Book and C were skipped)", "event")],
        ),
        (
            (
                Step("b", "svcB.do", after=("a",), condition=ONCE),
                Step("c", "svcC.do", after=("a",), condition=ONCE),
                Step("e", "svcE.do", after=("a",), condition=ONCE),
                Step("d", "svcD.do", after=("b", "c", "e")),
            ),
            [("svcA", "svcD", "ACompleted (3 steps were skipped)", "event")],
        ),
        (
            (
                Step("x", "svcX.do", after=()),
                Step("b", "svcB.do", after=("a",), condition=ONCE),
                Step("c", "svcC.do", after=("x",), condition=ONCE),
                Step("d", "svcD.do", after=("b", "c")),
            ),
            [
                ("svcA", "svcD", "ACompleted (B was skipped)", "event"),
                ("svcX", "svcD", "XCompleted (C was skipped)", "event"),
            ],
        ),
        (
            (Step("b", "svcB.do", condition=ONCE), Step("c", "svcA.else")),
            [],
        ),
    ],
    ids=["one", "a chain", "a join", "two ways", "its own service"],
)
def test_a_step_after_skipped_ones_is_told_by_the_last_events_before_them(steps, expected):
    world = played(Saga("s", choreographed("m", Step("a", "svcA.do"), *steps)))
    skipped = {name for name, step in world.state.steps.items() if step.status is StepStatus.SKIPPED}
    assert skipped
    others = {f"svc{name.upper()}" for name in skipped}
    assert [each for each in said(world.saga, world.entries) if each[1] not in others] == expected


def test_a_coordinator_whose_steps_were_all_skipped_says_so_to_the_choreography_after_them():
    first = orchestrated("o", Step("a", "svcA.do", condition=ONCE), coordinator="Clerk")
    world = played(Saga("s", (first, choreographed("n", Step("b", "svcB.do")))))
    assert said(world.saga, world.entries) == [("Clerk", "svcB", "A was skipped", "event")]


def test_a_coordinator_leads_to_a_step_although_only_the_choreography_in_between_was_skipped():
    between = Step("b", "svcB.do", on=("Paid",), condition=ONCE)
    saga = Saga("s", (orchestrated("o", Step("a", "svcA.do")), choreographed("n", between, Step("c", "svcC.do"))))
    world = World(saga, input={})
    world.settle()
    assert said(saga, world.entries)[2:] == [
        ("external", "svcB", "Paid", "event"),
        ("Orchestrator", "svcC", "B was skipped", "event"),
    ]


def test_a_coordinator_learns_the_last_event_before_the_skipped_steps():
    steps = (Step("a", "svcA.do"), Step("b", "svcB.do", condition=ONCE))
    world = played(Saga("s", (choreographed("m", *steps), orchestrated("o", Step("c", "svcC.do")))))
    assert said(world.saga, world.entries)[1:] == [
        ("svcA", "Orchestrator", "ACompleted (B was skipped)", "event"),
        ("Orchestrator", "svcC", "Do", "command"),
        ("svcC", "Orchestrator", "OK", "reply"),
    ]


def test_a_step_that_was_skipped_before_a_save_point_counts_again_when_it_ran_after_it():
    """The condition of ``b`` reads the output of ``x``, which a stretch of a journal made by hand leaves out."""
    saga = Saga("s", choreographed("m", *(Step(name, f"svc{name.upper()}.do") for name in "abc")))
    again = [
        EventPublished(event="ACompleted", step="a"),
        StepSkipped(step="b"),
        scheduled("c", ""),
        scheduled("b", "ACompleted"),
        EventPublished(event="BCompleted", step="b"),
        scheduled("c", ""),
    ]
    assert [(one.source, one.target, one.label) for one in messages(saga, journal(*again))] == [
        ("svcA", "svcC", "ACompleted (B was skipped)"),
        ("svcA", "svcB", "ACompleted"),
        ("svcB", "svcC", "BCompleted"),
    ]


def participant(saga, name):
    """The participant of a step in a random saga, none of whose titles is the name of a service."""
    step = saga.steps[name]
    return step.does.partner or step_title(step)


@given(saga_and_script(kinds=EVERY_KIND), SEEDS, INPUTS)
@examples(200)
def test_each_step_that_ran_is_the_target_of_a_message_in_either_style(pair, seed, value):
    """Except the first ones of the run, and those that their own participant told."""
    saga, script = pair
    for style in (None, *Style):
        styled = restyle(saga, style) if style else saga
        world = World(styled, script, seed, input=value)
        world.settle()
        drawn = messages(styled, world.entries)
        assert all(one.source and one.target for one in drawn)
        told = {(one.seq, one.target) for one in drawn}
        for name, seqs, tellers in starts(styled, world.entries):
            target = participant(styled, name)
            assert not tellers - {target} or any((seq, target) in told for seq in seqs), f"nothing leads to '{name}'"


def starts(saga, entries):
    """Yield each start of a step: its name, the entries that lead to it, and the participants that may have told it."""
    done, skipped, delivered = {}, set(), {}
    for entry in entries:
        match entry.fact:
            case EventPublished(event=event, step=step) if step:
                done[event] = participant(saga, step)
            case EventReceived(event=event):
                done[event] = "external"
            case StepSkipped(step=step):
                skipped.add(step)
                done.pop(saga.steps[step].done_event, None)
            case EventDelivered(step=step, direction=Direction.DO):
                delivered.setdefault(step, []).append(entry.seq)
            case StepCommanded(step=step, direction=Direction.DO):
                skipped.discard(step)
                yield step, [entry.seq], {"Orchestrator"}
            case StepScheduled(step=step, direction=Direction.DO, event=event):
                skipped.discard(step)
                heard = {done[each] for each in saga.graph.reacts_to[step] if each in done}
                seqs = [*delivered.pop(step, []), entry.seq]
                yield step, seqs, heard if event else behind(saga, step, skipped, done)


def behind(saga, step, skipped, done):
    """The participants that led to a step of which all that it reacts to was skipped."""
    found, reached = set(), [step]
    for name in reached:
        for each in saga.graph.before[name]:
            if each in skipped:
                reached.append(each)
            if saga.graph.segment_of[each].style is Style.ORCHESTRATED:
                found.add("Orchestrator")
            if saga.steps[each].done_event in done:
                found.add(participant(saga, each))
    return found


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
                senders[event] = participant(saga, step)
            case EventReceived(event=event, source=source):
                senders[event] = source or "external"
            case EventDelivered(event=event, step=step, direction=Direction.DO):
                sender, target = senders.get(event, ""), participant(saga, step)
                here = [one.label for one in drawn if one.seq == entry.seq]
                assert here == [event] * (sender not in ("", target) and event not in starts)

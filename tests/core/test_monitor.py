"""The monitor sees the process behind the events: expected, done, missing and late, and every unexpected event."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from sagaflow.core.definition.condition import where
from sagaflow.core.definition.saga import Compensation, Recovery, Saga, Step, WaitForEvent, choreographed, orchestrated
from sagaflow.core.monitor import Observed, Oddity, Renewed, Standing, observations, project
from sagaflow.core.run import facts
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.reports import ResumeRequested
from sagaflow.core.run.state import Direction, RunStatus, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.strategies import saga_and_script, sagas
from tests.core.test_laws import asked, open_verbs
from tests.core.thoroughness import examples
from tests.core.world import World

S1 = Saga(
    "create-customer",
    choreographed(
        "welcome",
        Step("create_customer", "customer.create", undo="customer.delete", emits="CustomerCreated", timeout=5),
        Step("create_loyalty_account", "loyalty.create", on="CustomerCreated", timeout=10),
        Step("send_welcome_pack", "post.send", on="CustomerCreated", timeout=100),
        Step("send_welcome_email", "email.send", on="CustomerCreated", fails_as={"bounced": "EmailBounced"}),
    ),
)
PACKED = "SendWelcomePackCompleted"
LOYAL = "CreateLoyaltyAccountCompleted"


def standings(*observed: Observed, now: float = 1000.0, **options: object) -> dict[str, str]:
    projection = project(S1, observed, now, started_at=1000.0, **options)
    return {name: step.standing.value for name, step in projection.steps.items()}


def test_before_the_first_event_only_the_first_step_is_expected() -> None:
    assert standings() == {
        "create_customer": "expected",
        "create_loyalty_account": "later",
        "send_welcome_pack": "later",
        "send_welcome_email": "later",
    }


def test_an_event_makes_its_subscribers_expected_and_names_their_deadlines() -> None:
    projection = project(S1, [Observed("CustomerCreated", 1001.0)], 1002.0, started_at=1000.0)
    account = projection.steps["create_loyalty_account"]
    assert (account.standing, account.deadline, account.after) == (Standing.EXPECTED, 1011.0, ("CustomerCreated",))
    assert projection.next_deadline == 1011.0


def test_a_swallowed_event_is_missing_from_its_deadline_on_and_no_earlier() -> None:
    created = Observed("CustomerCreated", 1001.0)
    assert standings(created, now=1010.9)["create_loyalty_account"] == "expected"
    assert standings(created, now=1011.0)["create_loyalty_account"] == "missing"
    assert project(S1, [created], 1011.0, started_at=1000.0).missing == ("create_loyalty_account",)


def test_each_subscriber_is_tracked_on_its_own() -> None:
    found = standings(Observed("CustomerCreated", 1001.0), Observed(PACKED, 1003.0), now=1050.0)
    assert found["send_welcome_pack"] == "done"
    assert found["create_loyalty_account"] == "missing"
    assert found["send_welcome_email"] == "expected", "without a timeout it can be expected for ever"


def test_a_reaction_after_its_deadline_is_late() -> None:
    found = standings(Observed("CustomerCreated", 1001.0), Observed(LOYAL, 1020.0), now=1050.0)
    assert found["create_loyalty_account"] == "late"


def test_after_a_failure_nothing_new_is_expected() -> None:
    found = standings(Observed("CustomerCreated", 1001.0), Observed("EmailBounced", 1002.0), now=1050.0)
    assert found["send_welcome_email"] == "failed"
    assert found["create_loyalty_account"] == "called_off"


def test_a_compensation_event_undoes_the_step() -> None:
    events = [Observed("CustomerCreated", 1001.0), Observed("CreateCustomerCompensated", 1002.0)]
    assert standings(*events)["create_customer"] == "undone"


@pytest.mark.parametrize(
    ("events", "oddity", "event"),
    [
        ([("CustomerCreated", "e1"), ("CustomerCreated", "e1")], Oddity.DUPLICATE, "CustomerCreated"),
        ([("CustomerCreated", "e1"), ("CustomerCreated", "e2")], Oddity.DUPLICATE, "CustomerCreated"),
        ([(LOYAL, "e1"), ("CustomerCreated", "e2")], Oddity.OUT_OF_ORDER, LOYAL),
        ([("ParcelLost", "e1")], Oddity.UNEXPECTED, "ParcelLost"),
    ],
)
def test_odd_events_are_named(events, oddity, event) -> None:
    observed = [Observed(name, 1001.0 + at, key) for at, (name, key) in enumerate(events)]
    findings = project(S1, observed, 1002.0, started_at=1000.0).findings
    assert [(finding.oddity, finding.event) for finding in findings] == [(oddity, event)]


def test_an_event_of_another_correlation_id_is_an_orphan_and_changes_nothing() -> None:
    observed = [Observed("CustomerCreated", 1001.0, "e1", "other-run")]
    projection = project(S1, observed, 1002.0, started_at=1000.0, correlation_id="this-run")
    assert [finding.oddity for finding in projection.findings] == [Oddity.ORPHAN]
    assert projection.steps["create_customer"].standing is Standing.EXPECTED


def test_an_external_participant_is_known_by_the_event_that_is_waited_for() -> None:
    saga = Saga(
        "external",
        choreographed(
            "main",
            Step("order", "shop.order", emits="Ordered"),
            Step(
                "assess",
                WaitForEvent("RiskAssessed", "risk"),
                timeout=60,
                undo=Compensation(does=WaitForEvent("RiskForgotten")),
            ),
        ),
    )
    events = [Observed("Ordered", 1.0), Observed("RiskAssessed", 30.0)]
    assert project(saga, events, 100.0).steps["assess"].standing is Standing.DONE
    assert project(saga, events[:1], 100.0).missing == ("assess",)
    assert project(saga, [*events, Observed("RiskForgotten", 50.0)], 100.0).steps["assess"].standing is Standing.UNDONE


@given(sagas(kinds=("call", "event", "timer"), with_timeouts=False))
@examples(100)
def test_on_a_run_without_fault_the_monitor_and_the_state_agree(saga) -> None:
    world = World(saga, input={"flag": True})
    world.settle()
    observed = observations(saga, world.entries)
    projection = project(saga, observed, world.at)
    assert projection.findings == ()
    if world.state.status is RunStatus.COMPLETED:
        expected = {StepStatus.DONE: Standing.DONE, StepStatus.SKIPPED: Standing.SKIPPED}
        for name, step in world.state.steps.items():
            assert projection.steps[name].standing is expected[step.status]


def test_the_event_of_a_skipped_wait_comes_again_when_the_step_that_reacts_to_it_is_resumed() -> None:
    wait = Step("wait", WaitForEvent("Paid"), condition=where("/input/flag", "absent"))
    saga = Saga("shared", choreographed("main", wait, Step("react", "order.react", on=("Paid",))))
    world = World(saga, {("react", Direction.DO): (InjectedFault.BUSINESS_ERROR,)}, input={"flag": True})
    world.settle()
    assert world.state.status is RunStatus.ROLLED_BACK
    world.script = {}
    world.report(ResumeRequested(by="ann", reason="in stock again", step="react"))
    world.settle()
    assert world.state.status is RunStatus.COMPLETED
    projection = project(saga, observations(saga, world.entries), world.at)
    assert (projection.findings, projection.steps["wait"].standing) == ((), Standing.SKIPPED)


def test_an_event_that_a_new_round_needs_comes_again_once_although_another_step_waited_for_it_before() -> None:
    wait = Step("wait", WaitForEvent("Paid"))
    saga = Saga("shared", choreographed("main", wait, Step("react", "order.react", on=("WaitCompleted", "Paid"))))
    came = Observed("Paid", 1.0)
    seen = [came, Renewed(frozenset({"react"}), 2.0), replace(came, at=3.0), replace(came, at=4.0)]
    [odd] = project(saga, seen, 5.0).findings
    assert (odd.oddity, odd.at) == (Oddity.DUPLICATE, 4.0)


def test_a_skipped_wait_stays_skipped_when_its_event_comes_for_another_step() -> None:
    never = where("/input/flag", "absent")
    saga = Saga(
        "shared",
        choreographed(
            "main",
            Step("begin", "order.begin"),
            Step("wait", WaitForEvent("Paid"), condition=never),
            Step("react", "order.react", on=("BeginCompleted", "Paid")),
        ),
    )
    world = World(saga, input={"flag": True})
    world.settle()
    assert world.state.steps["wait"].status is StepStatus.SKIPPED
    projection = project(saga, observations(saga, world.entries), world.at)
    standings = {name: step.standing for name, step in projection.steps.items()}
    assert standings == {"begin": Standing.DONE, "wait": Standing.SKIPPED, "react": Standing.DONE}
    assert projection.findings == ()


def test_ignored_signals_in_the_journal_become_findings() -> None:
    saga = Saga("wait", orchestrated("main", Step("wait", WaitForEvent("Paid"))))
    world = World(saga)
    world.report(facts.EventReceived(event="Paid", event_id="1"))
    world.report(facts.EventReceived(event="Paid", event_id="1"))
    world.report(facts.EventReceived(event="Unheard", event_id="2"))
    observed = observations(saga, world.entries)
    oddities = [finding.oddity for finding in project(saga, observed, world.at).findings]
    assert oddities == [Oddity.DUPLICATE, Oddity.UNEXPECTED]


WAITS = Step("pay", WaitForEvent("Paid", "bank"), fails_as={"refused": "PaymentRefused"}, emits="Settled")


@pytest.mark.parametrize(("event", "standing"), [("PaymentRefused", Standing.FAILED), ("Paid", Standing.DONE)])
def test_the_outcome_of_a_wait_is_one_event_although_the_run_publishes_it_again(event, standing) -> None:
    saga = Saga("pay", choreographed("main", WAITS))
    world = World(saga)
    world.report(facts.EventReceived(event=event, event_id="1", source="bank"))
    observed = observations(saga, world.entries)
    projection = project(saga, observed, world.at)
    assert projection.findings == ()
    assert projection.steps["pay"].standing is standing


@pytest.mark.parametrize("waits_forward", [True, False])
def test_an_undo_counts_once_whichever_direction_waits_for_an_event(waits_forward) -> None:
    does = WaitForEvent("Paid", "bank") if waits_forward else "bank.pay"
    undo = "bank.refund" if waits_forward else Compensation(does=WaitForEvent("Refunded", "bank"))
    saga = Saga("pay", choreographed("main", Step("pay", does, undo=undo)))
    done = facts.StepSucceeded(step="pay", direction=Direction.UNDO, attempt=1, token=1)
    received = facts.EventReceived(event="Refunded", event_id="1", source="bank")
    told = (done,) if waits_forward else (received, done)
    entries = [Entry(seq, float(seq), 0, fact) for seq, fact in enumerate(told, 1)]
    observed = observations(saga, entries)
    projection = project(saga, observed, 10.0)
    assert [one.oddity for one in projection.findings] == []
    assert projection.steps["pay"].standing is Standing.UNDONE


@given(saga_and_script(kinds=("call", "event", "timer"), doomed=True), st.integers(0, 2**32))
@examples(100)
def test_an_event_that_came_once_in_each_round_is_never_odd(pair, seed) -> None:
    """If a step fails, returns to a save-point or is resumed by an operator, no event of the engine is unexpected."""
    saga, script = pair
    note(f"seed {seed}, script {script}")
    world = World(saga, script, seed, {"flag": True})
    choice = random.Random(seed)
    world.settle()
    for _ in range(4):
        verbs = [(verb, step) for step in (None, *saga.steps) for verb in open_verbs(world, step)]
        if not verbs:
            break
        world.script = {}
        world.report(asked(*choice.choice(verbs), world.state))
        world.settle()
    assert project(saga, observations(saga, world.entries), world.at).findings == ()


def returning(*, waits: bool) -> Saga:
    """A saga whose second step is refused once, so that the run continues from the save-point before the first."""
    first = WaitForEvent("Paid", "bank") if waits else "shop.order"
    return Saga(
        "again",
        choreographed(
            "main",
            Step("order", first, undo="shop.forget", timeout=10),
            Step("pack", "stock.pack", timeout=20),
            savepoint=True,
            recovery=Recovery.FORWARD,
            forward_attempts=2,
        ),
    )


@pytest.mark.parametrize("waits", [True, False])
def test_after_a_save_point_the_second_round_is_expected_and_no_duplicate(waits) -> None:
    saga = returning(waits=waits)
    world = World(saga, {("pack", Direction.DO): (InjectedFault.BUSINESS_ERROR,)})
    world.settle()
    assert any(isinstance(entry.fact, facts.SavepointRestored) for entry in world.entries)
    projection = project(saga, observations(saga, world.entries), world.at)
    assert projection.findings == ()
    assert {step.standing for step in projection.steps.values()} == {Standing.DONE}


def test_the_deadline_of_a_new_round_counts_from_its_beginning() -> None:
    saga = returning(waits=False)
    told = [Observed("OrderCompleted", 1.0), Observed("OrderCompensated", 50.0)]
    step = project(saga, [*told, Renewed(frozenset(saga.steps), 60.0)], 61.0).steps["order"]
    assert (step.standing, step.deadline) == (Standing.EXPECTED, 70.0)


def test_an_event_that_comes_twice_in_its_new_round_is_still_a_duplicate() -> None:
    saga = returning(waits=False)
    order = Observed("OrderCompleted", 1.0)
    findings = project(saga, [order, Renewed(frozenset(saga.steps), 2.0), order, order], 3.0).findings
    assert [one.oddity for one in findings] == [Oddity.DUPLICATE]


def test_events_about_the_run_and_events_that_steps_hear_are_not_unexpected() -> None:
    steps = (WAITS, Step("react", "s.react", on=("Settled", "WeatherChanged")))
    saga = Saga("pay", choreographed("main", *steps))
    for event in ("WeatherChanged", "MainStarted", "Settled", "SagaCompleted"):
        assert project(saga, [Observed(event, 1.0)], 2.0).findings == (), event
    assert [one.oddity for one in project(saga, [Observed("Sunshine", 1.0)], 2.0).findings] == [Oddity.UNEXPECTED]


def test_an_event_is_delivered_twice_if_its_id_comes_twice_whatever_it_is_about() -> None:
    twice = [Observed("SagaCompleted", 1.0, "e1"), Observed("SagaCompleted", 2.0, "e1")]
    assert [one.oddity for one in project(S1, twice, 3.0).findings] == [Oddity.DUPLICATE]
    without = [Observed("SagaCompleted", 1.0), Observed("SagaCompleted", 2.0)]
    assert project(S1, without, 3.0).findings == ()


@pytest.mark.parametrize(
    "again",
    [facts.SavepointRestored(segment="main", round=1), ResumeRequested(step="pay", by="olga", reason="paid now")],
    ids=["save-point", "operator"],
)
def test_the_outcome_of_a_wait_counts_again_in_each_new_round(again) -> None:
    saga = Saga("pay", choreographed("main", WAITS, savepoint=True))
    told = (
        facts.EventReceived(event="PaymentRefused", event_id="1", source="bank"),
        facts.EventPublished(event="PaymentRefused", step="pay"),
        again,
        facts.EventPublished(event="PaymentRefused", step="pay"),
    )
    entries = [Entry(seq, float(seq), 0, fact) for seq, fact in enumerate(told, 1)]
    assert [type(one).__name__ for one in observations(saga, entries)] == ["Observed", "Renewed", "Observed"]


def test_what_the_run_publishes_about_itself_is_no_event_of_a_step() -> None:
    started = facts.EventPublished(event="MainStarted")
    parked = facts.EventPublished(event="SagaParked", step="send_welcome_pack")
    assert observations(S1, [Entry(1, 1.0, 0, started), Entry(2, 2.0, 0, parked)]) == ()


def test_a_reaction_at_its_deadline_is_in_time() -> None:
    found = standings(Observed("CustomerCreated", 1001.0), Observed(LOYAL, 1011.0), now=1050.0)
    assert found["create_loyalty_account"] == "done"


def test_without_a_correlation_id_every_event_counts_and_without_a_start_time_deadlines_count_from_zero() -> None:
    projection = project(S1, [Observed("CustomerCreated", 1.0, "e1", "some-run")], 2.0)
    assert projection.findings == ()
    assert projection.steps["create_customer"].standing is Standing.DONE
    assert project(S1, [], 2.0).steps["create_customer"].deadline == 5.0

"""The rule ``not_by``: in no order of answers, skips, limits and repairs does one person decide what two have to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Approval, Saga, Step, WaitForEvent, orchestrated
from sagaflow.core.errors import InvalidDefinition, Refused
from sagaflow.core.run import facts, reports
from sagaflow.core.run.decide import decide
from sagaflow.core.run.four_eyes import asked, why_barred
from sagaflow.core.run.people import said
from sagaflow.core.run.state import Delegation, RunState, StepStatus
from tests.core.thoroughness import examples

pytestmark = pytest.mark.quick

PEOPLE = ("ann", "bob", "cyd")
LIMIT, PAYMENT = "limit", "payment"


def claim(**payment) -> Saga:
    rules = {"not_by": ("starter", LIMIT)} | payment
    first = Step(LIMIT, Approval("team", not_by=("starter",)), timeout=50.0)
    return Saga("claim", orchestrated("main", first, Step(PAYMENT, Approval("bosses", **rules), timeout=50.0)))


class Run:
    """A run of a saga that ``ann`` started, with the decisions of people as the journal has them."""

    def __init__(self, saga: Saga, by: str = "ann") -> None:
        self.saga, self.at, self.facts = saga, 100.0, []
        self.state = RunState.of(saga)
        self.report(reports.RunRequested(input=None, by=by))

    def report(self, report: reports.Report) -> None:
        decision = decide(self.saga, self.state, report, self.at)
        self.state = decision.state
        self.facts += [entry.fact for entry in decision.entries]

    def ask(self, act: str, step: str, by: str) -> None:
        """Do one act; a refusal changes nothing."""
        before = self.state
        try:
            match act:
                case "approve" | "reject":
                    self.report(reports.ApprovalDecided(step=step, approved=act == "approve", by=by))
                case "delegate":
                    to = PEOPLE[PEOPLE.index(by) - 1]
                    self.report(reports.ApprovalDelegated(step=step, to=to, by=by, reason="away"))
                case "skip":
                    self.report(
                        reports.SkipRequested(step=step, by=by, reason="in a hurry", output={"approved_by": "x"})
                    )
                case "retry":
                    self.report(reports.RetryRequested(step=step, by=by, reason="again"))
                case "resume":
                    self.report(reports.ResumeRequested(step=step, by=by, reason="again"))
                case _:
                    self.at += 60.0
                    self.report(reports.TimePassed())
        except Refused:
            assert self.state == before

    def deciders(self) -> dict[str, set[str]]:
        """The people who took each decision of the rounds that count: a resume begins a new one."""
        found = {LIMIT: set(), PAYMENT: set()}
        for fact in self.facts:
            match fact:
                case facts.ApprovalDecided(step=step, by=by) | facts.StepSkipped(step=step, by=by) if by:
                    found[step].add(by)
                    assert not (step == PAYMENT and by in found[LIMIT]), "one person took both decisions"
                    assert by != "ann", "the starter took a decision"
                case facts.ApprovalDelegated(step=step, by=by, to=to):
                    assert "ann" not in (by, to), "the starter chose who decides, or was chosen"
                    assert not (step == PAYMENT and {by, to} & found[LIMIT]), "so was who took the earlier decision"
                case facts.ResumeRequested(step=step):
                    found = {LIMIT: set(), PAYMENT: set()} if step == LIMIT else found | {PAYMENT: set()}
                case _:
                    pass
        return found


ACTS = st.tuples(
    st.sampled_from(
        ("approve", "approve", "reject", "skip", "skip", "delegate", "delegate", "retry", "resume", "limit")
    ),
    st.sampled_from((LIMIT, PAYMENT)),
    st.sampled_from(PEOPLE),
)


@examples(200)
@given(st.lists(ACTS, max_size=14))
def test_in_no_order_of_acts_does_one_person_take_two_decisions(acts):
    run = Run(claim())
    for act in acts:
        run.ask(*act)
        run.deciders()


@pytest.mark.parametrize("act", ["approve", "reject", "skip"])
def test_the_starter_takes_no_decision_and_the_refusal_names_the_rule(act):
    run = Run(claim())
    run.ask(act, LIMIT, "ann")
    assert run.state.steps[LIMIT].status is StepStatus.WAITING
    why = why_barred(run.saga, run.state, LIMIT, "ann")
    assert why == "'ann' started the run, and step 'limit' needs another person: its rule is not_by starter."
    with pytest.raises(Refused, match="not_by starter") as refused:
        run.report(reports.ApprovalDecided(step=LIMIT, approved=True, by="ann"))
    assert refused.value.code == "barred"


@pytest.mark.parametrize("act", ["approve", "skip"])
def test_who_took_an_earlier_decision_does_not_take_the_next_one(act):
    run = Run(claim())
    run.ask(act, LIMIT, "bob")
    assert why_barred(run.saga, run.state, PAYMENT, "bob").startswith("'bob' decided 'limit', and step 'payment'")
    run.ask("approve", PAYMENT, "bob")
    assert run.state.steps[PAYMENT].status is StepStatus.WAITING
    run.ask("approve", PAYMENT, "cyd")
    assert run.state.steps[PAYMENT].output == {"approved_by": "cyd", "reason": ""}


@pytest.mark.parametrize("by", ["BOB", "Bob ", "bob"])
def test_a_name_in_another_case_does_not_pass_the_rule(by):
    run = Run(claim())
    run.ask("approve", LIMIT, "bob")
    for report in (
        reports.ApprovalDecided(step=PAYMENT, approved=True, by=by),
        reports.SkipRequested(step=PAYMENT, by=by, reason="in a hurry"),
        reports.ApprovalDelegated(step=PAYMENT, to="cyd", by=by, reason="away"),
        reports.ApprovalDelegated(step=PAYMENT, to=by, by="cyd", reason="away"),
    ):
        with pytest.raises(Refused, match="decided 'limit'"):
            run.report(report)
    with pytest.raises(Refused, match="can decide step 'payment'; choose another person"):
        run.report(reports.ApprovalDelegated(step=PAYMENT, to="CYD", by="cyd", reason="away"))


def test_who_gives_a_skip_has_decided_too_and_is_kept_away():
    run = Run(claim())
    skip = reports.SkipRequested(step=LIMIT, by="bob", reason=f"in a hurry {said('0f8fad5b', 'cyd')}")
    with pytest.raises(Refused, match="'Ann' started the run"):
        run.report(replace(skip, reason=f"in a hurry {said('0f8fad5b', 'Ann')}"))
    run.report(skip)
    assert asked(run.saga, run.state) == [("bosses", ["ann", "bob", "cyd"])]
    for by in ("bob", "cyd"):
        with pytest.raises(Refused, match=f"'{by}' decided 'limit'"):
            run.report(reports.ApprovalDecided(step=PAYMENT, approved=True, by=by))


@pytest.mark.parametrize("again", ["retry", "resume"])
def test_a_delegation_is_for_one_wait_and_not_for_the_next_one(again):
    run = Run(claim(), by="")
    run.ask("delegate", LIMIT, "bob")
    assert run.state.steps[LIMIT].delegation == Delegation("ann", "bob", "away")
    run.ask("reject" if again == "resume" else "time", LIMIT, "cyd")
    run.ask(again, LIMIT, "cyd")
    assert (run.state.steps[LIMIT].status, run.state.steps[LIMIT].delegation) == (StepStatus.WAITING, None)


def test_a_run_that_a_program_started_keeps_nobody_away():
    run = Run(claim(), by="")
    run.ask("approve", LIMIT, "ann")
    assert run.state.steps[LIMIT].status is StepStatus.DONE


def test_without_a_rule_the_starter_may_decide():
    run = Run(claim(not_by=(LIMIT,)))
    run.ask("approve", LIMIT, "bob")
    run.ask("approve", PAYMENT, "ann")
    assert run.state.steps[PAYMENT].status is StepStatus.DONE


def test_the_journal_says_who_started_the_run():
    run = Run(claim())
    assert (run.facts[0].by, run.state.by) == ("ann", "ann")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("limt", "not_by names 'limt', which is not an approval; use 'starter' or one of limit"),
        ("ship", "not_by names 'ship', which is not an approval"),
        ("treasurer", "not_by names 'treasurer', which is not an approval"),
        (PAYMENT, "not_by names 'payment', which need not be decided by then; let this step come after it"),
        ("later", "not_by names 'later', which need not be decided by then"),
    ],
)
def test_a_name_that_is_no_earlier_approval_is_a_fault(name, says):
    steps = (
        Step("ship", "s.ship"),
        Step(LIMIT, Approval("team")),
        Step(PAYMENT, Approval("bosses", not_by=("starter", name))),
        Step("later", Approval("team")),
    )
    with pytest.raises(InvalidDefinition) as refused:
        Saga("claim", orchestrated("main", *steps))
    (fault,) = refused.value.faults
    assert (fault.element, fault.rule) == ("segments/main/steps/payment", "not-by")
    assert says in fault.message


def test_where_no_approval_comes_before_only_the_starter_is_proposed():
    alone = orchestrated("main", Step(LIMIT, Approval("team", not_by=("limt",))))
    with pytest.raises(InvalidDefinition) as refused:
        Saga("claim", alone)
    assert refused.value.faults[0].message.endswith("'limt', which is not an approval; use 'starter'")


def test_a_name_that_nothing_can_store_is_a_fault():
    assert list(Approval("team", not_by=("limit\x00",)).faults())
    assert not list(Approval("team", not_by=("limit",)).faults())


def test_a_list_of_names_is_as_good_as_a_tuple():
    assert Approval("team", not_by=["starter"]) == Approval("team", not_by=("starter",))


def test_text_in_place_of_a_list_is_a_fault():
    with pytest.raises(InvalidDefinition, match="not_by is 'starter'; give a tuple of names"):
        Saga("claim", orchestrated("main", Step(LIMIT, Approval("team", not_by="starter"))))


def test_the_document_has_the_rule_only_if_there_is_one():
    saga = claim()
    first, second = document.dump(saga)["segments"][0]["steps"]
    assert (first["not_by"], second["not_by"]) == (["starter"], ["starter", LIMIT])
    assert document.load(document.dump(saga)) == saga
    plain = Saga("claim", orchestrated("main", Step(LIMIT, Approval("team"))))
    assert "not_by" not in document.dump(plain)["segments"][0]["steps"][0]


def test_the_inbox_lists_the_approvals_that_wait_with_whom_the_rule_keeps_away_and_the_delegate():
    saga = Saga(
        "asks",
        orchestrated(
            "all",
            Step("tax", Approval("clerks"), after=()),
            Step("agree", Approval("bosses", not_by=("tax", "starter")), after=("tax",)),
            Step("later", Approval("bosses"), after=()),
            Step("hear", WaitForEvent("Heard"), after=()),
        ),
    )
    waiting = StepStatus.WAITING
    state = replace(RunState.of(saga), by="ann").with_step("hear", status=waiting)
    assert asked(saga, state) == []
    state = state.with_step("tax", status=StepStatus.DONE, output={"approved_by": "ben"})
    state = state.with_step("agree", status=waiting, delegation=Delegation(by="eve", to="carl"))
    assert asked(saga, state) == [("bosses", ["ann", "ben"], "carl")]
    assert ("bosses", []) in asked(saga, state.with_step("later", status=waiting))
    assert ("bosses", True, []) in asked(saga, state.with_step("later", status=waiting, reminded_at=1.0))
    assert why_barred(saga, state, "agree", "ben").startswith("'ben' decided 'tax', and step 'agree' needs")
    assert why_barred(saga, state, "agree", "ann").startswith("'ann' started the run, and step 'agree' needs")
    assert why_barred(saga, state, "agree", "eve") == ""

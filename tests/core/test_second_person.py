"""The rule of two people names verbs, bulk repairs and limits; what is not known about an amount is not trusted."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.definition.saga import Approval, Saga, Step, orchestrated
from sagaflow.core.run.people import claims, said
from sagaflow.core.run.second_person import SecondPerson, is_rule, seen
from sagaflow.core.run.state import Delegation, RunState, RunStatus, StepStatus
from sagaflow.core.run.steps import Steps
from sagaflow.core.run.verbs import OPERATE_VERBS

ORDER = Saga("order", orchestrated("all", Step("pay", Approval("team")), Step("ship", Approval("team"))))
LIMITED = SecondPerson.of(("order:/total>1000", "order:/lines/0/price>50.5"))


def why(rule, verb, value):
    return rule.why(ORDER, replace(RunState.of(ORDER), input=value), verb)


@pytest.mark.parametrize(
    ("rule", "is_one"),
    [
        *((verb, True) for verb in (*OPERATE_VERBS, "bulk", "order:/total>1000", "a_b-c:/x/0>0.5")),
        *((text, False) for text in ("approve", "publish", "", "order:total>1", "order:/total", "order:/total>-1")),
        *(
            (text, False)
            for text in ("order:/total>1e3", ":/total>1", "order:/total>1 ", "order:/total>\u0661", 7, None)
        ),
    ],
)
def test_a_rule_is_a_verb_of_operators_a_bulk_or_a_limit(rule, is_one):
    assert is_rule(rule) is is_one


@given(st.sets(st.sampled_from(OPERATE_VERBS)), st.sampled_from(OPERATE_VERBS))
def test_exactly_the_named_verbs_need_a_second_person(named, verb):
    assert bool(why(SecondPerson.of(named), verb, {})) is (verb in named)


@pytest.mark.parametrize("verb", OPERATE_VERBS)
@pytest.mark.parametrize(
    ("value", "needs"),
    [
        ({"total": 1000, "lines": [{"price": 50.5}]}, False),
        ({"total": "1000.00", "lines": [{"price": "50.50"}]}, False),
        ({"total": 1000.01, "lines": [{"price": 1}]}, True),
        ({"total": 1, "lines": [{"price": 50.51}]}, True),
        ({"total": "1001", "lines": [{"price": 1}]}, True),
        ({"total": 1}, True),
        ({"total": True, "lines": [{"price": 1}]}, True),
        ({"total": [1], "lines": [{"price": 1}]}, True),
        ({"total": "a lot", "lines": [{"price": 1}]}, True),
        ({"total": "NaN", "lines": [{"price": 1}]}, True),
        ({"total": "-Infinity", "lines": [{"price": 1}]}, True),
        (None, True),
    ],
)
def test_every_verb_on_a_run_above_a_limit_needs_one_and_so_does_an_unknown_amount(verb, value, needs):
    assert bool(why(LIMITED, verb, value)) is needs


def test_a_limit_is_about_its_own_saga_and_never_about_decisions_of_approvers():
    assert LIMITED.why(replace(ORDER, name="other"), RunState.of(ORDER), "skip") == ""
    assert why(SecondPerson.of(("skip", "order:/total>1")), "approve", {"total": 5}) == ""


@pytest.mark.parametrize(
    ("rules", "verb", "needs"),
    [
        ((), "skip", False),
        (("bulk",), "retry", True),
        (("skip",), "skip", True),
        (("skip",), "retry", False),
        (("order:/total>1",), "retry", True),
        (("other:/total>1",), "retry", False),
    ],
)
def test_a_bulk_repair_needs_one_by_its_own_rule_by_its_verb_or_by_a_limit_of_its_sagas(rules, verb, needs):
    assert bool(SecondPerson.of(rules).why_bulk(verb, ["order"])) is needs


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        (("bulk", "skip"), "Every bulk repair needs a second person."),
        (("skip",), "Skip needs a second person."),
        (
            ("order:/total>1", "cart:/total>1", "zoo:/total>1"),
            "Repairs of saga 'cart' above a limit need a second person.",
        ),
    ],
)
def test_a_bulk_repair_is_told_the_widest_rule_or_the_first_saga_with_a_limit(rules, sentence):
    assert SecondPerson.of(rules).why_bulk("skip", ["order", "cart"]) == sentence


@pytest.mark.parametrize("rule", ["skip", "bulk", "order:/total>1"])
def test_each_rule_alone_is_a_rule_and_no_rules_are_none(rule):
    assert SecondPerson.of((rule,))
    assert not SecondPerson()
    assert not SecondPerson.of(())


PAY, SHIP = "pay", "ship"


@pytest.mark.parametrize(
    ("change", "is_seen"),
    [
        ({}, False),
        ({SHIP: {"status": StepStatus.PARKED}}, False),
        ({PAY: {"status": StepStatus.PARKED}}, True),
        ({PAY: {"round": 1}}, True),
        ({PAY: {"attempts": 7}}, True),
        ({PAY: {"undo_attempts": 7}}, True),
        ({PAY: {"input": {"edited": 1}}}, True),
        ({PAY: {"delegation": Delegation(to="cyd", by="bob", reason="away")}}, True),
    ],
)
def test_what_was_seen_of_a_step_is_the_step_and_not_the_rest_of_the_run(change, is_seen):
    state = RunState.of(ORDER)
    steps = {name: replace(step, **change.get(name, {})) for name, step in state.steps.items()}
    after = replace(state, steps=Steps(steps))
    assert (seen(ORDER, after, PAY, 1.0) != seen(ORDER, state, PAY, 1.0)) is is_seen


def test_what_was_seen_of_a_whole_run_is_its_status_and_the_plan_of_its_rollback():
    state = RunState.of(ORDER)
    parked = replace(state, status=RunStatus.PARKED)
    assert seen(ORDER, state, "", 1.0) == seen(ORDER, state, "", 2.0)
    assert seen(ORDER, parked, "", 1.0) != seen(ORDER, state, "", 1.0)


@given(st.text(), st.uuids(), st.text())
def test_what_the_history_says_of_a_second_person_is_a_claim(reason, request, by):
    assert claims(f"{reason} {said(str(request), by)}")


@pytest.mark.parametrize("reason", ["", "a second person: bob", "(second person: bob)", "request 12345678"])
def test_other_reasons_claim_nothing(reason):
    assert not claims(reason)

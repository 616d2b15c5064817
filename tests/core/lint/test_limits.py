"""Time limits of waits, timers and undos, and the remedies of what the linter says about them."""

from collections import Counter
from dataclasses import replace
from itertools import product

import pytest

from sagaflow import (
    Approval,
    Compensation,
    RollBackChild,
    Step,
    SubSaga,
    Timer,
    WaitForEvent,
    choreographed,
    nothing,
    orchestrated,
)
from sagaflow.core.lint import lint
from tests.core.lint.samples import A, P, main, order

WAITS = Compensation(does=WaitForEvent("Freed"))
LIMITS = ("wait-without-limit", "no-deadline", "timeout-too-short", "deadline-too-short", "reminder-too-late")
FAR = 10.0**6


def told(saga):
    """The elements and the rules of the findings about limits."""
    return [(each.element, each.rule) for each in lint(saga) if each.rule in LIMITS]


@pytest.mark.parametrize(
    ("step", "rules"),
    [
        (Step("x", Timer(100), timeout=5), ["timeout-too-short"]),
        (Step("x", Timer(100), timeout=5, undo=nothing("x")), ["timeout-too-short"]),
        (Step("x", Timer(100), timeout=5, undo=WAITS), []),
        (Step("x", Timer(100), timeout=5, undo="one.undo"), []),
        (Step("x", Timer(100), undo=WAITS), ["wait-without-limit"]),
    ],
)
def test_a_limit_that_does_not_end_its_timer_may_be_there_for_the_undo(step, rules):
    assert [rule for _, rule in told(main(step, A, P))] == rules


@pytest.mark.parametrize("undo", [WAITS, "one.undo"])
def test_past_the_pivot_no_undo_needs_the_limit(undo):
    step = Step("x", Timer(100), timeout=5, undo=undo)
    assert told(main(P, step)) == [("segments/main/steps/x", "timeout-too-short")]
    assert told(main(step, P)) == []


@pytest.mark.parametrize(
    ("options", "rules"),
    [
        ({}, ["deadline-too-short"]),
        ({"undo": nothing("x")}, ["deadline-too-short"]),
        ({"undo": WAITS}, []),
        ({"undo": "one.undo"}, []),
    ],
)
def test_a_limit_past_the_deadline_may_be_there_for_the_undo(options, rules):
    wait = Step("x", WaitForEvent("Paid"), timeout=90.0, **options)
    assert [rule for _, rule in told(order(orchestrated("main", wait, P), deadline=60.0))] == rules


# --- remedies ---------------------------------------------------------------------------------------------------------


def with_step(saga, name, **changes):
    return replace(
        saga,
        segments=tuple(
            replace(
                segment, steps=tuple(replace(step, **changes) if step.name == name else step for step in segment.steps)
            )
            for segment in saga.segments
        ),
    )


def remedies(saga, element, rule):
    """For each remedy that the finding names: the sagas of which one has to be well."""
    name = element.rpartition("/")[2]
    if element == "saga":
        return [[replace(saga, deadline=FAR)]]
    limit = with_step(saga, name, timeout=FAR)
    match rule:
        case "timeout-too-short":
            step = saga.steps[name]
            return [[with_step(saga, name, timeout=None)], [with_step(saga, name, does=Timer(step.timeout))]]
        case "deadline-too-short":
            return [[replace(saga, deadline=FAR)], [with_step(saga, name, timeout=saga.deadline)]]
        case "reminder-too-late":
            return [[with_step(saga, name, does=Approval("g", remind_after=0.5))], [replace(limit, deadline=FAR)]]
        case "wait-without-limit":
            return [[limit], [replace(saga, deadline=FAR)]]
        case _:
            return [[limit, with_step(saga, name, timeout=0.9 * (saga.deadline or FAR))]]


WORKS = (
    Timer(5),
    Timer(100),
    WaitForEvent("Paid"),
    "a.b",
    SubSaga("kid"),
    Approval("g"),
    Approval("g", remind_after=70.0),
)
UNDOS = (None, nothing("x"), "a.undo", WAITS, Compensation(does=RollBackChild()))


def limited():
    """Every saga of one step with a limit, an undo, a style and a place, and of a call that makes it roll back."""
    limits = product(WORKS, UNDOS, (None, 5.0, 200.0), (orchestrated, choreographed), (None, 60.0))
    for does, undo, timeout, segment, deadline in limits:
        if undo != UNDOS[-1] or isinstance(does, SubSaga):
            step = Step("x", does, undo=undo, timeout=timeout)
            for steps in ((step, A), (step, P), (P, step), (replace(step, pivot=True), A)):
                yield order(segment("main", *steps), deadline=deadline)


def test_a_remedy_never_leads_to_another_finding_about_the_limit():
    """Law: to follow one finding does not lead to one that says the opposite."""
    followed = Counter()
    for saga in limited():
        before = told(saga)
        for element, rule in before:
            for alternatives in remedies(saga, element, rule):
                after = [told(each) for each in alternatives]
                assert any((element, rule) not in found and set(found) < set(before) for found in after), (saga, after)
                followed[rule] += 1
    assert set(followed) == set(LIMITS)

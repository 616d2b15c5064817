"""Each rule of the linter, with definitions that break it and definitions that do not."""

from dataclasses import replace

import pytest
from hypothesis import given

from sagaflow import (
    Approval,
    Call,
    Compensation,
    OnExhausted,
    Step,
    Timer,
    WaitForEvent,
    choreographed,
    irreversible,
    nothing,
    orchestrated,
    some,
    where,
)
from sagaflow.core.lint import RULES, STOPPED, Finding, Severity, lint
from tests.core.lint.samples import NEVER, ONCE, A, B, P, Z, events, main, order, step
from tests.core.strategies import sagas

BESIDE = Step("p", "a.b", after="a", pivot=True)
"""The pivot, in parallel with what comes after the same step."""
TABLE = {
    "uncompensated": {
        "finds": [
            (main(step(), P), ["x"]),
            (main(step(), A), ["x"]),
            (main(step(after=()), step("y", after=())), ["x", "y"]),
            (main(A, step(after="a"), Step("p", "five.p", after="a", pivot=True)), ["x"]),
        ],
        "passes": [
            main(A, P),
            main(step(undo=nothing("a check")), step("y", undo=irreversible("gone")), P),
            main(P, step()),
            main(A, step()),
            main(step()),
            main(Step("x", Timer(1.0)), Step("y", WaitForEvent("Paid")), P),
            main(step(), Step("y", Timer(1.0))),
        ],
    },
    "not-retriable": {
        "finds": [
            (main(P, step(**ONCE)), ["x"]),
            (main(P, step(fails_as={"no": "Refused"})), ["x"]),
            (main(P, Z, Step("x", Approval("bosses"))), ["x"]),
        ],
        "passes": [
            main(P, Z),
            main(step(**ONCE), P),
            main(Step("p", "a.b", pivot=True, **ONCE)),
            main(P, Step("x", Timer(1.0))),
            main(P, step(on_exhausted=OnExhausted.ROLL_BACK)),
        ],
    },
    "never-rolls-back": {
        "finds": [
            (main(P, step(on_exhausted=OnExhausted.ROLL_BACK)), ["x"]),
            (main(A, step(pivot=True, on_exhausted=OnExhausted.ROLL_BACK)), ["x"]),
            (main(P, Z, Step("x", WaitForEvent("Paid"), on_exhausted=OnExhausted.ROLL_BACK)), ["x"]),
            (
                order(orchestrated("one", P), choreographed("two", step(on_exhausted=OnExhausted.ROLL_BACK))),
                ["x"],
            ),
        ],
        "passes": [
            main(step(on_exhausted=OnExhausted.ROLL_BACK), P),
            main(A, step(on_exhausted=OnExhausted.ROLL_BACK)),
            main(A, BESIDE, step(after="a", on_exhausted=OnExhausted.ROLL_BACK)),
            main(P, Z),
        ],
    },
    "races-pivot": {
        "finds": [
            (main(A, BESIDE, step(after="a")), ["x"]),
            (main(A, BESIDE, Step("x", Approval("bosses"), after="a")), ["x"]),
            (main(A, BESIDE, step("before_p_in_the_alphabet", after="a")), ["before_p_in_the_alphabet"]),
            (main(A, BESIDE, Step("x", WaitForEvent("News"), fails_as={"no": "Refused"}, after="a")), ["x"]),
            (
                main(A, BESIDE, Step("x", WaitForEvent("News"), on_exhausted=OnExhausted.ROLL_BACK, after="a")),
                ["x"],
            ),
        ],
        "passes": [
            main(A, P, step()),
            main(A, step(), P),
            main(A, step(after="a"), step("y", after="a")),
            main(A, BESIDE, Step("x", Timer(1.0), after="a")),
            main(A, BESIDE, Step("x", WaitForEvent("News"), after="a")),
        ],
    },
    "beside-pivot": {
        "finds": [
            (main(A, BESIDE, step(after="a", **ONCE)), ["x"]),
            (main(A, BESIDE, step("before_p_in_the_alphabet", after="a", **ONCE)), ["before_p_in_the_alphabet"]),
            (
                main(
                    A,
                    BESIDE,
                    step(after="a", undo=irreversible("x"), fails_as={"no": "N"}),
                ),
                ["x"],
            ),
        ],
        "passes": [
            main(A, BESIDE, step(after="a")),
            main(A, BESIDE, step(after="a", undo="a.c", **ONCE)),
            main(step(**ONCE), P),
            main(A, step(**ONCE)),
        ],
    },
    "needs-missing": {
        "finds": [
            (main(step(undo=Compensation(does=Call("a.b"), needs=("/id",)))), ["x"]),
            (main(step(undo=Compensation(does=Call("a.b"), needs=("/id",)), outputs=())), ["x"]),
            (main(step(undo=Compensation(does=Call("a.b"), needs=("/id/part", "/name")), outputs=("id",))), ["x"]),
        ],
        "passes": [
            main(step(undo=Compensation(does=Call("a.b"), needs=("/id/part", "/a~1b")), outputs=("id", "a/b"))),
            main(step(undo=Compensation(does=Call("a.b"), needs=("",)))),
            main(A),
        ],
    },
    "no-deadline": {
        "finds": [(events(A, Step("b", WaitForEvent("Paid")), Step("c", Approval("x"), timeout=5.0)), ["a", "b"])],
        "passes": [main(A, B), events(step(timeout=5.0), Step("t", Timer(1.0)))],
    },
    "awaited-never-emitted": {
        "finds": [
            (events(A, step(on="ACompletd")), ["x"]),
            (events(A, step(on=("ACompleted", "StockCounted"))), ["x"]),
        ],
        "passes": [
            events(A, step(on="ACompleted")),
            events(A, step(on="MainStarted")),
            events(Step("y", WaitForEvent("Paid"), fails_as={"no": "Refused"}), step(on="Refused")),
            main(Step("x", WaitForEvent("Y"))),
        ],
    },
    "reacts-to-failure": {
        "finds": [
            (events(A, step(on="AFailed")), ["x"]),
            (events(A, step(on="ACompensated")), ["x"]),
            (events(step("y", fails_as={"no": "Refused"}), step(on="Refused")), ["x"]),
            (events(Step("y", WaitForEvent("Paid"), fails_as={"no": "Refused"}), step(on="Refused")), ["x"]),
        ],
        "passes": [
            events(A, step(on="ACompleted")),
            events(A, step(on="Elsewhere")),
            events(Step("y", WaitForEvent("Paid"), fails_as={"no": "Refused"}), step(on="YCompleted")),
        ],
    },
    "awaited-inside": {
        "finds": [
            (main(A, Step("x", WaitForEvent("ACompleted"))), ["x"]),
            (main(A, step(undo=Compensation(does=WaitForEvent("ACompleted")))), ["x"]),
        ],
        "passes": [
            main(A, Step("x", WaitForEvent("Paid"))),
            main(A, Step("x", WaitForEvent("XCompleted"))),
            main(A, step(undo=Compensation(does=WaitForEvent("XCompensated")))),
        ],
    },
    "sensitive-key": {
        "finds": [
            (replace(main(A, P), sensitive=("email",), correlate={"*": "/id", "Placed": "/who/email"}), ["saga"]),
            (replace(main(A, P), sensitive=("eMail",), correlate={"*": "/who/Email"}), ["saga"]),
        ],
        "passes": [
            replace(main(A, P), sensitive=("email",), correlate={"*": "/id", "Placed": "/who/email_id"}),
        ],
    },
    "started-and-awaited": {
        "finds": [
            (replace(main(A, Step("x", WaitForEvent("Paid"))), starts_on="Paid", correlate={"*": "/id"}), ["x"]),
            (replace(events(step(on="Paid")), starts_on="Paid", correlate={"*": "/id"}), ["x"]),
        ],
        "passes": [replace(main(A, Step("x", WaitForEvent("Paid"))), starts_on="Placed", correlate={"*": "/id"})],
    },
    "unreachable": {
        "finds": [
            (main(step(condition=NEVER)), ["x"]),
            (main(step(condition=NEVER), step("y", condition=where("/steps/x/ok", "eq", True))), ["x", "y"]),
            (main(A, Step("x", WaitForEvent("ACompleted")), step("y"), step("w")), ["y", "w"]),
            (events(A, step(on="AFailed"), step("y", after="x")), ["y"]),
            (main(step(condition=NEVER), step("y", condition=where("/steps/x/ok", "absent"))), ["x"]),
            (main(step(condition=NEVER), step("y")), ["x"]),
        ],
        "passes": [
            main(step(condition=some(NEVER, where("/input/y")))),
            main(A, step(condition=where("/steps/a/ok", "eq", True))),
            main(Step("payment", WaitForEvent("PaymentCompleted")), step()),
            events(Step("y", WaitForEvent("Paid"), fails_as={"no": "Refused"}), step(on="Refused")),
        ],
    },
    "irreversible-without-pivot": {
        "finds": [(main(step(undo=irreversible("gone")), A), ["x"])],
        "passes": [main(A, step(undo=irreversible("gone"))), main(step(undo=irreversible("gone")), P), main(A, B)],
    },
}


def cases(kind):
    return [(rule, case) for rule, row in TABLE.items() for case in row[kind]]


@pytest.mark.parametrize(("rule", "case"), cases("finds"))
def test_a_rule_finds_what_it_is_there_for(rule, case):
    saga, names = case
    found = [finding for finding in lint(saga) if finding.rule == rule]
    assert [finding.element.rpartition("/")[2] for finding in found] == names


@pytest.mark.parametrize(("rule", "saga"), cases("passes"))
def test_a_rule_leaves_alone_what_is_well(rule, saga):
    assert rule not in {finding.rule for finding in lint(saga)}


NEEDS_ID = Compensation(does=Call("a.b"), needs=("/id",))


@pytest.mark.parametrize(
    ("saga", "rule", "says"),
    [
        (main(step(), P), "uncompensated", "it takes effect before the pivot 'p' but has no compensation"),
        (main(step(), A), "uncompensated", "it takes effect and other steps can fail after it but has no compensation"),
        (main(step(undo=NEEDS_ID, outputs=())), "needs-missing", "which is not among its outputs (none)"),
        (main(step(undo=NEEDS_ID, outputs=("a", "b"))), "needs-missing", "not among its outputs ('a', 'b')"),
        (main(P, step(on_exhausted=OnExhausted.ROLL_BACK)), "never-rolls-back", "but it comes after 'p', the pivot,"),
        (
            main(A, step(pivot=True, on_exhausted=OnExhausted.ROLL_BACK)),
            "never-rolls-back",
            "but it is the pivot, which may have taken effect,",
        ),
    ],
)
def test_a_message_says_what_is_the_case(saga, rule, says):
    [found] = [finding for finding in lint(saga) if finding.rule == rule]
    assert says in found.message


def test_warnings_come_first_then_the_order_of_the_document():
    saga = order(
        choreographed("one", step(emits="Seen"), step("y", undo=irreversible("gone"), timeout=1.0)),
        orchestrated("two", P, step("w", **ONCE)),
    )
    found = [(finding.severity.value, finding.element, finding.rule) for finding in lint(saga)]
    assert found == [
        ("warning", "segments/one/steps/x", "uncompensated"),
        ("warning", "segments/one/steps/x", "no-deadline"),
        ("warning", "segments/two/steps/w", "not-retriable"),
        ("advice", "segments/one/steps/y", "could-come-later"),
    ]


def test_a_lint_whose_time_is_up_returns_what_it_has_found_and_says_that_there_may_be_more():
    saga = main(step("x"), step("y"))
    found = lint(saga)
    assert found
    left = iter([False])
    assert lint(saga, halt=lambda: next(left, True)) == (found[0], STOPPED)
    assert lint(saga, halt=lambda: True) == (STOPPED,)


def test_a_finding_reads_as_one_line():
    finding = Finding(rule="r", severity=Severity.WARNING, element="segments/a", message="it is so; mend it")
    assert str(finding) == "warning segments/a: it is so; mend it [r]"


@given(sagas(kinds=("call", "event", "timer", "approval", "saga"), with_timeouts=True, with_ornaments=True))
def test_every_valid_saga_can_be_linted(saga):
    found = lint(saga)
    assert [finding.severity for finding in found] == sorted((f.severity for f in found), key=list(Severity).index)
    assert len(RULES) >= 10
